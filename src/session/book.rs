//! Who is idle, and for how long: whom to end, and who gives way to whom.
//!
//! Kept up lazily, so that a request writes nothing here. A session stays where
//! it was listed until it comes first; only then it is looked at, and listed
//! anew if it was used meanwhile. One that is found in use goes to the busy
//! ones, where it costs nothing until its last hold reports back.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    limits::SessionLimits,
    session::{Look, Session},
};

/// The place of the busy ones; any other is the time by which an idle one is listed.
const BUSY: u64 = u64::MAX;

/// Every place is taken, and nobody is idle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// Looks at a session that nobody seems to have used since; a lock may be held meanwhile.
pub(super) type Looks<'a> = &'a dyn Fn(&Session, u64) -> Look;

/// The book of a directory.
#[derive(Default)]
pub(super) struct Book {
    /// Strangers have a pool of their own, so that no flood of them costs anybody else
    /// a session.
    anonymous: Pool,
    known: Pool,
    principals: HashMap<Arc<str>, Vec<Arc<Session>>>,
}

#[derive(Default)]
struct Pool {
    /// By the time of the last use, as far as it is known here, and the serial number.
    idle: BTreeMap<(u64, u64), Arc<Session>>,
    /// By the time of creation and the serial number.
    busy: BTreeMap<(u64, u64), Arc<Session>>,
}

impl Pool {
    fn len(&self) -> usize {
        self.idle.len() + self.busy.len()
    }
}

impl Book {
    /// Returns how many sessions there are.
    pub(super) fn count(&self) -> usize {
        self.anonymous.len() + self.known.len()
    }

    /// Adds a new session.
    pub(super) fn add(&mut self, session: Arc<Session>) {
        if let Some(principal) = session.shared_principal() {
            let theirs = self.principals.entry(Arc::clone(principal)).or_default();
            theirs.push(Arc::clone(&session));
        }
        let used = session.used();
        self.put(session, used);
    }

    /// Removes a session, if it is there.
    pub(super) fn remove(&mut self, session: &Session) {
        if self.take(session).is_none() {
            return;
        }
        let Some(principal) = session.principal() else {
            return;
        };
        let Some(theirs) = self.principals.get_mut(principal) else {
            return;
        };
        theirs.retain(|other| other.key() != session.key());
        if theirs.is_empty() {
            self.principals.remove(principal);
        }
    }

    /// Takes a session back from the busy ones.
    pub(super) fn report_idle(&mut self, session: &Session) {
        session.expect_no_report();
        if session.place() == BUSY {
            self.move_to(session, session.used());
        }
    }

    /// Makes room for one more session; returns the one that gave way and is closed now.
    pub(super) fn make_room(
        &mut self,
        principal: Option<&str>,
        limits: &SessionLimits,
        look: Looks<'_>,
    ) -> Result<Option<Arc<Session>>, Full> {
        let theirs = principal.and_then(|principal| self.principals.get(principal));
        let gives_way = match principal {
            Some(principal) if theirs.map_or(0, Vec::len) >= limits.per_principal => {
                self.end_idle_of(principal, look)
            }
            Some(_) if self.known.len() >= limits.total => self.end_idle(true, u64::MAX, look),
            None if self.anonymous.len() >= limits.anonymous => {
                self.end_idle(false, u64::MAX, look)
            }
            Some(_) | None => return Ok(None),
        };
        gives_way.map(Some).ok_or(Full)
    }

    /// Closes and removes the one of a pool that is idle longest, at least since `since`.
    pub(super) fn end_idle(
        &mut self,
        known: bool,
        since: u64,
        look: Looks<'_>,
    ) -> Option<Arc<Session>> {
        loop {
            let (&(used, _), session) = self.pool(known).idle.first_key_value()?;
            if used > since {
                return None;
            }
            let session = Arc::clone(session);
            if self.end_if_idle(&session, used, look) {
                return Some(session);
            }
        }
    }

    /// Closes and removes the one of a principal that is idle longest.
    fn end_idle_of(&mut self, principal: &str, look: Looks<'_>) -> Option<Arc<Session>> {
        loop {
            let theirs = self.principals.get(principal)?.iter();
            let idle = theirs.filter(|session| !session.is_held());
            let longest = idle.min_by_key(|session| (session.used(), session.serial()));
            let session = Arc::clone(longest?);
            if self.end_if_idle(&session, session.used(), look) {
                return Some(session);
            }
        }
    }

    /// Closes and removes a session if it was not used since; lists it anew otherwise.
    pub(super) fn end_if_idle(&mut self, session: &Session, since: u64, look: Looks<'_>) -> bool {
        let look = look(session, since);
        match look {
            Look::Shut | Look::Gone => self.remove(session),
            Look::Busy => self.move_to(session, BUSY),
            Look::Used(used) => self.move_to(session, used),
        }
        look == Look::Shut
    }

    /// Returns the busy ones that were created at this time or before.
    pub(super) fn busy_since(&self, created: u64) -> Vec<Arc<Session>> {
        let pools = [&self.anonymous, &self.known].into_iter();
        let old = pools.flat_map(|pool| pool.busy.range(..=(created, u64::MAX)));
        old.map(|(_, session)| Arc::clone(session)).collect()
    }

    fn pool(&mut self, known: bool) -> &mut Pool {
        if known {
            &mut self.known
        } else {
            &mut self.anonymous
        }
    }

    fn move_to(&mut self, session: &Session, place: u64) {
        if let Some(session) = self.take(session) {
            self.put(session, place);
        }
    }

    fn put(&mut self, session: Arc<Session>, place: u64) {
        session.set_place(place);
        let (created, serial) = (session.created(), session.serial());
        let pool = self.pool(session.principal().is_some());
        if place == BUSY {
            pool.busy.insert((created, serial), session);
        } else {
            pool.idle.insert((place, serial), session);
        }
    }

    fn take(&mut self, session: &Session) -> Option<Arc<Session>> {
        let pool = self.pool(session.principal().is_some());
        match session.place() {
            BUSY => pool.busy.remove(&(session.created(), session.serial())),
            used => pool.idle.remove(&(used, session.serial())),
        }
    }
}
