//! Forms: the flat schema of an elicitation, made of a Rust type.
//!
//! A client draws one input per property, so the protocol allows a small part
//! of JSON Schema only. What schemars says beyond it is dropped where that
//! merely loosens the form, and an error where the answer could not be typed.

use std::{error::Error as StdError, fmt};

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// A type that cannot be asked for as a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormError {
    property: Option<String>,
    rule: &'static str,
}

impl fmt::Display for FormError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.property {
            Some(property) => write!(f, "property `{property}` of the form {}", self.rule),
            None => f.write_str(self.rule),
        }
    }
}

impl StdError for FormError {}

const NOT_A_FORM: &str = "a form is asked for as a struct with named fields";
const NESTED: &str = "is an object, and a form is flat; ask for its fields one by one";
const NOT_PLAIN: &str = "has no type that a form knows; use a string, a number, a `bool`, or an \
                         enum of plain variants";
const NOT_A_CHOICE: &str = "is a union; use an enum whose variants carry no data";
const NOT_CHOICES: &str = "is a list of something else than choices; use a list of an enum whose \
                           variants carry no data";

/// Keywords that say how to show a schema and never what fits it.
const ANNOTATIONS: &[&str] = &[
    "$comment",
    "default",
    "deprecated",
    "description",
    "examples",
    "readOnly",
    "title",
    "writeOnly",
];

/// Returns the form that asks for a `T`.
pub(crate) fn form_schema<T: JsonSchema>() -> Result<Value, FormError> {
    let settings = SchemaSettings::draft2020_12()
        .for_deserialize()
        .with(|settings| settings.inline_subschemas = true);
    form(
        settings
            .into_generator()
            .into_root_schema_for::<T>()
            .as_value(),
    )
}

fn form(root: &Value) -> Result<Value, FormError> {
    let fields = named_fields(root).ok_or(FormError {
        property: None,
        rule: NOT_A_FORM,
    })?;
    let mut required: Vec<&Value> = match root.get("required") {
        Some(Value::Array(names)) => names.iter().collect(),
        _ => Vec::new(),
    };
    let mut properties = Map::new();
    for (name, schema) in fields {
        let (property, nullable) = property(schema).map_err(|rule| FormError {
            property: Some(name.clone()),
            rule,
        })?;
        if nullable {
            required.retain(|required| **required != name);
        }
        properties.insert(name.clone(), property.into());
    }
    let mut form = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        form["required"] = json!(required);
    }
    Ok(form)
}

/// Returns the properties of a plain object; `None` for maps, unions and the rest.
fn named_fields(root: &Value) -> Option<Map<String, Value>> {
    let root = root.as_object()?;
    let combined = [
        "$ref",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
        "patternProperties",
    ];
    let is_map = root
        .get("additionalProperties")
        .is_some_and(|any| *any != Value::Bool(false));
    if root.get("type")? != "object" || is_map || combined.iter().any(|key| root.contains_key(*key))
    {
        return None;
    }
    match root.get("properties") {
        Some(Value::Object(fields)) => Some(fields.clone()),
        Some(_) => None,
        None => Some(Map::new()),
    }
}

/// Returns the property as a form may spell it, and whether it was nullable.
fn property(schema: Value) -> Result<(Map<String, Value>, bool), &'static str> {
    let Value::Object(mut schema) = schema else {
        return Err(NOT_PLAIN);
    };
    let nullable = drop_null(&mut schema);
    let mut property = if let Some(branches) = branches(&schema) {
        let choices = titled(branches).ok_or(NOT_A_CHOICE)?;
        object(json!({"type": "string", "oneOf": choices}))
    } else if let Some(choices) = untitled(&schema) {
        let mut property = object(json!({"type": "string", "enum": choices?}));
        keep(&schema, &mut property, &["enumNames"]);
        property
    } else {
        primitive_or_list(&schema)?
    };
    keep(&schema, &mut property, &["title", "description", "default"]);
    Ok((property, nullable))
}

