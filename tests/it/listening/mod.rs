//! `subscriptions/listen`: who is told of what, and for how long.

mod changes;
mod filters;
mod places;

use mcp_axum::{McpServer, prompt, resource, tool};
use serde_json::{Value, json};

use crate::support::{Call, Events, TestClient};

/// A server with one component of each kind.
fn everything() -> McpServer {
    McpServer::new("t", "1")
        .tool(tool("greet", async || "hello"))
        .prompt(prompt("ask", async || "Who?"))
        .resource(resource("note://one", async || "one"))
}

/// Asks to be told of this.
fn listen(client: &TestClient, filter: Value) -> Call {
    let params = Value::from_iter([("notifications", filter)]);
    client.request("subscriptions/listen", params)
}

/// Everything that a client can ask to be told of in general.
fn every_list() -> Value {
    json!({"toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true})
}

/// Asserts that no stream opens, and returns status and code of the refusal.
async fn refused(call: Call) -> (u16, i64) {
    let reply = call.await;
    assert!(!reply.is_stream(), "a stream, which would never end");
    reply.refusal().await
}

/// Opens a stream and reads its acknowledgement.
async fn open(client: &TestClient, filter: Value) -> (Events, Value) {
    let mut events = listen(client, filter).await.events();
    let mut first = events.next().await.expect("an acknowledgement");
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    (events, first["params"]["notifications"].take())
}

/// Ends the service and returns what the stream says until then, briefly.
async fn heard(client: &mut TestClient, events: &mut Events) -> Vec<String> {
    client.take_guard().shutdown().await;
    let mut messages = events.rest().await;
    let end = messages.pop().expect("a response");
    assert_eq!(end["result"]["resultType"], "complete");
    messages.iter().map(brief).collect()
}

/// Returns the kind of a notification, or the URI that it is about.
fn brief(message: &Value) -> String {
    let uri = message["params"]["uri"].as_str();
    let method = message["method"].as_str().expect("a notification");
    uri.unwrap_or_else(|| method.trim_start_matches("notifications/"))
        .to_owned()
}
