//! Everything about a service that can be set.

use std::{
    fmt,
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::routing::MethodRouter;
use http::request::Parts;

use crate::{
    auth::{Auth, ProtectedResource, PublicUrl},
    error::{BoxError, or_panic},
    http::{
        body::BodyBudget,
        endpoint::{Endpoint, FindPrincipal},
        gate::Gate,
        guard::Guard,
        legacy_sse::Paths,
        limits::Limits,
        listen::Listeners,
        servers::{Pick, Servers},
    },
    lifespan::{Hook, Life},
    peer::StateKeys,
    principal::{Principal, Refusal},
    protocol::Revision,
    server::{McpServer, ServerCore},
    session::Sessions,
    store::Service,
};

use super::{
    McpService,
    cors::{Cors, CorsPolicy},
    doors::Doors,
    front::{Front, Route},
    http_service::HttpLayers,
    older::Log,
};

/// Builds an [`McpService`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use mcp_axum::{McpServer, McpService};
///
/// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
///     .allowed_hosts(["notes.example.com"])
///     .allowed_origins(["https://chat.example.com"])
///     .body_limit(1024 * 1024)
///     .grace(Duration::from_secs(10))
///     .build();
/// ```
#[must_use]
pub struct McpServiceBuilder {
    source: Source,
    limits: Limits,
    guard: Guard,
    keys: Option<StateKeys>,
    principal: Option<Box<FindPrincipal>>,
    pub(super) revisions: Vec<Revision>,
    pub(super) sessions: Option<Sessions>,
    pub(super) log: Log,
    pub(super) legacy: Option<(String, String)>,
    pub(super) public_url: PublicUrl,
    pub(super) resource: Option<ProtectedResource>,
    pub(super) cors: Option<Cors>,
    pub(super) layers: HttpLayers,
    pub(super) routes: Vec<Route>,
    pub(super) protected: Vec<MethodRouter>,
    on_start: Vec<Hook>,
    on_shutdown: Vec<Hook>,
}

/// Where the server comes from.
pub(super) enum Source {
    One(Box<McpServer>),
    Picked(Box<Pick>),
}

impl McpServiceBuilder {
    pub(super) fn new(source: Source) -> Self {
        Self {
            source,
            limits: Limits::default(),
            guard: Guard::loopback(),
            keys: None,
            principal: None,
            revisions: Revision::ALL.to_vec(),
            sessions: None,
            log: Log::Default,
            legacy: None,
            public_url: PublicUrl::default(),
            resource: None,
            cors: None,
            layers: HttpLayers::default(),
            routes: Vec::new(),
            protected: Vec::new(),
            on_start: Vec::new(),
            on_shutdown: Vec::new(),
        }
    }

    /// Allows requests to these hosts, besides those to this machine itself.
    ///
    /// `example.com` allows every port, `example.com:8443` that one,
    /// `*.example.com` the hosts below. Against DNS rebinding.
    ///
    /// # Panics
    ///
    /// When a host cannot be read.
    #[track_caller]
    pub fn allowed_hosts<I, H>(mut self, hosts: I) -> Self
    where
        I: IntoIterator<Item = H>,
        H: AsRef<str>,
    {
        self.guard = or_panic(self.guard.allowed_hosts(hosts), "allowed hosts");
        self
    }

    /// Allows requests to every host, for a service behind a proxy that checks it.
    ///
    /// Browsers then pass only from listed origins.
    pub fn any_host(mut self) -> Self {
        self.guard = self.guard.any_host();
        self
    }

    /// Allows requests that pages of these origins make, such as `https://chat.example`.
    ///
    /// # Panics
    ///
    /// When an origin is not `scheme://host` or `scheme://host:port`.
    #[track_caller]
    pub fn allowed_origins<I, O>(mut self, origins: I) -> Self
    where
        I: IntoIterator<Item = O>,
        O: AsRef<str>,
    {
        self.guard = or_panic(self.guard.allowed_origins(origins), "allowed origins");
        self
    }

    /// Sets who asks, found in what the host's layers put into the request.
    ///
    /// `Ok(None)` is an anonymous request; a [`Refusal`] turns it away before its
    /// body is read. Without this, a [`Principal`] among the request's
    /// extensions counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::StatusCode;
    /// use mcp_axum::{McpServer, McpService, Principal, Refusal};
    ///
    /// #[derive(Clone)]
    /// struct User { id: u64 }
    ///
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .principal(|parts| match parts.extensions.get::<User>() {
    ///         Some(user) => Ok(Some(Principal::new(format!("user/{}", user.id)))),
    ///         None => Err(Refusal::new(StatusCode::UNAUTHORIZED)),
    ///     })
    ///     .build();
    /// ```
    pub fn principal<F>(mut self, find: F) -> Self
    where
        F: Fn(&Parts) -> Result<Option<Principal>, Refusal> + Send + Sync + 'static,
    {
        self.principal = Some(Box::new(find));
        self
    }

    /// Sets the keys that seal what a client carries between two rounds of questions.
    ///
    /// By default a key of this process alone; several replicas need the same keys.
    pub fn state_keys(mut self, keys: StateKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Runs when the lifespan starts, before any request is served.
    ///
    /// When it fails, nothing is served; see [`Lifespan::failed`](crate::Lifespan::failed).
    pub fn on_start<F, R>(mut self, hook: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.on_start.push(Arc::new(move || Box::pin(hook())));
        self
    }

    /// Runs when a drain ends, after the last request.
    ///
    /// Not when the lifespan's future or guard is dropped: that is no orderly end.
    /// It has no time limit of its own.
    pub fn on_shutdown<F, R>(mut self, hook: F) -> Self
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        self.on_shutdown.push(Arc::new(move || Box::pin(hook())));
        self
    }

    /// Sets how many bytes a body may have; 4 MiB by default, else 413.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.limits.body = bytes;
        self
    }

    /// Sets how many bytes all bodies in flight may have together; 64 MiB by default, else 503.
    pub fn bodies_in_flight_limit(mut self, bytes: usize) -> Self {
        self.limits.bodies_in_flight = bytes;
        self
    }

    /// Sets how slowly a body may come; 10 s between two reads and 30 s in all by default, else 408.
    pub fn body_timeouts(mut self, between_reads: Duration, in_all: Duration) -> Self {
        self.limits.body_gap = between_reads;
        self.limits.body_total = in_all;
        self
    }

    /// Sets how long a silent handler's answer stays undecided before it becomes a
    /// stream; 1 s by default.
    pub fn commit_after(mut self, silence: Duration) -> Self {
        self.limits.commit_after = silence;
        self
    }

    /// Sets the time between two comments on a quiet stream; 15 s by default.
    ///
    /// # Panics
    ///
    /// When `interval` is zero.
    #[track_caller]
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        assert!(!interval.is_zero(), "a stream cannot be all comments");
        self.limits.keep_alive = interval;
        self
    }

    /// Sets how long something may wait for the reader of a stream; 30 s by default.
    ///
    /// Then the stream ends, and the handler with it; in a session the handler goes on
    /// and the client may come back.
    pub fn unread_timeout(mut self, timeout: Duration) -> Self {
        self.limits.unread = timeout;
        self
    }

    /// Sets what may wait for the reader of a stream; 256 messages and 256 KiB by default.
    ///
    /// Beyond it older progress and log messages give way; an answer never does.
    pub fn stream_queue(mut self, messages: usize, bytes: usize) -> Self {
        self.limits.outbox.messages = messages;
        self.limits.outbox.bytes = bytes;
        self
    }

    /// Sets how many streams may listen, in all and per principal; 1 024 and 16 by
    /// default, else 503.
    ///
    /// Anonymous clients have a pool of that size of their own.
    pub fn listen_limits(mut self, in_all: usize, per_principal: usize) -> Self {
        self.limits.listeners = in_all;
        self.limits.listeners_per_principal = per_principal;
        self
    }

    /// Sets how long a request waits for the start hooks; 5 s by default, else 503.
    pub fn start_timeout(mut self, timeout: Duration) -> Self {
        self.limits.start_timeout = timeout;
        self
    }

    /// Sets how long running requests may take once a drain has begun; 20 s by default.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.limits.grace = grace;
        self
    }

    /// Builds the service. It spawns nothing and works outside a runtime.
    ///
    /// # Panics
    ///
    /// When the server has two components of one name or asks for scopes that nobody
    /// grants, when no revision is served, when sessions, an event log or HTTP+SSE are set
    /// up for a service that cannot have them, when a limit of sessions leaves nothing,
    /// or when the path of a route is taken.
    #[track_caller]
    #[must_use]
    pub fn build(self) -> McpService {
        self.check();
        self.check_routes();
        let sessions = self.session_space();
        let beside = self.paths_beside();
        let guard = self.guard.clone();
        let knows_host = Box::new(move |parts: &Parts| guard.check_host(parts).is_ok());
        let legacy = self
            .legacy
            .map(|(stream, messages)| Paths { stream, messages });
        let servers = match self.source {
            Source::One(server) => {
                let core = ServerCore::new(*server, None, self.principal.is_some());
                Servers::One(or_panic(core, "server"))
            }
            Source::Picked(pick) => Servers::picked(pick),
        };
        let budget = BodyBudget::new(self.limits.bodies_in_flight);
        let cors = self
            .cors
            .map(|cors| CorsPolicy::new(&cors, self.guard.clone()));
        let endpoint = Arc::new(Endpoint {
            servers,
            revisions: self.revisions.into(),
            auth: Arc::new(Auth::new(
                self.resource,
                self.public_url,
                knows_host,
                beside,
            )),
            keys: Arc::new(self.keys.unwrap_or_else(StateKeys::random)),
            limits: self.limits,
            gate: Gate::new(),
            listeners: Arc::<Listeners>::default(),
            sessions,
            legacy,
            guard: self.guard,
            principal: self.principal,
            budget,
            service: Service::random(),
            path: OnceLock::new(),
        });
        let front = Front {
            doors: Arc::new(Doors {
                endpoint: Arc::clone(&endpoint),
                protected: self.protected,
            }),
            layers: self.layers,
            cors,
            routes: self.routes,
        };
        let life = Life::new(endpoint, front, self.on_start, self.on_shutdown);
        McpService {
            life: Arc::new(life),
        }
    }
}

impl fmt::Debug for McpServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpServiceBuilder")
            .field("limits", &self.limits)
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}
