//! Who hears of changes: decided by what changed, when it did.

use mcp_axum::{Context, McpServer, Resource, resource, tool};
use serde_json::{Value, json};

use super::{by, client};
use crate::support::{Call, Events, TestClient};

fn is_ada(ctx: &Context) -> bool {
    ctx.principal().is_some_and(|it| it.key() == "ada")
}

fn note(uri: &str) -> Resource {
    resource(uri, async || "a note")
}

fn server() -> McpServer {
    McpServer::new("notes", "1")
        .resource(note("note://a"))
        .resource(note("note://a/hidden").guard(is_ada))
        .resource(note("note://a/scoped").requires_scope("read"))
        .resource(note("note://a/visible"))
}

const CHANGED: [&str; 3] = ["note://a/hidden", "note://a/scoped", "note://a/visible"];

/// Reads until the change that everybody hears of.
async fn heard(client: &TestClient, events: &mut Events) -> Vec<Value> {
    for uri in CHANGED {
        client.mcp.notifier().resource_updated(uri);
    }
    let mut heard = Vec::new();
    while heard.last() != Some(&json!("note://a/visible")) {
        let event = events.next().await.expect("an event");
        heard.push(event["params"]["uri"].clone());
    }
    heard
}

fn listen(client: &TestClient, uri: &str) -> Call {
    let wanted = json!({"notifications": {"resourceSubscriptions": [uri]}});
    client.request("subscriptions/listen", wanted)
}

#[tokio::test]
async fn a_uri_above_tells_of_what_may_be_read_alone() {
    let client = client(server());
    for above in ["note://a", "note://", "note://a/"] {
        for (who, expected) in [
            ("eve", &CHANGED[2..]),
            ("eve read", &CHANGED[1..]),
            ("ada read", &CHANGED[..]),
        ] {
            let mut events = by(listen(&client, above), who).await.events();
            events.next().await;
            assert_eq!(heard(&client, &mut events).await, expected, "{who} {above}");

            let open = by(client.initialize("2025-11-25", json!({})), who).await;
            let session = client.opened(open).await;
            let subscribe = session.request("resources/subscribe", json!({"uri": above}));
            by(subscribe, who).await.result().await;
            let mut events = by(session.get(), who).await.events();
            assert_eq!(heard(&client, &mut events).await, expected, "{who} {above}");
        }
    }
}

#[tokio::test]
async fn so_it_is_for_what_is_hidden_later() {
    let client = client(McpServer::new("notes", "1").resource(note("note://a/visible")));
    let mut events = by(listen(&client, "note://a"), "eve").await.events();
    events.next().await;
    let late = note("note://a/hidden").guard(is_ada);
    client.mcp.registry().add_resource(late).unwrap();
    assert_eq!(
        heard(&client, &mut events).await,
        ["note://a/scoped", "note://a/visible"]
    );
}

#[tokio::test]
async fn a_weaker_token_of_the_same_person_hears_less() {
    let client = client(server());
    let open = by(client.initialize("2025-11-25", json!({})), "eve read").await;
    let session = client.opened(open).await;
    let subscribe = session.request("resources/subscribe", json!({"uri": "note://a"}));
    by(subscribe, "eve read").await.result().await;
    let mut weak = by(session.get(), "eve").await.events();
    assert_eq!(heard(&client, &mut weak).await, CHANGED[2..]);
    let mut strong = by(session.get(), "eve read").await.events();
    assert_eq!(heard(&client, &mut strong).await, CHANGED[1..]);
}

#[tokio::test]
async fn a_subscription_to_what_is_hidden_takes_its_place_like_any_other() {
    let client = client(server());
    let open = by(client.initialize("2025-11-25", json!({})), "eve").await;
    let session = client.opened(open).await;
    let subscribe = async |uri: String| {
        let call = session.request("resources/subscribe", json!({"uri": uri}));
        by(call, "eve").await.message().await
    };
    for at in 0..128 {
        subscribe(format!("x://{at}")).await;
    }
    let hidden = subscribe("note://a/hidden".to_owned()).await;
    let unknown = subscribe("note://a/nobody".to_owned()).await;
    assert_eq!(hidden["error"], unknown["error"]);
    assert!(hidden["error"].is_object(), "{hidden}");
}

#[tokio::test]
async fn a_guard_that_panics_hides_and_breaks_nothing() {
    let panics = |_: &Context| panic!("a secret reason");
    let server = server()
        .tool(tool("t", async || "t").guard(panics))
        .resource(note("note://a/broken").guard(panics));
    let client = client(server);
    for call in [
        client.request("tools/list", json!({})),
        client.tool("t", json!({})),
    ] {
        let error = by(call, "eve").await.error().await;
        assert_eq!(error["code"], -32603);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let mut events = by(listen(&client, "note://a"), "eve").await.events();
    events.next().await;
    client.mcp.notifier().resource_updated("note://a/broken");
    assert_eq!(heard(&client, &mut events).await, CHANGED[2..]);
}
