//! One stream of the log in memory.

use std::{collections::VecDeque, mem};

use bytes::Bytes;
use tokio::time::Instant;

use crate::store::event_log::{Event, EventLogError};

use super::EventLogLimits;

/// What a stream takes up beside its messages, its places in the maps included.
const STREAM: usize = 512;
/// What a message takes up beside its bytes.
const MESSAGE: usize = 128;

/// What is known of a stream.
pub(super) struct Stream {
    pub(super) rank: Rank,
    /// When it was opened or last appended to.
    touched: Instant,
    /// The sequence number that comes next.
    next: u64,
    /// The newest messages, up to the one before `next`.
    messages: VecDeque<Bytes>,
    /// The length of all messages.
    bytes: usize,
}

/// The place of a stream among those that give way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    pub(super) standing: Standing,
    /// When it was touched, as a count: no two are equal.
    pub(super) tick: u64,
}

/// How far a stream has come; those further up give way first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// It has had its last event.
    Ended,
    /// It has not, but its events got too old; only its place is known.
    Quiet,
    /// It speaks.
    Open,
}

/// What time does to a stream.
#[derive(PartialEq, Eq)]
pub(super) enum Fate {
    Kept,
    Quieted,
    Dropped,
}

impl Stream {
    /// Creates a stream on which nothing was said.
    pub(super) fn new(rank: Rank, now: Instant) -> Self {
        Self {
            rank,
            touched: now,
            next: 1,
            messages: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Checks that an event is the next one.
    pub(super) fn admits(&self, event: &Event) -> Result<(), EventLogError> {
        if self.rank.standing == Standing::Ended {
            return Err(EventLogError::Ended);
        }
        if event.seq != self.next {
            let expected = self.next;
            return Err(EventLogError::OutOfOrder { expected });
        }
        Ok(())
    }

    /// Adds a message; the oldest give way, and so may this one.
    pub(super) fn push(&mut self, message: Bytes, limits: EventLogLimits, now: Instant) {
        self.touched = now;
        self.next += 1;
        self.bytes += message.len();
        self.messages.push_back(message);
        while self.messages.len() > limits.events
            || self.bytes > limits.bytes
            || self.size() > limits.total
        {
            let Some(oldest) = self.messages.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
        }
        // Many small messages may have given way to a large one.
        if self.messages.capacity() > 4 * self.messages.len() {
            self.messages.shrink_to(2 * self.messages.len());
        }
    }

    /// Returns what was said after an event, unless some of it is missing.
    pub(super) fn after(&self, seq: u64) -> Option<Vec<Event>> {
        let newest = self.next - 1;
        let wanted = usize::try_from(newest.checked_sub(seq)?).ok()?;
        let skipped = self.messages.len().checked_sub(wanted)?;
        let messages = self.messages.iter().skip(skipped);
        let ended = self.rank.standing == Standing::Ended;
        let events = (seq + 1..).zip(messages).map(|(seq, message)| Event {
            seq,
            message: message.clone(),
            last: ended && seq == newest,
        });
        Some(events.collect())
    }

    /// Takes all messages away; the stream goes on from its place.
    pub(super) fn quiet(&mut self) -> VecDeque<Bytes> {
        self.rank.standing = Standing::Quiet;
        self.bytes = 0;
        mem::take(&mut self.messages)
    }

    /// Gives up the stream for its messages.
    pub(super) fn into_messages(self) -> VecDeque<Bytes> {
        self.messages
    }

    /// Returns what is due to it now.
    pub(super) fn fate(&self, limits: EventLogLimits, now: Instant) -> Fate {
        let silent = now.saturating_duration_since(self.touched);
        match self.rank.standing {
            Standing::Ended if silent >= limits.life => Fate::Dropped,
            Standing::Quiet | Standing::Open if silent >= limits.silence => Fate::Dropped,
            Standing::Open if silent >= limits.life => Fate::Quieted,
            Standing::Ended | Standing::Quiet | Standing::Open => Fate::Kept,
        }
    }

    /// Returns what it takes up.
    pub(super) fn size(&self) -> usize {
        STREAM + MESSAGE * self.messages.len() + self.bytes
    }
}

#[cfg(test)]
impl Stream {
    /// Checks the figure kept along the way, and returns the room of the queue.
    pub(super) fn check(&self) -> usize {
        let bytes: usize = self.messages.iter().map(Bytes::len).sum();
        assert_eq!(self.bytes, bytes);
        self.messages.capacity()
    }
}
