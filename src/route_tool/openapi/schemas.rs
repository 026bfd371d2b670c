//! Schemas of a document as JSON Schema 2020-12, with what they refer to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::schema::DATA;

use super::{Problem, document::Document, name};

/// The most values in the schemas of one side of an operation.
const MAX_VALUES: usize = 20_000;
/// The most values in the schemas of all operations.
const MAX_VALUES_IN_ALL: usize = 2_000_000;
/// The deepest nesting of a schema.
const MAX_DEPTH: usize = 64;

/// Keywords with one schema, with a list of them, and with a map of them.
const ONE: &[&str] = &[
    "additionalProperties",
    "contains",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const LISTED: &[&str] = &["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: &[&str] = &["dependentSchemas", "patternProperties", "properties"];
/// Keywords that only OpenAPI knows, or that are about the place of a schema.
const DROPPED: &[&str] = &[
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$ref",
    "$schema",
    "definitions",
    "discriminator",
    "example",
    "externalDocs",
    "nullable",
    "xml",
];
/// Keywords that change what a reference means.
const REFUSED: &[&str] = &["$dynamicRef", "$id", "$recursiveRef"];

/// What is left of [`MAX_VALUES_IN_ALL`].
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(MAX_VALUES_IN_ALL)
    }
}

/// The side of an operation that schemas are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Response,
}

impl Side {
    /// The keyword of a property that the other side alone has.
    fn other(self) -> &'static str {
        match self {
            Self::Request => "readOnly",
            Self::Response => "writeOnly",
        }
    }
}

/// Translates the schemas of one side of an operation, and gathers what they refer to.
pub(super) struct Schemas<'a> {
    document: &'a Document,
    side: Side,
    budget: &'a mut Budget,
    left: usize,
    /// The names of definitions by the references to them.
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    /// References whose definitions are not made yet.
    open: Vec<String>,
}

impl<'a> Schemas<'a> {
    pub(super) fn new(document: &'a Document, side: Side, budget: &'a mut Budget) -> Self {
        Self {
            document,
            side,
            budget,
            left: MAX_VALUES,
            names: BTreeMap::new(),
            taken: BTreeSet::new(),
            open: Vec::new(),
        }
    }

    /// Whether there was more than one tool should show.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// Translates a schema that stands inside of another.
    pub(super) fn inner(&mut self, schema: &Value) -> Result<Value, Problem> {
        self.translate(schema, MAX_DEPTH)
    }

    /// Translates a schema that is the root: not a reference, but what it leads to.
    pub(super) fn root(&mut self, schema: &Value) -> Result<Value, Problem> {
        let is_alone = schema.as_object().is_some_and(|schema| schema.len() == 1);
        let schema = match is_alone {
            true => self.document.follow(schema)?,
            false => schema,
        };
        self.translate(schema, MAX_DEPTH)
    }

    /// Returns the definitions of everything that was referred to.
    pub(super) fn definitions(&mut self) -> Result<Map<String, Value>, Problem> {
        let mut definitions = Map::new();
        while let Some(reference) = self.open.pop() {
            let document = self.document;
            let schema = self.translate(document.get(&reference)?, MAX_DEPTH)?;
            definitions.insert(self.names[&reference].clone(), schema);
        }
        Ok(definitions)
    }

    fn translate(&mut self, schema: &Value, depth: usize) -> Result<Value, Problem> {
        self.spend(1)?;
        let depth = depth.checked_sub(1).ok_or_else(|| {
            Problem::from(format!(
                "a schema is nested deeper than {MAX_DEPTH} levels; move parts into `components`"
            ))
        })?;
        match schema {
            Value::Object(keywords) => self.object(keywords, depth),
            Value::Bool(_) => Ok(schema.clone()),
            _ => Err(Problem::from(
                "a schema is an object or a boolean".to_owned(),
            )),
        }
    }

    fn object(&mut self, keywords: &Map<String, Value>, depth: usize) -> Result<Value, Problem> {
        let mut translated = Map::new();
        if let Some(reference) = keywords.get("$ref").and_then(Value::as_str) {
            let name = self.refer(reference)?;
            translated.insert("$ref".to_owned(), format!("#/$defs/{name}").into());
            if self.document.is_old {
                // 3.0 Reference Object: what stands beside it is ignored.
                return Ok(translated.into());
            }
        }
        for (keyword, value) in keywords {
            self.keyword(keyword, value, &mut translated, depth)?;
        }
        if let Some(example) = keywords.get("example") {
            let examples = translated.entry("examples");
            examples.or_insert_with(|| json!([example]));
        }
        exclusive(&mut translated);
        self.drop_required(keywords, &mut translated);
        if self.document.is_old && keywords.get("nullable") == Some(&Value::Bool(true)) {
            return Ok(nullable(translated));
        }
        Ok(translated.into())
    }

