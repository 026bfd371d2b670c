//! Tools: what the list says of them, what they return, what they take.

mod arguments;
mod headers;
mod list;
mod returns;

use mcp_axum::{McpServer, Tool};

use crate::support::TestClient;

/// Serves these tools.
fn client(tools: impl IntoIterator<Item = Tool>) -> TestClient {
    let server = McpServer::new("tools", "1");
    TestClient::new(tools.into_iter().fold(server, McpServer::tool))
}
