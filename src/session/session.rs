//! One client's session.

use std::{
    fmt,
    sync::{
        Arc, LazyLock, OnceLock,
        atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::{
    peer::{ClientCard, outbox::Outbox},
    protocol::{Level, Revision},
};

use super::{
    common::Common,
    directory::Directory,
    id::{Ids, SessionId},
    limits::SessionLimits,
    live::Live,
    opening::{Client, Opening, Owner, ServerKey},
};

/// The session takes no more holds.
const CLOSED: usize = 1 << (usize::BITS - 1);
/// What lives in the session was closed.
const ENDED: usize = 1 << (usize::BITS - 2);
/// The book counts the session among the busy ones; the last hold has to report back.
const BUSY: usize = 1 << (usize::BITS - 3);
/// The rest of the state: how many holds there are.
const HOLDS: usize = BUSY - 1;

/// What one client's requests have in common.
pub(crate) struct Session {
    key: u128,
    pub(super) common: Arc<Common>,
    principal: Option<Arc<str>>,
    server: Option<ServerKey>,
    client: OnceLock<Box<Client>>,
    /// Orders sessions that were used in the same millisecond.
    serial: u64,
    created: u64,
    used: AtomicU64,
    /// Where the book has the session; moved under the book's lock only.
    place: AtomicU64,
    /// The flags above, and how many holds there are.
    state: AtomicUsize,
    pub(super) detached: AtomicUsize,
    live: OnceLock<Box<Live>>,
    level: AtomicU8,
    /// The client has said that it may be asked.
    ready: AtomicBool,
}

/// A client that has said nothing of itself yet.
static NOBODY: LazyLock<ClientCard> = LazyLock::new(|| ClientCard::new("{}", "{}"));

/// What a look at an idle session came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// It was idle and is closed now.
    Shut,
    /// It is in use; the last hold will report back to the book.
    Busy,
    /// It was used since, at this time.
    Used(u64),
    /// Somebody else has closed it.
    Gone,
}

impl Session {
    pub(super) fn new(common: Arc<Common>, opening: Opening) -> Arc<Self> {
        let now = common.now();
        Arc::new(Self {
            key: Ids::random_key(),
            principal: opening.principal,
            server: opening.server,
            client: opening
                .client
                .map(Box::new)
                .map_or_else(OnceLock::new, OnceLock::from),
            serial: common.next_serial.fetch_add(1, Ordering::Relaxed),
            created: now,
            used: AtomicU64::new(now),
            place: AtomicU64::new(now),
            state: AtomicUsize::new(0),
            detached: AtomicUsize::new(0),
            live: OnceLock::new(),
            level: AtomicU8::new(Level::Info as u8),
            ready: AtomicBool::new(false),
            common,
        })
    }

    /// Returns the key: random, and unique among all sessions.
    pub(crate) fn key(&self) -> u128 {
        self.key
    }

    pub(super) fn key_ref(&self) -> &u128 {
        &self.key
    }

    /// Returns the id, as it stands in the header.
    pub(crate) fn id(&self) -> SessionId {
        self.common.ids.id(self.key)
    }

    /// Returns the revision that was agreed on; before a handshake, the oldest.
    pub(crate) fn revision(&self) -> Revision {
        let client = self.client.get();
        client.map_or(Revision::V2024_11_05, |client| client.revision)
    }

    /// Takes note of a handshake that comes after the session began; the first counts.
    pub(crate) fn agree(&self, client: Client) -> bool {
        self.client.set(Box::new(client)).is_ok()
    }

    /// Returns the key of the principal that the session belongs to.
    pub(crate) fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    /// Returns whom the session belongs to.
    pub(super) fn owner(&self) -> Owner<'_> {
        Owner {
            principal: self.principal(),
            server: self.server.as_deref().map(String::as_str),
        }
    }

    /// Returns the key of the server that it was opened on.
    pub(super) fn server(&self) -> Option<&str> {
        self.server.as_deref().map(String::as_str)
    }

    /// Returns the key of the principal, shared.
    pub(super) fn shared_principal(&self) -> Option<&Arc<str>> {
        self.principal.as_ref()
    }

    /// Returns what the client said of itself.
    pub(crate) fn card(&self) -> &ClientCard {
        self.client.get().map_or(&*NOBODY, |client| &client.card)
    }

    /// Returns the least level of log messages that the client wants.
    pub(crate) fn level(&self) -> Level {
        let level = usize::from(self.level.load(Ordering::Relaxed));
        LEVELS.get(level).copied().unwrap_or(Level::Info)
    }

    /// Sets the least level of log messages that the client wants.
    pub(crate) fn set_level(&self, level: Level) {
        self.level.store(level as u8, Ordering::Relaxed);
    }

    /// Takes note that the client may be asked.
    pub(crate) fn get_ready(&self) {
        self.ready.store(true, Ordering::Release);
        if let Some(questions) = self.living().and_then(Live::asked) {
            questions.ring();
        }
    }

    /// Whether the client may be asked.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Whether a handshake has come to an end.
    pub(crate) fn has_agreed(&self) -> bool {
        self.client.get().is_some()
    }

    /// Whether the session has ended; what it still runs was told so.
    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Acquire) & CLOSED != 0
    }

    /// Returns the limits of all sessions.
    pub(crate) fn limits(&self) -> &SessionLimits {
        &self.common.limits
    }

    /// Returns the directory, unless it is gone.
    pub(crate) fn directory(&self) -> Option<Arc<Directory>> {
        self.common.directory.upgrade()
    }

    /// Returns what lives in the session, made when first asked for; closed if the session is.
    pub(crate) fn live(&self) -> &Live {
        if let Some(live) = self.live.get() {
            return live;
        }
        let live = self.live.get_or_init(Box::default);
        // A close that came before found nothing to close. One of the two writes of
        // the state comes second, and sees what happened before the first.
        if self.state.fetch_or(0, Ordering::AcqRel) & CLOSED != 0 {
            self.close_live();
        }
        live
    }

    /// Returns what lives in the session, unless nothing ever did.
    pub(crate) fn living(&self) -> Option<&Live> {
        self.live.get().map(|live| &**live)
    }

    /// Returns what the one stream of a client over HTTP+SSE reads; `None` for any other.
    pub(crate) fn mailbox(&self) -> Option<&Arc<Outbox>> {
        self.living()?.mailbox.get()
    }

    /// Stops the request with the id of this JSON text; returns whether it was running.
    pub(crate) fn cancel(&self, id: &str) -> bool {
        self.living().is_some_and(|live| live.flights.cancel(id))
    }

    /// Returns how many requests are in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.living().map_or(0, |live| live.flights.count())
    }

    /// Returns how long ago the session was opened.
    pub(crate) fn age(&self) -> Duration {
        Duration::from_millis(self.common.now().saturating_sub(self.created))
    }

    /// Returns for how long nobody has used the session; nothing while somebody does.
    pub(crate) fn idle(&self) -> Duration {
        if self.is_held() {
            return Duration::ZERO;
        }
        Duration::from_millis(self.common.now().saturating_sub(self.used()))
    }

    /// Counts a hold unless the session is closed.
    ///
    /// Under the lock of its shard; see [`shut_if_idle`](Self::shut_if_idle).
    pub(super) fn add_first_hold(&self) -> bool {
        let add = |state| (state & CLOSED == 0).then_some(state + 1);
        self.state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add)
            .is_ok()
    }

    /// Counts one more hold beside one that there is.
    pub(super) fn add_hold(&self) {
        self.state.fetch_add(1, Ordering::AcqRel);
    }

    /// Counts a hold less; returns whether the book has to know.
    pub(super) fn remove_hold(&self) -> bool {
        let less = |state| {
            if state & HOLDS == 1 {
                // Before the count falls: whoever sees nobody has to see the time, too.
                self.used.fetch_max(self.common.now(), Ordering::Relaxed);
            }
            Some(state - 1)
        };
        let state = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        state.is_ok_and(|state| state & HOLDS == 1 && state & (BUSY | CLOSED) == BUSY)
    }

    pub(super) fn is_held(&self) -> bool {
        self.state.load(Ordering::Acquire) & HOLDS != 0
    }

    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    pub(super) fn created(&self) -> u64 {
        self.created
    }

    pub(super) fn serial(&self) -> u64 {
        self.serial
    }

    pub(super) fn place(&self) -> u64 {
        self.place.load(Ordering::Relaxed)
    }

    pub(super) fn set_place(&self, place: u64) {
        self.place.store(place, Ordering::Relaxed);
    }

    /// Lets the next last hold drop without a report.
    pub(super) fn expect_no_report(&self) {
        self.state.fetch_and(!BUSY, Ordering::AcqRel);
    }

    /// Closes the session to new holds; returns whether it was open.
    pub(super) fn shut(&self) -> bool {
        self.state.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED == 0
    }

    /// Closes the session to new holds unless there are more than so many; returns
    /// whether it did.
    pub(super) fn shut_unless_used(&self, own: usize) -> bool {
        let shut = |state| (state & CLOSED == 0 && state & HOLDS <= own).then_some(state | CLOSED);
        let shut = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, shut);
        shut.is_ok()
    }

    /// Closes the session to new holds if it was not used since.
    ///
    /// Under the lock that new holds are given under: used and dropped again
    /// between the two looks below, it would be closed though it was not idle.
    pub(super) fn shut_if_idle(&self, since: u64) -> Look {
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            let (next, look) = match state {
                _ if state & CLOSED != 0 => return Look::Gone,
                _ if state & HOLDS != 0 => (state | BUSY, Look::Busy),
                _ if self.used() > since => return Look::Used(self.used()),
                _ => (state | CLOSED, Look::Shut),
            };
            let swapped =
                self.state
                    .compare_exchange_weak(state, next, Ordering::AcqRel, Ordering::Acquire);
            match swapped {
                Ok(_) => return look,
                Err(now) => state = now,
            }
        }
    }

    /// Closes what lives in the session, once; never under a lock.
    pub(super) fn close_live(&self) {
        let Some(live) = self.live.get() else {
            return;
        };
        if self.state.fetch_or(ENDED, Ordering::AcqRel) & ENDED == 0 {
            live.close();
            if live.has_streamed() {
                self.common.report_ended(self.key);
            }
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("revision", &self.revision())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// The levels in the order of their discriminants.
const LEVELS: [Level; 8] = [
    Level::Debug,
    Level::Info,
    Level::Notice,
    Level::Warning,
    Level::Error,
    Level::Critical,
    Level::Alert,
    Level::Emergency,
];
