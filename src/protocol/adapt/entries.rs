//! What lists and `initialize` say of a server, in older revisions.

use serde_json::{Value, json};

use crate::protocol::{
    Implementation, PromptArgument, PromptEntry, ResourceCommon, ServerCapabilities, ToolEntry,
    dialect::{Dialect, Structured},
};

use super::{Adapt, adapt_all, content::adapt_annotations, keep};

impl Adapt for ToolEntry {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.titles, &mut self.title);
        keep(dialect.icons, &mut self.icons);
        keep(dialect.tool_annotations, &mut self.annotations);
        keep(dialect.metas, &mut self.meta);
        let fits = |schema: &Value| dialect.structured.declares(schema);
        self.output_schema = self.output_schema.take().filter(fits);
        if !dialect.boolean_schemas {
            let output = self.output_schema.as_mut();
            output.into_iter().for_each(spell_out);
            spell_out(&mut self.input_schema);
        }
    }
}

impl Structured {
    /// Whether a schema of structured content can be declared.
    fn declares(self, schema: &Value) -> bool {
        match self {
            Self::None => false,
            Self::Objects => schema["type"] == "object",
            Self::Any => true,
        }
    }
}

/// Replaces boolean schemas of properties by objects that say the same.
///
/// Before 2026-07-28 the schema of a property is an object, and clients read it as one.
fn spell_out(schema: &mut Value) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    for property in properties.values_mut() {
        match property {
            Value::Bool(true) => *property = json!({}),
            Value::Bool(false) => *property = json!({"not": {}}),
            _ => {}
        }
    }
}

impl Adapt for ResourceCommon {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.titles, &mut self.title);
        keep(dialect.icons, &mut self.icons);
        keep(dialect.metas, &mut self.meta);
        adapt_annotations(&mut self.annotations, dialect);
    }
}

impl Adapt for PromptEntry {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.titles, &mut self.title);
        keep(dialect.icons, &mut self.icons);
        keep(dialect.metas, &mut self.meta);
        adapt_all(&mut self.arguments, dialect);
    }
}

impl Adapt for PromptArgument {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.titles, &mut self.title);
    }
}

impl Adapt for Implementation {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.titles, &mut self.title);
        keep(dialect.profiles, &mut self.description);
        keep(dialect.profiles, &mut self.icons);
        keep(dialect.profiles, &mut self.website_url);
    }
}

impl Adapt for ServerCapabilities {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.completions, &mut self.completions);
    }
}
