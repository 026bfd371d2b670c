use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Inner {
    x: i32,
}

/// Adds two numbers.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Named {
    a: Option<Inner>,
    #[serde(skip_deserializing)]
    written: u8,
}

/// Takes nothing.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Unit;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Newtype(Inner);

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Tagged {
    A { x: u8 },
    B(Inner),
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    A(Inner),
    B(Tagged),
}

#[derive(Serialize, Deserialize, JsonSchema)]
enum Mixed {
    A(Inner),
    B,
}

#[test]
fn an_input_is_always_an_object() {
    let nothing = json!({"type": "object", "additionalProperties": false});
    assert_eq!(input_schema::<()>().unwrap(), nothing);
    let unit = input_schema::<Unit>().unwrap();
    assert_eq!(
        (description(&unit).as_deref(), &unit["type"]),
        (Some("Takes nothing."), &json!("object"))
    );
    for schema in [
        input_schema::<Named>(),
        input_schema::<Tagged>(),
        input_schema::<Untagged>(),
        input_schema::<Newtype>(),
        input_schema::<BTreeMap<String, u8>>(),
        input_schema::<Map<String, Value>>(),
    ] {
        let schema = schema.unwrap();
        assert_eq!(check_root(&schema), Ok(()), "{schema}");
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
    }
    for refused in [
        input_schema::<String>(),
        input_schema::<Vec<u8>>(),
        input_schema::<Mixed>(),
        input_schema::<Option<Inner>>(),
        input_schema::<Value>(),
    ] {
        assert!(
            matches!(refused, Err(SchemaError::NotAnObject(_))),
            "{refused:?}"
        );
    }
}

#[test]
fn a_reference_at_the_root_is_inlined_and_the_rest_stays() {
    let schema = input_schema::<Newtype>().unwrap();
    assert_eq!(
        (schema.get("$ref"), &schema["title"]),
        (None, &json!("Newtype"))
    );
    assert_eq!(schema["properties"], schema["$defs"]["Inner"]["properties"]);
    let schema = input_schema::<Named>().unwrap();
    assert_eq!(description(&schema).as_deref(), Some("Adds two numbers."));
    assert_eq!(
        (schema["title"].as_str(), schema.get("required")),
        (Some("Named"), None)
    );
}

#[test]
fn an_output_is_what_is_written() {
    let named = output_schema::<Named>().unwrap();
    // An absent `a` is written as `null`.
    assert_eq!(named["required"], json!(["a", "written"]));
    assert_eq!(output_schema::<Untagged>().unwrap()["type"], "object");
    assert_eq!(output_schema::<String>().unwrap()["type"], "string");
    assert_eq!(output_schema::<Mixed>().unwrap().get("type"), None);
    assert_eq!(output_schema::<Value>(), None);
}

#[test]
fn a_written_schema_has_an_object_root_and_local_references() {
    let remote = |to: &str| Err(SchemaError::RemoteReference(to.to_owned()));
    let mut deep = json!({"type": "object"});
    for _ in 0..MAX_DEPTH {
        deep = json!({"type": "object", "not": deep});
    }
    for (schema, expected) in [
        (json!({"type": "object"}), Ok(())),
        (
            json!({"type": "object", "$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#b"}}}),
            Ok(()),
        ),
        (
            json!({"type": "object", "properties": {"$ref": {"type": "string"}}}),
            Ok(()),
        ),
        (
            json!({"type": "object", "const": {"$ref": "http://a"}}),
            Ok(()),
        ),
        (
            json!({"type": "object", "properties": {"const": {"$ref": "a"}}}),
            remote("a"),
        ),
        (
            json!({"type": "object", "allOf": [{"$ref": "http://a#/b"}]}),
            remote("http://a#/b"),
        ),
        (json!({"type": "string"}), Err(SchemaError::RootNotAnObject)),
        (
            json!({"type": ["object"]}),
            Err(SchemaError::RootNotAnObject),
        ),
        (json!({}), Err(SchemaError::RootNotAnObject)),
        (json!(null), Err(SchemaError::RootNotAnObject)),
        (deep, Err(SchemaError::TooDeep)),
    ] {
        assert_eq!(check_root(&schema), expected, "{schema}");
    }
}
