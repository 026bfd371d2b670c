use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::*;

#[derive(Deserialize, JsonSchema, PartialEq, Eq, PartialOrd, Ord)]
enum Plain {
    A,
    B,
}

#[derive(Deserialize, JsonSchema)]
enum Titled {
    /// First option
    #[serde(rename = "value1")]
    First,
    Second,
}

/// The name.
#[derive(Deserialize, JsonSchema)]
struct Everything {
    /// What to call you
    #[serde(default = "john")]
    name: String,
    age: u32,
    score: Option<f64>,
    #[serde(default)]
    verified: bool,
    plain: Plain,
    maybe_plain: Option<Plain>,
    titled: Titled,
    maybe_titled: Option<Titled>,
    #[schemars(length(min = 1, max = 2))]
    list: Vec<Plain>,
    set: Option<BTreeSet<Plain>>,
    titled_list: Vec<Titled>,
    #[schemars(email, length(max = 9), regex(pattern = "x"))]
    mail: String,
    #[schemars(extend("format" = "uuid"))]
    id: String,
    #[schemars(extend("enum" = ["a"], "enumNames" = ["The a"]))]
    legacy: String,
}

fn john() -> String {
    "John Doe".to_owned()
}

#[test]
fn a_struct_becomes_a_flat_form() {
    let options = json!([
        {"const": "Second", "title": "Second"},
        {"const": "value1", "title": "First option"},
    ]);
    let plain = json!({"type": "string", "enum": ["A", "B"]});
    let expected = json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "What to call you", "default": "John Doe"},
            "age": {"type": "integer", "minimum": 0},
            "score": {"type": "number"},
            "verified": {"type": "boolean", "default": false},
            "plain": plain,
            "maybe_plain": plain,
            "titled": {"type": "string", "oneOf": options},
            "maybe_titled": {"type": "string", "oneOf": options},
            "list": {"type": "array", "items": plain, "minItems": 1, "maxItems": 2},
            "set": {"type": "array", "items": plain},
            "titled_list": {"type": "array", "items": {"anyOf": options}},
            "mail": {"type": "string", "format": "email", "maxLength": 9},
            "id": {"type": "string"},
            "legacy": {"type": "string", "enum": ["a"], "enumNames": ["The a"]},
        },
        "required": [
            "age", "plain", "titled", "list", "titled_list", "mail", "id", "legacy",
        ],
    });
    assert_eq!(form_schema::<Everything>().unwrap(), expected);
}

#[derive(Deserialize, JsonSchema)]
struct Empty {}

#[derive(Deserialize, JsonSchema)]
struct Field<T> {
    field: T,
}

#[derive(Deserialize, JsonSchema)]
struct Circle {
    field: Option<Box<Self>>,
}

#[derive(Deserialize, JsonSchema)]
enum Union {
    Number(u8),
    Nothing,
}

#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Untagged {
    Number(u8),
    Text(String),
}

#[test]
fn what_does_not_fit_names_the_property_and_the_rule() {
    fn check<T: JsonSchema>(rule: &'static str) {
        let error = form_schema::<Field<T>>().unwrap_err();
        let expected = format!("property `field` of the form {rule}");
        assert_eq!(
            error.to_string(),
            expected,
            "{}",
            std::any::type_name::<T>()
        );
    }
    check::<Empty>(NESTED);
    check::<Option<Field<u8>>>(NESTED);
    check::<BTreeMap<String, u8>>(NESTED);
    check::<Circle>(NESTED);
    check::<()>(NOT_PLAIN);
    check::<Value>(NOT_PLAIN);
    check::<Union>(NOT_A_CHOICE);
    check::<Option<Union>>(NOT_A_CHOICE);
    check::<Untagged>(NOT_A_CHOICE);
    check::<Vec<String>>(NOT_CHOICES);
    check::<Vec<Union>>(NOT_CHOICES);
    check::<(u8, u8)>(NOT_CHOICES);
    assert!(
        form_schema::<Circle>()
            .unwrap_err()
            .to_string()
            .contains("`field`")
    );
}

#[test]
fn the_root_is_a_struct_with_named_fields() {
    let empty = json!({"type": "object", "properties": {}});
    assert_eq!(form_schema::<Empty>().unwrap(), empty);
    for refused in [
        form_schema::<String>(),
        form_schema::<()>(),
        form_schema::<Option<Empty>>(),
        form_schema::<Union>(),
        form_schema::<BTreeMap<String, u8>>(),
    ] {
        assert_eq!(refused.unwrap_err().to_string(), NOT_A_FORM);
    }
}
