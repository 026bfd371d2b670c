//! Resources: what they return, how they are found, what is said of them.

mod returns;
mod templates;

use mcp_axum::{McpServer, Resource};
use serde_json::json;

use crate::support::{Call, TestClient};

/// Serves these resources.
fn client(resources: impl IntoIterator<Item = Resource>) -> TestClient {
    let server = McpServer::new("resources", "1");
    TestClient::new(resources.into_iter().fold(server, McpServer::resource))
}

fn read(client: &TestClient, uri: &str) -> Call {
    client.request("resources/read", json!({"uri": uri}))
}
