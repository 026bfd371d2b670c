//! Guards of components: what they hide is as if it did not exist.

use mcp_axum::{Args, Context, McpServer, extract::Completing, prompt, resource, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{by, client, names};
use crate::support::{Call, TestClient};

#[derive(Deserialize, JsonSchema)]
struct Topic {
    topic: String,
}

fn is_ada(ctx: &Context) -> bool {
    ctx.principal().is_some_and(|it| it.key() == "ada")
}

fn guarded() -> McpServer {
    McpServer::new("guarded", "1")
        .tool(tool("open", async || "open"))
        .tool(tool("closed", async || "closed").guard(is_ada))
        .resource(resource("open://r", async || "open").name("open"))
        .resource(
            resource("closed://r", async || "closed")
                .name("closed")
                .guard(is_ada),
        )
        .resource(
            resource("closed://t/{topic}", async |_: Args<Topic>| "closed")
                .name("closed")
                .guard(is_ada)
                .complete("topic", async |_: Completing| vec!["rust"]),
        )
        .prompt(prompt("open", async || "open"))
        .prompt(
            prompt("closed", async |Args(it): Args<Topic>| it.topic)
                .guard(is_ada)
                .complete("topic", async |_: Completing| vec!["rust"]),
        )
}

fn uses() -> Vec<(&'static str, Value, Value)> {
    let completes =
        |reference: Value| json!({"ref": reference, "argument": {"name": "topic", "value": ""}});
    vec![
        (
            "tools/call",
            json!({"name": "closed"}),
            json!({"name": "nobody"}),
        ),
        (
            "resources/read",
            json!({"uri": "closed://r"}),
            json!({"uri": "nobody://r"}),
        ),
        (
            "resources/read",
            json!({"uri": "closed://t/rust"}),
            json!({"uri": "nobody://t/rust"}),
        ),
        (
            "prompts/get",
            json!({"name": "closed", "arguments": {"topic": "x"}}),
            json!({"name": "nobody"}),
        ),
        (
            "completion/complete",
            completes(json!({"type": "ref/prompt", "name": "closed"})),
            completes(json!({"type": "ref/prompt", "name": "nobody"})),
        ),
        (
            "completion/complete",
            completes(json!({"type": "ref/resource", "uri": "closed://t/{topic}"})),
            completes(json!({"type": "ref/resource", "uri": "nobody://t/{topic}"})),
        ),
    ]
}

/// Compares what a stranger gets for what is hidden and for what does not exist.
async fn alike(send: impl Fn(&str, Value) -> Call, method: &str, hidden: Value, unknown: Value) {
    let hidden = by(send(method, hidden), "eve").await;
    let unknown = by(send(method, unknown), "eve").await;
    assert_eq!(hidden.status, unknown.status, "{method}");
    let (hidden, unknown) = (hidden.error().await, unknown.error().await);
    let text = unknown.to_string().replace("nobody", "closed");
    assert_eq!(hidden.to_string(), text, "{method}");
}

#[tokio::test]
async fn lists_show_and_calls_serve_what_the_guard_lets_through() {
    let client = client(guarded());
    for list in [
        "tools/list",
        "resources/list",
        "resources/templates/list",
        "prompts/list",
    ] {
        let ada = by(client.request(list, json!({})), "ada")
            .await
            .result()
            .await;
        let eve = by(client.request(list, json!({})), "eve")
            .await
            .result()
            .await;
        let nobody = client.request(list, json!({})).await.result().await;
        assert!(names(&ada).contains(&"closed".to_owned()), "{list}");
        assert!(!names(&eve).contains(&"closed".to_owned()), "{list}");
        assert_eq!(eve, nobody, "{list}");
    }
    for (method, hidden, unknown) in uses() {
        let ada = by(client.request(method, hidden.clone()), "ada").await;
        ada.result().await;
        alike(
            |method, params| client.request(method, params),
            method,
            hidden,
            unknown,
        )
        .await;
    }
}

#[tokio::test]
async fn so_it_is_in_a_session() {
    let client = client(guarded());
    for revision in crate::support::SESSIONFUL {
        let open = by(client.initialize(revision, json!({})), "eve");
        let session = client.opened(open.await).await;
        for (method, hidden, unknown) in uses() {
            alike(
                |method, params| session.request(method, params).id(json!(1)),
                method,
                hidden,
                unknown,
            )
            .await;
        }
        let list = by(session.request("tools/list", json!({})), "eve").await;
        assert_eq!(names(&list.result().await), ["open"]);
    }
}

#[tokio::test]
async fn a_hidden_template_leaves_its_uris_to_the_next_one() {
    let server = McpServer::new("templates", "1")
        .resource(
            resource("note://private/{topic}", async |_: Args<Topic>| "private").guard(is_ada),
        )
        .resource(resource("note://{+topic}", async |_: Args<Topic>| "public"));
    let client = client(server);
    for (who, text) in [("ada", "private"), ("eve", "public")] {
        let read = client.request("resources/read", json!({"uri": "note://private/x"}));
        let result = by(read, who).await.result().await;
        assert_eq!(result["contents"][0]["text"], text, "{who}");
    }
}

#[tokio::test]
async fn several_guards_have_to_agree() {
    let named = |ctx: &Context| ctx.principal().is_some();
    let server =
        McpServer::new("both", "1").tool(tool("t", async || "t").guard(named).guard(is_ada));
    let client = client(server);
    for (who, tools) in [("", 0), ("eve", 0), ("ada", 1)] {
        let list = by(client.request("tools/list", json!({})), who).await;
        assert_eq!(names(&list.result().await).len(), tools, "{who}");
    }
}

/// Whoever may not see a resource is told nothing of its changes, nor that it is there.
#[tokio::test]
async fn nobody_is_told_of_changes_of_what_is_hidden() {
    async fn heard(client: &TestClient, who: &str) -> Vec<Value> {
        let wanted = json!({"resourceSubscriptions": ["closed://r", "nobody://r", "open://r"]});
        let call = client.request("subscriptions/listen", json!({"notifications": wanted}));
        let mut events = by(call, who).await.events();
        let acknowledged = events.next().await.expect("an event");
        assert_eq!(acknowledged["params"]["notifications"], wanted, "{who}");
        for uri in ["closed://r", "nobody://r", "open://r"] {
            client.mcp.notifier().resource_updated(uri);
        }
        let mut heard = Vec::new();
        while heard.last() != Some(&json!("open://r")) {
            heard.push(events.next().await.expect("an event")["params"]["uri"].clone());
        }
        heard
    }
    let client = client(guarded());
    assert_eq!(
        heard(&client, "ada").await,
        ["closed://r", "nobody://r", "open://r"]
    );
    assert_eq!(heard(&client, "eve").await, ["nobody://r", "open://r"]);
}

#[tokio::test]
async fn a_subscription_in_a_session_is_as_discreet() {
    let client = client(guarded());
    for (who, expected) in [
        ("ada", &["closed://r", "open://r"][..]),
        ("eve", &["open://r"]),
    ] {
        let opened = by(client.initialize("2025-11-25", json!({})), who).await;
        let session = client.opened(opened).await;
        for uri in ["closed://r", "open://r"] {
            let subscribe = session.request("resources/subscribe", json!({"uri": uri}));
            assert_eq!(
                by(subscribe, who).await.result().await,
                json!({}),
                "{who} {uri}"
            );
        }
        let mut events = by(session.get(), who).await.events();
        for uri in ["closed://r", "open://r"] {
            client.mcp.notifier().resource_updated(uri);
        }
        for uri in expected {
            assert_eq!(
                events.next().await.expect("an event")["params"]["uri"],
                *uri,
                "{who}"
            );
        }
    }
}

#[tokio::test]
async fn what_another_template_shows_may_be_followed() {
    let server = McpServer::new("templates", "1")
        .resource(resource("note://{topic}", async |_: Args<Topic>| "closed").guard(is_ada))
        .resource(resource("note://{+topic}", async |_: Args<Topic>| "open"));
    let client = client(server);
    let wanted = json!({"notifications": {"resourceSubscriptions": ["note://x"]}});
    let listen = client.request("subscriptions/listen", wanted);
    let mut events = by(listen, "eve").await.events();
    events.next().await;
    client.mcp.notifier().resource_updated("note://x");
    let told = events.next().await.expect("an event");
    assert_eq!(told["params"]["uri"], "note://x");
}
