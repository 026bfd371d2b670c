//! The use of a session, which keeps it from being idle.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::protocol::jsonrpc::RequestId;

use super::{
    flights::{Flight, Refusal},
    session::Session,
};

/// The use of a session: while there is one, the session is not idle.
#[derive(Debug)]
pub(crate) struct Hold(Arc<Session>);

impl Hold {
    /// Takes a hold unless the session is closed.
    ///
    /// Under the lock of the session's shard; see [`Session::shut_if_idle`].
    pub(super) fn take(session: &Arc<Session>) -> Option<Self> {
        session.add_first_hold().then(|| Self(Arc::clone(session)))
    }

    /// Returns the session itself.
    pub(crate) fn session(&self) -> &Arc<Session> {
        &self.0
    }

    /// Begins a request; on a closed session it is stopped from the start.
    pub(crate) fn begin(&self, id: &RequestId) -> Result<Flight, Refusal> {
        let slot = self.live().flights.take(id, self.limits().in_flight)?;
        Ok(Flight::new(self.clone(), slot))
    }

    /// Makes sure of the id of a request that is over at once, and takes no place.
    pub(crate) fn check(&self, id: &RequestId) -> Result<(), Refusal> {
        match self.living().is_some_and(|live| live.flights.has(id)) {
            true => Err(Refusal::Duplicate),
            false => Ok(()),
        }
    }

    /// Takes a place for a reader of a stream, if one is left.
    ///
    /// One that takes over from another may come while that one still leaves.
    pub(crate) fn read(&self, takes_over: bool) -> Option<Reading> {
        let limit = self.limits().streams + usize::from(takes_over);
        let read = self.live().add_reader(limit);
        read.then(|| Reading(self.clone()))
    }

    /// Takes places for handlers that outlive their client, and for the bytes of the
    /// body that they keep, if so many are left.
    pub(crate) fn detach(&self, handlers: usize, bytes: usize) -> Option<Detached> {
        let mut detached = Detached {
            hold: self.clone(),
            own: 0,
            handlers: 0,
            bytes: 0,
        };
        // What was taken before one is refused is given back with the value itself.
        let (limits, common) = (&self.common.limits, &self.common);
        detached.own = take(&self.detached, handlers, limits.detached)?;
        detached.handlers = take(&common.detached, handlers, limits.detached_total)?;
        detached.bytes = take(&common.detached_bytes, bytes, limits.detached_bytes)?;
        Some(detached)
    }
}

impl Deref for Hold {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl Clone for Hold {
    fn clone(&self) -> Self {
        self.0.add_hold();
        Self(Arc::clone(&self.0))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if !self.0.remove_hold() {
            return;
        }
        if let Some(directory) = self.0.directory() {
            directory.report_idle(&self.0);
        }
    }
}

/// The place of a reader of a stream; given back when dropped.
#[derive(Debug)]
pub(crate) struct Reading(Hold);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.live().remove_reader();
    }
}

/// The places of handlers that outlive their client; given back when dropped.
#[derive(Debug)]
pub(crate) struct Detached {
    hold: Hold,
    own: usize,
    handlers: usize,
    bytes: usize,
}

impl Drop for Detached {
    fn drop(&mut self) {
        let common = &self.hold.common;
        self.hold.detached.fetch_sub(self.own, Ordering::AcqRel);
        common.detached.fetch_sub(self.handlers, Ordering::AcqRel);
        common
            .detached_bytes
            .fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

/// Takes so much, unless it would be more than the limit.
fn take(taken: &AtomicUsize, more: usize, limit: usize) -> Option<usize> {
    let add = |taken: usize| taken.checked_add(more).filter(|taken| *taken <= limit);
    let added = taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, add);
    added.is_ok().then_some(more)
}
