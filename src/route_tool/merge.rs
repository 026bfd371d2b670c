//! Takes the schema of a type apart into arguments.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schema::{DATA, NAMED};

use super::argument::{Argument, Place, WHOLE_BODY};

/// Keywords of an object that says no more than which members it has.
const PLAIN: &[&str] = &[
    "$defs",
    "$schema",
    "additionalProperties",
    "default",
    "deprecated",
    "description",
    "examples",
    "properties",
    "required",
    "title",
    "type",
];

/// Whether an object can be taken apart into its members.
pub(super) fn is_plain(schema: &Value) -> bool {
    let Some(keywords) = schema.as_object() else {
        return false;
    };
    let closed = |more: &Value| *more == Value::Bool(false);
    schema["type"] == "object"
        && schema["properties"].is_object()
        && keywords.get("additionalProperties").is_none_or(closed)
        && keywords
            .keys()
            .all(|keyword| PLAIN.contains(&keyword.as_str()))
}

/// Returns the members of a plain object as arguments.
pub(super) fn members(schema: &Value, place: Place) -> Vec<Argument> {
    let required = schema["required"].as_array();
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| Argument::new(place, name, schema.clone(), is_required(name)))
        .collect()
}

/// Returns the arguments that a body is made of.
pub(super) fn body(schema: Value) -> Vec<Argument> {
    if is_plain(&schema) {
        return members(&schema, Place::Body);
    }
    vec![Argument::new(Place::WholeBody, WHOLE_BODY, schema, true)]
}

/// Moves the definitions of a schema to those of all, and its references with them.
///
/// Two types may have the same name: the second one's definition gets another.
pub(super) fn relocate(schema: &mut Value, definitions: &mut Map<String, Value>, root: &str) {
    let own = schema.as_object_mut().and_then(|root| root.remove("$defs"));
    let own: BTreeMap<String, Value> = match own {
        Some(Value::Object(own)) => own.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    let shares = |(name, own): (&String, &Value)| {
        definitions.get(name).is_none_or(|other| other == own) && !refers_to_root(own)
    };
    // All or none: what is spelled alike may still refer to what is not.
    let share = own.iter().all(shares);
    let mut moved = Moved::default();
    for (name, definition) in &own {
        let target = if share {
            name.clone()
        } else {
            vacant(definitions, name)
        };
        // Holds the place, so that the next one gets a name of its own.
        definitions.insert(target.clone(), definition.clone());
        moved.names.insert(name.clone(), target);
    }
    moved.root = vacant(definitions, root);
    for (name, mut definition) in own {
        moved.rewrite(&mut definition);
        definitions.insert(moved.names[&name].clone(), definition);
    }
    moved.rewrite(schema);
    if moved.refers_to_root {
        definitions.insert(moved.root, schema.clone());
    }
}

/// Returns a name that no definition has.
fn vacant(definitions: &Map<String, Value>, name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name}{number}"));
    let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
    let vacant = candidates.find(|candidate| !definitions.contains_key(candidate));
    vacant.expect("there are more numbers than definitions")
}

/// Whether a definition refers to what encloses it: equal text then means different things.
fn refers_to_root(schema: &Value) -> bool {
    let mut probe = Moved::default();
    probe.rewrite(&mut schema.clone());
    probe.refers_to_root
}

/// Where the definitions of a schema went.
#[derive(Default)]
struct Moved {
    names: BTreeMap<String, String>,
    /// The name that the schema itself gets when something in it refers to it.
    root: String,
    refers_to_root: bool,
}

impl Moved {
    fn rewrite(&mut self, schema: &mut Value) {
        match schema {
            Value::Array(schemas) => schemas.iter_mut().for_each(|schema| self.rewrite(schema)),
            Value::Object(keywords) => {
                for (keyword, value) in keywords {
                    self.rewrite_keyword(keyword, value);
                }
            }
            _ => {}
        }
    }

    fn rewrite_keyword(&mut self, keyword: &str, value: &mut Value) {
        match (keyword, value) {
            ("$ref", Value::String(reference)) => self.redirect(reference),
            (keyword, _) if DATA.contains(&keyword) => {}
            (keyword, Value::Object(named)) if NAMED.contains(&keyword) => {
                named.values_mut().for_each(|schema| self.rewrite(schema));
            }
            (_, value) => self.rewrite(value),
        }
    }

    fn redirect(&mut self, reference: &mut String) {
        let Some(pointer) = reference.strip_prefix('#') else {
            return;
        };
        let Some(definition) = pointer.strip_prefix("/$defs/") else {
            if pointer.is_empty() || pointer.starts_with('/') {
                self.refers_to_root = true;
                *reference = format!("#/$defs/{}{pointer}", self.root);
            }
            return;
        };
        let (name, rest) = definition.split_at(definition.find('/').unwrap_or(definition.len()));
        if let Some(moved) = self.names.get(name) {
            *reference = format!("#/$defs/{moved}{rest}");
        }
    }
}
