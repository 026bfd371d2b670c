//! What an operation answers: the schema of its structured content.

use http::Method;
use serde_json::{Value, json};

use super::{
    Budget, Problem,
    document::{Document, Found},
    schemas::{Schemas, Side},
};

/// Returns the output schema, when every answer of success is JSON with a schema.
///
/// A tool with an output schema has to keep to it. One that is too large to be
/// shown is left out: the tool works without.
pub(super) fn schema(
    document: &Document,
    found: &Found<'_>,
    budget: &mut Budget,
) -> Result<Option<Value>, Problem> {
    let Some(answers) = answers(document, found)? else {
        return Ok(None);
    };
    let mut schemas = Schemas::new(document, Side::Response, budget);
    match whole(&answers, &mut schemas) {
        Err(_) if schemas.is_spent() => Ok(None),
        schema => schema.map(Some),
    }
}

fn whole(answers: &[&Value], schemas: &mut Schemas<'_>) -> Result<Value, Problem> {
    let mut schema = match answers {
        [only] => schemas.root(only)?,
        several => {
            let branches = several.iter().map(|answer| schemas.inner(answer));
            json!({"anyOf": branches.collect::<Result<Vec<_>, _>>()?})
        }
    };
    let definitions = schemas.definitions()?;
    if let (Value::Object(schema), false) = (&mut schema, definitions.is_empty()) {
        schema.insert("$defs".to_owned(), definitions.into());
    }
    Ok(schema)
}

/// Returns the different schemas of success; none when an answer has no schema.
fn answers<'a>(
    document: &'a Document,
    found: &Found<'a>,
) -> Result<Option<Vec<&'a Value>>, Problem> {
    let responses = found.json["responses"].as_object().into_iter().flatten();
    let mut answers: Vec<&Value> = Vec::new();
    for (_, response) in responses.filter(|(status, _)| status.starts_with('2')) {
        let response = document.follow(response)?;
        match json_schema(response) {
            Some(schema) if !answers.contains(&schema) => answers.push(schema),
            Some(_) => {}
            None => return Ok(None),
        }
    }
    let told = !answers.is_empty() && *found.operation.method() != Method::HEAD;
    Ok(told.then_some(answers))
}

/// Returns the schema of a response that is always JSON.
fn json_schema(response: &Value) -> Option<&Value> {
    let content = response["content"].as_object()?;
    let is_json = |kind: &str| {
        let kind = kind.split(';').next().unwrap_or(kind).trim();
        kind == "application/json" || kind.ends_with("+json")
    };
    let mut kinds = content.iter().filter(|(kind, _)| is_json(kind));
    let schema = kinds.next()?.1.get("schema")?;
    let says_something = schema.as_object().is_some_and(|schema| !schema.is_empty());
    says_something.then_some(schema)
}
