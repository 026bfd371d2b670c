//! The requests of one session that are being answered.
//!
//! The ids of two sessions never meet, and within one session an id that is in
//! use cannot be used again before its request is through.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::protocol::jsonrpc::RequestId;

use super::hold::Hold;

/// Why a request does not run any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Its client said so.
    Cancelled,
    /// Its session is closed.
    Closed,
}

/// Why a request cannot begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Another request with the same id is in flight.
    Duplicate,
    /// As many are in flight as the session may have.
    TooMany,
}

/// The requests of one session in flight.
#[derive(Default)]
pub(crate) struct Flights(Mutex<State>);

#[derive(Default)]
struct State {
    slots: Vec<Option<Slot>>,
    taken: usize,
    closed: bool,
}

struct Slot {
    id: FlightId,
    stop: Option<Stop>,
    waker: Option<Waker>,
}

/// An id without its spelling: `"a"` and `"\u0061"` are the same, `1` and `"1"` are not.
#[derive(PartialEq, Eq)]
enum FlightId {
    Number(i64),
    Text(Box<str>),
}

impl FlightId {
    fn read(text: &str) -> Option<Self> {
        if !text.starts_with('"') {
            return text.parse().ok().map(Self::Number);
        }
        serde_json::from_str(text).ok().map(Self::Text)
    }
}

impl Slot {
    /// Stops the request unless something has already; returns who waits for that.
    fn stop(&mut self, stop: Stop) -> Option<Waker> {
        if self.stop.is_some() {
            return None;
        }
        self.stop = Some(stop);
        self.waker.take()
    }
}

impl Flights {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many requests are in flight.
    pub(crate) fn count(&self) -> usize {
        self.lock().taken
    }

    /// Stops the request with the id of this JSON text; returns whether it was running.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        let Some(id) = FlightId::read(id) else {
            return false;
        };
        let mut state = self.lock();
        let Some(slot) = state.slots.iter_mut().flatten().find(|slot| slot.id == id) else {
            return false;
        };
        let stopped = slot.stop.is_none();
        let waker = slot.stop(Stop::Cancelled);
        drop(state);
        wake(waker);
        stopped
    }

    /// Stops every request, and those that begin from now on.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let stop = |slot: &mut Slot| slot.stop(Stop::Closed);
        let wakers: Vec<Waker> = state.slots.iter_mut().flatten().filter_map(stop).collect();
        drop(state);
        wake(wakers);
    }

    /// Whether a request with this id is in flight.
    pub(super) fn has(&self, id: &RequestId) -> bool {
        let id = FlightId::read(id.as_str());
        let state = self.lock();
        let mut slots = state.slots.iter().flatten();
        id.is_some_and(|id| slots.any(|slot| slot.id == id))
    }

    /// Takes a slot, unless the id or all places are taken.
    pub(super) fn take(&self, id: &RequestId, limit: usize) -> Result<usize, Refusal> {
        let id = FlightId::read(id.as_str()).ok_or(Refusal::Duplicate)?;
        let mut state = self.lock();
        if state.slots.iter().flatten().any(|slot| slot.id == id) {
            return Err(Refusal::Duplicate);
        }
        if state.taken >= limit {
            return Err(Refusal::TooMany);
        }
        let slot = Slot {
            id,
            stop: state.closed.then_some(Stop::Closed),
            waker: None,
        };
        Ok(state.put(slot))
    }

    fn poll_stopped(&self, slot: usize, cx: &Context<'_>) -> Poll<Stop> {
        let mut state = self.lock();
        let Some(slot) = state.slots.get_mut(slot).and_then(Option::as_mut) else {
            return Poll::Ready(Stop::Closed);
        };
        if let Some(stop) = slot.stop {
            return Poll::Ready(stop);
        }
        match &mut slot.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    fn give_back(&self, slot: usize) {
        let mut state = self.lock();
        let slot = state.slots.get_mut(slot).and_then(Option::take);
        state.taken -= usize::from(slot.is_some());
        state.trim();
        drop(state);
        // Outside the lock: dropping a waker may run anything.
        drop(slot);
    }
}

impl State {
    fn put(&mut self, slot: Slot) -> usize {
        self.taken += 1;
        if let Some(free) = self.slots.iter().position(Option::is_none) {
            self.slots[free] = Some(slot);
            return free;
        }
        // One at a time is the common case, and room for more is made when more come.
        if self.slots.is_empty() {
            self.slots.reserve_exact(1);
        }
        self.slots.push(Some(slot));
        self.slots.len() - 1
    }

    /// Lets go of the memory: most sessions are idle most of the time.
    fn trim(&mut self) {
        if self.taken == 0 {
            self.slots = Vec::new();
        }
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flights({})", self.count())
    }
}

/// A request in flight; its id is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Flight {
    hold: Hold,
    slot: usize,
}

impl Flight {
    pub(super) fn new(hold: Hold, slot: usize) -> Self {
        Self { hold, slot }
    }

    /// Resolves when the request has to stop; the task that asked last is woken.
    pub(crate) fn poll_stopped(&self, cx: &Context<'_>) -> Poll<Stop> {
        self.hold.live().flights.poll_stopped(self.slot, cx)
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.hold.live().flights.give_back(self.slot);
    }
}

fn wake(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        waker.wake();
    }
}

#[cfg(test)]
#[path = "flights_tests.rs"]
pub(super) mod tests;
