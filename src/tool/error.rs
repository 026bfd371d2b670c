//! The failure of a tool.

use std::fmt;

use crate::{
    error::BoxError,
    extract::{Fault, Rejection},
    peer::InputRequired,
    principal::Refusal,
    protocol::ErrorObject,
};

/// The failure of a tool.
///
/// [`ToolError::new`] is told to the model as written. Any other error that `?`
/// turns into a `ToolError` is logged with its causes, and the client reads only
/// an id that the log line carries too.
///
/// # Examples
///
/// ```
/// use mcp_axum::ToolError;
///
/// async fn age(born: &str) -> Result<String, ToolError> {
///     let year: i32 = born.parse().map_err(ToolError::new)?; // told
///     let text = std::fs::read_to_string("/etc/hostname")?;  // logged, masked
///     Ok(format!("{year} {text}"))
/// }
/// ```
///
/// It is no [`std::error::Error`] itself, so that `?` can take every error.
#[must_use]
pub struct ToolError(Fault);

impl ToolError {
    /// Creates an error whose text the model reads.
    pub fn new(text: impl fmt::Display) -> Self {
        Self(Fault::Told(text.to_string()))
    }

    /// Creates an error of the protocol, in place of a tool result.
    pub fn protocol(error: ErrorObject) -> Self {
        Self(Fault::Protocol(error))
    }

    /// Turns the HTTP request away, as long as nothing was sent.
    pub fn refuse(refusal: Refusal) -> Self {
        Self(Fault::Refused(refusal))
    }

    pub(crate) fn into_fault(self) -> Fault {
        self.0
    }
}

impl<E: Into<BoxError>> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self(Fault::from_error(error.into()))
    }
}

impl From<InputRequired> for ToolError {
    fn from(required: InputRequired) -> Self {
        Self(Fault::InputRequired(Box::new(required)))
    }
}

impl From<ToolError> for Rejection {
    fn from(error: ToolError) -> Self {
        error.0.into()
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ToolError").field(&self.0).finish()
    }
}
