//! What can be set for the clients of the older revisions.

use std::sync::Arc;

use crate::{
    auth::is_prefix,
    error::or_panic,
    http::sessionful::{SessionSpace, journal::Journal},
    protocol::{Revision, version},
    session::{Directory, SessionLimits, Sessions},
    store::{ErasedEventLog, EventLog, MemoryEventLog},
};

use super::McpServiceBuilder;

/// Where streams are logged.
pub(super) enum Log {
    Default,
    Own(Arc<dyn ErasedEventLog>),
    None,
}

impl McpServiceBuilder {
    /// Sets which revisions of the protocol are served; all by default.
    ///
    /// Both eras are served at one URL: the message tells which one it is of.
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::{protocol::Revision, McpServer, McpService};
    ///
    /// // The stateless era alone: no sessions, nothing to keep.
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .revisions([Revision::V2026_07_28])
    ///     .build();
    /// ```
    pub fn revisions(mut self, revisions: impl IntoIterator<Item = Revision>) -> Self {
        let wanted: Vec<_> = revisions.into_iter().collect();
        let all = Revision::ALL.into_iter();
        self.revisions = all.filter(|revision| wanted.contains(revision)).collect();
        self
    }

    /// Sets whether clients of the older revisions get sessions, and their limits.
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::{session::Sessions, McpServer, McpService};
    ///
    /// // Plain tools on many replicas: nothing is remembered between requests.
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .sessions(Sessions::Off)
    ///     .build();
    /// ```
    pub fn sessions(mut self, sessions: Sessions) -> Self {
        self.sessions = Some(sessions);
        self
    }

    /// Sets where streams are logged, for clients that lose their connection.
    ///
    /// By default a [`MemoryEventLog`] of 64 MiB.
    pub fn event_log(mut self, log: impl EventLog) -> Self {
        self.log = Log::Own(Arc::new(log));
        self
    }

    /// Logs no streams: a client that loses its connection loses the answer.
    pub fn without_event_log(mut self) -> Self {
        self.log = Log::None;
        self
    }

    /// Serves HTTP+SSE, too, at `/sse` and `/messages`: for clients of 2024-11-05.
    ///
    /// Deprecated by the protocol, and off unless asked for. Served by
    /// [`McpService::router`](crate::McpService::router) alone: the plain tower service
    /// has one endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::Router;
    /// use mcp_axum::{McpServer, McpService};
    ///
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .legacy_sse()
    ///     .build();
    /// // GET /old/sse tells the client to post to /old/messages.
    /// let app: Router = Router::new().nest("/old", mcp.router());
    /// ```
    pub fn legacy_sse(self) -> Self {
        self.legacy_sse_at("/sse", "/messages")
    }

    /// Serves HTTP+SSE at paths of your own; see [`legacy_sse`](Self::legacy_sse).
    ///
    /// # Panics
    ///
    /// When a path does not begin with `/`, has parameters, or is taken: by the
    /// other one, or by the endpoint at `/mcp`.
    #[track_caller]
    pub fn legacy_sse_at(mut self, stream: &str, messages: &str) -> Self {
        let paths = [stream, messages].map(|path| path.trim_end_matches('/'));
        for path in paths {
            // Two slashes in front would name another host, and so would a backslash.
            let plain = is_prefix(path) && !path.contains(['{', '}']);
            assert!(plain, "`{path}` is not a path like `/sse`");
            assert!(path != "/mcp", "`/mcp` is the endpoint; take another path");
        }
        assert!(
            paths[0] != paths[1],
            "the two paths of HTTP+SSE must differ"
        );
        self.legacy = Some((paths[0].to_owned(), paths[1].to_owned()));
        self
    }

    /// Refuses what cannot go together.
    #[track_caller]
    pub(super) fn check(&self) {
        let older = version::sessionful(&self.revisions).next().is_some();
        let off = matches!(self.sessions, Some(Sessions::Off));
        let wanted = self.sessions.is_some() && !off;
        let legacy = self.legacy.is_some();
        for (impossible, why) in [
            (
                self.revisions.is_empty(),
                "a service serves at least one revision; see `McpServiceBuilder::revisions`",
            ),
            (
                wanted && !older,
                "no revision that is served has sessions; leave `sessions` out",
            ),
            (
                matches!(self.log, Log::Own(_)) && (off || !older),
                "without sessions nothing is logged; leave `event_log` out",
            ),
            (
                legacy && (off || !older),
                "HTTP+SSE needs sessions, and an older revision to speak",
            ),
        ] {
            assert!(!impossible, "{why}");
        }
        if let Some(Sessions::InMemory(limits) | Sessions::Optional(limits)) = &self.sessions {
            or_panic(limits.check(), "the limits of sessions");
        }
    }

    /// Makes the place for sessions, when any revision has them and they are wanted.
    pub(super) fn session_space(&self) -> Option<SessionSpace> {
        let default = SessionLimits::default();
        let (limits, optional) = match &self.sessions {
            None => (&default, false),
            Some(Sessions::InMemory(limits)) => (limits, false),
            Some(Sessions::Optional(limits)) => (limits, true),
            Some(Sessions::Off) => return None,
        };
        let log: Option<Arc<dyn ErasedEventLog>> = match &self.log {
            Log::Default => Some(Arc::new(MemoryEventLog::default())),
            Log::Own(log) => Some(Arc::clone(log)),
            Log::None => None,
        };
        version::sessionful(&self.revisions).next()?;
        Some(SessionSpace {
            directory: Directory::new(limits.clone()),
            log: log.map(Journal::new),
            optional,
        })
    }
}
