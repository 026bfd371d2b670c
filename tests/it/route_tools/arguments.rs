//! Where an argument arrives, and in which spelling.

use http::Method;
use mcp_axum::route_tool::{RouteTool, route_tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{client, echo};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct User {
    org: String,
    id: u64,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Page {
    page: Option<u32>,
    tags: Option<Vec<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Note {
    text: String,
    size: Option<f64>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

fn route(method: Method, path: &str) -> RouteTool {
    route_tool(&echo(), method, path)
}

/// Calls the tool and returns what the route got, without a content type where there was none.
async fn sent(route: RouteTool, arguments: Value) -> Value {
    let client = client([route.tool("route")]);
    let result = client.tool("route", arguments).await.result().await;
    assert_eq!(result["isError"], Value::Null, "{result}");
    result["structuredContent"].clone()
}

#[tokio::test]
async fn each_argument_goes_to_its_place() {
    let all = || {
        route(Method::POST, "/orgs/{org}/users/{id}")
            .path::<User>()
            .query::<Page>()
            .body::<Note>()
    };
    let got = sent(
        all(),
        json!({"org": "a", "id": 7, "page": 2, "tags": ["x", "y z"], "text": "t", "size": 1.5}),
    )
    .await;
    assert_eq!(
        got,
        json!({
            "request": "POST /orgs/a/users/7?page=2&tags=x&tags=y%20z",
            "kind": "application/json",
            "body": r#"{"size":1.5,"text":"t"}"#,
        })
    );
    let got = sent(
        all(),
        json!({"org": "a", "id": 7, "page": null, "tags": [], "text": "t"}),
    )
    .await;
    assert_eq!(got["request"], "POST /orgs/a/users/7");
}

#[tokio::test]
async fn a_request_without_body_has_no_content_type() {
    let got = sent(route(Method::GET, "/notes"), json!({})).await;
    assert_eq!(
        got,
        json!({"request": "GET /notes", "kind": null, "body": ""})
    );
}

#[tokio::test]
async fn parameters_without_a_type_are_texts() {
    let got = sent(
        route(Method::GET, "/a/{b}/{*rest}"),
        json!({"b": "x", "rest": "y/z"}),
    )
    .await;
    assert_eq!(got["request"], "GET /a/x/y/z");
}

#[tokio::test]
async fn a_body_that_is_no_plain_struct_is_one_argument() {
    let shapes = || route(Method::POST, "/shapes");
    for (tool, body, expected) in [
        (
            shapes().body::<Shape>(),
            json!({"Circle": {"radius": 1}}),
            r#"{"Circle":{"radius":1}}"#,
        ),
        (shapes().body::<Vec<u32>>(), json!([1, 2]), "[1,2]"),
        (shapes().body::<Option<u32>>(), Value::Null, "null"),
        (shapes().body::<String>(), json!("é"), "\"é\""),
    ] {
        let got = sent(tool, json!({"body": body})).await;
        assert_eq!(got["body"], expected);
        assert_eq!(got["kind"], "application/json");
    }
}

#[tokio::test]
async fn no_number_is_rounded_on_its_way() {
    let client = client([route(Method::POST, "/{org}/{id}")
        .path::<User>()
        .query::<Page>()
        .body::<Note>()
        .tool("route")]);
    let call = client.tool("route", json!({}));
    let body = call.body.to_string().replace(
        r#""arguments":{}"#,
        r#""arguments":{"org":"a","id":123456789012345678901234567890,"page":1e2,"text":"t","size":0.1000000000000000055511151231257827}"#,
    );
    let result = call.raw_body(body).await.result().await;
    let got = &result["structuredContent"];
    assert_eq!(
        got["request"],
        "POST /a/123456789012345678901234567890?page=1e2"
    );
    assert_eq!(
        got["body"],
        r#"{"size":0.1000000000000000055511151231257827,"text":"t"}"#
    );
}

#[tokio::test]
async fn an_argument_that_fits_nowhere_is_told() {
    let tool = route(Method::GET, "/orgs/{org}/users/{id}")
        .path::<User>()
        .query::<Page>()
        .tool("route");
    let client = client([tool]);
    for (arguments, expected) in [
        (json!({"org": "a"}), "`id`"),
        (json!({"org": "a", "id": null}), "`id`"),
        (json!({"org": "a", "id": 1, "stray": 2}), "`stray`"),
        (json!({"org": {}, "id": 1}), "`org`"),
        (json!({"org": ["a"], "id": 1}), "`org`"),
        (json!({"org": "a", "id": 1, "page": {"a": 1}}), "`page`"),
        (json!({"org": "a", "id": 1, "tags": [[1]]}), "`tags`"),
    ] {
        let result = client.tool("route", arguments).await.result().await;
        assert_eq!(result["isError"], true, "{result}");
        let told = result["content"][0]["text"].as_str().expect("a text");
        let bare = expected.trim_matches('`');
        assert!(
            told.starts_with("invalid arguments: ") && told.contains(bare),
            "{told}"
        );
    }
}
