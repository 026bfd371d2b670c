//! Every way a handler can end without a result.

use std::fmt;

use crate::{
    error::{BoxError, Chain},
    peer::{AskError, InputRequired, seal::random_bytes},
    principal::{InsufficientScope, Refusal},
    protocol::{ErrorObject, code},
};

use super::Rejection;

/// A handler's end without a result.
#[derive(Debug)]
pub(crate) enum Fault {
    /// An error of the protocol.
    Protocol(ErrorObject),
    /// The input does not fit; the text says which part and why.
    Arguments(String),
    /// What was asked for does not exist.
    NotFound,
    /// A text that is meant for the other end.
    Told(String),
    /// An error that only the log may see.
    Masked(BoxError),
    /// The HTTP request is turned away.
    Refused(Refusal),
    /// The client is asked for input first.
    InputRequired(Box<InputRequired>),
}

impl Fault {
    /// An error of ours that only the log may see.
    pub(crate) fn masked(message: impl Into<String>) -> Self {
        Self::Masked(message.into().into())
    }

    /// Finds the protocol's meaning of an error anywhere in its chain of causes.
    pub(crate) fn from_error(error: BoxError) -> Self {
        let error = match error.downcast::<Rejection>() {
            Ok(rejection) => return (*rejection).into(),
            Err(error) => error,
        };
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&*error);
        while let Some(current) = cause {
            if let Some(AskError::MissingCapability { required }) = current.downcast_ref() {
                return Self::Protocol(missing_capability(required));
            }
            if let Some(unsupported @ AskError::Unsupported { .. }) = current.downcast_ref() {
                // No client of that revision has it: as if this one had not declared it.
                let error =
                    ErrorObject::new(code::MISSING_CLIENT_CAPABILITY, unsupported.to_string());
                return Self::Protocol(error);
            }
            if let Some(asked) = current.downcast_ref::<AskError>() {
                if asked.is_the_clients() {
                    return Self::Told(asked.to_string());
                }
            }
            if let Some(lacking) = current.downcast_ref::<InsufficientScope>() {
                return Self::Refused(lacking.refusal.clone());
            }
            if let Some(object) = current.downcast_ref::<ErrorObject>() {
                return Self::Protocol(object.clone());
            }
            cause = current.source();
        }
        Self::Masked(error)
    }

    /// Logs a masked error and returns what the client may read of it.
    pub(crate) fn mask(error: &BoxError, what: &str, expose: bool) -> String {
        let id = correlation_id();
        tracing::error!(
            error.id = %id,
            error.message = %Chain(&**error),
            "{what} failed"
        );
        if expose {
            return format!("{what} failed: {}", Chain(&**error));
        }
        format!("{what} failed; the server's log has the reason under {id}")
    }
}

/// -32021: the data is a capabilities object, not a list (2026-07-28 schema).
fn missing_capability(required: &serde_json::Value) -> ErrorObject {
    let message = format!("the request needs a capability the client did not declare: {required}");
    ErrorObject::new(code::MISSING_CLIENT_CAPABILITY, message)
        .data(serde_json::json!({"requiredCapabilities": required}))
}

/// Returns a random id that ties an answer to its line in the log.
pub(crate) fn correlation_id() -> String {
    let mut bytes = [0; 8];
    random_bytes(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(error) => write!(f, "{error}"),
            Self::Arguments(why) => write!(f, "invalid arguments: {why}"),
            Self::NotFound => f.write_str("not found"),
            Self::Told(text) => f.write_str(text),
            Self::Masked(error) => write!(f, "{error}"),
            Self::Refused(refusal) => write!(f, "refused with {}", refusal.status()),
            Self::InputRequired(_) => f.write_str("input required"),
        }
    }
}
