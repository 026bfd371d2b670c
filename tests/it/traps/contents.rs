//! What a call gives back: failures, schemas, messages, progress.

use std::convert::Infallible;

use axum::Json;
use mcp_axum::{Args, Context, McpServer, ToolError, prompt, protocol::PromptMessage, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::support::TestClient;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Named {
    name: String,
}

async fn greet(Args(input): Args<Named>) -> Json<Named> {
    Json(input)
}

#[tokio::test]
async fn t39_a_tool_with_an_output_schema_may_fail_without_structured_content() {
    async fn fails() -> Result<Json<Named>, ToolError> {
        Err(ToolError::new("no such person"))
    }
    let client = TestClient::new(McpServer::new("t", "1").tool(tool("fails", fails)));
    let list = client.request("tools/list", json!({})).await.result().await;
    assert!(list["tools"][0]["outputSchema"].is_object());
    let reply = client.tool("fails", json!({})).await;
    assert_eq!(reply.status, 200);
    let result = reply.result().await;
    assert_eq!(result["isError"], true);
    assert_eq!(result["content"][0]["text"], "no such person");
    assert!(result.get("structuredContent").is_none());
}

#[tokio::test]
async fn t40_arguments_that_do_not_fit_are_a_result_and_an_unknown_tool_is_an_error() {
    let client = TestClient::new(McpServer::new("t", "1").tool(tool("greet", greet)));
    for arguments in [json!({}), json!({"name": 5}), json!({"name": null})] {
        let reply = client.tool("greet", arguments).await;
        assert_eq!(reply.status, 200);
        let result = reply.result().await;
        assert_eq!(result["isError"], true);
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.contains("`name`"), "{text}");
    }
    assert_eq!(
        client.tool("nobody", json!({})).await.refusal().await,
        (200, -32602)
    );
}

#[tokio::test]
async fn t41_keywords_of_a_schema_reach_the_client_verbatim() {
    /// Written by hand, with keywords that nothing here knows.
    fn schema() -> Value {
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "https://example.com/tool", "$comment": "kept", "type": "object",
            "$defs": {"address": {"$anchor": "here", "type": "object",
                "properties": {"street": {"type": "string"}}, "unevaluatedProperties": false}},
            "properties": {
                "address": {"$ref": "#/$defs/address"},
                "pair": {"type": "array", "prefixItems": [{"type": "integer"}], "items": false},
                "kind": {"const": "x", "x-vendor": {"any": ["thing"]}}},
            "if": {"required": ["pair"]}, "then": {"required": ["kind"]}, "else": true,
            "dependentRequired": {"pair": ["kind"]}, "additionalProperties": false
        })
    }
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Typed {
        #[schemars(extend("x-vendor" = {"any": ["thing"]}, "contentEncoding" = "base64"))]
        blob: String,
    }
    async fn raw(Args(input): Args<Map<String, Value>>) -> String {
        Value::Object(input).to_string()
    }
    let by_hand = tool("hand", raw)
        .input_schema(schema())
        .output_schema(schema());
    let typed = tool("typed", async |_: Args<Typed>| "ok");
    let client = TestClient::new(McpServer::new("t", "1").tool(by_hand).tool(typed));
    let list = client.request("tools/list", json!({})).await.result().await;
    assert_eq!(list["tools"][0]["inputSchema"], schema());
    assert_eq!(list["tools"][0]["outputSchema"], schema());
    let blob = &list["tools"][1]["inputSchema"]["properties"]["blob"];
    assert_eq!(blob["x-vendor"], json!({"any": ["thing"]}));
    assert_eq!(blob["contentEncoding"], "base64");
    assert_eq!(
        list["tools"][1]["inputSchema"]["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}

#[tokio::test]
async fn t42_a_prompt_message_has_one_block_and_arguments_are_strings() {
    async fn talk(Args(input): Args<Named>) -> Vec<PromptMessage> {
        vec![
            PromptMessage::user(input.name),
            PromptMessage::assistant("hello"),
        ]
    }
    let client = TestClient::new(McpServer::new("t", "1").prompt(prompt("talk", talk)));
    let get = |arguments: Value| {
        client.request(
            "prompts/get",
            json!({"name": "talk", "arguments": arguments}),
        )
    };
    let result = get(json!({"name": "7"})).await.result().await;
    assert_eq!(
        result["messages"],
        json!([
            {"role": "user", "content": {"type": "text", "text": "7"}},
            {"role": "assistant", "content": {"type": "text", "text": "hello"}}
        ])
    );
    for wrong in [
        json!({"name": 7}),
        json!({"name": null}),
        json!({"name": ["7"]}),
        json!(["7"]),
    ] {
        assert_eq!(
            get(wrong.clone()).await.refusal().await,
            (200, -32602),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn t43_progress_keeps_its_token_increases_and_ends_with_the_response() {
    async fn work(ctx: Context) -> Result<String, Infallible> {
        for progress in [1.0, 1.0, 0.5, 2.0, f64::NAN, 1.5, 3.0] {
            ctx.progress(progress, None, None);
        }
        tokio::spawn(async move {
            ctx.cancellation().cancelled().await;
            ctx.progress(99.0, None, None);
        });
        Ok("done".to_owned())
    }
    let client = TestClient::new(McpServer::new("t", "1").tool(tool("work", work)));
    for token in [json!(7), json!("7"), json!(0), json!("")] {
        let reply = client.tool("work", json!({})).progress(token.clone()).await;
        let messages = reply.events().rest().await;
        let progress: Vec<&Value> = messages
            .iter()
            .filter(|message| message["method"] == "notifications/progress")
            .map(|message| {
                assert_eq!(message["params"]["progressToken"], token);
                &message["params"]["progress"]
            })
            .collect();
        assert_eq!(progress, [1.0, 2.0, 3.0]);
        let last = messages.last().unwrap();
        assert_eq!(last["result"]["content"][0]["text"], "done", "{last}");
    }
}
