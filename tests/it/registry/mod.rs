//! What is on offer changes while the server answers.

mod changes;
mod serving;

use mcp_axum::{McpServer, Prompt, Resource, Tool, prompt, resource, tool};
use serde_json::json;

use crate::support::TestClient;

fn a_tool(name: &'static str) -> Tool {
    tool(name, async move || name)
}

fn a_prompt(name: &'static str) -> Prompt {
    prompt(name, async move || name)
}

fn a_resource(uri: &'static str) -> Resource {
    resource(uri, async move || uri)
}

/// Serves two of each.
fn client() -> TestClient {
    let server = McpServer::new("registry", "1")
        .tool(a_tool("a"))
        .tool(a_tool("b"))
        .prompt(a_prompt("a"))
        .prompt(a_prompt("b"))
        .resource(a_resource("x://a"))
        .resource(a_resource("x://t/{b}"));
    TestClient::new(server)
}

const LISTS: [(&str, &str, &str); 4] = [
    ("tools/list", "tools", "name"),
    ("prompts/list", "prompts", "name"),
    ("resources/list", "resources", "uri"),
    (
        "resources/templates/list",
        "resourceTemplates",
        "uriTemplate",
    ),
];

/// Returns what each list shows.
async fn shown(client: &TestClient) -> [Vec<String>; 4] {
    let mut all = <[Vec<String>; 4]>::default();
    for (names, (method, member, key)) in all.iter_mut().zip(LISTS) {
        let list = client.request(method, json!({})).await.result().await;
        let entries = list[member].as_array().expect("a list").iter();
        *names = entries
            .map(|entry| entry[key].as_str().expect("a name").to_owned())
            .collect();
    }
    all
}