fn primitive_or_list(schema: &Map<String, Value>) -> Result<Map<String, Value>, &'static str> {
    let kind = schema.get("type").and_then(Value::as_str);
    let bounds: &[&str] = match kind {
        Some("string") => &["minLength", "maxLength"],
        Some("integer" | "number") => &["minimum", "maximum"],
        Some("boolean") => &[],
        Some("array") => &["minItems", "maxItems"],
        Some("object") => return Err(NESTED),
        // A reference that schemars left closes a circle.
        _ if schema.contains_key("$ref") => return Err(NESTED),
        _ => return Err(NOT_PLAIN),
    };
    let mut property = object(json!({"type": kind}));
    keep(schema, &mut property, bounds);
    if kind == Some("array") {
        let items = schema.get("items").and_then(Value::as_object);
        property.insert(
            "items".to_owned(),
            items.and_then(choices).ok_or(NOT_CHOICES)?,
        );
    }
    let format = schema.get("format").and_then(Value::as_str);
    if let (Some("string"), Some("email" | "uri" | "date" | "date-time")) = (kind, format) {
        keep(schema, &mut property, &["format"]);
    }
    Ok(property)
}

/// Returns the items of a list of choices.
fn choices(items: &Map<String, Value>) -> Option<Value> {
    match branches(items) {
        Some(branches) => Some(json!({"anyOf": titled(branches)?})),
        None => Some(json!({"type": "string", "enum": untitled(items)?.ok()?})),
    }
}

fn branches(schema: &Map<String, Value>) -> Option<&Vec<Value>> {
    schema
        .get("oneOf")
        .or_else(|| schema.get("anyOf"))?
        .as_array()
}

/// Returns the strings of an `enum` or `const`, if there is one.
fn untitled(schema: &Map<String, Value>) -> Option<Result<Vec<Value>, &'static str>> {
    let values = match (schema.get("enum"), schema.get("const")) {
        (Some(Value::Array(values)), _) => values.clone(),
        (_, Some(value)) => vec![value.clone()],
        _ => return None,
    };
    let plain = values.iter().all(Value::is_string);
    Some(if plain { Ok(values) } else { Err(NOT_A_CHOICE) })
}

/// Returns `{const, title}` per choice; a doc comment is the title of its variant.
fn titled(branches: &[Value]) -> Option<Vec<Value>> {
    let mut titled = Vec::new();
    for branch in branches {
        let branch = branch.as_object()?;
        let title = branch.get("title").or_else(|| branch.get("description"));
        for value in untitled(branch)?.ok()? {
            let title = title.unwrap_or(&value);
            titled.push(json!({"const": value, "title": title}));
        }
    }
    Some(titled)
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

fn keep(from: &Map<String, Value>, to: &mut Map<String, Value>, keywords: &[&str]) {
    for keyword in keywords {
        if let Some(value) = from.get(*keyword) {
            to.insert((*keyword).to_owned(), value.clone());
        }
    }
}

/// Takes `null` out of a schema, as `Option<T>` puts it in; whether it was there.
pub(crate) fn drop_null(schema: &mut Map<String, Value>) -> bool {
    let mut nullable = false;
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        let before = types.len();
        types.retain(|kind| kind != "null");
        nullable = types.len() < before;
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    for keyword in ["anyOf", "oneOf"] {
        nullable |= drop_null_branch(schema, keyword);
    }
    if nullable {
        if let Some(Value::Array(values)) = schema.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
        if schema.get("default").is_some_and(Value::is_null) {
            schema.remove("default");
        }
    }
    nullable
}

fn drop_null_branch(schema: &mut Map<String, Value>, keyword: &str) -> bool {
    let Some(Value::Array(branches)) = schema.get_mut(keyword) else {
        return false;
    };
    let before = branches.len();
    branches.retain(|branch| branch.get("type").is_none_or(|kind| kind != "null"));
    if branches.len() == before {
        return false;
    }
    if let [Value::Object(only)] = branches.as_slice() {
        let only = only.clone();
        replace(schema, keyword, &only);
    }
    true
}

/// Puts what a keyword stands for in its place; `false` when that would lose something.
///
/// Annotations beside the keyword win over those inside, as they do in schemars.
pub(crate) fn replace(
    schema: &mut Map<String, Value>,
    keyword: &str,
    content: &Map<String, Value>,
) -> bool {
    let loses = |(inner, value): (&String, &Value)| {
        let outer = schema.get(inner).filter(|_| inner != keyword);
        inner == "$id"
            || outer.is_some_and(|outer| outer != value && !ANNOTATIONS.contains(&inner.as_str()))
    };
    if content.iter().any(loses) {
        return false;
    }
    schema.remove(keyword);
    for (inner, value) in content {
        // A second anchor of the same name would make both ambiguous.
        if inner != "$anchor" && !schema.contains_key(inner) {
            schema.insert(inner.clone(), value.clone());
        }
    }
    true
}

#[cfg(test)]
#[expect(
    dead_code,
    reason = "nobody but the generator of schemas reads these types"
)]
#[path = "form_tests.rs"]
mod tests;
