//! Checks arguments against the keywords of a tool's schema.
//!
//! References to other documents are not followed, and patterns run on an engine
//! of linear time. A schema whose references branch can still cost much: schemas
//! are written by the server's author, never by a client.

use std::{fmt, sync::Arc};

use jsonschema::PatternOptions;
use serde_json::{Value, json};

/// The most a message repeats of what did not fit.
const SHOWN: usize = 256;

/// A schema, compiled.
#[derive(Clone)]
pub(crate) struct Validator(Arc<jsonschema::Validator>);

impl Validator {
    /// Compiles a schema.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
        let compiled = options.build(schema);
        let compiled =
            compiled.map_err(|error| format!("the schema cannot be compiled: {error}"))?;
        Ok(Self(Arc::new(compiled)))
    }

    /// Returns what the first of the arguments that do not fit breaks.
    pub(crate) fn check(&self, arguments: Option<&str>) -> Result<(), String> {
        let arguments: Value = match arguments {
            Some(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
            None => json!({}),
        };
        self.check_value(&arguments)
    }

    /// Returns what the first part of a value that does not fit breaks.
    pub(crate) fn check_value(&self, value: &Value) -> Result<(), String> {
        let Err(error) = self.0.validate(value) else {
            return Ok(());
        };
        let place = error.instance_path().to_string();
        let what: String = error.to_string().chars().take(SHOWN).collect();
        if place.is_empty() {
            return Err(what);
        }
        let place: String = place.chars().skip(1).take(SHOWN).collect();
        Err(format!("`{place}`: {what}"))
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").finish_non_exhaustive()
    }
}
