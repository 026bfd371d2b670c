//! JSON text that was admitted and not yet read.

use std::fmt;

use bytestring::ByteString;
use serde::de::DeserializeOwned;

/// A JSON value as the client spelled it, sharing the memory of the request.
///
/// It has passed admission: well-formed, bounded depth, no duplicate keys.
#[derive(Clone)]
pub struct RawJson(ByteString);

impl RawJson {
    pub(crate) fn new(text: ByteString) -> Self {
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the value in memory of its own.
    pub(crate) fn detached(&self) -> Self {
        Self(ByteString::from(self.as_str()))
    }

    /// Reads the text as a `T`.
    ///
    /// # Errors
    ///
    /// When the text does not fit `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.0)
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawJson").field(&self.as_str()).finish()
    }
}
