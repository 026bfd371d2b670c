//! JSON text that was admitted and not yet read.

use std::{borrow::Cow, fmt};

use bytes::Bytes;
use serde::de::DeserializeOwned;

/// A JSON value as the client spelled it, sharing the memory of the request.
///
/// It has passed admission: well-formed, bounded depth, no duplicate keys.
#[derive(Clone)]
pub struct RawJson(Bytes);

impl RawJson {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> Cow<'_, str> {
        // Admitted text is UTF-8, so this borrows.
        String::from_utf8_lossy(&self.0)
    }

    /// Returns the value in memory of its own.
    pub(crate) fn detached(&self) -> Self {
        Self(Bytes::copy_from_slice(&self.0))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads the text as a `T`.
    ///
    /// # Errors
    ///
    /// When the text does not fit `T`.
    pub fn parse<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.0)
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawJson").field(&self.as_str()).finish()
    }
}
