//! What an operation takes: parameters and body as the arguments of a route.

mod body;
mod parameters;

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    Budget, Problem, RouteTool,
    document::{self, Document, Found},
    name,
    schemas::{Schemas, Side},
};

/// Adds what an operation takes to its route.
pub(super) fn add(
    route: &mut RouteTool,
    document: &Document,
    found: &Found<'_>,
    budget: &mut Budget,
) -> Result<(), Problem> {
    let mut schemas = Schemas::new(document, Side::Request, budget);
    let mut names = BTreeSet::new();
    for parameter in parameters::all(document, found)? {
        if let Some(argument) = parameter.argument(&route.forward, &mut schemas, &mut names)? {
            route.arguments.push(argument);
        }
    }
    let body = &found.json["requestBody"];
    if *body != Value::Null {
        body::add(route, document.follow(body)?, &mut schemas, &mut names)?;
    }
    route.definitions.extend(schemas.definitions()?);
    Ok(())
}
