//! Hooks that see every message on its way to the client.

use std::sync::{Arc, Mutex};

use mcp_axum::{
    Context, McpServer, McpService, Principal, ToolError,
    protocol::{Level, Sample},
    tool,
};
use serde_json::{Value, json};

use crate::support::{SESSIONFUL, TestClient};

/// What the hook has seen: method, whether it is an error, who gets it.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no test panicked"))
    }
}

async fn talk(ctx: Context) -> Result<&'static str, ToolError> {
    ctx.progress(1.0, None, Some("a secret"));
    ctx.log(Level::Error, "a secret");
    ctx.sample("q", &Sample::new(1).user("a secret")).await?;
    Ok("a secret")
}

/// Replaces the word `secret` everywhere.
fn redact(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.replace("secret", "***"),
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(members) => members.values_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn client(seen: &Seen) -> TestClient {
    let seen = seen.clone();
    let server = McpServer::new("redacted", "1")
        .instructions("a secret")
        .tool(tool("talk", talk))
        .tool(tool("tell", async || "a secret"))
        .tool(tool("fail", async || {
            Err::<(), _>(ToolError::new("a secret"))
        }))
        .dynamic_resources()
        .outgoing(move |message| {
            let what = message
                .method()
                .unwrap_or(["result", "error"][usize::from(message.is_error())]);
            let who = message.principal().map_or("-", Principal::key);
            let noted = format!("{what} {who} {}", message.revision().as_str());
            seen.0.lock().expect("no test panicked").push(noted);
            redact(message.payload_mut());
        });
    let builder = McpService::builder(server).legacy_sse().principal(|parts| {
        let user = parts.headers.get("x-user").and_then(|it| it.to_str().ok());
        Ok(user.map(Principal::new))
    });
    TestClient::with(builder.build())
}

#[tokio::test]
async fn results_lists_and_errors_go_through_the_hook() {
    let seen = Seen::default();
    let client = client(&seen);
    for (method, params, what) in [
        ("server/discover", json!({}), "result"),
        ("tools/list", json!({}), "result"),
        ("tools/call", json!({"name": "tell"}), "result"),
        ("tools/call", json!({"name": "fail"}), "result"),
        ("tools/call", json!({"name": "a secret"}), "error"),
    ] {
        let reply = client.request(method, params).header("x-user", "ada").await;
        let message = reply.message().await;
        assert!(!message.to_string().contains("secret"), "{message}");
        assert_eq!(message["id"], 1);
        assert_eq!(seen.take(), [format!("{what} ada 2026-07-28")], "{method}");
    }
}

#[tokio::test]
async fn what_a_handler_says_and_asks_goes_through_the_hook_in_both_eras() {
    let seen = Seen::default();
    let client = client(&seen);
    let level = "io.modelcontextprotocol/logLevel";
    let call = client
        .tool("talk", json!({}))
        .capable(json!({"sampling": {}}));
    let call = call.progress(json!("t")).meta(level, json!("debug"));
    let messages = call.await.events().rest().await;
    assert_eq!(messages.len(), 3);
    assert!(
        !json!(messages).to_string().contains("secret"),
        "{messages:?}"
    );
    let said = ["notifications/progress", "notifications/message", "result"];
    assert_eq!(seen.take(), said.map(|what| format!("{what} - 2026-07-28")));

    let session = client
        .open_with("2025-11-25", json!({"sampling": {}}))
        .await;
    assert_eq!(seen.take(), ["result - 2025-11-25"]);
    let mut events = session
        .request(
            "tools/call",
            json!({"name": "talk", "_meta": {"progressToken": 1}}),
        )
        .await
        .events();
    let mut messages = Vec::new();
    while messages.len() < 3 {
        messages.push(events.next().await.expect("an event"));
    }
    let answer =
        json!({"role": "assistant", "model": "m", "content": {"type": "text", "text": "ok"}});
    assert_eq!(session.answer(&messages[2], answer).await.status, 202);
    messages.push(events.next().await.expect("an event"));
    assert!(
        !json!(messages).to_string().contains("secret"),
        "{messages:?}"
    );
    let said = [
        "notifications/progress",
        "notifications/message",
        "sampling/createMessage",
        "result",
    ];
    assert_eq!(seen.take(), said.map(|what| format!("{what} - 2025-11-25")));
}

#[tokio::test]
async fn notices_of_changes_go_through_the_hook() {
    let seen = Seen::default();
    let client = client(&seen);
    let wanted = json!({"notifications": {"toolsListChanged": true, "resourceSubscriptions": ["x://secret"]}});
    let mut events = client
        .request("subscriptions/listen", wanted)
        .await
        .events();
    assert!(
        !events
            .next()
            .await
            .expect("an event")
            .to_string()
            .contains("secret")
    );
    client.mcp.notifier().resource_updated("x://secret");
    assert_eq!(
        events.next().await.expect("an event")["params"]["uri"],
        "x://***"
    );
    client.mcp.notifier().tools_changed();
    assert_eq!(
        events.next().await.expect("an event")["method"],
        "notifications/tools/list_changed"
    );
    assert_eq!(seen.take().len(), 3);

    let session = client.open("2025-06-18").await;
    session
        .request("resources/subscribe", json!({"uri": "x://secret"}))
        .await
        .result()
        .await;
    let mut events = session.get().await.events();
    seen.take();
    client.mcp.notifier().resource_updated("x://secret");
    assert_eq!(
        events.next().await.expect("an event")["params"]["uri"],
        "x://***"
    );
    client.mcp.notifier().tools_changed();
    let changed = events.next().await.expect("an event");
    assert_eq!(
        changed,
        json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
    );
    assert!(
        seen.take()
            .contains(&"notifications/resources/updated - 2025-06-18".to_owned())
    );
}

#[tokio::test]
async fn the_handshake_goes_through_the_hook() {
    let seen = Seen::default();
    let client = client(&seen);
    for revision in SESSIONFUL {
        let result = client.initialize(revision, json!({})).await.result().await;
        assert_eq!(result["instructions"], "a ***");
        assert_eq!(seen.take(), [format!("result - {revision}")]);
    }
}

#[tokio::test]
async fn hooks_run_in_order_and_those_of_a_merged_server_come_along() {
    let append = |word: &'static str| {
        move |message: &mut mcp_axum::server::Outgoing<'_>| {
            if let Value::String(text) = &mut message.payload_mut()["content"][0]["text"] {
                text.push_str(word);
            }
        }
    };
    let inner = McpServer::new("inner", "1").outgoing(append("3"));
    let outer = McpServer::new("outer", "1")
        .tool(tool("t", async || "0"))
        .outgoing(append("1"))
        .outgoing(append("2"))
        .merge(inner);
    let client = TestClient::new(outer);
    assert_eq!(client.tool("t", json!({})).await.text().await, "0123");
}

