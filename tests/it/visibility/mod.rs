//! Who sees which component: lists, calls, reads, completions and notices agree.

mod following;
mod guards;
mod lists;
mod scopes;
mod server;

use mcp_axum::{McpServer, McpService, McpServiceBuilder, Principal};
use serde_json::Value;

use crate::support::{Call, TestClient};

/// A service whose login reads the name and the scopes from headers.
fn builder(server: McpServer) -> McpServiceBuilder {
    McpService::builder(server).principal(|parts| {
        let header = |name| parts.headers.get(name)?.to_str().ok();
        let scopes = header("x-scopes").unwrap_or_default().split_whitespace();
        Ok(header("x-user").map(|user| Principal::new(user).scopes(scopes)))
    })
}

fn client(server: McpServer) -> TestClient {
    TestClient::with(builder(server).build())
}

/// Sends a request as somebody; the first word is the name, the others are scopes.
fn by(call: Call, who: &str) -> Call {
    let (user, scopes) = who.split_once(' ').unwrap_or((who, ""));
    match user {
        "" => call,
        user => call.header("x-user", user).header("x-scopes", scopes),
    }
}

/// Returns the names in a list.
fn names(list: &Value) -> Vec<String> {
    let lists = ["tools", "prompts", "resources", "resourceTemplates"];
    let list = lists.into_iter().find_map(|member| list[member].as_array());
    let name = |entry: &Value| entry["name"].as_str().unwrap_or_default().to_owned();
    list.expect("a list").iter().map(name).collect()
}
