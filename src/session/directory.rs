//! All sessions of a service: found by id, bounded in number, ended when idle.
//!
//! No task belongs to a session, and none to the directory: the lifespan sweeps
//! it. Locks are taken in one order, the book and then one shard, and never held
//! while anything of a session's own runs.

use std::{
    borrow::Borrow,
    collections::HashSet,
    fmt,
    hash::{BuildHasherDefault, Hash, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    book::{Book, Full},
    common::Common,
    hold::Hold,
    id::SessionId,
    limits::SessionLimits,
    opening::{Opening, Owner},
    session::{Look, Session},
};

/// How many locks the look-ups are spread over.
const SHARDS: usize = 16;

/// All sessions of a service.
pub(crate) struct Directory {
    common: Arc<Common>,
    shards: [Shard; SHARDS],
    book: Mutex<Book>,
    /// Counts look-ups, for the test that a forged id costs none.
    #[cfg(test)]
    pub(super) lookups: std::sync::atomic::AtomicUsize,
}

type Shard = Mutex<Found>;
type Found = HashSet<ByKey, BuildHasherDefault<KeyHasher>>;

/// Hashes a key to a part of itself: it is random, and nobody can choose one, since the id's
/// tag is checked before.
#[derive(Default)]
struct KeyHasher(u64);

impl Hasher for KeyHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write_u128(&mut self, key: u128) {
        // The half that does not say which shard it is.
        let half = key.to_le_bytes().last_chunk().copied();
        self.0 = u64::from_le_bytes(half.unwrap_or_default());
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a key is hashed as a number");
    }
}

/// A session, found by its key without a copy of it.
struct ByKey(Arc<Session>);

impl Borrow<u128> for ByKey {
    fn borrow(&self) -> &u128 {
        self.0.key_ref()
    }
}

impl PartialEq for ByKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.key() == other.0.key()
    }
}

impl Eq for ByKey {}

impl Hash for ByKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.key().hash(state);
    }
}

impl Directory {
    /// Creates a directory without sessions.
    pub(crate) fn new(limits: SessionLimits) -> Arc<Self> {
        Arc::new_cyclic(|directory| Self {
            common: Common::new(limits, directory.clone()),
            shards: std::array::from_fn(|_| Mutex::default()),
            book: Mutex::default(),
            #[cfg(test)]
            lookups: std::sync::atomic::AtomicUsize::default(),
        })
    }

    /// Returns the limits of the sessions.
    pub(crate) fn limits(&self) -> &SessionLimits {
        &self.common.limits
    }

    /// Opens a session; the one that is idle longest gives way when there are too many.
    pub(crate) fn open(&self, opening: Opening) -> Result<(Arc<Session>, SessionId), Full> {
        let session = Session::new(Arc::clone(&self.common), opening);
        let mut book = self.book();
        let look = |session: &Session, since| self.shut_if_idle(session, since);
        let gave_way = book.make_room(session.principal(), self.limits(), &look)?;
        book.add(Arc::clone(&session));
        let entry = ByKey(Arc::clone(&session));
        self.shard(session.key()).insert(entry);
        drop(book);
        if let Some(gave_way) = gave_way {
            tracing::debug!("an idle session gave way to a new one");
            gave_way.close_live();
        }
        let id = session.id();
        Ok((session, id))
    }

    /// Takes a hold on the session with this id, if it is open and the owner's own.
    pub(crate) fn enter(&self, id: &[u8], owner: Owner<'_>) -> Option<Hold> {
        let key = self.common.ids.key(id)?;
        let shard = self.shard(key);
        let session = &shard.get(&key)?.0;
        // To anybody else it is as if the session did not exist.
        if session.owner() != owner {
            return None;
        }
        if !self.is_over(session) {
            return Hold::take(session);
        }
        let session = Arc::clone(session);
        drop(shard);
        self.end_if_over(&session);
        None
    }

    /// Takes a hold on a session, unless it is closed.
    pub(crate) fn hold(&self, session: &Arc<Session>) -> Option<Hold> {
        let _shard = self.shard(session.key());
        Hold::take(session)
    }

    /// Returns the session with this id, whoever owns it.
    pub(super) fn find(&self, id: &[u8]) -> Option<Arc<Session>> {
        let key = self.common.ids.key(id)?;
        self.shard(key).get(&key).map(|entry| Arc::clone(&entry.0))
    }

