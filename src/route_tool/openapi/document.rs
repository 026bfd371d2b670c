//! A document: its version, its operations, and what its references lead to.

use http::Method;
use oas3::spec::Operation as Model;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Error;

use super::{Operation, Problem};

/// The most operations of one document.
const MAX_OPERATIONS: usize = 10_000;
/// The longest chain of references between objects that are no schemas.
const MAX_CHAIN: usize = 16;

/// Members of a path that are operations.
const METHODS: [(&str, Method); 8] = [
    ("get", Method::GET),
    ("put", Method::PUT),
    ("post", Method::POST),
    ("delete", Method::DELETE),
    ("options", Method::OPTIONS),
    ("head", Method::HEAD),
    ("patch", Method::PATCH),
    ("trace", Method::TRACE),
];

/// An OpenAPI document as JSON.
///
/// A model of it would lose the keywords of schemas that it does not know. So
/// only the objects around the schemas are read into one, each where it is wanted.
pub(super) struct Document {
    root: Value,
    /// Schemas have the dialect of 3.0.
    pub(super) is_old: bool,
}

/// An operation and its JSON.
pub(super) struct Found<'a> {
    pub(super) operation: Operation,
    pub(super) json: &'a Value,
    /// The parameters of its path.
    pub(super) shared: &'a Value,
}

impl Document {
    pub(super) fn new(root: Value) -> Result<Self, Error> {
        let version = root["openapi"].as_str().or(root["swagger"].as_str());
        let is_old = match version {
            Some(version) if version.starts_with("3.0.") || version == "3.0" => true,
            Some(version) if version.starts_with("3.1.") || version == "3.1" => false,
            Some(version) => {
                let shown: String = version.chars().take(32).collect();
                return Err(Error::new(format!(
                    "the document is of OpenAPI `{shown}`; convert it to 3.0 or 3.1"
                )));
            }
            None => {
                return Err(Error::new(
                    "the document has no `openapi`; is it an OpenAPI document?",
                ));
            }
        };
        Ok(Self { root, is_old })
    }

    /// Returns all operations, in the order of their paths.
    pub(super) fn operations(&self) -> Result<Vec<Found<'_>>, Error> {
        let Some(paths) = self.root["paths"].as_object() else {
            return Err(Error::new("the document has no `paths`"));
        };
        let mut found = Vec::new();
        for (path, item) in paths.iter().filter(|(path, _)| path.starts_with('/')) {
            let item = self.follow(item).map_err(|problem| problem.at(path))?;
            for (member, method) in METHODS {
                let Some(json) = item.get(member) else {
                    continue;
                };
                let model = head(json).map_err(|error| {
                    Error::with_source(format!("operation `{method} {path}` is none"), error)
                })?;
                if found.len() == MAX_OPERATIONS {
                    return Err(Error::new(format!(
                        "the document has more than {MAX_OPERATIONS} operations; split it"
                    )));
                }
                found.push(Found {
                    operation: Operation::new(method, path, model),
                    json,
                    shared: &item["parameters"],
                });
            }
        }
        Ok(found)
    }

    /// Returns what a local reference leads to.
    pub(super) fn get(&self, reference: &str) -> Result<&Value, Problem> {
        let shown: String = reference.chars().take(128).collect();
        let Some(fragment) = reference.strip_prefix('#') else {
            return Err(Problem::from(format!(
                "`$ref` to `{shown}` leads out of the document; copy what it names into `components`"
            )));
        };
        let pointer = percent_decode_str(fragment).decode_utf8().ok();
        let pointer = pointer.filter(|pointer| pointer.starts_with('/'));
        let target = pointer.and_then(|pointer| self.root.pointer(&pointer));
        target.ok_or_else(|| {
            Problem::from(format!(
                "`$ref` to `{shown}` leads nowhere; spell it as `#/components/..`"
            ))
        })
    }

    /// Returns an object, or what it refers to in place of itself.
    pub(super) fn follow<'a>(&'a self, mut object: &'a Value) -> Result<&'a Value, Problem> {
        for _ in 0..MAX_CHAIN {
            match object.get("$ref").and_then(Value::as_str) {
                Some(reference) => object = self.get(reference)?,
                None => return Ok(object),
            }
        }
        Err(Problem::from(format!(
            "a chain of `$ref` has no end within {MAX_CHAIN} steps; refer to the object itself"
        )))
    }
}

/// Reads what an operation says of itself, without what has schemas in it.
fn head(json: &Value) -> Result<Model, serde_json::Error> {
    const HEAD: [&str; 5] = [
        "tags",
        "summary",
        "description",
        "operationId",
        "deprecated",
    ];
    read(json, &HEAD)
}

/// Reads an object into the model, of its members only these.
pub(super) fn read<T: DeserializeOwned>(
    json: &Value,
    members: &[&str],
) -> Result<T, serde_json::Error> {
    let Some(object) = json.as_object() else {
        return serde_json::from_value(json.clone());
    };
    let kept: Map<String, Value> = object
        .iter()
        .filter(|(name, _)| members.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    serde_json::from_value(Value::Object(kept))
}
