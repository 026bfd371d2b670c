//! What all sessions of a directory share.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, AtomicUsize},
    },
    time::Duration,
};

use tokio::time::Instant;

use super::{directory::Directory, id::Ids, limits::SessionLimits};

/// The most sessions whose streams wait to be forgotten; those of others expire.
const MAX_ENDED: usize = 16 * 1024;

/// What all sessions of a directory share.
pub(super) struct Common {
    pub(super) limits: SessionLimits,
    pub(super) ids: Ids,
    pub(super) detached: AtomicUsize,
    pub(super) detached_bytes: AtomicUsize,
    /// The keys of sessions that ended and left streams behind.
    ended: Mutex<Vec<u128>>,
    pub(super) directory: Weak<Directory>,
    /// Times are kept as milliseconds since then.
    start: Instant,
    pub(super) next_serial: AtomicU64,
}

impl Common {
    pub(super) fn new(limits: SessionLimits, directory: Weak<Directory>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            ids: Ids::new(),
            detached: AtomicUsize::new(0),
            detached_bytes: AtomicUsize::new(0),
            ended: Mutex::default(),
            directory,
            start: Instant::now(),
            next_serial: AtomicU64::new(0),
        })
    }

    fn ended(&self) -> MutexGuard<'_, Vec<u128>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns that a session has ended that left streams behind.
    pub(super) fn report_ended(&self, key: u128) {
        let mut ended = self.ended();
        if ended.len() < MAX_ENDED {
            ended.push(key);
        }
    }

    /// Takes the keys of the sessions that ended since this was asked last.
    pub(super) fn take_ended(&self) -> Vec<u128> {
        std::mem::take(&mut *self.ended())
    }

    pub(super) fn now(&self) -> u64 {
        millis(self.start.elapsed())
    }

    /// Returns the time before which nobody may have been idle, if there was any yet.
    pub(super) fn idle_since(&self, now: u64) -> Option<u64> {
        now.checked_sub(millis(self.limits.idle.min(self.limits.lifetime)))
    }

    /// Returns the time before which nobody may have been created, if there was any yet.
    pub(super) fn created_since(&self, now: u64) -> Option<u64> {
        now.checked_sub(millis(self.limits.lifetime))
    }
}

/// Returns whole milliseconds; what does not fit is as good as forever.
fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
