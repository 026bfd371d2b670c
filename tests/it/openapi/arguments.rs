//! Parameters: where they arrive, and in which style.

use mcp_axum::route_tool::RouteTool;
use serde_json::{Value, json};

use super::{client, failure, import, operation, sent};

fn with(parameters: Value) -> Value {
    operation("3.1.0", json!({"parameters": parameters}), json!({}))
}

#[tokio::test]
async fn a_style_of_the_query_is_kept() {
    let list = json!({"type": "array", "items": {"type": "string"}});
    let object = json!({"type": "object"});
    for (mut parameter, value, expected) in [
        (json!({"schema": list}), json!(["a", "b,c"]), "q=a&q=b%2Cc"),
        (
            json!({"schema": list, "explode": false}),
            json!(["a", "b,c"]),
            "q=a%2Cb%2Cc",
        ),
        (
            json!({"schema": list, "style": "spaceDelimited"}),
            json!(["a", "b"]),
            "q=a%20b",
        ),
        (
            json!({"schema": list, "style": "pipeDelimited"}),
            json!(["a", "b"]),
            "q=a%7Cb",
        ),
        (
            json!({"schema": list, "style": "pipeDelimited", "explode": true}),
            json!(["a", "b"]),
            "q=a&q=b",
        ),
        (
            json!({"schema": object, "style": "deepObject"}),
            json!({"a": 1, "b": null}),
            "q%5Ba%5D=1",
        ),
        (
            json!({"content": {"application/json": {"schema": object}}}),
            json!({"a": [1]}),
            "q=%7B%22a%22%3A%5B1%5D%7D",
        ),
        (json!({"schema": true}), json!(false), "q=false"),
        (json!({}), json!(1.5), "q=1.5"),
    ] {
        parameter["name"] = "q".into();
        parameter["in"] = "query".into();
        let got = sent(&with(json!([parameter])), json!({"id": "1", "q": value})).await;
        assert_eq!(got["request"], format!("POST /things/1?{expected}"));
    }
}

#[tokio::test]
async fn a_header_is_an_argument_unless_it_is_not_the_models() {
    let header = |name: &str| json!({"name": name, "in": "header", "schema": {"type": "string"}});
    let document = with(json!([
        header("X-Trace"),
        header("Authorization"),
        header("Accept"),
        header("Content-Type"),
        header("Cookie"),
        header("Host"),
        header("X-Forwarded-For"),
        header("Mcp-Session-Id"),
    ]));
    let client = client(import(&document).tools().expect("tools"));
    let list = client.request("tools/list", json!({})).await.result().await;
    let properties = list["tools"][0]["inputSchema"]["properties"].as_object();
    let names: Vec<_> = properties.expect("an object").keys().collect();
    assert_eq!(names.len(), 2, "{names:?}");

    let got = sent(&document, json!({"id": "1", "X-Trace": "abc"})).await;
    assert_eq!(got["x-trace"], "abc");
    assert_eq!(got["authorization"], "Bearer t");
    let broken = json!({"id": "1", "X-Trace": "a\r\nAuthorization: b"});
    let result = client.tool("act", broken).await.result().await;
    assert_eq!(result["isError"], true);
}

#[tokio::test]
async fn a_forwarded_header_is_the_callers() {
    let document = with(json!([
        {"name": "X-Trace", "in": "header", "required": true, "schema": {"type": "string"}},
    ]));
    let import =
        import(&document).map_route(|_, route: RouteTool| route.forward_headers(["x-trace"]));
    let client = client(import.tools().expect("tools"));
    let refused = client.tool("act", json!({"id": "1", "X-Trace": "model"}));
    assert_eq!(refused.await.result().await["isError"], true);
    let call = client
        .tool("act", json!({"id": "1"}))
        .header("x-trace", "caller");
    let result = call.await.result().await;
    assert_eq!(result["structuredContent"]["x-trace"], "caller");
}

#[test]
fn what_is_required_and_not_the_models_is_a_mistake() {
    let without = |_: &_, route: RouteTool| route.forward_headers([] as [&str; 0]);
    for (name, place) in [("Host", "header"), ("Cookie", "header"), ("sid", "cookie")] {
        let parameter = json!({"name": name, "in": place, "required": true, "schema": {}});
        let told = failure(import(&with(json!([parameter]))).map_route(without).tools());
        let parts = [
            format!("`{name}`"),
            place.to_owned(),
            "`POST /things/{id}`".to_owned(),
        ];
        for part in parts {
            assert!(told.contains(&part), "{told}");
        }
    }
    let cookie = json!({"name": "sid", "in": "cookie", "required": true, "schema": {}});
    let forwarded = import(&with(json!([cookie]))).tools::<()>();
    assert_eq!(forwarded.expect("the caller's cookies go along").len(), 1);
}

#[tokio::test]
async fn parameters_of_one_name_are_told_apart() {
    let document = with(json!([
        {"name": "id", "in": "query", "schema": {"type": "string"}},
        {"name": "id", "in": "header", "schema": {"type": "string"}},
        {"name": "page[size]", "in": "query", "schema": {"type": "integer"}},
    ]));
    let arguments = json!({"id": "1", "query_id": "2", "headers_id": "3", "page_size_": 4});
    let got = sent(&document, arguments).await;
    assert_eq!(got["request"], "POST /things/1?page%5Bsize%5D=4&id=2");
}

#[tokio::test]
async fn a_parameter_of_the_operation_wins_over_one_of_the_path() {
    let document = with(json!([
        {"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}, "description": "Which"},
    ]));
    let entry = super::entry(&document).await;
    assert_eq!(
        entry["inputSchema"]["properties"],
        json!({"id": {"type": "integer", "description": "Which"}})
    );
}

#[test]
fn a_parameter_that_cannot_be_written_is_a_mistake() {
    for (parameter, part) in [
        (
            json!({"name": "id", "in": "path", "required": true, "style": "matrix", "schema": {}}),
            "`id`",
        ),
        (
            json!({"name": "q", "in": "query", "style": "swirl", "schema": {}}),
            "`q`",
        ),
        (json!({"name": "q", "in": "nowhere", "schema": {}}), "`q`"),
        (json!({"in": "query"}), "missing field `name`"),
        (json!("text"), "parameter"),
        (
            json!({"name": "other", "in": "path", "required": true, "schema": {}}),
            "`other`",
        ),
        (
            json!({"name": "two words", "in": "header", "schema": {}}),
            "`two words`",
        ),
    ] {
        let told = failure(import(&with(json!([parameter]))).tools());
        assert!(
            told.contains(part) && told.contains("`POST /things/{id}`"),
            "{told}"
        );
    }
}
