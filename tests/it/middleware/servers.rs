//! Layers around a whole server.

use mcp_axum::{
    McpServer, McpService,
    middleware::{McpRequest, Next, from_fn},
    prompt,
    protocol::CallToolResult,
    resource,
    server::Kind,
    tool,
};
use serde_json::{Value, json};

use super::{Counting, Notes, client};
use crate::support::{SESSIONFUL, TestClient};

fn everything() -> McpServer {
    McpServer::new("all", "1")
        .tool(tool("greet", async || "hello").read_only().tag("polite"))
        .resource(resource("note://{id}", async || "a note"))
        .prompt(prompt("ask", async || "why?"))
}

#[tokio::test]
async fn the_layer_added_last_is_outermost_and_none_replaces_another() {
    let notes = Notes::default();
    let inside = notes.clone();
    let server = McpServer::new("order", "1")
        .tool(
            tool("greet", async move || {
                inside.note("handler");
                "hello"
            })
            .layer(notes.layer("a"))
            .layer(notes.layer("b")),
        )
        .layer(notes.layer("c"))
        .layer(notes.layer("d"));
    let client = client(server);
    assert_eq!(client.tool("greet", json!({})).await.text().await, "hello");
    let order = ["d>", "c>", "b>", "a>", "handler", "<a", "<b", "<c", "<d"];
    assert_eq!(notes.take(), order);
}

/// Notes what each request shows.
fn watched(notes: &Notes) -> McpServer {
    let notes = notes.clone();
    everything().layer(from_fn(move |request: McpRequest, next: Next| {
        let component = request.component().map(|it| {
            let read_only = it.annotations().and_then(|hints| hints.read_only_hint);
            let kind = match it.kind() {
                Kind::Tool => "tool",
                Kind::Resource => "resource",
                Kind::Prompt => "prompt",
                _ => "other",
            };
            let tags: Vec<_> = it.tags().collect();
            format!("{kind} {} {tags:?} {read_only:?}", it.name())
        });
        let target = request.target().map(|it| it.into_owned());
        notes.note(format!("{} {target:?} {component:?}", request.method()));
        next.run(request)
    }))
}

#[tokio::test]
async fn a_layer_sees_every_method_with_its_component_in_both_eras() {
    let rows: &[(&str, Value, &str)] = &[
        ("tools/list", json!({}), "None None"),
        (
            "tools/call",
            json!({"name": "greet"}),
            r#"Some("greet") Some("tool greet [\"polite\"] Some(true)")"#,
        ),
        (
            "tools/call",
            json!({"name": "nobody"}),
            r#"Some("nobody") None"#,
        ),
        ("resources/list", json!({}), "None None"),
        ("resources/templates/list", json!({}), "None None"),
        (
            "resources/read",
            json!({"uri": "note://7"}),
            r#"Some("note://7") Some("resource note://{id} [] None")"#,
        ),
        ("prompts/list", json!({}), "None None"),
        (
            "prompts/get",
            json!({"name": "ask"}),
            r#"Some("ask") Some("prompt ask [] None")"#,
        ),
    ];
    let notes = Notes::default();
    let client = client(watched(&notes));
    let plain = super::client(everything());
    for (method, params, expected) in rows {
        let reply = client.request(method, params.clone()).await.message().await;
        let without = plain.request(method, params.clone()).await.message().await;
        assert_eq!(reply, without, "{method}");
        assert_eq!(notes.take(), [format!("{method} {expected}")]);
    }
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for (method, params, expected) in rows {
            session
                .request(method, params.clone())
                .await
                .message()
                .await;
            assert_eq!(notes.take(), [format!("{method} {expected}")], "{revision}");
        }
    }
}

#[tokio::test]
async fn what_belongs_to_a_session_itself_passes_by() {
    let notes = Notes::default();
    let client = client(watched(&notes));
    let session = client.open("2025-11-25").await;
    for (method, params) in [
        ("ping", json!({})),
        ("logging/setLevel", json!({"level": "debug"})),
        ("resources/subscribe", json!({"uri": "note://1"})),
    ] {
        session.request(method, params).await.result().await;
    }
    assert!(notes.take().is_empty());
}

#[tokio::test]
async fn a_request_to_listen_goes_through_the_layers_before_its_stream_opens() {
    let notes = Notes::default();
    let client = client(watched(&notes));
    let listen = client.request(
        "subscriptions/listen",
        json!({"notifications": {"toolsListChanged": true}}),
    );
    let mut events = listen.await.events();
    let first = events.next().await.expect("an event");
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(notes.take(), ["subscriptions/listen None None"]);
    client.mcp.registry().remove_tool("greet");
    let told = events.next().await.expect("an event");
    assert_eq!(told["method"], "notifications/tools/list_changed");
}

