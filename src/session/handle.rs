//! What the embedding program sees of the sessions, and may do to them.

use std::{fmt, sync::Arc, time::Duration};

use crate::protocol::{Implementation, Revision};

use super::{directory::Directory, live::Live, session::Session};

/// The sessions that are open, for the host to look at and to close.
///
/// Made by `McpService::sessions`.
#[derive(Clone, Debug)]
pub struct OpenSessions {
    /// Nothing when the service has no sessions.
    directory: Option<Arc<Directory>>,
}

/// A session, as it was when asked for.
#[derive(Clone)]
#[non_exhaustive]
pub struct SessionInfo {
    /// The id: whoever has it can use the session, so keep it out of logs.
    pub id: String,
    /// The revision of the protocol that was agreed on.
    pub revision: Revision,
    /// The client's name card, which nobody has verified.
    pub client: Option<Implementation>,
    /// The key of the principal that the session belongs to.
    pub principal: Option<Arc<str>>,
    /// The key of the server that it was opened on, if the service has several.
    pub server: Option<String>,
    /// How long ago it was opened.
    pub age: Duration,
    /// For how long nobody has used it; zero while somebody does.
    pub idle: Duration,
    /// How many requests are being answered.
    pub in_flight: usize,
    /// How many streams are open.
    pub streams: usize,
}

impl OpenSessions {
    /// Creates the handle of a service, with or without sessions.
    pub(crate) fn new(directory: Option<Arc<Directory>>) -> Self {
        Self { directory }
    }

    /// Returns how many sessions are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.directory.as_ref().map_or(0, |all| all.count())
    }

    /// Returns what there is to know of every session, in no order.
    #[must_use]
    pub fn list(&self) -> Vec<SessionInfo> {
        let sessions = self.sessions().into_iter();
        sessions.map(|session| SessionInfo::of(&session)).collect()
    }

    /// Closes the session with this id; returns whether it was open.
    ///
    /// What it runs is stopped, its streams end, and its client is told at its
    /// next request, which is answered 404.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn close(&self, id: &str) -> bool {
        let Some(directory) = &self.directory else {
            return false;
        };
        let session = directory.find(id.as_bytes());
        session.is_some_and(|session| directory.close(&session))
    }

    /// Closes every session that `wanted` picks, as [`close`](Self::close) does; returns
    /// how many.
    ///
    /// # Examples
    ///
    /// Somebody logs out everywhere:
    ///
    /// ```
    /// use mcp_axum::session::OpenSessions;
    ///
    /// fn log_out(sessions: &OpenSessions, user: &str) {
    ///     sessions.close_where(|session| session.principal.as_deref() == Some(user));
    /// }
    /// ```
    pub fn close_where(&self, mut wanted: impl FnMut(&SessionInfo) -> bool) -> usize {
        let Some(directory) = &self.directory else {
            return 0;
        };
        let sessions = directory.sessions();
        let closed = sessions
            .iter()
            .filter(|session| wanted(&SessionInfo::of(session)) && directory.close(session));
        closed.count()
    }

    /// Closes every session; returns how many.
    #[expect(clippy::must_use_candidate, reason = "it is called for what it does")]
    pub fn close_all(&self) -> usize {
        self.directory.as_ref().map_or(0, |all| all.close_all())
    }

    fn sessions(&self) -> Vec<Arc<Session>> {
        let sessions = self.directory.as_ref().map(|all| all.sessions());
        sessions.unwrap_or_default()
    }
}

impl SessionInfo {
    fn of(session: &Session) -> Self {
        Self {
            id: session.id().to_string(),
            revision: session.revision(),
            client: session.card().info(),
            principal: session.shared_principal().cloned(),
            server: session.server().map(str::to_owned),
            age: session.age(),
            idle: session.idle(),
            in_flight: session.in_flight(),
            streams: session.living().map_or(0, Live::read_streams),
        }
    }
}

impl fmt::Debug for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionInfo")
            .field("id", &"<redacted>")
            .field("revision", &self.revision)
            .field("client", &self.client)
            .field("principal", &self.principal.as_ref().map(|_| "<redacted>"))
            .field("server", &self.server)
            .field("age", &self.age)
            .field("idle", &self.idle)
            .field("in_flight", &self.in_flight)
            .field("streams", &self.streams)
            .finish()
    }
}
