//! JSON Schemas of inputs, outputs and forms.

mod form;
mod generate;
mod name;
mod param_headers;
#[cfg_attr(not(feature = "schema-validation"), path = "no_validation.rs")]
mod validation;

use serde_json::{Value, json};

pub(crate) use self::{
    form::form_schema,
    generate::{
        DATA, NAMED, SchemaError, any_input_schema, check_root, description, input_schema,
        output_schema,
    },
    name::check_name,
    param_headers::{ParamHeaders, inline_header_paths},
    validation::Validator,
};

/// The schema of a tool without input (2025-11-25 server/tools: recommended form).
pub(crate) fn no_input() -> Value {
    json!({"type": "object", "additionalProperties": false})
}

/// A field of an object's schema.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) required: bool,
}

/// Returns the fields of an object's schema, required ones first where the schema names them.
pub(crate) fn fields(schema: &Value) -> Vec<Field> {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let Some(properties) = schema["properties"].as_object() else {
        return Vec::new();
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut fields: Vec<Field> = properties
        .iter()
        .map(|(name, property)| Field {
            name: name.clone(),
            title: text(&property["title"]),
            description: text(&property["description"]),
            required: required.contains(&name.as_str()),
        })
        .collect();
    fields.sort_by_key(|field| {
        required
            .iter()
            .position(|name| *name == field.name)
            .unwrap_or(usize::MAX)
    });
    fields
}
