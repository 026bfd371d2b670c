//! The errors of layers that say: not now.

use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use tower::{load_shed::error::Overloaded, timeout::error::Elapsed};

use crate::{error::BoxError, principal::Refusal};

/// Why a layer of the host's let nothing through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overload {
    /// There is no room right now.
    Shed,
    /// It took too long.
    Elapsed,
}

impl Overload {
    /// Finds tower's own meaning of an error, anywhere in its chain of causes.
    pub(crate) fn of(error: &BoxError) -> Option<Self> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&**error);
        while let Some(current) = cause {
            if current.is::<Overloaded>() {
                return Some(Self::Shed);
            }
            if current.is::<Elapsed>() {
                return Some(Self::Elapsed);
            }
            cause = current.source();
        }
        None
    }

    /// Returns how the HTTP request is turned away.
    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Self::Shed => Refusal::new(StatusCode::SERVICE_UNAVAILABLE)
                .header(RETRY_AFTER, HeaderValue::from_static("1"))
                .message("too much is going on; try again"),
            Self::Elapsed => Refusal::new(StatusCode::REQUEST_TIMEOUT).message(TOO_LONG),
        }
    }
}

/// What is told of a request that ran out of its time.
pub(crate) const TOO_LONG: &str = "the request took too long";
