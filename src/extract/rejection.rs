//! Why an extractor could not produce its argument.

use std::fmt;

use crate::{error::BoxError, principal::Refusal, protocol::ErrorObject};

use super::Fault;

/// The failure of an extractor.
#[derive(Debug)]
pub struct Rejection {
    fault: Fault,
    absent: bool,
}

impl Rejection {
    /// Creates the rejection of an input that does not fit; the message is told.
    pub fn invalid(message: impl Into<String>) -> Self {
        Fault::Arguments(message.into()).into()
    }

    /// Creates a rejection with an error of the protocol.
    #[must_use]
    pub fn error(error: ErrorObject) -> Self {
        Fault::Protocol(error).into()
    }

    /// Creates a rejection that turns the HTTP request away, while nothing was sent.
    #[must_use]
    pub fn refuse(refusal: Refusal) -> Self {
        Fault::Refused(refusal).into()
    }

    /// Creates a rejection whose reason is logged and kept from the client.
    pub fn internal(error: impl Into<BoxError>) -> Self {
        Fault::Masked(error.into()).into()
    }

    /// The rejection of something that is not there, which `Option` takes as `None`.
    pub(crate) fn absent(fault: Fault) -> Self {
        Self {
            fault,
            absent: true,
        }
    }

    pub(crate) fn is_absence(&self) -> bool {
        self.absent
    }
}

impl From<Fault> for Rejection {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            absent: false,
        }
    }
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        rejection.fault
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fault, f)
    }
}

impl std::error::Error for Rejection {}
