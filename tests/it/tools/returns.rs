//! What a tool may return.

use std::borrow::Cow;

use axum::Json;
use mcp_axum::{
    ToolError,
    protocol::{
        Annotations, CallToolResult, ContentBlock, ErrorObject, Icon, Meta, ResourceContents,
        ResourceLink, Role,
    },
    tool,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::client;

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

fn text(text: &str) -> Value {
    json!([{"type": "text", "text": text}])
}

#[tokio::test]
async fn each_form_becomes_its_content() {
    let client = client([
        tool("nothing", async || ()),
        tool("string", async || "a".to_owned()),
        tool("str", async || "b"),
        tool("cow", async || Cow::Borrowed("c")),
        tool("block", async || ContentBlock::text("d")),
        tool("blocks", async || {
            vec![ContentBlock::text("e"), ContentBlock::text("f")]
        }),
        tool("texts", async || vec!["g", "h"]),
        tool("none", async || Vec::<String>::new()),
        tool("whole", async || CallToolResult::text("i")),
        tool("ok", async || Ok::<_, ToolError>("j")),
        tool("boxed", async || {
            Ok::<_, mcp_axum::BoxError>(Json(Sum { sum: 1 }))
        }),
    ]);
    for (name, content) in [
        ("nothing", json!([])),
        ("string", text("a")),
        ("str", text("b")),
        ("cow", text("c")),
        ("block", text("d")),
        ("blocks", json!([text("e")[0], text("f")[0]])),
        ("texts", json!([text("g")[0], text("h")[0]])),
        ("none", json!([])),
        ("whole", text("i")),
        ("ok", text("j")),
        ("boxed", text(r#"{"sum":1}"#)),
    ] {
        let reply = client.tool(name, json!({})).await;
        assert_eq!(reply.status, 200);
        let result = reply.result().await;
        assert_eq!(result["content"], content, "{name}");
        assert!(result.get("isError").is_none(), "{result}");
        assert_eq!(result.get("structuredContent").is_some(), name == "boxed");
    }
}

#[tokio::test]
async fn typed_json_is_structured_content_repeated_as_text() {
    let client = client([
        tool("sum", async || Json(Sum { sum: 3 })),
        tool("list", async || Json(vec![1, 2])),
        tool("number", async || Json(7)),
        tool("null", async || Json(None::<u8>)),
    ]);
    for (name, value) in [
        ("sum", json!({"sum": 3})),
        ("list", json!([1, 2])),
        ("number", json!(7)),
        ("null", json!(null)),
    ] {
        let result = client.tool(name, json!({})).await.result().await;
        assert_eq!(result.get("structuredContent"), Some(&value));
        let text = result["content"][0]["text"].as_str().unwrap();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), value);
    }
}

#[tokio::test]
async fn every_kind_of_block_is_spelled_as_the_schema_says() {
    async fn blocks() -> Vec<ContentBlock> {
        let annotations = Annotations {
            audience: vec![Role::User],
            priority: Some(0.5),
            ..Annotations::default()
        };
        let meta = Meta::from_iter([("example.com/a".to_owned(), json!(1))]);
        let contents = ResourceContents::text("note://1", "one").mime_type("text/plain");
        vec![
            ContentBlock::text("hi").annotations(annotations).meta(meta),
            ContentBlock::image([1, 2, 3], "image/png"),
            ContentBlock::audio([255], "audio/wav"),
            ContentBlock::resource(contents),
            ContentBlock::resource(ResourceContents::blob("note://2", [0, 1])),
            ContentBlock::resource_link("note://3", "three"),
            ResourceLink::new("note://4", "four")
                .title("Four")
                .description("The fourth.")
                .mime_type("text/plain")
                .size(4)
                .icon(Icon::new("https://x.example/i.png"))
                .into(),
        ]
    }
    let client = client([tool("blocks", blocks)]);
    let result = client.tool("blocks", json!({})).await.result().await;
    assert_eq!(
        result["content"],
        json!([
            {"type": "text", "text": "hi", "annotations": {"audience": ["user"], "priority": 0.5},
                "_meta": {"example.com/a": 1}},
            {"type": "image", "data": "AQID", "mimeType": "image/png"},
            {"type": "audio", "data": "/w==", "mimeType": "audio/wav"},
            {"type": "resource",
                "resource": {"uri": "note://1", "text": "one", "mimeType": "text/plain"}},
            {"type": "resource", "resource": {"uri": "note://2", "blob": "AAE="}},
            {"type": "resource_link", "uri": "note://3", "name": "three"},
            {"type": "resource_link", "uri": "note://4", "name": "four", "title": "Four",
                "description": "The fourth.", "mimeType": "text/plain", "size": 4,
                "icons": [{"src": "https://x.example/i.png"}]}
        ])
    );
}

#[tokio::test]
async fn a_whole_result_says_everything_itself() {
    async fn whole() -> CallToolResult {
        let card = (
            "io.modelcontextprotocol/serverInfo".to_owned(),
            json!("forged"),
        );
        let meta = Meta::from_iter([("example.com/a".to_owned(), json!([1])), card]);
        let result = CallToolResult::new(["look"]).structured_content(&json!({"a": [1]}));
        result.meta(meta).failed()
    }
    let client = client([tool("whole", whole)]);
    let result = client.tool("whole", json!({})).await.result().await;
    assert_eq!(
        result,
        json!({
            "content": [{"type": "text", "text": "look"}],
            "structuredContent": {"a": [1]}, "isError": true, "resultType": "complete",
            "_meta": {"example.com/a": [1],
                "io.modelcontextprotocol/serverInfo": {"name": "tools", "version": "1"}}
        })
    );
}

#[tokio::test]
async fn a_tool_may_end_with_an_error_of_the_protocol() {
    async fn own() -> Result<String, ToolError> {
        Err(ToolError::protocol(
            ErrorObject::new(1234, "no more").data(json!({"left": 0})),
        ))
    }
    async fn question_mark() -> Result<String, ToolError> {
        Err(ErrorObject::new(1235, "not now"))?
    }
    let client = client([tool("own", own), tool("question_mark", question_mark)]);
    let error = client.tool("own", json!({})).await.error().await;
    assert_eq!(
        error,
        json!({"code": 1234, "message": "no more", "data": {"left": 0}})
    );
    assert_eq!(
        client
            .tool("question_mark", json!({}))
            .await
            .refusal()
            .await,
        (200, 1235)
    );
}
