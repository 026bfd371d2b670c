//! JSON Schema of what a handler takes and gives.
//!
//! schemars' keywords are passed on verbatim. Only the root is completed: a
//! client accepts nothing but `"type": "object"` there.

use std::{borrow::Cow, collections::BTreeSet, error::Error as StdError, fmt};

use percent_encoding::percent_decode_str;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::form::{drop_null, replace};

/// A schema that no tool can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SchemaError {
    /// The type, by its name in schemars, is not read from an object.
    NotAnObject(String),
    /// The root of a written schema is not an object.
    RootNotAnObject,
    /// A reference leads out of the schema.
    RemoteReference(String),
    /// The schema is nested deeper than anyone will follow.
    TooDeep,
}

impl fmt::Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAnObject(name) => write!(
                f,
                "arguments are always an object, and `{name}` is not read from one; take a \
                 struct with named fields, or a `serde_json::Map<String, Value>`"
            ),
            Self::RootNotAnObject => {
                f.write_str("the root of the schema must say `\"type\": \"object\"`")
            }
            Self::RemoteReference(reference) => write!(
                f,
                "`$ref` to `{reference}` leads out of the schema; copy it into `$defs` and refer \
                 to it with `#/$defs/..`"
            ),
            Self::TooDeep => write!(
                f,
                "the schema is nested deeper than {MAX_DEPTH} levels; move parts into `$defs`"
            ),
        }
    }
}

impl StdError for SchemaError {}

/// The deepest nesting of a schema.
const MAX_DEPTH: usize = 64;
/// The longest chain of references that is followed.
const MAX_CHAIN: usize = 16;

/// Keywords whose values are data, whatever they look like.
pub(crate) const DATA: &[&str] = &["const", "default", "enum", "examples"];
/// Keywords whose values map names to schemas.
pub(crate) const NAMED: &[&str] = &[
    "$defs",
    "definitions",
    "dependentSchemas",
    "patternProperties",
    "properties",
];

/// Returns the schema of arguments that are read as a `T`.
pub(crate) fn input_schema<T: JsonSchema>() -> Result<Value, SchemaError> {
    let mut schema = any_input_schema::<T>();
    if schema["type"] == "null" {
        // Nothing to pass is passed as an object without members.
        let description = description(&schema);
        schema = json!({"type": "object", "additionalProperties": false});
        if let Some(description) = description {
            schema["description"] = description.into();
        }
    }
    if schema["type"] == "object" {
        Ok(schema)
    } else {
        Err(SchemaError::NotAnObject(T::schema_name().into_owned()))
    }
}

/// Returns the schema of a JSON value that is read as a `T`, object or not.
pub(crate) fn any_input_schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    complete_root(&mut schema);
    schema
}

/// Returns the schema of structured content that is written from a `T`.
///
/// `None` when the type allows any value, for then there is nothing to say.
pub(crate) fn output_schema<T: JsonSchema>() -> Option<Value> {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value();
    let says_nothing =
        |keyword: &String| ["$schema", "$defs", "title", "description"].contains(&keyword.as_str());
    if schema.as_object()?.keys().all(says_nothing) {
        return None;
    }
    complete_root(&mut schema);
    Some(schema)
}

/// Checks a schema that was written by hand.
pub(crate) fn check_root(schema: &Value) -> Result<(), SchemaError> {
    if schema.get("type").is_none_or(|kind| kind != "object") {
        return Err(SchemaError::RootNotAnObject);
    }
    check(schema, MAX_DEPTH)
}

/// Returns what the root says of itself: the doc comment of the type.
pub(crate) fn description(schema: &Value) -> Option<String> {
    schema.get("description")?.as_str().map(str::to_owned)
}

/// Returns the schema that a local reference leads to.
fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Map<String, Value>> {
    root.pointer(&pointer(reference)?)?.as_object()
}

/// Returns the JSON pointer of a local reference; `None` for anchors and remote ones.
fn pointer(reference: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(reference.strip_prefix('#')?)
        .decode_utf8()
        .ok()
}

/// Says `type: object` at the root when that is true and was left unsaid.
fn complete_root(schema: &mut Value) {
    let original = schema.clone();
    let Some(root) = schema.as_object_mut() else {
        return;
    };
    for _ in 0..MAX_CHAIN {
        let target = reference(root).and_then(|target| resolve(&original, target));
        let Some(target) = target else {
            break;
        };
        if !replace(root, "$ref", target) {
            break;
        }
    }
    if !root.contains_key("type") && is_object(&original, &original, MAX_CHAIN) {
        root.insert("type".to_owned(), json!("object"));
    }
}

/// Whether only objects fit the schema.
fn is_object(schema: &Value, root: &Value, budget: usize) -> bool {
    let (Some(schema), Some(budget)) = (schema.as_object(), budget.checked_sub(1)) else {
        return false;
    };
    if let Some(kind) = schema.get("type") {
        return kind == "object";
    }
    let branches = |keyword: &str| schema.get(keyword).and_then(Value::as_array);
    let fits = |branch: &Value| is_object(branch, root, budget);
    let all = |branches: &Vec<Value>| !branches.is_empty() && branches.iter().all(fits);
    let target = reference(schema).and_then(|target| root.pointer(&pointer(target)?));
    target.is_some_and(fits)
        || branches("anyOf").is_some_and(all)
        || branches("oneOf").is_some_and(all)
        || branches("allOf").is_some_and(|branches| branches.iter().any(fits))
}

fn reference(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("$ref")?.as_str()
}

