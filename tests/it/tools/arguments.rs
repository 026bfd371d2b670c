//! What a tool takes: typed arguments, and errors that name the field.

use std::collections::BTreeMap;

use mcp_axum::{Args, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::client;

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    item: String,
    count: u8,
    size: Option<Size>,
    #[serde(default)]
    lines: Vec<Line>,
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Size {
    Small,
    Large,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Line {
    note: Option<String>,
    price: f64,
}

async fn order(Args(order): Args<Order>) -> String {
    serde_json::to_string(&order).expect("an order is JSON")
}

#[tokio::test]
async fn an_argument_that_does_not_fit_is_told_by_its_path() {
    let client = client([tool("order", order)]);
    for (arguments, parts) in [
        (json!({}), vec!["`item`"]),
        (json!({"item": "tea"}), vec!["`count`"]),
        (
            json!({"item": 5, "count": 1}),
            vec!["`item`", "integer `5`", "a string"],
        ),
        (
            json!({"item": "tea", "count": 256}),
            vec!["`count`", "256", "u8"],
        ),
        (json!({"item": "tea", "count": -1}), vec!["`count`", "-1"]),
        (json!({"item": "tea", "count": 1.5}), vec!["`count`", "1.5"]),
        (
            json!({"item": "tea", "count": 1, "size": "huge"}),
            vec!["`size`", "`huge`", "`small`"],
        ),
        (
            json!({"item": "tea", "count": 1, "lines": [{"price": 1}, {"price": "x"}]}),
            vec!["`lines[1].price`", "\"x\""],
        ),
        (
            json!({"item": "tea", "count": 1, "lines": [{}]}),
            vec!["`lines[0]`", "`price`"],
        ),
        (
            json!({"item": "tea", "count": 1, "more": 1}),
            vec!["`more`"],
        ),
    ] {
        let reply = client.tool("order", arguments.clone()).await;
        assert_eq!(reply.status, 200);
        let result = reply.result().await;
        assert_eq!(result["isError"], true, "{arguments}");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(text.starts_with("invalid arguments: "), "{text}");
        for part in parts {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(
            !text.contains(" line ") && !text.contains("column"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn arguments_are_read_as_the_type_says() {
    let client = client([tool("order", order)]);
    let arguments = json!({"item": "tea \"é\"", "count": 255, "size": "large",
        "lines": [{"note": null, "price": 1.5}]});
    let text = client.tool("order", arguments.clone()).await.text().await;
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), arguments);
}

#[tokio::test]
async fn arguments_that_are_no_object_are_an_error_of_the_protocol() {
    let client = client([tool("order", order), tool("none", async || "none")]);
    for arguments in [
        json!(["tea", 1]),
        json!("tea"),
        json!(5),
        json!(null),
        json!(true),
    ] {
        let reply = client.tool("order", arguments.clone()).await;
        assert_eq!(reply.refusal().await, (200, -32602), "{arguments}");
        let reply = client.tool("none", arguments).await;
        assert_eq!(reply.refusal().await, (200, -32602));
    }
}

#[tokio::test]
async fn a_tool_without_input_takes_whatever_comes() {
    async fn unit(_: Args<()>) -> &'static str {
        "unit"
    }
    let client = client([tool("none", async || "none"), tool("unit", unit)]);
    let list = client.request("tools/list", json!({})).await.result().await;
    let empty = json!({"type": "object", "additionalProperties": false});
    assert_eq!(list["tools"][0]["inputSchema"], empty);
    assert_eq!(list["tools"][1]["inputSchema"]["type"], "object");
    assert_eq!(
        client.tool("none", json!({"x": 1})).await.text().await,
        "none"
    );
    let absent = client.request("tools/call", json!({"name": "none"}));
    assert_eq!(absent.await.text().await, "none");
    let absent = client.request("tools/call", json!({"name": "unit"}));
    assert_eq!(absent.await.result().await.get("isError"), None);
    assert_eq!(
        client
            .tool("unit", json!({}))
            .await
            .result()
            .await
            .get("isError"),
        None
    );
}

#[tokio::test]
async fn optional_input_is_none_only_when_it_is_absent() {
    async fn maybe(input: Option<Args<Line>>) -> String {
        input.map_or("none".to_owned(), |line| line.price.to_string())
    }
    let client = client([tool("maybe", maybe)]);
    let absent = client.request("tools/call", json!({"name": "maybe"}));
    assert_eq!(absent.await.text().await, "none");
    assert_eq!(
        client
            .tool("maybe", json!({"price": 2.5}))
            .await
            .text()
            .await,
        "2.5"
    );
    let empty = client.tool("maybe", json!({})).await.result().await;
    assert_eq!(empty["isError"], true, "{empty}");
}

#[tokio::test]
async fn a_schema_by_hand_comes_with_raw_arguments() {
    async fn raw(Args(input): Args<Map<String, Value>>) -> String {
        Value::Object(input).to_string()
    }
    async fn map(Args(input): Args<BTreeMap<String, u8>>) -> String {
        format!("{input:?}")
    }
    let schema = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
    let client = client([
        tool("raw", raw)
            .input_schema(schema.clone())
            .description("by hand"),
        tool("map", map),
    ]);
    let list = client.request("tools/list", json!({})).await.result().await;
    assert_eq!(list["tools"][0]["inputSchema"], schema);
    assert_eq!(list["tools"][0]["description"], "by hand");
    assert_eq!(list["tools"][1]["inputSchema"]["type"], "object");
    let arguments = json!({"a": 1, "b": [null, {"c": 1.5}]});
    let text = client.tool("raw", arguments.clone()).await.text().await;
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), arguments);
    assert_eq!(
        client.tool("map", json!({"x": 7})).await.text().await,
        r#"{"x": 7}"#
    );
}

#[tokio::test]
async fn a_long_argument_is_not_repeated_whole() {
    async fn map(Args(_): Args<BTreeMap<String, u8>>) {}
    let client = client([tool("order", order), tool("map", map)]);
    let long = "ö".repeat(100_000);
    for (tool, arguments) in [
        ("order", json!({"item": "tea", "count": long})),
        ("order", json!({"item": "tea", "count": 1, "size": long})),
        ("order", json!({"item": "tea", "count": 1, "lines": long})),
        ("order", json!({"item": "tea", "count": 1, &*long: 1})),
        ("map", json!({&*long: long})),
    ] {
        let text = client.tool(tool, arguments).await.text().await;
        assert!(text.starts_with("invalid arguments: "), "{text}");
        let length = text.chars().count();
        assert!(length < 512 + 256 + 32, "{length} characters: {text}");
    }
}

#[tokio::test]
async fn an_unknown_tool_is_named_in_the_error_and_not_too_long() {
    let client = client([tool("known", async || "known")]);
    let error = client.tool("unknown", json!({})).await.error().await;
    assert_eq!(error["code"], -32602);
    assert_eq!(error["message"], "unknown tool `unknown`");
    let error = client
        .tool(&"x".repeat(5000), json!({}))
        .await
        .error()
        .await;
    assert!(error["message"].as_str().unwrap().len() < 200);
}
