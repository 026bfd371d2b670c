//! What the list says of a route.

use axum::{Router, http::Method};
use mcp_axum::{
    Tool,
    protocol::ToolAnnotations,
    route_tool::{RouteTool, route_tool},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Id {
    /// Whose.
    id: u64,
}

mod first {
    use super::*;

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is of use")]
    pub(super) struct Kind {
        pub(super) first: bool,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only the schema is of use")]
    pub(super) struct Query {
        pub(super) left: Kind,
    }
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Kind {
    second: bool,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Body {
    right: Kind,
    kinds: Option<Vec<Kind>>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Tree {
    leaves: Vec<Self>,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

fn route(method: Method, path: &str) -> RouteTool {
    route_tool(&Router::new(), method, path)
}

async fn entry(tool: Tool) -> Value {
    let list = client([tool]).request("tools/list", json!({})).await;
    list.result().await["tools"][0].clone()
}

#[tokio::test]
async fn fields_of_all_places_stand_side_by_side() {
    let tool = route(Method::POST, "/{id}").path::<Id>().body::<Body>();
    let entry = entry(tool.output::<Sum>().tool("t").description("Adds")).await;
    let kind = json!({"type": "object", "properties": {"second": {"type": "boolean"}}, "required": ["second"]});
    assert_eq!(
        entry["inputSchema"],
        json!({
            "type": "object",
            "properties": {
                "id": {"type": "integer", "format": "uint64", "minimum": 0, "description": "Whose."},
                "right": {"$ref": "#/$defs/Kind"},
                "kinds": {"type": ["array", "null"], "items": {"$ref": "#/$defs/Kind"}},
            },
            "required": ["id", "right"],
            "additionalProperties": false,
            "$defs": {"Kind": kind},
        })
    );
    assert_eq!(entry["outputSchema"]["required"], json!(["sum"]));
    assert_eq!(entry["description"], "Adds");
}

#[tokio::test]
async fn two_types_of_one_name_keep_their_own_definitions() {
    let tool = route(Method::POST, "/")
        .query::<first::Query>()
        .body::<Body>();
    let schema = &entry(tool.tool("t")).await["inputSchema"];
    let second = |property: &str| schema["properties"][property]["$ref"].clone();
    assert_eq!(second("left"), "#/$defs/Kind");
    assert_eq!(second("right"), "#/$defs/Kind2");
    assert_eq!(schema["$defs"]["Kind"]["required"], json!(["first"]));
    assert_eq!(schema["$defs"]["Kind2"]["required"], json!(["second"]));
    assert_eq!(
        schema["properties"]["kinds"]["items"]["$ref"],
        "#/$defs/Kind2"
    );
}

#[tokio::test]
async fn a_type_that_refers_to_itself_keeps_doing_so() {
    let schema = &entry(route(Method::POST, "/").body::<Tree>().tool("t")).await["inputSchema"];
    let leaf = schema["properties"]["leaves"]["items"]["$ref"]
        .as_str()
        .expect("a reference");
    let tree = schema
        .pointer(leaf.trim_start_matches('#'))
        .expect("it leads somewhere");
    assert_eq!(tree["properties"]["leaves"]["items"]["$ref"], leaf);
    assert_ne!(leaf, "#");
}

#[tokio::test]
async fn the_method_gives_the_hints() {
    for (method, hints) in [
        (
            Method::GET,
            json!({"readOnlyHint": true, "idempotentHint": true}),
        ),
        (
            Method::HEAD,
            json!({"readOnlyHint": true, "idempotentHint": true}),
        ),
        (Method::PUT, json!({"idempotentHint": true})),
        (
            Method::DELETE,
            json!({"destructiveHint": true, "idempotentHint": true}),
        ),
        (Method::POST, Value::Null),
        (Method::PATCH, Value::Null),
    ] {
        let entry = entry(route(method.clone(), "/").tool("t")).await;
        assert_eq!(entry["annotations"], hints, "{method}");
    }
    let replaced = route(Method::GET, "/")
        .tool("t")
        .annotations(ToolAnnotations::default());
    assert_eq!(entry(replaced).await["annotations"], json!({}));
}
