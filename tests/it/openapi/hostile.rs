//! Documents that are broken, or out to break something.

use axum::Router;
use mcp_axum::{Tool, route_tool::openapi::Import};
use serde_json::{Map, Value, json};

use super::{client, document, entry, failure, import, operation};

fn body(schema: Value, schemas: Value) -> Value {
    let body = json!({"required": true, "content": {"application/json": {"schema": schema}}});
    operation(
        "3.1.0",
        json!({"requestBody": body}),
        json!({"schemas": schemas}),
    )
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn wrapped(schema: Value) -> Value {
    json!({"type": "object", "properties": {"x": schema}})
}

#[test]
fn what_is_no_document_says_so() {
    let read = |document: Value| {
        let error = Import::new(&Router::new(), &document).expect_err("no document");
        error.to_string()
    };
    assert!(read(json!({})).contains("`openapi`"));
    assert!(read(json!([])).contains("`openapi`"));
    assert!(read(json!({"swagger": "2.0"})).contains("`2.0`"));
    assert!(read(json!({"openapi": "4.0.0"})).contains("`4.0.0`"));
    assert!(read(json!({"openapi": 3.1})).contains("`openapi`"));
    let yaml = Import::from_json(&Router::new(), "openapi: 3.1.0").expect_err("no JSON");
    assert!(yaml.to_string().contains("YAML"));

    for (paths, part) in [
        (Value::Null, "`paths`"),
        (json!({"/a": {"get": "text"}}), "`GET /a`"),
        (json!({"/a": {"get": {"tags": "text"}}}), "`GET /a`"),
        (json!({"/a": {"get": {"operationId": 7}}}), "`GET /a`"),
        (json!({"/a?b": {"get": {}}}), "`GET /a?b`"),
        (json!({"/a/{b": {"get": {}}}), "`GET /a/{b`"),
        (json!({"/a": {"$ref": "other.json"}}), "`other.json`"),
    ] {
        let told = failure(import(&document("3.1.0", paths, json!({}))).tools());
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn a_reference_that_leads_out_or_nowhere_is_named() {
    for target in [
        "https://evil.example/schema.json",
        "other.json#/Thing",
        "file:///etc/passwd",
        "//evil.example",
        "#/components/schemas/Missing",
        "#anchor",
        "#",
        "",
        "#/components/schemas/%FF",
    ] {
        let schema = json!({"$ref": target});
        for document in [
            body(schema.clone(), json!({})),
            body(wrapped(schema.clone()), json!({})),
            operation("3.1.0", json!({"parameters": [schema]}), json!({})),
            operation("3.1.0", json!({"requestBody": schema}), json!({})),
            operation("3.1.0", json!({"responses": {"200": schema}}), json!({})),
        ] {
            let told = failure(import(&document).tools());
            let quoted = format!("`{target}`");
            assert!(
                told.contains(&quoted) && told.contains("`POST /things/{id}`"),
                "{told}"
            );
        }
    }
}

#[test]
fn a_chain_that_has_no_end_is_named() {
    let ring = json!({"A": reference("B"), "B": reference("A")});
    let parameters = json!({"parameters": {"P": {"$ref": "#/components/parameters/P"}}});
    let parameter = json!({"parameters": [{"$ref": "#/components/parameters/P"}]});
    for document in [
        body(reference("A"), ring.clone()),
        body(wrapped(reference("A")), ring),
        operation("3.1.0", parameter, parameters),
    ] {
        let told = failure(import(&document).tools());
        assert!(told.contains("no end"), "{told}");
    }
}

#[tokio::test]
async fn a_circle_of_types_can_be_called() {
    let schemas = json!({
        "A": {"type": "object", "properties": {"b": reference("B")}},
        "B": {"anyOf": [reference("A"), {"type": "null"}]},
    });
    let document = body(wrapped(reference("A")), schemas);
    let client = client(import(&document).tools().expect("tools"));
    let arguments = json!({"id": "1", "x": {"b": {"b": null}}});
    let result = client.tool("act", arguments).await.result().await;
    assert_eq!(
        result["structuredContent"]["body"],
        r#"{"x":{"b":{"b":null}}}"#
    );
}

#[tokio::test]
async fn a_type_that_is_nothing_but_itself_brings_no_server_down() {
    for own in [
        json!({"allOf": [reference("A")]}),
        json!({"anyOf": [reference("A"), reference("A")]}),
        json!({"not": reference("A")}),
    ] {
        let document = body(wrapped(reference("A")), json!({"A": own}));
        let tools = match import(&document).tools() {
            Ok(tools) => tools,
            Err(error) => {
                assert!(error.to_string().contains("`POST /things/{id}`"), "{error}");
                continue;
            }
        };
        let client = client(tools);
        let reply = client.tool("act", json!({"id": "1", "x": 1})).await;
        assert_eq!(reply.status, 200);
    }
}

#[cfg(feature = "schema-validation")]
#[test]
fn a_pattern_that_cannot_be_checked_is_named() {
    let told = failure(import(&body(wrapped(json!({"pattern": "("})), json!({}))).tools());
    assert!(
        told.contains("`POST /things/{id}`") && told.contains("compiled"),
        "{told}"
    );
}

#[test]
fn a_bomb_of_references_does_not_go_off() {
    // Each level refers to the next ten times: written out, there would be 10^60 of them.
    let level = |next: usize| {
        let properties: Map<String, Value> = (0..10)
            .map(|at| (format!("p{at}"), reference(&format!("L{next}"))))
            .collect();
        json!({"type": "object", "properties": properties})
    };
    let mut levels: Map<String, Value> = (0..60)
        .map(|at| (format!("L{at}"), level(at + 1)))
        .collect();
    levels.insert("L60".to_owned(), json!({"type": "string"}));
    let document = body(wrapped(reference("L0")), levels.into());
    let tools: Vec<Tool> = import(&document).tools().expect("tools");
    assert_eq!(tools.len(), 1);
}

#[tokio::test]
async fn schemas_beyond_the_limit_are_refused_or_left_out() {
    let many: Map<String, Value> = (0..21_000)
        .map(|at| (format!("p{at}"), json!({})))
        .collect();
    let huge = json!({"type": "object", "properties": many});
    let told = failure(import(&body(wrapped(reference("Huge")), json!({"Huge": huge}))).tools());
    assert!(
        told.contains("20000 values") && told.contains("`except`"),
        "{told}"
    );
    let data = json!({"type": "string", "enum": vec!["x"; 21_000]});
    let told = failure(import(&body(wrapped(data), json!({}))).tools());
    assert!(told.contains("20000 values"), "{told}");

    let answer =
        json!({"200": {"description": "", "content": {"application/json": {"schema": huge}}}});
    let document = operation("3.1.0", json!({"responses": answer}), json!({}));
    assert_eq!(entry(&document).await["outputSchema"], Value::Null);
}

#[test]
fn a_schema_that_is_too_deep_is_refused() {
    let deep = (0..50).fold(
        json!({}),
        |inner, _| json!({"type": "array", "items": inner}),
    );
    let fits = import(&body(wrapped(deep.clone()), json!({}))).tools::<()>();
    assert!(fits.is_ok(), "{fits:?}");
    let deeper = (0..30).fold(deep, |inner, _| json!({"not": inner}));
    let told = failure(import(&body(wrapped(deeper), json!({}))).tools());
    assert!(told.contains("deeper than 64"), "{told}");
}

#[test]
fn a_schema_that_means_something_else_is_refused() {
    for schema in [
        json!({"$id": "https://evil.example/", "type": "string"}),
        json!({"$dynamicRef": "#a"}),
        json!("string"),
        json!({"type": "object", "properties": {"a": 7}}),
        json!({"allOf": [null]}),
    ] {
        let told = failure(import(&body(wrapped(schema), json!({}))).tools());
        assert!(
            told.contains("schema") && told.contains("`POST /things/{id}`"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_definition_cannot_take_the_name_of_another() {
    let schemas =
        json!({"a b": {"type": "string"}, "a_b": {"type": "integer"}, "é": {"type": "null"}});
    let all = json!({"type": "object", "properties": {"x": reference("a b"), "y": reference("a_b"), "z": reference("é")}});
    let input = &entry(&body(all, schemas)).await["inputSchema"];
    let kind = |property: &str| {
        let to = input["properties"][property]["$ref"]
            .as_str()
            .expect("a reference");
        let definition = input
            .pointer(to.trim_start_matches('#'))
            .expect("it leads somewhere");
        definition["type"].clone()
    };
    assert_eq!(
        [kind("x"), kind("y"), kind("z")],
        ["string", "integer", "null"]
    );
}