fn check(schema: &Value, budget: usize) -> Result<(), SchemaError> {
    let budget = budget.checked_sub(1).ok_or(SchemaError::TooDeep)?;
    match schema {
        Value::Array(schemas) => schemas.iter().try_for_each(|schema| check(schema, budget)),
        Value::Object(keywords) => keywords
            .iter()
            .try_for_each(|(keyword, value)| check_keyword(keyword, value, budget)),
        _ => Ok(()),
    }
}

fn check_keyword(keyword: &str, value: &Value, budget: usize) -> Result<(), SchemaError> {
    match (keyword, value) {
        ("$ref" | "$dynamicRef", Value::String(to)) if !to.starts_with('#') => {
            Err(SchemaError::RemoteReference(to.clone()))
        }
        (keyword, Value::Object(named)) if NAMED.contains(&keyword) => {
            named.values().try_for_each(|schema| check(schema, budget))
        }
        (keyword, _) if DATA.contains(&keyword) => Ok(()),
        _ => check(value, budget),
    }
}

/// Rewrites a schema so that each property with the keyword is reached through
/// `properties` alone.
///
/// On the way to one, and nowhere else, `null` is dropped and local references
/// are replaced by what they lead to: who looks for the keyword follows neither.
pub(super) fn inline_paths(schema: &mut Value, keyword: &str) {
    let original = schema.clone();
    let mut inliner = Inliner {
        root: &original,
        keyword,
        // The root cannot be copied into itself.
        chain: vec!["#".to_owned()],
        inlined: BTreeSet::new(),
        fruitless: BTreeSet::new(),
    };
    if let Some(root) = schema.as_object_mut() {
        inliner.properties(root);
    }
    // A definition left behind would keep the keyword where it must not be.
    let mut inlined = inliner.inlined;
    while let Some(unused) = inlined
        .iter()
        .find(|target| !refers(schema, target))
        .cloned()
    {
        inlined.remove(&unused);
        remove_definition(schema, &unused);
    }
}

struct Inliner<'a> {
    root: &'a Value,
    keyword: &'a str,
    /// The references that were followed to where we are.
    chain: Vec<String>,
    inlined: BTreeSet<String>,
    /// The references that led to no keyword; types that refer to each other
    /// would otherwise be walked in every order.
    fruitless: BTreeSet<String>,
}

impl Inliner<'_> {
    /// Rewrites the properties that lead to the keyword; whether one does.
    fn properties(&mut self, object: &mut Map<String, Value>) -> bool {
        let Some(Value::Object(properties)) = object.get_mut("properties") else {
            return false;
        };
        let mut found = false;
        for property in properties.values_mut() {
            let depth = self.chain.len();
            let Some(mut plain) = self.plain(property) else {
                continue;
            };
            let followed: Vec<String> = self.chain.iter().skip(depth).cloned().collect();
            let leads = plain.contains_key(self.keyword)
                || (!followed.iter().any(|to| self.fruitless.contains(to))
                    && self.properties(&mut plain));
            self.chain.truncate(depth);
            if leads {
                self.inlined.extend(followed);
                *property = plain.into();
                found = true;
            } else {
                self.fruitless.extend(followed);
            }
        }
        found
    }

    /// Returns the schema without `null` and references at its root.
    fn plain(&mut self, schema: &Value) -> Option<Map<String, Value>> {
        let mut plain = schema.as_object()?.clone();
        drop_null(&mut plain);
        while let Some(target) = reference(&plain).map(str::to_owned) {
            let content = resolve(self.root, &target).filter(|_| !self.chain.contains(&target));
            if !content.is_some_and(|content| replace(&mut plain, "$ref", content)) {
                break;
            }
            drop_null(&mut plain);
            self.chain.push(target);
        }
        if let (None, Some(kind)) = (plain.get("type"), common_type(&plain)) {
            plain.insert("type".to_owned(), kind);
        }
        Some(plain)
    }
}

/// Returns the type that all choices share: schemars leaves it to each of them.
fn common_type(schema: &Map<String, Value>) -> Option<Value> {
    let choices = schema
        .get("oneOf")
        .or_else(|| schema.get("anyOf"))?
        .as_array()?;
    let kind = choices.first()?.get("type")?;
    choices
        .iter()
        .all(|choice| choice.get("type") == Some(kind))
        .then(|| kind.clone())
}

/// Whether anything refers to the target, or to a part of it.
fn refers(schema: &Value, target: &str) -> bool {
    match schema {
        Value::Array(schemas) => schemas.iter().any(|schema| refers(schema, target)),
        Value::Object(keywords) => keywords.iter().any(|(keyword, value)| match value {
            Value::String(to) if keyword == "$ref" => {
                let rest = pointer(to).zip(pointer(target)).and_then(|(to, target)| {
                    to.strip_prefix(&*target)
                        .map(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                rest.unwrap_or(false)
            }
            value => refers(value, target),
        }),
        _ => false,
    }
}

/// Removes a definition, unless it can be referred to by an anchor.
fn remove_definition(schema: &mut Value, target: &str) {
    let Some(pointer) = pointer(target) else {
        return;
    };
    let Some((parent @ ("/$defs" | "/definitions"), name)) = pointer.rsplit_once('/') else {
        return;
    };
    let anchored = |definition: &Value| {
        ["$id", "$anchor", "$dynamicAnchor"]
            .iter()
            .any(|keyword| definition.get(keyword).is_some())
    };
    if schema.pointer(&pointer).is_some_and(anchored) {
        return;
    }
    let keyword = parent.trim_start_matches('/');
    let Some(root) = schema.as_object_mut() else {
        return;
    };
    if let Some(Value::Object(definitions)) = root.get_mut(keyword) {
        definitions.remove(&name.replace("~1", "/").replace("~0", "~"));
        if definitions.is_empty() {
            root.remove(keyword);
        }
    }
}

#[cfg(test)]
#[path = "generate_tests.rs"]
mod tests;
