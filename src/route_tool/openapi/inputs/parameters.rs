//! Parameters in path, query and headers.

use std::collections::BTreeSet;

use http::{
    HeaderName,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, COOKIE},
};
use oas3::spec::{Parameter as Model, ParameterIn, ParameterStyle};
use serde_json::{Value, json};

use crate::route_tool::{
    argument::{Argument, Place, Style, Target},
    forward::{self, Forward},
};

use super::{
    Problem, Schemas,
    document::{Document, Found, read},
    name,
};

/// The members of a parameter that are read into the model: those without schemas.
const HEAD: [&str; 6] = ["name", "in", "description", "required", "style", "explode"];

/// A parameter and its JSON.
pub(super) struct Parameter<'a> {
    model: Model,
    json: &'a Value,
}

/// Returns the parameters of an operation and its path; the operation's own win.
pub(super) fn all<'a>(
    document: &'a Document,
    found: &Found<'a>,
) -> Result<Vec<Parameter<'a>>, Problem> {
    let lists = [found.shared, &found.json["parameters"]];
    let mut all: Vec<Parameter<'a>> = Vec::new();
    for json in lists.into_iter().filter_map(Value::as_array).flatten() {
        let json = document.follow(json)?;
        let model: Model = read(json, &HEAD).map_err(|error| {
            let name = json["name"].as_str().unwrap_or_default();
            Problem::with_source(format!("its parameter `{name}` is none"), error)
        })?;
        let same = |other: &Parameter<'_>| {
            other.model.name == model.name && other.model.location == model.location
        };
        all.retain(|other| !same(other));
        all.push(Parameter { model, json });
    }
    Ok(all)
}

impl Parameter<'_> {
    /// Returns the argument; none where the parameter is not the model's to give.
    pub(super) fn argument(
        &self,
        forward: &Forward,
        schemas: &mut Schemas<'_>,
        names: &mut BTreeSet<String>,
    ) -> Result<Option<Argument>, Problem> {
        let place = match self.model.location {
            ParameterIn::Path => Place::Path,
            ParameterIn::Query => Place::Query,
            ParameterIn::Header if self.is_given(forward)? => Place::Header,
            ParameterIn::Header => return Ok(None),
            ParameterIn::Cookie if forward.copies(&COOKIE) => return Ok(None),
            ParameterIn::Cookie => return self.left_out("cookie").map(|()| None),
        };
        let (schema, style) = self.schema(place)?;
        let name = &self.model.name;
        Ok(Some(Argument {
            name: name::of_argument(name, &place.to_string(), names),
            schema: self.described(schemas.inner(schema)?),
            required: self.model.required.unwrap_or(false),
            target: Target {
                place,
                name: name.clone(),
                style,
            },
        }))
    }

    /// Whether a header is an argument, and not the caller's or the protocol's.
    fn is_given(&self, forward: &Forward) -> Result<bool, Problem> {
        let name = &self.model.name;
        let header: HeaderName = name
            .parse()
            .map_err(|_| Problem::from(format!("`{name}` is not the name of a header")))?;
        // Parameter Object: definitions of these three are ignored.
        if [ACCEPT, AUTHORIZATION, CONTENT_TYPE].contains(&header) || forward.copies(&header) {
            return Ok(false);
        }
        // What a proxy vouches for is nothing that a model may say.
        let vouched = header.as_str().starts_with("x-forwarded-") || header == "forwarded";
        if forward::is_ours(&header) || header == COOKIE || vouched {
            return self.left_out("header").map(|()| false);
        }
        Ok(true)
    }

    /// Refuses to leave out what the route insists on.
    fn left_out(&self, kind: &str) -> Result<(), Problem> {
        if self.model.required != Some(true) {
            return Ok(());
        }
        Err(Problem::from(format!(
            "it wants the {kind} `{}`, which is not for a model to give; forward it with `map_route`, \
             or leave the operation out with `except`",
            self.model.name
        )))
    }

    /// Returns the schema and how values of it are written.
    fn schema(&self, place: Place) -> Result<(&Value, Style), Problem> {
        static ANYTHING: Value = Value::Bool(true);
        if let Some(content) = self.json["content"].as_object() {
            let media = content.values().next().unwrap_or(&Value::Null);
            if place != Place::Query {
                return Err(self.styled("content"));
            }
            return Ok((media.get("schema").unwrap_or(&ANYTHING), Style::Json));
        }
        let schema = self.json.get("schema").unwrap_or(&ANYTHING);
        let style = match (place, self.model.style) {
            (Place::Query, style) => query_style(style, self.model.explode),
            (_, None | Some(ParameterStyle::Simple)) => Some(Style::Repeated),
            (_, Some(_)) => None,
        };
        Ok((schema, style.ok_or_else(|| self.styled("style"))?))
    }

    fn styled(&self, what: &str) -> Problem {
        Problem::from(format!(
            "its parameter `{}` has a `{what}` that cannot be written there; leave the operation out with `except`",
            self.model.name
        ))
    }

    /// What is said of the parameter says more than what is said of its type.
    fn described(&self, mut schema: Value) -> Value {
        if schema == Value::Bool(true) {
            schema = json!({});
        }
        if let (Some(text), Value::Object(schema)) = (&self.model.description, &mut schema) {
            schema.insert("description".to_owned(), text.clone().into());
        }
        schema
    }
}

/// Parameter Object: only `form` repeats the key unless told otherwise.
fn query_style(style: Option<ParameterStyle>, explode: Option<bool>) -> Option<Style> {
    match style {
        None | Some(ParameterStyle::Form) if explode == Some(false) => Some(Style::Joined(',')),
        None | Some(ParameterStyle::Form) => Some(Style::Repeated),
        Some(ParameterStyle::DeepObject) => Some(Style::Deep),
        Some(ParameterStyle::SpaceDelimited | ParameterStyle::PipeDelimited)
            if explode == Some(true) =>
        {
            Some(Style::Repeated)
        }
        Some(ParameterStyle::SpaceDelimited) => Some(Style::Joined(' ')),
        Some(ParameterStyle::PipeDelimited) => Some(Style::Joined('|')),
        Some(ParameterStyle::Matrix | ParameterStyle::Label | ParameterStyle::Simple) => None,
    }
}
