//! What stands in for the check of keywords when feature `schema-validation` is off.

use serde_json::Value;

/// A schema that is left to the handler's own types.
#[derive(Clone, Debug)]
pub(crate) struct Validator;

impl Validator {
    pub(crate) fn new(_schema: &Value) -> Result<Self, String> {
        Ok(Self)
    }

    #[expect(clippy::unused_self, reason = "the same shape as with the feature")]
    pub(crate) fn check(&self, _arguments: Option<&str>) -> Result<(), String> {
        Ok(())
    }

    #[expect(clippy::unused_self, reason = "the same shape as with the feature")]
    pub(crate) fn check_value(&self, _value: &Value) -> Result<(), String> {
        Ok(())
    }
}