#[tokio::test]
async fn what_no_hook_could_look_into_does_not_go_out() {
    async fn deep(ctx: Context) -> mcp_axum::protocol::CallToolResult {
        let deep = (0..200).fold(json!("a secret"), |inner, _| json!([inner]));
        ctx.log(Level::Error, &deep);
        mcp_axum::protocol::CallToolResult::text("x").structured_content(&deep)
    }
    let server = McpServer::new("deep", "1").tool(tool("deep", deep));
    let client = TestClient::new(server.outgoing(|message| redact(message.payload_mut())));
    let call = client.tool("deep", json!({}));
    let call = call.meta("io.modelcontextprotocol/logLevel", json!("debug"));
    let messages = call.await.events().rest().await;
    assert!(
        !json!(messages).to_string().contains("secret"),
        "{messages:?}"
    );
    assert_eq!(messages[0]["method"], "notifications/message");
    assert_eq!(messages[1]["id"], 1);
    assert_eq!(messages[1]["error"]["code"], -32603);
}

#[tokio::test]
async fn a_hook_that_panics_withholds_its_message_and_breaks_nothing() {
    let server = McpServer::new("panics", "1").tool(tool("t", async || "a secret"));
    let client = TestClient::new(server.outgoing(|message| {
        assert!(!message.payload().to_string().contains("secret"), "seen");
    }));
    let session = client.open("2025-11-25").await;
    for call in [client.tool("t", json!({})), session.tool("t", json!({}))] {
        let error = call.await.error().await;
        assert_eq!(error["code"], -32603);
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