    /// Ends a session; returns whether it was open.
    pub(crate) fn close(&self, session: &Session) -> bool {
        let closed = session.shut();
        if closed {
            self.forget(session);
        }
        closed
    }

    /// Ends a session unless others hold it than the `own` of whoever asks; returns
    /// whether it did.
    pub(crate) fn close_unless_used(&self, session: &Session, own: usize) -> bool {
        let closed = session.shut_unless_used(own);
        if closed {
            self.forget(session);
        }
        closed
    }

    /// Takes the keys of the sessions that ended since this was asked last.
    ///
    /// Of very many the first are left out: whatever they left behind expires by itself.
    pub(crate) fn take_ended(&self) -> Vec<u128> {
        self.common.take_ended()
    }

    fn forget(&self, session: &Session) {
        // Dropped at the end, outside the lock.
        let _entry = self.shard(session.key()).take(&session.key());
        self.book().remove(session);
        session.close_live();
    }

    /// Ends all sessions; returns how many.
    pub(crate) fn close_all(&self) -> usize {
        let sessions = self.sessions();
        let closed = sessions.iter().filter(|session| self.close(session));
        closed.count()
    }

    /// Ends the sessions whose time is over; returns how many.
    pub(crate) fn sweep(&self) -> usize {
        let now = self.common.now();
        let mut ended = 0;
        if let Some(since) = self.common.idle_since(now) {
            for known in [false, true] {
                while let Some(session) = self.end_idle(known, since) {
                    session.close_live();
                    ended += 1;
                }
            }
        }
        if let Some(since) = self.common.created_since(now) {
            let old = self.book().busy_since(since);
            let ends = |session: &&Arc<Session>| self.end_if_over(session);
            ended += old.iter().filter(ends).count();
        }
        ended
    }

    /// Returns how many sessions there are.
    pub(crate) fn count(&self) -> usize {
        self.book().count()
    }

    /// Returns the number of handlers of all sessions that outlived their client.
    #[cfg(test)]
    pub(super) fn detached(&self) -> &std::sync::atomic::AtomicUsize {
        &self.common.detached
    }

    /// Returns all sessions there are.
    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        let mut sessions = Vec::new();
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.extend(shard.iter().map(|entry| Arc::clone(&entry.0)));
        }
        sessions
    }

    /// Learns that the last hold on a busy session is gone.
    pub(super) fn report_idle(&self, session: &Session) {
        self.book().report_idle(session);
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shard(&self, key: u128) -> MutexGuard<'_, Found> {
        #[cfg(test)]
        self.lookups
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let shard = usize::from(key.to_le_bytes()[0]) % SHARDS;
        self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the session's time is over. Under the lock of its shard.
    fn is_over(&self, session: &Session) -> bool {
        let now = self.common.now();
        let idle = self.common.idle_since(now);
        let idle = idle.is_some_and(|since| !session.is_held() && session.used() <= since);
        idle || self.is_too_old(session, now)
    }

    fn is_too_old(&self, session: &Session, now: u64) -> bool {
        let created = self.common.created_since(now);
        created.is_some_and(|since| session.created() <= since)
    }

    /// Ends a session whose time is over, unless it came back to life meanwhile.
    ///
    /// One that is too old is left alone until what it runs is through: nobody
    /// comes in any more, and the next sweep looks again.
    fn end_if_over(&self, session: &Session) -> bool {
        let now = self.common.now();
        if self.is_too_old(session, now) {
            return session.in_flight() == 0 && self.close(session);
        }
        let Some(since) = self.common.idle_since(now) else {
            return false;
        };
        let look = |session: &Session, since| self.shut_if_idle(session, since);
        let ended = self.book().end_if_idle(session, since, &look);
        if ended {
            session.close_live();
        }
        ended
    }

    fn end_idle(&self, known: bool, since: u64) -> Option<Arc<Session>> {
        let look = |session: &Session, since| self.shut_if_idle(session, since);
        self.book().end_idle(known, since, &look)
    }

    /// Closes a session to new holds if it was not used since, and forgets its id.
    fn shut_if_idle(&self, session: &Session, since: u64) -> Look {
        let mut shard = self.shard(session.key());
        let look = session.shut_if_idle(since);
        if look == Look::Shut {
            shard.remove(&session.key());
        }
        look
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Directory").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "race_tests.rs"]
mod race_tests;
