//! Why a body is refused before it is parsed.

use std::{error::Error, fmt};

use super::{Span, keys::RESERVED_PREFIX, walk::MAX_DEPTH};

/// A body that is not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScanError {
    /// The body is not one JSON value.
    Syntax {
        /// What would have been right.
        expected: &'static str,
        /// The byte at which the grammar was broken.
        at: usize,
    },
    /// Objects and arrays nest deeper than is read.
    TooDeep,
    /// The body is longer than offsets reach, 4 GiB.
    TooLong,
    /// The root array has more elements than the caller takes.
    TooManyElements {
        /// How many it takes.
        limit: usize,
    },
    /// An object, at any depth, has the same key twice.
    DuplicateKey {
        /// The key unescaped, cut to 64 characters.
        key: String,
        /// The root's `id` when it has exactly one, to be echoed.
        id: Option<Span>,
    },
    /// A key, at any depth, has a private meaning to the JSON library.
    ReservedKey {
        /// The root's `id` when it has exactly one, to be echoed.
        id: Option<Span>,
    },
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { expected, at } => {
                write!(f, "body is not JSON; expected {expected} at byte {at}")
            }
            Self::TooDeep => write!(f, "body nests too deep; keep to {MAX_DEPTH} levels"),
            Self::TooLong => f.write_str("body is too long; keep below 4 GiB"),
            Self::TooManyElements { limit } => {
                write!(f, "batch is too long; keep to {limit} messages")
            }
            // The key is the peer's text: escaped, so that it cannot forge lines of a log.
            Self::DuplicateKey { key, .. } => {
                write!(
                    f,
                    "key `{}` appears twice in one object; send it once",
                    key.escape_debug()
                )
            }
            Self::ReservedKey { .. } => {
                write!(f, "a key starts with `{RESERVED_PREFIX}`; use another name")
            }
        }
    }
}

impl Error for ScanError {}