#[tokio::test]
async fn a_layer_may_refuse_to_let_anybody_listen() {
    let server = everything().layer(from_fn(async |request: McpRequest, next: Next| {
        if request.method() == "subscriptions/listen" {
            let refusal = mcp_axum::Refusal::new(http::StatusCode::FORBIDDEN);
            return mcp_axum::middleware::McpResponse::refuse(refusal.message("not you"));
        }
        next.run(request).await
    }));
    let client = client(server);
    let params = json!({"notifications": {"toolsListChanged": true}});
    let reply = client.request("subscriptions/listen", params).await;
    assert_eq!(reply.status, 403);
    assert_eq!(reply.error().await["message"], "not you");
    assert_eq!(client.mcp.listeners(), 0);
}

#[tokio::test]
async fn a_layer_is_built_once_for_all_requests_and_components_added_later() {
    let (around, of_tool) = (Counting::default(), Counting::default());
    let server = everything()
        .tool(tool("other", async || "x").layer(of_tool.clone()))
        .layer(around.clone());
    let client = client(server);
    assert_eq!((around.counts(), of_tool.counts()), ((0, 0), (0, 0)));
    for _ in 0..3 {
        client.tool("greet", json!({})).await.text().await;
        client.tool("other", json!({})).await.text().await;
    }
    client
        .mcp
        .registry()
        .add_tool(tool("late", async || "late"))
        .unwrap();
    client.tool("late", json!({})).await.text().await;
    assert_eq!((around.counts(), of_tool.counts()), ((1, 7), (1, 3)));
}

#[tokio::test]
async fn a_second_life_builds_the_layers_anew() {
    let (around, of_tool) = (Counting::default(), Counting::default());
    let server = McpServer::new("lives", "1")
        .tool(tool("greet", async || "hello").layer(of_tool.clone()))
        .layer(around.clone());
    let mcp = McpService::new(server);
    for life in 1..=2 {
        let mut client = TestClient::with(mcp.clone());
        client.tool("greet", json!({})).await.text().await;
        client.take_guard().shutdown().await;
        assert_eq!(
            (around.counts(), of_tool.counts()),
            ((life, life), (life, life))
        );
    }
}

#[tokio::test]
async fn a_layer_changes_results_and_answers_by_itself() {
    let server = everything().layer(from_fn(async |request: McpRequest, next: Next| {
        if request.target().as_deref() == Some("cached") {
            return CallToolResult::text("from the cache").into();
        }
        let mut response = next.run(request).await;
        if let Some(result) = response.as_tool_mut() {
            *result = CallToolResult::text("changed");
        }
        response
    }));
    let client = client(server);
    assert_eq!(
        client.tool("greet", json!({})).await.text().await,
        "changed"
    );
    let cached = client.tool("cached", json!({})).await;
    assert_eq!(cached.text().await, "from the cache");
}

#[tokio::test]
async fn a_result_of_another_kind_is_an_error_of_ours() {
    let server = everything().layer(from_fn(async |_request: McpRequest, _next: Next| {
        CallToolResult::text("whatever you wanted").into()
    }));
    let client = client(server);
    let reply = client.request("prompts/get", json!({"name": "ask"})).await;
    assert_eq!(reply.refusal().await, (200, -32603));
}

#[tokio::test]
async fn a_completion_goes_through_the_layers_of_its_component() {
    let notes = Notes::default();
    let prompt = prompt("ask", async |_: mcp_axum::Args<Topic>| "why?")
        .complete("topic", async |_: mcp_axum::extract::Completing| {
            vec!["rust"]
        })
        .layer(notes.layer("prompt"));
    let client = client(McpServer::new("completes", "1").prompt(prompt));
    let params = json!({
        "ref": {"type": "ref/prompt", "name": "ask"},
        "argument": {"name": "topic", "value": "r"},
    });
    let result = client
        .request("completion/complete", params)
        .await
        .result()
        .await;
    assert_eq!(result["completion"]["values"], json!(["rust"]));
    assert_eq!(notes.take(), ["prompt>", "<prompt"]);
}

/// What to ask about.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Topic {
    #[expect(dead_code, reason = "only its name matters")]
    topic: String,
}
