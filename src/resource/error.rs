//! The failure of reading a resource.

use std::fmt;

use crate::{error::BoxError, extract::Fault, peer::InputRequired, protocol::ErrorObject};

/// The failure of reading a resource.
///
/// [`not_found`](Self::not_found) is answered as every revision wants it;
/// [`new`](Self::new) is told as written; any other error that `?` carries is
/// logged and masked.
#[must_use]
pub struct ResourceError(Fault);

impl ResourceError {
    /// Creates the error of a resource that does not exist.
    pub fn not_found() -> Self {
        Self(Fault::NotFound)
    }

    /// Creates an error whose text the client reads.
    pub fn new(text: impl fmt::Display) -> Self {
        Self(Fault::Told(text.to_string()))
    }

    /// Creates an error of the protocol.
    pub fn protocol(error: ErrorObject) -> Self {
        Self(Fault::Protocol(error))
    }

    pub(super) fn into_fault(self) -> Fault {
        self.0
    }
}

impl<E: Into<BoxError>> From<E> for ResourceError {
    fn from(error: E) -> Self {
        Self(Fault::from_error(error.into()))
    }
}

impl From<InputRequired> for ResourceError {
    fn from(required: InputRequired) -> Self {
        Self(Fault::InputRequired(Box::new(required)))
    }
}

impl fmt::Debug for ResourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResourceError").field(&self.0).finish()
    }
}
