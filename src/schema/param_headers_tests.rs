use http::HeaderValue;
use schemars::JsonSchema;
use serde_json::json;

use crate::schema::{check_root, input_schema};

use super::*;

fn headers(mut schema: Value) -> Result<Vec<String>, String> {
    inline_header_paths(&mut schema);
    assert_eq!(check_root(&schema), Ok(()));
    let headers = ParamHeaders::from_schema(&schema).map_err(|error| error.to_string())?;
    let show = |param: &ParamHeader| format!("{} {}", param.header, param.path.join("."));
    Ok(headers.0.iter().map(show).collect())
}

fn text(name: &str) -> Value {
    json!({"type": "string", "x-mcp-header": name})
}

fn inside(property: Value) -> Value {
    let mut schema = json!({"type": "object", "properties": {}});
    schema["properties"]["a"] = property;
    schema
}

#[test]
fn a_header_is_for_a_primitive_behind_properties_alone() {
    for (schema, expected) in [
        (inside(text("Region")), "mcp-param-region a"),
        (inside(inside(text("Region"))), "mcp-param-region a.a"),
        (
            inside(json!({"type": "integer", "x-mcp-header": "n"})),
            "mcp-param-n a",
        ),
        (
            inside(json!({"type": ["boolean", "null"], "x-mcp-header": "b"})),
            "mcp-param-b a",
        ),
        (
            json!({"type": "object", "properties": {"x-mcp-header": text("Region")}}),
            "mcp-param-region x-mcp-header",
        ),
        // Data that looks like a schema.
        (inside(json!({"const": text("a")})), ""),
    ] {
        assert_eq!(
            headers(schema.clone()).unwrap().join("; "),
            expected,
            "{schema}"
        );
    }
}

#[test]
fn what_a_client_would_drop_is_refused() {
    for (schema, rule) in [
        (
            inside(json!({"type": "number", "x-mcp-header": "n"})),
            NOT_PRIMITIVE,
        ),
        (inside(json!({"x-mcp-header": "n"})), NOT_PRIMITIVE),
        (
            inside(json!({"type": ["string", "integer"], "x-mcp-header": "n"})),
            NOT_PRIMITIVE,
        ),
        (inside(text("")), NOT_A_NAME),
        (inside(text("a b")), NOT_A_NAME),
        (inside(text("a:b")), NOT_A_NAME),
        (inside(text("é")), NOT_A_NAME),
        (
            inside(json!({"type": "string", "x-mcp-header": 1})),
            NOT_A_NAME,
        ),
        (json!({"type": "object", "x-mcp-header": "a"}), UNREACHABLE),
        (
            inside(json!({"type": "array", "items": text("a")})),
            UNREACHABLE,
        ),
        (inside(json!({"prefixItems": [text("a")]})), UNREACHABLE),
        (
            inside(json!({"additionalProperties": text("a")})),
            UNREACHABLE,
        ),
        (
            inside(json!({"patternProperties": {"a": text("a")}})),
            UNREACHABLE,
        ),
        (
            inside(json!({"oneOf": [inside(text("a")), {"type": "string"}]})),
            UNREACHABLE,
        ),
        (
            inside(json!({"if": {}, "then": inside(text("a"))})),
            UNREACHABLE,
        ),
        (
            json!({"type": "object", "$defs": {"unused": text("a")}}),
            UNREACHABLE,
        ),
        (
            json!({"type": "object", "properties": {"a": text("Name"), "b": text("NAME")}}),
            TAKEN,
        ),
    ] {
        let error = headers(schema.clone()).unwrap_err();
        assert!(error.ends_with(rule), "{error} / {schema}");
    }
}

