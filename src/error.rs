//! The error of the embedding program: one opaque pointer.

use std::{error::Error as StdError, fmt};

/// Any error, boxed: what handlers and hooks may return.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// An error that the embedding program gets to see, never the client.
///
/// Its `Display` speaks of this level only; the cause is in
/// [`source`](StdError::source).
pub struct Error(Box<Inner>);

struct Inner {
    message: String,
    source: Option<BoxError>,
}

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            message: message.into(),
            source: None,
        }))
    }

    pub(crate) fn with_source(message: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self(Box::new(Inner {
            message: message.into(),
            source: Some(source.into()),
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("message", &self.0.message)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.0.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

/// An error with its chain of causes on one line, for the log.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

/// Returns the value, or panics at the caller's line: a mistake made while building.
///
/// # Panics
///
/// With what was being built and the error.
#[track_caller]
pub(crate) fn or_panic<T, E: fmt::Display>(built: Result<T, E>, what: impl fmt::Display) -> T {
    match built {
        Ok(value) => value,
        Err(error) => panic!("{what}: {error}"),
    }
}
