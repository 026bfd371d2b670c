//! Who may reach the endpoint, and in which order a request is judged.

mod hosts;
mod order;
mod origins;
mod outage;
mod principals;

use mcp_axum::{McpServer, McpService, McpServiceBuilder, tool};
use serde_json::json;

use crate::support::{Call, Reply, TestClient};

pub fn server() -> McpServer {
    McpServer::new("guarded", "1").tool(tool("ok", async || "ok"))
}

pub fn builder() -> McpServiceBuilder {
    McpService::builder(server())
}

/// A call that passes, unless the guard objects.
pub fn call(client: &TestClient) -> Call {
    client.tool("ok", json!({}))
}

/// Returns the message of a refusal with this status and code -32600.
pub async fn refusal(reply: Reply, status: u16, what: &str) -> String {
    assert_eq!(reply.status, status, "{what}");
    let error = reply.error().await;
    assert_eq!(error["code"], -32600, "{what}");
    error["message"].as_str().expect("a message").to_owned()
}