    fn keyword(
        &mut self,
        keyword: &str,
        value: &Value,
        into: &mut Map<String, Value>,
        depth: usize,
    ) -> Result<(), Problem> {
        let translated = match value {
            _ if REFUSED.contains(&keyword) => {
                return Err(Problem::from(format!(
                    "a schema has `{keyword}`; refer with `$ref` and `#/components/schemas/..`"
                )));
            }
            _ if DROPPED.contains(&keyword) || keyword.starts_with("x-") => return Ok(()),
            Value::Object(named) if NAMED.contains(&keyword) => {
                self.named(keyword, named, depth)?
            }
            Value::Array(schemas) if LISTED.contains(&keyword) => {
                let schemas = schemas.iter().map(|schema| self.translate(schema, depth));
                Value::Array(schemas.collect::<Result<_, _>>()?)
            }
            _ if ONE.contains(&keyword) => self.translate(value, depth)?,
            _ => {
                if !is_verbatim(keyword, value) {
                    return Ok(());
                }
                self.spend(size(value, MAX_VALUES))?;
                value.clone()
            }
        };
        into.entry(keyword).or_insert(translated);
        Ok(())
    }

    /// Translates properties, without those that only the other side has.
    fn named(
        &mut self,
        keyword: &str,
        named: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value, Problem> {
        let elsewhere = self.side.other();
        let stays = |schema: &Value| keyword != "properties" || schema[elsewhere] != true;
        let mut translated = Map::new();
        for (name, schema) in named.iter().filter(|(_, schema)| stays(schema)) {
            translated.insert(name.clone(), self.translate(schema, depth)?);
        }
        Ok(translated.into())
    }

    /// What only the other side has is required there alone.
    fn drop_required(&self, keywords: &Map<String, Value>, from: &mut Map<String, Value>) {
        let elsewhere = self.side.other();
        let Some(Value::Array(required)) = from.get_mut("required") else {
            return;
        };
        let property = |name: &str| keywords.get("properties")?.get(name)?.get(elsewhere);
        required.retain(|name| name.as_str().and_then(property) != Some(&Value::Bool(true)));
        if required.is_empty() {
            from.remove("required");
        }
    }

    fn refer(&mut self, reference: &str) -> Result<&str, Problem> {
        if !self.names.contains_key(reference) {
            // A chain without an end describes nothing.
            self.document.follow(self.document.get(reference)?)?;
            let name = name::of_definition(reference, &mut self.taken);
            self.names.insert(reference.to_owned(), name);
            self.open.push(reference.to_owned());
        }
        Ok(&self.names[reference])
    }

    fn spend(&mut self, values: usize) -> Result<(), Problem> {
        if self.left < values {
            self.left = 0;
            return Err(Problem::from(format!(
                "its schemas have more than {MAX_VALUES} values; leave it out with `except`"
            )));
        }
        self.left -= values;
        self.budget.0 = self.budget.0.checked_sub(values).ok_or_else(|| {
            Problem::from(format!(
                "all schemas together have more than {MAX_VALUES_IN_ALL} values; choose fewer operations"
            ))
        })?;
        Ok(())
    }
}

/// Whether a keyword means the same in every dialect and holds no schema.
fn is_verbatim(keyword: &str, value: &Value) -> bool {
    match value {
        Value::Object(_) => DATA.contains(&keyword) || keyword == "dependentRequired",
        Value::Array(_) => DATA.contains(&keyword) || ["required", "type"].contains(&keyword),
        Value::Null => DATA.contains(&keyword),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => keyword != "examples",
    }
}

/// Counts values, up to a limit.
fn size(value: &Value, limit: usize) -> usize {
    let inner: Vec<&Value> = match value {
        Value::Array(values) => values.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => return 1,
    };
    inner.into_iter().fold(1, |total, value| match total {
        total if total > limit => total,
        total => total + size(value, limit),
    })
}

/// 3.0 has a switch where 2020-12 has a number.
fn exclusive(schema: &mut Map<String, Value>) {
    for (switch, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        let Some(Value::Bool(excludes)) = schema.get(switch) else {
            continue;
        };
        let limit = schema.get(bound).filter(|_| *excludes).cloned();
        schema.remove(switch);
        if let Some(limit) = limit {
            schema.remove(bound);
            schema.insert(switch.to_owned(), limit);
        }
    }
}

/// 3.0 has a switch where 2020-12 has a type.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let Some(Value::String(kind)) = schema.get("type") else {
        return json!({"anyOf": [schema, {"type": "null"}]});
    };
    let kinds = json!([kind, "null"]);
    schema.insert("type".to_owned(), kinds);
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        if !values.contains(&Value::Null) {
            values.push(Value::Null);
        }
    }
    schema.into()
}
