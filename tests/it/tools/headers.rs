//! Arguments that are repeated in headers, end to end.

use mcp_axum::{Args, Tool, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client;
use crate::support::Call;

#[derive(Deserialize, Serialize, JsonSchema)]
struct Query {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: Option<String>,
    #[schemars(extend("x-mcp-header" = "Limit"))]
    limit: Option<i64>,
    #[schemars(extend("x-mcp-header" = "Dry-Run"))]
    dry: Option<bool>,
    #[serde(default)]
    place: Place,
}

#[derive(Default, Deserialize, Serialize, JsonSchema)]
struct Place {
    #[schemars(extend("x-mcp-header" = "City"))]
    city: Option<String>,
}

async fn query(Args(query): Args<Query>) -> String {
    serde_json::to_string(&query).expect("a query is JSON")
}

fn a_tool() -> Tool {
    tool("query", query)
}

fn with(call: Call, headers: &[(&str, &str)]) -> Call {
    headers
        .iter()
        .fold(call, |call, (name, value)| call.also_header(name, value))
}

#[tokio::test]
async fn a_header_that_repeats_its_argument_passes() {
    let client = client([a_tool()]);
    for (arguments, headers) in [
        (json!({}), vec![]),
        (json!({"region": null, "limit": null}), vec![]),
        (json!({"region": "eu"}), vec![("mcp-param-region", "eu")]),
        (
            json!({"region": "eu"}),
            vec![("MCP-PARAM-REGION", "=?base64?ZXU=?=")],
        ),
        (
            json!({"region": "Zürich"}),
            vec![("mcp-param-region", "=?base64?WsO8cmljaA==?=")],
        ),
        (json!({"region": ""}), vec![("mcp-param-region", "")]),
        (json!({"limit": -7}), vec![("mcp-param-limit", "-7")]),
        (json!({"dry": true}), vec![("mcp-param-dry-run", "true")]),
        (
            json!({"place": {"city": "Bern"}}),
            vec![("mcp-param-city", "Bern")],
        ),
        (
            json!({"region": "eu", "limit": 5, "dry": false}),
            vec![
                ("mcp-param-limit", "5"),
                ("mcp-param-dry-run", "false"),
                ("mcp-param-region", "eu"),
            ],
        ),
        (json!({}), vec![("mcp-param-other", "whatever")]),
    ] {
        let reply = with(client.tool("query", arguments.clone()), &headers).await;
        assert_eq!(reply.status, 200, "{arguments} {headers:?}");
        assert!(reply.result().await.get("isError").is_none());
    }
}

#[tokio::test]
async fn a_header_that_says_something_else_is_refused_by_its_name() {
    let client = client([a_tool()]);
    for (arguments, headers) in [
        (json!({"region": "eu"}), vec![]),
        (json!({"region": "eu"}), vec![("mcp-param-region", "us")]),
        (json!({"region": "eu"}), vec![("mcp-param-region", "EU")]),
        (
            json!({"region": "eu"}),
            vec![("mcp-param-region", "eu"), ("mcp-param-region", "eu")],
        ),
        (
            json!({"region": "eu"}),
            vec![("mcp-param-region", "=?base64?ZXU?=")],
        ),
        (
            json!({"region": "eu"}),
            vec![("mcp-param-region", "=?base64?!!!!?=")],
        ),
        (json!({}), vec![("mcp-param-region", "eu")]),
        (json!({"region": null}), vec![("mcp-param-region", "null")]),
        (json!({"limit": 7}), vec![]),
        (json!({"limit": 7}), vec![("mcp-param-limit", "8")]),
        (
            json!({"limit": 9_007_199_254_740_993_i64}),
            vec![("mcp-param-limit", "9007199254740993")],
        ),
        (json!({"dry": true}), vec![("mcp-param-dry-run", "false")]),
        (json!({"place": {"city": "Bern"}}), vec![]),
    ] {
        let reply = with(client.tool("query", arguments.clone()), &headers).await;
        assert_eq!(reply.status, 400, "{arguments} {headers:?}");
        let error = reply.error().await;
        assert_eq!(error["code"], -32020);
        assert!(
            error["message"].as_str().unwrap().contains("`mcp-param-"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_header_is_in_the_schema_that_clients_read() {
    let client = client([a_tool()]);
    let list = client.request("tools/list", json!({})).await.result().await;
    let schema = &list["tools"][0]["inputSchema"];
    for (pointer, name, kind) in [
        ("/properties/region", "Region", "string"),
        ("/properties/limit", "Limit", "integer"),
        ("/properties/dry", "Dry-Run", "boolean"),
        ("/properties/place/properties/city", "City", "string"),
    ] {
        let property = schema.pointer(pointer).unwrap_or(&Value::Null);
        assert_eq!(property["x-mcp-header"], name, "{schema}");
        assert_eq!(property["type"], kind, "clients take primitive types alone");
    }
}
