//! The body of an operation.

use std::collections::BTreeSet;

use http::HeaderValue;
use oas3::spec::RequestBody as Model;
use serde_json::{Value, json};

use crate::route_tool::{
    RouteTool,
    argument::{Argument, Body, Encoding, Place, Style, Target, WHOLE_BODY},
    merge,
};

use super::{Problem, Schemas, document::read, name};

/// Adds the body to the route: its members, or the whole of it as one argument.
pub(super) fn add(
    route: &mut RouteTool,
    json: &Value,
    schemas: &mut Schemas<'_>,
    names: &mut BTreeSet<String>,
) -> Result<(), Problem> {
    let model =
        model(json).map_err(|error| Problem::with_source("its `requestBody` is none", error))?;
    let required = model.required.unwrap_or(false);
    let kinds: Vec<&str> = model.content.keys().map(String::as_str).collect();
    let Some((media_type, encoding)) = writable(&kinds) else {
        return match required {
            true => Err(unwritable(&kinds)),
            false => Ok(()),
        };
    };
    let anything = json!({});
    let schema = json["content"][media_type].get("schema");
    let schema = schema.unwrap_or(&anything);
    let schema = schemas.root(schema)?;
    let arguments = arguments(schema, encoding, required, names)?;
    route.arguments.extend(arguments);
    route.body = Some(Body {
        encoding,
        media_type: HeaderValue::try_from(sent(media_type)).map_err(|error| {
            Problem::with_source(format!("`{media_type}` is no media type"), error)
        })?,
        required,
    });
    Ok(())
}

/// Reads the body into the model, its media types without their schemas.
fn model(json: &Value) -> Result<Model, serde_json::Error> {
    let mut bare = json.clone();
    for media in bare["content"].as_object_mut().into_iter().flatten() {
        *media.1 = json!({});
    }
    read(&bare, &["description", "content", "required"])
}

/// Chooses what the body is written as: JSON, else a form.
fn writable<'a>(kinds: &[&'a str]) -> Option<(&'a str, Encoding)> {
    let find = |fits: fn(&str) -> bool| {
        let mut kinds = kinds.iter().copied();
        kinds.find(|kind| fits(kind.split(';').next().unwrap_or(kind).trim()))
    };
    let json = find(|kind| kind == "application/json")
        .or_else(|| find(|kind| kind.ends_with("+json")))
        .or_else(|| find(|kind| kind == "*/*" || kind == "application/*"));
    let form = || find(|kind| kind == "application/x-www-form-urlencoded");
    json.map(|kind| (kind, Encoding::Json))
        .or_else(|| form().map(|kind| (kind, Encoding::Form)))
}

/// A range of media types is no type to send.
fn sent(media_type: &str) -> &str {
    match media_type.contains('*') {
        true => "application/json",
        false => media_type,
    }
}

fn unwritable(kinds: &[&str]) -> Problem {
    let kinds: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    Problem::from(format!(
        "it wants a body of {}, and only JSON and forms can be written; leave it out with `except`",
        kinds.join(" or ")
    ))
}

fn arguments(
    schema: Value,
    encoding: Encoding,
    required: bool,
    names: &mut BTreeSet<String>,
) -> Result<Vec<Argument>, Problem> {
    if merge::is_plain(&schema) {
        let members = merge::members(&schema, Place::Body);
        let free = members.iter().all(|member| !names.contains(&member.name));
        // Members that are only required once there is a body cannot stand by themselves.
        let together = !required && members.iter().any(|member| member.required);
        if encoding == Encoding::Form || (free && !together) {
            return distinct(members, names);
        }
    }
    if encoding == Encoding::Form {
        return Err(Problem::from(
            "its form is no plain object with `properties`; leave it out with `except`".to_owned(),
        ));
    }
    Ok(vec![Argument {
        name: name::of_argument(WHOLE_BODY, "request", names),
        schema,
        required,
        target: Target {
            place: Place::WholeBody,
            name: WHOLE_BODY.to_owned(),
            style: Style::default(),
        },
    }])
}

/// Gives the members names that no parameter has. A form has no other way.
fn distinct(
    mut members: Vec<Argument>,
    names: &mut BTreeSet<String>,
) -> Result<Vec<Argument>, Problem> {
    for member in &mut members {
        if !names.insert(member.name.clone()) {
            member.name = name::of_argument(&member.name, "body", names);
        }
    }
    Ok(members)
}
