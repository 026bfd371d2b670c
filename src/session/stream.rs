//! What a stream of a session gives to whoever reads it.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use crate::store::Event;

/// A stream of a session, for the one that reads it at a time.
pub(crate) trait Stream: Send + Sync {
    /// Returns the number in front of the stream's event ids.
    fn number(&self) -> u64;

    /// Takes everything that waits for this reader; wakes its task when something comes.
    fn poll_read(&self, cx: &Context<'_>, reader: Reader) -> Poll<Taken>;

    /// Learns that this reader has left.
    fn leave(&self, reader: Reader);
}

/// Tells one reader of a stream from those before and after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reader(pub(super) u64);

/// What a reader finds.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) events: Vec<Event>,
    /// How the stream ends behind these events, if it does.
    pub(crate) ending: Option<Ending>,
}

/// How a stream ends for its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Everything was said.
    Finished,
    /// More comes: come back after this time.
    HangUp(Duration),
    /// Another reader took over.
    Replaced,
    /// The service goes down.
    Draining,
}
