//! Every limit of the sessions, each with a default.

use std::time::Duration;

use crate::error::Error;

/// Whether the clients of the older revisions get sessions.
///
/// 2025-11-25 basic/transports, Session Management: a server may give them or not.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Sessions {
    /// Every client that opens with `initialize` gets one, and has to name it from then on.
    InMemory(SessionLimits),
    /// The same, but a request without a session is served where its method allows it.
    ///
    /// For clients that lose the session's id; see also [`Off`](Self::Off).
    Optional(SessionLimits),
    /// Nobody gets one, and nothing is remembered: no streams, subscriptions or questions.
    Off,
}

impl Default for Sessions {
    fn default() -> Self {
        Self::InMemory(SessionLimits::default())
    }
}

/// The limits of sessions; every one has a default, and none is "none".
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use mcp_axum::session::{SessionLimits, Sessions};
///
/// let limits = SessionLimits::default()
///     .total(50_000)
///     .idle(Duration::from_secs(600));
/// let sessions = Sessions::InMemory(limits);
/// # let _ = sessions;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SessionLimits {
    pub(crate) total: usize,
    pub(crate) anonymous: usize,
    pub(crate) per_principal: usize,
    pub(crate) idle: Duration,
    pub(crate) lifetime: Duration,
    pub(crate) in_flight: usize,
    pub(crate) streams: usize,
    pub(crate) questions: usize,
    pub(crate) detached: usize,
    pub(crate) detached_total: usize,
    pub(crate) detached_bytes: usize,
    pub(crate) subscriptions: usize,
    pub(crate) detached_grace: Duration,
    pub(crate) ask_timeout: Duration,
}

impl SessionLimits {
    /// Refuses what leaves nothing for anybody.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (zero, what) in [
            (self.idle.is_zero(), "`idle`"),
            (self.lifetime.is_zero(), "`lifetime`"),
            (self.in_flight == 0, "`in_flight`"),
            (self.total + self.anonymous == 0, "`total` and `anonymous`"),
        ] {
            if zero {
                return Err(Error::new(format!(
                    "{what} must not be zero; `Sessions::Off` serves without sessions"
                )));
            }
        }
        Ok(())
    }

    /// Sets how many sessions known principals may have together; 10 000 by default.
    ///
    /// When all are taken, a new one replaces the one that has been idle longest;
    /// when none is idle, it is refused with 503.
    pub fn total(mut self, sessions: usize) -> Self {
        self.total = sessions;
        self
    }

    /// Sets how many sessions anonymous clients may have together; 10 000 by default.
    ///
    /// They have a pool of their own, so that no flood of strangers costs a known
    /// principal its session.
    pub fn anonymous(mut self, sessions: usize) -> Self {
        self.anonymous = sessions;
        self
    }

    /// Sets how many sessions one principal may have; 64 by default.
    pub fn per_principal(mut self, sessions: usize) -> Self {
        self.per_principal = sessions;
        self
    }

    /// Sets how long a session may be idle; 30 minutes by default.
    ///
    /// A request in flight or an open stream keeps a session from being idle. A client
    /// whose session is over is told 404 and opens a new one.
    pub fn idle(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// Sets how old a session may become, however busy; 24 hours by default.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Sets how many requests of one session may run at a time; 64 by default.
    pub fn in_flight(mut self, requests: usize) -> Self {
        self.in_flight = requests;
        self
    }

    /// Sets how many streams one session may have open; 16 by default.
    ///
    /// Beyond it an answer that would become a stream stays JSON, without progress; a
    /// request that asks the client is refused with 503.
    pub fn streams(mut self, streams: usize) -> Self {
        self.streams = streams;
        self
    }

    /// Sets how many questions to one client may be open; 64 by default.
    pub fn questions(mut self, questions: usize) -> Self {
        self.questions = questions;
        self
    }

    /// Sets how many handlers of one session may outlive their client; 64 by default.
    ///
    /// A client of the older revisions that leaves does not cancel its requests.
    /// Beyond the limit it does.
    pub fn detached(mut self, handlers: usize) -> Self {
        self.detached = handlers;
        self
    }

    /// Sets how many handlers of all sessions may outlive their client; 1 024 by default.
    pub fn detached_total(mut self, handlers: usize) -> Self {
        self.detached_total = handlers;
        self
    }

    /// Sets how many bytes of bodies the handlers that outlive their client may keep
    /// together; 16 MiB by default.
    pub fn detached_bytes(mut self, bytes: usize) -> Self {
        self.detached_bytes = bytes;
        self
    }

    /// Sets how many resources one session may subscribe to; 128 by default.
    ///
    /// Their URIs may have 64 bytes each, on average.
    pub fn subscriptions(mut self, resources: usize) -> Self {
        self.subscriptions = resources;
        self
    }

    /// Sets how long a handler may outlive its client; 5 minutes by default.
    pub fn detached_grace(mut self, grace: Duration) -> Self {
        self.detached_grace = grace;
        self
    }

    /// Sets how long a question waits for the client's answer; 10 minutes by default.
    pub fn ask_timeout(mut self, timeout: Duration) -> Self {
        self.ask_timeout = timeout;
        self
    }
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            total: 10_000,
            anonymous: 10_000,
            per_principal: 64,
            idle: Duration::from_secs(30 * 60),
            lifetime: Duration::from_secs(24 * 60 * 60),
            in_flight: 64,
            streams: 16,
            questions: 64,
            detached: 64,
            detached_total: 1024,
            detached_bytes: 16 * 1024 * 1024,
            subscriptions: 128,
            detached_grace: Duration::from_secs(5 * 60),
            ask_timeout: Duration::from_secs(10 * 60),
        }
    }
}
