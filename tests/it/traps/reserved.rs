//! Codes that the protocol keeps for itself, and handlers that return them.

use mcp_axum::{
    BoxError, Context, McpServer, ToolError, prompt,
    prompt::PromptError,
    protocol::{ErrorObject, Level},
    resource,
    resource::ResourceError,
    tool,
};
use serde_json::json;

use crate::support::{Call, TestClient};

const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

fn own(code: i32) -> ErrorObject {
    ErrorObject::new(code, "own words").data(json!({"own": "data"}))
}

/// A server whose every handler ends with this code, wrapped or not.
fn server(code: i32) -> McpServer {
    McpServer::new("t", "1")
        .tool(tool("plain", async move || {
            Err::<(), _>(ToolError::protocol(own(code)))
        }))
        .tool(tool("boxed", async move || {
            Err::<(), BoxError>(own(code).into())
        }))
        .tool(tool("late", async move |ctx: Context| {
            ctx.log(Level::Info, "word");
            tokio::task::yield_now().await;
            Err::<(), _>(ToolError::protocol(own(code)))
        }))
        .prompt(prompt("prompt", async move || {
            Err::<String, _>(PromptError::protocol(own(code)))
        }))
        .resource(resource("own://code", async move || {
            Err::<String, _>(ResourceError::protocol(own(code)))
        }))
}

fn calls(client: &TestClient) -> Vec<Call> {
    vec![
        client.tool("plain", json!({})),
        client.tool("boxed", json!({})),
        client
            .tool("late", json!({}))
            .meta(LOG_LEVEL, json!("debug")),
        client.request("prompts/get", json!({"name": "prompt"})),
        client.request("resources/read", json!({"uri": "own://code"})),
    ]
}

#[tokio::test]
async fn t22_a_reserved_code_of_a_handler_is_an_internal_error_without_its_text() {
    for code in [-32000, -32001, -32002, -32004, -32042, -32050, -32099] {
        let client = TestClient::new(server(code));
        for call in calls(&client) {
            let message = call.await.message().await;
            assert_eq!(message["error"]["code"], -32603, "{code}: {message}");
            assert!(!message.to_string().contains("own"), "{code}: {message}");
        }
    }
}

#[tokio::test]
async fn t22_any_other_code_of_a_handler_is_its_own() {
    for code in [-32020, -32602, -31999, -1, 0, 42] {
        let client = TestClient::new(server(code));
        for call in calls(&client) {
            let error = call.await.error().await;
            assert_eq!(error["code"], code);
            assert_eq!(error["message"], "own words", "{code}");
            assert_eq!(error["data"], json!({"own": "data"}), "{code}");
        }
    }
}
