//! Questions to the client, and the rounds they take.

mod answers;
mod by_hand;
mod forms;
mod kinds;
mod live;
mod live_by_hand;
mod live_ends;
mod live_shapes;
mod rounds;
mod state;

use mcp_axum::{
    Context, McpServer, McpService, Principal, Tool, ToolError,
    peer::{Elicited, StateKeys},
};
use schemars::JsonSchema;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::support::{Call, TestClient};

/// What most tests ask for.
#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    name: String,
}

/// Asks for a name, and tells what came of it.
async fn name(ctx: Context) -> Result<String, ToolError> {
    tell(ctx.elicit::<Named>("name", "Who are you?").await?)
}

fn tell(answer: Elicited<Named>) -> Result<String, ToolError> {
    Ok(match answer {
        Elicited::Accepted(named) => format!("hello {}", named.name),
        Elicited::Declined => "declined".to_owned(),
        Elicited::Cancelled => "cancelled".to_owned(),
    })
}

/// Reads an answer that must be there.
fn accepted<T: DeserializeOwned>(answer: Elicited<T>) -> Result<T, ToolError> {
    answer.accepted().ok_or(ToolError::new("no answer"))
}

fn client(tools: impl IntoIterator<Item = Tool>) -> TestClient {
    TestClient::new(server(tools))
}

fn server(tools: impl IntoIterator<Item = Tool>) -> McpServer {
    tools
        .into_iter()
        .fold(McpServer::new("asking", "1"), McpServer::tool)
}

/// Serves with these keys; a header says whose request it is.
fn sealed_with(keys: StateKeys, tools: impl IntoIterator<Item = Tool>) -> TestClient {
    let mcp = McpService::builder(server(tools))
        .state_keys(keys)
        .principal(|parts| {
            let user = parts.headers.get("x-user");
            let user = user.and_then(|user| user.to_str().ok());
            Ok(user.map(|user| Principal::new(user.to_owned())))
        });
    TestClient::with(mcp.build())
}

/// Calls a tool without arguments, able to answer everything.
fn call(client: &TestClient, tool: &str) -> Call {
    client.tool(tool, json!({})).answers_everything()
}

fn ada() -> Value {
    json!({"name": {"action": "accept", "content": {"name": "Ada"}}})
}
