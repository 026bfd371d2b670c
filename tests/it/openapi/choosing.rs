//! Which operations become tools, where they are, and what is changed of them.

use std::time::Duration;

use axum::{Router, routing::get};
use mcp_axum::{
    Tool,
    route_tool::{RouteTool, openapi::Import},
};
use serde_json::{Value, json};

use super::{client, document, echo, failure, import};

fn three() -> Value {
    let done = json!({"204": {"description": "done"}});
    let paths = json!({
        "/a": {
            "get": {"operationId": "readA", "tags": ["read", "a"], "responses": done},
            "post": {"operationId": "writeA", "tags": ["write", "a"], "responses": done, "deprecated": true},
        },
        "/b": {"get": {"tags": ["read"], "responses": done}},
        "x-other": {"get": "no operation"},
    });
    document("3.0.3", paths, json!({}))
}

fn names(import: &Import) -> Vec<String> {
    let tools: Vec<Tool> = import.tools().expect("tools");
    tools.iter().map(|tool| tool.name().to_owned()).collect()
}

#[test]
fn operations_are_chosen_and_left_out() {
    let all = || import(&three());
    assert_eq!(names(&all()), ["readA", "writeA", "get_b"]);
    assert_eq!(names(&all().tag("read")), ["readA", "get_b"]);
    assert_eq!(names(&all().path("/a")), ["readA", "writeA"]);
    assert_eq!(names(&all().operation("writeA")), ["writeA"]);
    assert_eq!(
        names(&all().operation("writeA").path("/b")),
        ["writeA", "get_b"]
    );
    assert_eq!(names(&all().except("readA")), ["writeA", "get_b"]);
    assert_eq!(names(&all().except("GET /b").tag("read")), ["readA"]);
}

#[test]
fn a_choice_of_nothing_is_a_mistake() {
    for (import, named) in [
        (import(&three()).tag("reed"), "tag `reed`"),
        (import(&three()).path("/c"), "path `/c`"),
        (import(&three()).operation("reedA"), "operation id `reedA`"),
        (import(&three()).except("reedA"), "`reedA`"),
    ] {
        let told = failure(import.tools());
        assert!(told.contains(named), "{told}");
    }
}

#[tokio::test]
async fn each_tool_can_be_changed() {
    let import = import(&three())
        .map(|operation, tool| match operation.id() {
            Some("readA") => tool.renamed("read_a").description("Reads A"),
            _ if operation.is_deprecated() => tool.title("Old").destructive(),
            _ => tool,
        })
        .map(|operation, tool| {
            let place = format!(
                "{} {} {:?}",
                operation.method(),
                operation.path(),
                operation.tags()
            );
            tool.meta("place", place)
        });
    let client = client(import.tools().expect("tools"));
    let list = client.request("tools/list", json!({})).await.result().await;
    let tool = |at: usize| &list["tools"][at];
    let named = |name: &str| {
        (0..3)
            .map(tool)
            .find(|tool| tool["name"] == name)
            .expect(name)
    };
    assert_eq!(named("read_a")["description"], "Reads A");
    assert_eq!(named("writeA")["title"], "Old");
    assert_eq!(named("writeA")["annotations"]["destructiveHint"], true);
    assert_eq!(named("get_b")["_meta"]["place"], r#"GET /b ["read"]"#);
    let result = client.tool("read_a", json!({})).await.result().await;
    assert_eq!(result["structuredContent"]["request"], "GET /a");
}

#[tokio::test(start_paused = true)]
async fn each_route_can_be_changed() {
    let never = Router::new().route("/a", get(async || std::future::pending::<()>().await));
    let import = Import::new(&never, &three()).expect("a document");
    let import = import
        .operation("readA")
        .map_route(|_, route: RouteTool| route.timeout(Duration::from_secs(3)));
    let client = client(import.tools().expect("tools"));
    let result = client.tool("readA", json!({})).await.result().await;
    assert_eq!(
        result["content"][0]["text"],
        "the route gave no answer within 3s"
    );
}

#[tokio::test]
async fn paths_begin_at_the_base() {
    for (base, expected) in [
        ("/api/v1", "GET /api/v1/b"),
        ("/api/v1/", "GET /api/v1/b"),
        ("/", "GET /b"),
    ] {
        let import = Import::new(&echo(), &three())
            .expect("a document")
            .base_path(base);
        let client = client(import.path("/b").tools().expect("tools"));
        let result = client.tool("get_b", json!({})).await.result().await;
        assert_eq!(result["structuredContent"]["request"], expected);
    }
}

#[test]
fn two_tools_of_one_name_are_a_mistake_until_one_is_renamed() {
    let done = json!({"204": {"description": "done"}});
    let paths = json!({
        "/a": {"get": {"operationId": "same", "responses": done}},
        "/b": {"get": {"operationId": "same", "responses": done}},
        "/c": {"get": {"operationId": "sa me", "responses": done}, "put": {"operationId": "sa_me", "responses": done}},
    });
    let document = document("3.1.0", paths, json!({}));
    let told = failure(import(&document).tools());
    for part in ["`GET /a`", "`GET /b`", "`same`", "`map`"] {
        assert!(told.contains(part), "{told}");
    }
    let told = failure(import(&document).path("/c").tools());
    assert!(told.contains("`sa_me`"), "{told}");
    let renamed = import(&document).map(|operation, tool| match operation.path() {
        "/b" => tool.renamed("other"),
        "/c" => tool.renamed(operation.method().as_str()),
        _ => tool,
    });
    assert_eq!(names(&renamed), ["same", "other", "GET", "PUT"]);
}

#[test]
fn names_are_made_of_what_a_name_can_have() {
    let done = json!({"204": {"description": "done"}});
    let check = |path: &str, id: Option<&str>, expected: &str| {
        let mut operation = json!({"responses": done});
        if let Some(id) = id {
            operation["operationId"] = id.into();
        }
        let parameters: Vec<Value> = ["id", "file-name"]
            .iter()
            .filter(|name| path.contains(&format!("{{{name}}}")))
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {}}))
            .collect();
        operation["parameters"] = parameters.into();
        let document = document("3.1.0", json!({path: {"get": operation}}), json!({}));
        assert_eq!(names(&import(&document)), [expected]);
    };
    check("/a", Some("read.a-B_9"), "read.a-B_9");
    check("/a", Some("über /a"), "_ber__a");
    check("/a", Some(""), "get_a");
    check("/", None, "get");
    check("/a/{id}/{file-name}.txt", None, "get_a_id_file_name_txt");
    check("/a", Some(&"x".repeat(200)), &"x".repeat(128));
}
