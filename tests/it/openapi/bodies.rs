//! Bodies: taken apart, or whole; as JSON, or as a form.

use serde_json::{Value, json};

use super::{failure, import, operation, sent};

fn with(body: Value) -> Value {
    operation("3.1.0", json!({"requestBody": body}), json!({}))
}

fn json_body(required: bool, schema: Value) -> Value {
    with(json!({"required": required, "content": {"application/json": {"schema": schema}}}))
}

fn named(required: bool) -> Value {
    let mut schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    if required {
        schema["required"] = json!(["name"]);
    }
    schema
}

#[tokio::test]
async fn properties_stand_by_themselves_where_they_can() {
    for (document, arguments, body) in [
        (
            json_body(true, named(true)),
            json!({"name": "a"}),
            r#"{"name":"a"}"#,
        ),
        (json_body(true, named(false)), json!({}), "{}"),
        (
            json_body(false, named(false)),
            json!({"name": "a"}),
            r#"{"name":"a"}"#,
        ),
        (json_body(false, named(false)), json!({}), ""),
        // A body that may be missing, but not in part.
        (
            json_body(false, named(true)),
            json!({"body": {"name": "a"}}),
            r#"{"name":"a"}"#,
        ),
        (json_body(false, named(true)), json!({}), ""),
        (
            json_body(true, json!({"type": "array"})),
            json!({"body": [1]}),
            "[1]",
        ),
        (
            json_body(
                true,
                json!({"type": "object", "additionalProperties": {"type": "integer"}}),
            ),
            json!({"body": {"a": 1}}),
            r#"{"a":1}"#,
        ),
        (
            json_body(true, json!({"oneOf": [named(true), {"type": "null"}]})),
            json!({"body": null}),
            "null",
        ),
        // The path has an `id` already.
        (
            json_body(
                true,
                json!({"type": "object", "properties": {"id": {"type": "integer"}}}),
            ),
            json!({"body": {"id": 2}}),
            r#"{"id":2}"#,
        ),
    ] {
        let mut arguments = arguments;
        arguments["id"] = "1".into();
        let got = sent(&document, arguments).await;
        assert_eq!(got["body"], body, "{document}");
        let kind = (!body.is_empty()).then_some("application/json");
        assert_eq!(got["kind"], json!(kind), "{document}");
    }
}

#[tokio::test]
async fn an_argument_called_body_makes_room() {
    let mut document = json_body(true, json!({"type": "array"}));
    document["paths"]["/things/{id}"]["post"]["parameters"] =
        json!([{"name": "body", "in": "query", "schema": {"type": "string"}}]);
    let got = sent(
        &document,
        json!({"id": "1", "body": "q", "request_body": [1]}),
    )
    .await;
    assert_eq!(
        (&got["request"], &got["body"]),
        (&json!("POST /things/1?body=q"), &json!("[1]"))
    );
}

#[tokio::test]
async fn the_media_type_is_the_documents() {
    let schema = json!({"schema": named(true)});
    for (content, kind, body) in [
        (
            json!({"application/merge-patch+json": schema}),
            "application/merge-patch+json",
            r#"{"name":"a b&c"}"#,
        ),
        (
            json!({"*/*": schema}),
            "application/json",
            r#"{"name":"a b&c"}"#,
        ),
        (
            json!({"application/x-www-form-urlencoded": schema}),
            "application/x-www-form-urlencoded",
            "name=a%20b%26c",
        ),
        (
            json!({"application/json": schema, "multipart/form-data": schema}),
            "application/json",
            r#"{"name":"a b&c"}"#,
        ),
    ] {
        let document = with(json!({"required": true, "content": content}));
        let got = sent(&document, json!({"id": "1", "name": "a b&c"})).await;
        assert_eq!((&got["kind"], &got["body"]), (&json!(kind), &json!(body)));
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_written_is_a_mistake_or_left_out() {
    let upload = |required: bool| {
        with(json!({"required": required, "content": {"multipart/form-data": {"schema": {}}}}))
    };
    let told = failure(import(&upload(true)).tools());
    for part in ["`POST /things/{id}`", "`multipart/form-data`", "`except`"] {
        assert!(told.contains(part), "{told}");
    }
    assert_eq!(sent(&upload(false), json!({"id": "1"})).await["body"], "");
    let form = json!({"application/x-www-form-urlencoded": {"schema": {"type": "string"}}});
    let told = failure(import(&with(json!({"required": true, "content": form}))).tools());
    assert!(told.contains("form"), "{told}");
    let told = failure(import(&with(json!({"required": "yes", "content": {}}))).tools());
    assert!(told.contains("`requestBody`"), "{told}");
}