#[derive(JsonSchema)]
#[schemars(extend("x-mcp-header" = "Region"))]
struct Region(#[expect(dead_code, reason = "only the schema counts")] String);

#[derive(JsonSchema)]
enum Size {
    /// Fits a pocket.
    Small,
    /// Does not.
    Large,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema counts")]
struct Place {
    region: Option<Region>,
    #[schemars(extend("x-mcp-header" = "Size"))]
    size: Option<Size>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema counts")]
struct Args {
    place: Option<Place>,
    other: Vec<Size>,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "only the schema counts")]
struct Circle {
    region: Region,
    next: Option<Box<Self>>,
}

#[test]
fn options_and_references_are_inlined_on_the_way_to_a_header() {
    let mut schema = input_schema::<Args>().unwrap();
    inline_header_paths(&mut schema);
    let place = &schema["properties"]["place"];
    assert_eq!(place["type"], "object");
    assert_eq!(
        place["properties"]["region"],
        json!({"type": "string", "x-mcp-header": "Region"})
    );
    assert_eq!(place["properties"]["size"]["type"], "string");
    // What no header needs is untouched, and what nobody refers to is gone.
    assert_eq!(
        schema["properties"]["other"]["items"],
        json!({"$ref": "#/$defs/Size"})
    );
    assert_eq!(
        schema["$defs"]
            .as_object()
            .unwrap()
            .keys()
            .collect::<Vec<_>>(),
        ["Size"]
    );
    let expected = ["mcp-param-region place.region", "mcp-param-size place.size"];
    assert_eq!(headers(schema), Ok(expected.map(str::to_owned).to_vec()));

    let circle = headers(input_schema::<Circle>().unwrap());
    assert_eq!(circle, Ok(vec!["mcp-param-region region".to_owned()]));
    let lists = input_schema::<std::collections::BTreeMap<String, Region>>().unwrap();
    assert!(headers(lists).unwrap_err().ends_with(UNREACHABLE));
    let mut untouched = json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": ["string", "null"]}}});
    let original = untouched.clone();
    inline_header_paths(&mut untouched);
    assert_eq!(untouched, original);
}

fn check(arguments: &str, sent: &[(&'static str, &'static str)], expected: &str) {
    let schema = json!({"type": "object", "properties": {
        "s": {"type": "string", "x-mcp-header": "S"},
        "o": {"type": "object", "properties": {
            "i": {"type": "integer", "x-mcp-header": "I"},
            "b": {"type": "boolean", "x-mcp-header": "B"},
        }},
    }});
    let mut headers = HeaderMap::new();
    for (name, value) in sent {
        headers.append(*name, HeaderValue::from_static(value));
    }
    let params = ParamHeaders::from_schema(&schema).unwrap();
    let arguments = Some(arguments).filter(|arguments| !arguments.is_empty());
    let found = match params.check(&headers, arguments) {
        Ok(()) => String::new(),
        Err(error) => error.to_string(),
    };
    let fits = found.contains(expected) && found.is_empty() == expected.is_empty();
    assert!(fits, "{arguments:?} {sent:?}: {found}");
}

#[test]
fn a_header_is_there_when_the_argument_is() {
    for (arguments, sent, expected) in [
        ("", &[][..], ""),
        ("{}", &[], ""),
        (r#"{"s":null,"o":null}"#, &[], ""),
        (r#"{"o":{"s":"elsewhere"}}"#, &[], ""),
        ("{}", &[("mcp-param-other", "x")], ""),
        (r#"{"s":"eu"}"#, &[], "is missing"),
        (r#"{"s":""}"#, &[], "is missing"),
        (r#"{"o":{"i":42}}"#, &[], "is missing"),
        (r#"{"o":{"b":false}}"#, &[], "is missing"),
        (
            "",
            &[("mcp-param-s", "eu")],
            "says `eu`, but the argument is absent",
        ),
        (
            "{}",
            &[("mcp-param-s", "eu")],
            "says `eu`, but the argument is absent",
        ),
        (
            r#"{"s":null}"#,
            &[("mcp-param-s", "null")],
            "but the argument is absent",
        ),
        // Of a wrong type: the reading of the arguments tells it better.
        (r#"{"s":1,"o":{"i":"x","b":[]}}"#, &[], ""),
        (r#"{"o":{"i":4.5}}"#, &[], ""),
        (r#"{"o":"text"}"#, &[], ""),
    ] {
        check(arguments, sent, expected);
    }
}

#[test]
fn a_header_says_what_the_argument_says() {
    for (arguments, name, value, expected) in [
        (r#"{"s":"eu"}"#, "mcp-param-s", " eu ", ""),
        (r#"{"s":"é"}"#, "Mcp-Param-S", "=?base64?w6k=?=", ""),
        (r#"{"s":""}"#, "mcp-param-s", "", ""),
        (r#"{"s":"eu"}"#, "mcp-param-s", "EU", "says `EU`, but"),
        (
            r#"{"s":"eu"}"#,
            "mcp-param-s",
            "=?base64?ZXU?=",
            "neither visible ASCII",
        ),
        (r#"{"o":{"i":42.0}}"#, "mcp-param-i", "42", ""),
        (r#"{"o":{"i":42}}"#, "mcp-param-i", "4.2e1", ""),
        (
            r#"{"o":{"i":9007199254740991}}"#,
            "mcp-param-i",
            "9007199254740991",
            "",
        ),
        (
            r#"{"o":{"i":9007199254740991}}"#,
            "mcp-param-i",
            "9007199254740990.9",
            "says",
        ),
        (
            r#"{"o":{"i":9007199254740992}}"#,
            "mcp-param-i",
            "9007199254740992",
            "beyond",
        ),
        (r#"{"o":{"i":1e99}}"#, "mcp-param-i", "1e99", "beyond"),
        (r#"{"o":{"b":true}}"#, "mcp-param-b", "true", ""),
        (r#"{"o":{"b":true}}"#, "mcp-param-b", "True", "says"),
        // Of a wrong type, and yet no reason to disagree.
        (r#"{"o":{"i":"42"}}"#, "mcp-param-i", "42", ""),
        (r#"{"o":{"i":"43"}}"#, "mcp-param-i", "42", "says"),
    ] {
        check(arguments, &[(name, value)], expected);
    }
    let twice = [("mcp-param-s", "eu"), ("mcp-param-s", "eu")];
    check(r#"{"s":"eu"}"#, &twice, "is repeated");
}
