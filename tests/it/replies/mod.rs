//! The reply: JSON when the handler is silent, a stream when it is not.

mod accept;
mod commit;
mod endings;
mod queue;
mod unread;

use mcp_axum::{McpServer, Tool};
use serde_json::{Value, json};

use crate::support::{Call, TestClient};

const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// A client of a server that has this one tool, named `t`.
fn serve(tool: Tool) -> TestClient {
    TestClient::new(McpServer::new("one", "1").tool(tool))
}

/// Calls that tool.
fn call(client: &TestClient) -> Call {
    client.tool("t", json!({}))
}

/// Calls it with every wish to be told.
fn told(client: &TestClient) -> Call {
    let call = call(client).progress(json!("p"));
    call.meta(LOG_LEVEL, json!("debug"))
}

/// Returns the values of the progress reports among messages.
fn reported(messages: &[Value]) -> Vec<f64> {
    let values = messages
        .iter()
        .map(|message| &message["params"]["progress"]);
    values.filter_map(Value::as_f64).collect()
}
