//! What a resource may return.

use axum::Json;
use bytes::Bytes;
use serde::Serialize;

use crate::{
    peer::InputRequired,
    protocol::{ReadResourceResult, ResourceContents},
};

use super::ResourceError;

/// What a resource may return; see the table of the [module docs](super).
#[diagnostic::on_unimplemented(
    message = "a resource cannot return `{Self}`",
    label = "not a resource's result",
    note = "return text, bytes, `Json<T>`, `ResourceContents`, or a `Result` of one of those"
)]
pub trait IntoResourceResult {
    /// Turns the value into the result of reading `uri`.
    ///
    /// # Errors
    ///
    /// The resource's own failure.
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError>;
}

impl IntoResourceResult for ReadResourceResult {
    fn into_resource_result(self, _uri: &str) -> Result<ReadResourceResult, ResourceError> {
        Ok(self)
    }
}

impl IntoResourceResult for ResourceContents {
    fn into_resource_result(self, _uri: &str) -> Result<ReadResourceResult, ResourceError> {
        Ok(ReadResourceResult::new([self]))
    }
}

impl IntoResourceResult for Vec<ResourceContents> {
    fn into_resource_result(self, _uri: &str) -> Result<ReadResourceResult, ResourceError> {
        Ok(ReadResourceResult::new(self))
    }
}

impl IntoResourceResult for String {
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError> {
        ResourceContents::text(uri, self).into_resource_result(uri)
    }
}

impl IntoResourceResult for &'static str {
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError> {
        ResourceContents::text(uri, self).into_resource_result(uri)
    }
}

impl IntoResourceResult for Vec<u8> {
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError> {
        ResourceContents::blob(uri, self).into_resource_result(uri)
    }
}

impl IntoResourceResult for Bytes {
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError> {
        ResourceContents::blob(uri, self).into_resource_result(uri)
    }
}

impl<T: Serialize> IntoResourceResult for Json<T> {
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError> {
        let text = serde_json::to_string(&self.0)?;
        let contents = ResourceContents::text(uri, text).mime_type("application/json");
        contents.into_resource_result(uri)
    }
}

impl<T: IntoResourceResult> IntoResourceResult for Option<T> {
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError> {
        self.ok_or_else(ResourceError::not_found)?
            .into_resource_result(uri)
    }
}

impl IntoResourceResult for InputRequired {
    fn into_resource_result(self, _uri: &str) -> Result<ReadResourceResult, ResourceError> {
        Err(self.into())
    }
}

impl<T: IntoResourceResult, E: Into<ResourceError>> IntoResourceResult for Result<T, E> {
    fn into_resource_result(self, uri: &str) -> Result<ReadResourceResult, ResourceError> {
        self.map_err(Into::into)?.into_resource_result(uri)
    }
}
