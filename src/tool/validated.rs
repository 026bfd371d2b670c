//! Checks of keywords for tools with typed input.

use crate::{error::or_panic, schema::Validator};

use super::Tool;

impl<S> Tool<S> {
    /// Checks the arguments against every keyword of the schema, before the handler runs.
    ///
    /// Without it the handler's own types decide; `minimum`, `pattern` and the
    /// like are then for the client to read only. Tools with a schema written by
    /// hand are always checked.
    ///
    /// # Panics
    ///
    /// When the schema cannot be compiled.
    #[track_caller]
    pub fn validated(mut self) -> Self {
        let validator = Validator::new(&self.entry.input_schema);
        let name = &self.entry.name;
        self.validator = Some(or_panic(validator, format_args!("tool `{name}`")));
        self
    }
}
