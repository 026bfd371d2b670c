//! The event log of one process, in its memory.
//!
//! One mutex guards everything, since all streams share one budget. It is held
//! for single steps only, and messages are freed outside of it.

mod limits;
mod stream;

use std::{
    collections::{BTreeMap, VecDeque},
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use tokio::time::Instant;

use crate::error::BoxError;

use super::event_log::{Event, EventLog, EventLogError, Replay, StreamKey};

pub use self::limits::EventLogLimits;
use self::stream::{Fate, Rank, Standing, Stream};

/// How many streams a sweep settles before others get their turn.
const BATCH: usize = 256;

/// An [`EventLog`] in the memory of this process.
///
/// Clones share what they keep: give one log to several services and they share
/// its budget.
///
/// A stream that has ended is dropped some time after its last event. One that
/// has not loses its events as they get old, yet its place is remembered: a
/// client that saw everything resumes, however long the handler was silent.
#[derive(Clone, Default)]
#[must_use]
pub struct MemoryEventLog {
    state: Arc<Mutex<State>>,
}

impl MemoryEventLog {
    /// Creates an empty log.
    pub fn new(limits: EventLogLimits) -> Self {
        let state = State {
            limits,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Returns the number of streams that are known.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.lock().streams.len()
    }

    /// Returns the bytes that are held, with those of the bookkeeping.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lock().held
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes one step under the lock, and frees what it dropped after it.
    fn step<T>(&self, step: impl FnOnce(&mut State, Instant) -> T) -> T {
        let mut state = self.lock();
        // Asked under the lock, so that the order of steps is the order of times.
        let result = step(&mut state, Instant::now());
        let dropped = mem::take(&mut state.dropped);
        drop(state);
        drop(dropped);
        result
    }
}

impl EventLog for MemoryEventLog {
    async fn open(&self, stream: StreamKey) -> Result<(), BoxError> {
        Ok(self.step(|state, now| state.open(stream, now))?)
    }

    async fn append(&self, stream: StreamKey, event: Event) -> Result<(), BoxError> {
        Ok(self.step(|state, now| state.append(stream, event, now))?)
    }

    async fn read_after(&self, stream: StreamKey, seq: u64) -> Result<Replay, BoxError> {
        let events = self.step(|state, now| state.read_after(stream, seq, now));
        Ok(events.map_or(Replay::Gap, Replay::Events))
    }

    async fn close(&self, stream: StreamKey) -> Result<(), BoxError> {
        self.step(|state, _| state.remove(stream));
        Ok(())
    }

    async fn forget(&self, session: u128) -> Result<(), BoxError> {
        self.step(|state, _| state.forget(session));
        Ok(())
    }

    fn sweep(&self) {
        while self.step(State::sweep) {}
    }
}

impl fmt::Debug for MemoryEventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("MemoryEventLog")
            .field("limits", &state.limits)
            .field("streams", &state.streams.len())
            .field("bytes", &state.held)
            .finish()
    }
}

#[derive(Default)]
struct State {
    limits: EventLogLimits,
    streams: BTreeMap<StreamKey, Stream>,
    /// Who gives way, first to last.
    ranks: BTreeMap<Rank, StreamKey>,
    /// Opens and appends so far.
    ticks: u64,
    /// What all streams take up.
    held: usize,
    /// To be freed outside the lock.
    dropped: Vec<VecDeque<Bytes>>,
}

impl State {
    fn open(&mut self, key: StreamKey, now: Instant) -> Result<(), EventLogError> {
        self.settle(key, now);
        if self.streams.contains_key(&key) {
            return Err(EventLogError::Exists);
        }
        let stream = Stream::new(self.next_rank(Standing::Open), now);
        self.held += stream.size();
        self.ranks.insert(stream.rank, key);
        self.streams.insert(key, stream);
        self.make_room();
        Ok(())
    }

    fn append(&mut self, key: StreamKey, event: Event, now: Instant) -> Result<(), EventLogError> {
        self.settle(key, now);
        let rank = self.next_rank(if event.last {
            Standing::Ended
        } else {
            Standing::Open
        });
        let stream = self.streams.get_mut(&key).ok_or(EventLogError::Unknown)?;
        stream.admits(&event)?;
        self.held -= stream.size();
        self.ranks.remove(&stream.rank);
        stream.rank = rank;
        stream.push(event.message, self.limits, now);
        self.ranks.insert(rank, key);
        self.held += stream.size();
        self.make_room();
        Ok(())
    }

    /// Returns nothing when there is a gap.
    fn read_after(&mut self, key: StreamKey, seq: u64, now: Instant) -> Option<Vec<Event>> {
        self.settle(key, now);
        self.streams.get(&key)?.after(seq)
    }

    fn forget(&mut self, session: u128) {
        let [first, last] = [0, u64::MAX].map(|number| StreamKey { session, number });
        let keys: Vec<_> = self
            .streams
            .range(first..=last)
            .map(|(key, _)| *key)
            .collect();
        for key in keys {
            self.remove(key);
        }
    }

    /// Drops some of what is past its time; returns whether there may be more.
    fn sweep(&mut self, now: Instant) -> bool {
        for _ in 0..BATCH {
            let Some(key) = self.overdue(now) else {
                return false;
            };
            self.settle(key, now);
        }
        true
    }

    /// Returns a stream that is past its time: the oldest of a standing goes first.
    fn overdue(&self, now: Instant) -> Option<StreamKey> {
        let oldest = |standing| {
            let (_, key) = self.ranks.range(Rank { standing, tick: 0 }..).next()?;
            let stream = self.streams.get(key)?;
            let due = stream.fate(self.limits, now) != Fate::Kept;
            due.then_some(*key)
        };
        [Standing::Ended, Standing::Quiet, Standing::Open]
            .into_iter()
            .find_map(oldest)
    }

    /// Lets time do what is due to a stream.
    fn settle(&mut self, key: StreamKey, now: Instant) {
        let Some(stream) = self.streams.get_mut(&key) else {
            return;
        };
        match stream.fate(self.limits, now) {
            Fate::Kept => {}
            Fate::Dropped => self.remove(key),
            Fate::Quieted => {
                self.held -= stream.size();
                self.ranks.remove(&stream.rank);
                self.dropped.push(stream.quiet());
                self.ranks.insert(stream.rank, key);
                self.held += stream.size();
            }
        }
    }

    /// Drops whole streams until the rest is within the budget.
    fn make_room(&mut self) {
        while self.held > self.limits.total {
            let Some((_, key)) = self.ranks.first_key_value() else {
                return;
            };
            self.remove(*key);
        }
    }

    fn remove(&mut self, key: StreamKey) {
        if let Some(stream) = self.streams.remove(&key) {
            self.held -= stream.size();
            self.ranks.remove(&stream.rank);
            self.dropped.push(stream.into_messages());
        }
    }

    fn next_rank(&mut self, standing: Standing) -> Rank {
        self.ticks += 1;
        let tick = self.ticks;
        Rank { standing, tick }
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
