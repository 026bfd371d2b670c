//! What a tool may return.

use std::borrow::Cow;

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    peer::InputRequired,
    protocol::{CallToolResult, ContentBlock},
    schema,
};

use super::ToolError;

/// What a tool may return; see the table of the [module docs](super).
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "not a tool's result",
    note = "return text, `Json<T>`, content blocks, `CallToolResult`, or a `Result` of one of those"
)]
pub trait IntoToolResult {
    /// Turns the value into the result of a call.
    ///
    /// # Errors
    ///
    /// The tool's own failure.
    fn into_tool_result(self) -> Result<CallToolResult, ToolError>;

    /// Returns the schema of the structured content, if there is any.
    #[must_use]
    fn output_schema() -> Option<Value> {
        None
    }
}

impl IntoToolResult for CallToolResult {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(self)
    }
}

impl IntoToolResult for () {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::default())
    }
}

impl IntoToolResult for String {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::text(self))
    }
}

impl IntoToolResult for &'static str {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::text(self))
    }
}

impl IntoToolResult for Cow<'static, str> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::text(self))
    }
}

impl IntoToolResult for ContentBlock {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::new([self]))
    }
}

impl<T: Into<ContentBlock>> IntoToolResult for Vec<T> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Ok(CallToolResult::new(self))
    }
}

impl<T: Serialize + JsonSchema> IntoToolResult for Json<T> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        CallToolResult::json(&self.0).map_err(ToolError::from)
    }

    fn output_schema() -> Option<Value> {
        schema::output_schema::<T>()
    }
}

impl IntoToolResult for InputRequired {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        Err(self.into())
    }
}

impl<T: IntoToolResult, E: Into<ToolError>> IntoToolResult for Result<T, E> {
    fn into_tool_result(self) -> Result<CallToolResult, ToolError> {
        self.map_err(Into::into)?.into_tool_result()
    }

    fn output_schema() -> Option<Value> {
        T::output_schema()
    }
}
