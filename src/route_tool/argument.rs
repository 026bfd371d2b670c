//! The arguments of a route, and the part of the request that each goes to.

use std::{collections::BTreeMap, fmt};

use http::HeaderValue;
use serde_json::{Map, Value, json};

use super::template::Template;

/// The argument that holds a body which is not taken apart.
pub(super) const WHOLE_BODY: &str = "body";

/// The part of a request that an argument goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "only documents ask for some")
)]
pub(super) enum Place {
    Path,
    Query,
    Header,
    /// A member of the body.
    Body,
    /// The body as it is.
    WholeBody,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "headers",
            Self::Body | Self::WholeBody => "body",
        })
    }
}

/// How a value that is no scalar is written into a query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "only documents ask for some")
)]
pub(super) enum Style {
    /// The key is repeated for each item.
    #[default]
    Repeated,
    /// One key, and the items joined by a delimiter.
    Joined(char),
    /// `key[member]` for each member of an object.
    Deep,
    /// The JSON text.
    Json,
}

/// How the members of a body are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "openapi"),
    expect(dead_code, reason = "only documents ask for some")
)]
pub(super) enum Encoding {
    Json,
    Form,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub(super) encoding: Encoding,
    pub(super) media_type: HeaderValue,
    /// It is sent even when no argument is part of it.
    pub(super) required: bool,
}

/// An argument of the tool.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    /// What the model calls it.
    pub(super) name: String,
    pub(super) schema: Value,
    pub(super) required: bool,
    pub(super) target: Target,
}

/// Where the value of an argument goes.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) place: Place,
    /// What the route calls it.
    pub(super) name: String,
    pub(super) style: Style,
}

impl Argument {
    /// An argument that the route calls by the same name.
    pub(super) fn new(place: Place, name: &str, schema: Value, required: bool) -> Self {
        Self {
            name: name.to_owned(),
            schema,
            required,
            target: Target {
                place,
                name: name.to_owned(),
                style: Style::default(),
            },
        }
    }
}

/// Adds the parameters of the path as text, for a path without a type.
pub(super) fn untyped_path(arguments: &mut Vec<Argument>, path: &Template) {
    let place = |argument: &Argument| argument.target.place;
    if arguments.iter().any(|other| place(other) == Place::Path) {
        return;
    }
    let text = json!({"type": "string"});
    let added = path
        .parameters()
        .map(|name| Argument::new(Place::Path, name, text.clone(), true));
    arguments.splice(0..0, added);
}

/// Refuses arguments that do not agree with each other or with the path.
pub(super) fn check(arguments: &[Argument], path: &Template) -> Result<(), String> {
    let mut places = BTreeMap::new();
    for argument in arguments {
        let place = argument.target.place;
        if let Some(other) = places.insert(argument.name.as_str(), place) {
            return Err(format!(
                "`{}` is in the {other} and in the {place}; rename one of them",
                argument.name
            ));
        }
    }
    let of_path = |argument: &&Argument| argument.target.place == Place::Path;
    let names: Vec<&str> = arguments
        .iter()
        .filter(of_path)
        .map(|argument| argument.target.name.as_str())
        .collect();
    if let Some(missing) = path.parameters().find(|name| !names.contains(name)) {
        return Err(format!(
            "the path's input has no `{missing}`, which the path `{path}` wants; add a field of that name"
        ));
    }
    let parameters: Vec<&str> = path.parameters().collect();
    match names.iter().find(|name| !parameters.contains(name)) {
        Some(stray) => Err(format!(
            "the path's input has `{stray}`, and the path `{path}` has no `{{{stray}}}`; remove one \
             or add the other"
        )),
        None => Ok(()),
    }
}

/// Returns the schema of all arguments side by side.
pub(super) fn schema(arguments: &[Argument], definitions: Map<String, Value>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for argument in arguments {
        properties.insert(argument.name.clone(), argument.schema.clone());
        // A path has no place for what is left out.
        if argument.required || argument.target.place == Place::Path {
            required.push(argument.name.clone());
        }
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema["additionalProperties"] = false.into();
    if !definitions.is_empty() {
        schema["$defs"] = definitions.into();
    }
    schema
}
