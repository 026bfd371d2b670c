//! Questions that a handler asks while it runs.
//!
//! One call for both eras: where the client holds a session the question goes out
//! and the call waits; where it holds none the request ends with the question and
//! comes back with the answer.

use std::{collections::BTreeMap, fmt, task::Context};

use serde_json::Value;

use crate::{
    error::Error,
    protocol::{InputRequest, RawJson, Revision},
};

use super::{InputRequired, live::Live, outbox::Outbox, replay::Replay};

/// Why a question was not answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum AskError {
    /// The client did not declare what the question needs; nothing was sent.
    MissingCapability {
        /// The declaration that would have allowed it.
        required: Value,
    },
    /// This kind of request cannot ask: only tools, prompts and resources can.
    NotHere,
    /// Two different questions of one request share a key.
    DuplicateKey(String),
    /// The type of the answer cannot be asked for as a form.
    Form(Error),
    /// The client's revision has no such question; nothing was sent.
    Unsupported {
        /// The revision that the client speaks.
        revision: Revision,
        /// What it lacks.
        what: &'static str,
    },
    /// The client belongs to no session, so nothing can be asked of it.
    NoSession,
    /// No stream leads to the client: it takes none, or has left.
    NoStream,
    /// The client has too many open questions already.
    TooMany,
    /// The client answered with an error.
    Refused {
        /// The code of its error.
        code: i64,
        /// Its message.
        message: String,
    },
    /// The answer does not fit the question.
    Unreadable,
    /// Nobody answered in time; the client was told that the question is off.
    TimedOut,
    /// The request ended while the question was open.
    RequestEnded,
}

impl AskError {
    /// Whether it is the client that could not be asked or did not answer, and may
    /// be told so.
    pub(crate) fn is_the_clients(&self) -> bool {
        match self {
            Self::Unsupported { .. }
            | Self::NoSession
            | Self::NoStream
            | Self::TooMany
            | Self::Refused { .. }
            | Self::Unreadable
            | Self::TimedOut => true,
            Self::MissingCapability { .. }
            | Self::NotHere
            | Self::DuplicateKey(_)
            | Self::Form(_)
            | Self::RequestEnded => false,
        }
    }
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingCapability { required } => {
                write!(f, "the client did not declare the capability {required}")
            }
            Self::NotHere => f.write_str("only tools, prompts and resources can ask the client"),
            Self::DuplicateKey(key) => {
                write!(f, "two questions share the key `{key}`; give each its own")
            }
            Self::Form(_) => f.write_str("the answer's type cannot be asked for as a form"),
            Self::Unsupported { revision, what } => {
                write!(f, "a client of {revision} cannot be asked this: {what}")
            }
            Self::NoSession => f.write_str("the client has no session to be asked in"),
            Self::NoStream => {
                f.write_str("no stream leads to the client: it accepts none, or has left")
            }
            Self::TooMany => f.write_str("the client has too many open questions"),
            Self::Refused { code, message } => {
                write!(f, "the client answered with an error: {message} ({code})")
            }
            Self::Unreadable => f.write_str("the answer does not fit the question"),
            Self::TimedOut => f.write_str("nobody answered the question in time"),
            Self::RequestEnded => f.write_str("the request ended while the question was open"),
        }
    }
}

impl std::error::Error for AskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Form(error) => Some(error),
            Self::MissingCapability { .. }
            | Self::NotHere
            | Self::DuplicateKey(_)
            | Self::Unsupported { .. }
            | Self::NoSession
            | Self::NoStream
            | Self::TooMany
            | Self::Refused { .. }
            | Self::Unreadable
            | Self::TimedOut
            | Self::RequestEnded => None,
        }
    }
}

/// How the questions of one request reach its client.
#[derive(Debug)]
pub(crate) enum Asks {
    /// By ending the request and running it again.
    Replay(Replay),
    /// As requests of ours to the client of a session.
    Live(Live),
}

impl Asks {
    /// Asks, and reads the answer.
    pub(crate) async fn ask<T>(
        &self,
        outbox: &Outbox,
        key: &str,
        request: InputRequest,
        read: impl Fn(&RawJson) -> Option<T>,
    ) -> Result<T, AskError> {
        match self {
            Self::Replay(replay) => replay.ask(key, request, read).await,
            Self::Live(live) => live.ask_until_read(outbox, key, &request, read).await,
        }
    }

    /// Registers the task that runs the handler.
    pub(crate) fn watch(&self, cx: &Context<'_>) {
        if let Self::Replay(replay) = self {
            replay.watch(cx);
        }
    }

    /// Ends the request with the open questions, when that is how they travel.
    pub(crate) fn take_open(&self) -> Option<InputRequired> {
        match self {
            Self::Replay(replay) => replay.take_open(),
            Self::Live(_) => None,
        }
    }

    /// Ends the request; the context tells those who wait for a client's answer.
    pub(crate) fn end(&self) {
        if let Self::Replay(replay) = self {
            replay.end();
        }
    }

    /// Returns the raw answers by key, for a handler that reads them itself.
    pub(crate) fn answers(&self) -> BTreeMap<String, RawJson> {
        match self {
            Self::Replay(replay) => replay.answers(),
            Self::Live(live) => live.answers.clone(),
        }
    }
}
