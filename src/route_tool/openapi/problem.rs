//! Why an operation cannot become a tool.

use std::fmt;

use crate::error::{BoxError, Error};

/// Why an operation cannot become a tool.
#[derive(Debug)]
pub(super) struct Problem {
    why: String,
    source: Option<BoxError>,
}

impl Problem {
    pub(super) fn with_source(why: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self {
            why: why.into(),
            source: Some(source.into()),
        }
    }

    /// Names the operation, or the path.
    pub(super) fn at(self, place: impl fmt::Display) -> Error {
        let message = format!("`{place}`: {}", self.why);
        match self.source {
            Some(source) => Error::with_source(message, source),
            None => Error::new(message),
        }
    }
}

impl From<String> for Problem {
    fn from(why: String) -> Self {
        Self { why, source: None }
    }
}
