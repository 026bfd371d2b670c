//! The service: a server with its HTTP face, ready to be mounted.

mod builder;
mod cors;
mod doors;
mod front;
mod http_service;
mod identity;
mod legacy;
mod older;
mod routes;
mod well_known;

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Body,
    routing::{MethodFilter, on_service},
};
use bytes::Buf;
use http::{Request, Response, request::Parts};
use http_body_util::BodyExt;
use tower_service::Service;

use crate::{
    error::BoxError,
    lifespan::{Life, Lifespan},
    server::{McpServer, Notifier, Registry, ServerCore, ServerHandle},
    session::OpenSessions,
};

pub(crate) use self::front::Front;
pub use self::{builder::McpServiceBuilder, cors::Cors, http_service::HttpService};
use self::{builder::Source, doors::Door};

/// A server with its HTTP face: a tower service, and an axum router.
///
/// Always ready, never fails, cheap to clone; clones share everything.
///
/// | Mount | Endpoint |
/// |---|---|
/// | `app.merge(mcp.router())` | `/mcp` |
/// | `app.nest("/mcp-server", mcp.router())` | `/mcp-server/mcp` |
/// | `app.nest_service("/api/mcp", mcp.clone())` | `/api/mcp` |
///
/// With and without a slash at the end; nothing redirects.
///
/// # Examples
///
/// ```
/// use axum::{routing::get, Router};
/// use mcp_axum::{McpServer, McpService};
///
/// let mcp = McpService::new(McpServer::new("notes", "1.0.0"));
/// let app: Router = Router::new()
///     .route("/", get(async || "hello"))
///     .nest("/mcp-server", mcp.router());
/// ```
#[derive(Clone)]
pub struct McpService {
    life: Arc<Life>,
}

impl McpService {
    /// Creates a service with secure defaults: for clients on this machine.
    ///
    /// Name the hosts of a public app with
    /// [`allowed_hosts`](McpServiceBuilder::allowed_hosts).
    ///
    /// # Panics
    ///
    /// When the server has two components of one name.
    #[track_caller]
    #[must_use]
    pub fn new(server: McpServer) -> Self {
        Self::builder(server).build()
    }

    /// Creates a builder, for everything else.
    pub fn builder(server: McpServer) -> McpServiceBuilder {
        McpServiceBuilder::new(Source::One(Box::new(server)))
    }

    /// Creates the builder of a service that picks its server for each request.
    ///
    /// For tenants, plans and feature flags: the function looks at the request, with
    /// whatever outer layers put into it, and returns one of the servers that were made
    /// ready before; `None` is 404. It should be as cheap as a look into a map. A session
    /// belongs to the server that it was opened on.
    ///
    /// See [`ServerHandle`] for an example.
    pub fn select<F>(pick: F) -> McpServiceBuilder
    where
        F: Fn(&Parts) -> Option<ServerHandle> + Send + Sync + 'static,
    {
        McpServiceBuilder::new(Source::Picked(Box::new(pick)))
    }

    /// Returns a router with the endpoint at `/mcp` and `/mcp/`, and nothing else but
    /// what [`legacy_sse`](McpServiceBuilder::legacy_sse) and
    /// [`route`](McpServiceBuilder::route) ask for.
    ///
    /// Real routes only: no `/`, no fallback. It nests, merges and takes layers
    /// as any router; the handlers' own state was given with
    /// [`McpServer::with_state`].
    pub fn router<S>(&self) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        // Every method is ours, so that no fallback of the host answers for it;
        // named one by one, so that a route of the host's on this path collides.
        let methods = MethodFilter::GET
            .or(MethodFilter::POST)
            .or(MethodFilter::DELETE);
        let endpoint = || on_service(methods, self.clone()).fallback_service(self.clone());
        let router = Router::new()
            .route("/mcp", endpoint())
            .route("/mcp/", endpoint());
        routes::add_routes(legacy::add_routes(router, self), self)
    }

    /// Returns the handle that the host drives the service with.
    pub fn lifespan(&self) -> Lifespan {
        Lifespan::new(Arc::clone(&self.life))
    }

    /// Returns the components on offer, changeable while the service runs.
    ///
    /// # Panics
    ///
    /// When the service picks its server for each request: ask the [`ServerHandle`].
    #[track_caller]
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.core().registry
    }

    /// Returns what tells clients of changes.
    ///
    /// # Panics
    ///
    /// As [`registry`](Self::registry).
    #[track_caller]
    #[must_use]
    pub fn notifier(&self) -> Notifier {
        self.core().notifier()
    }

    #[track_caller]
    fn core(&self) -> &Arc<ServerCore> {
        let one = self.life.endpoint.servers.one();
        one.expect("the server is picked for each request; ask its `ServerHandle`")
    }

    /// Returns the path of the endpoint as clients see it, once a request was let in.
    ///
    /// Of several mounts, or of a path with parameters, it is the first that was used.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.life.endpoint.path.get().map(String::as_str)
    }

    /// Returns the sessions that are open, to look at and to close.
    #[must_use]
    pub fn sessions(&self) -> OpenSessions {
        let space = self.life.endpoint.sessions.as_ref();
        OpenSessions::new(space.map(|space| Arc::clone(&space.directory)))
    }

    /// Returns how many requests are running.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.life.endpoint.gate.inside()
    }

    /// Returns how many streams listen for changes.
    #[must_use]
    pub fn listeners(&self) -> usize {
        self.life.endpoint.listeners.count()
    }
}

impl<B> Service<Request<B>> for McpService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let life = Arc::clone(&self.life);
        let request = request.map(into_body);
        front::answer(life, Door::Endpoint, request)
    }
}

/// Takes a body as axum's own; one that is it already stays as it is.
fn into_body<B>(body: B) -> Body
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    let mut body = Some(body);
    if let Some(body) = (&mut body as &mut dyn std::any::Any).downcast_mut::<Option<Body>>() {
        return body.take().unwrap_or_default();
    }
    let body = body.expect("taken only as axum's own body");
    Body::new(
        body.map_frame(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining()))),
    )
}

impl fmt::Debug for McpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpService")
            .field("front", &self.life.front)
            .finish()
    }
}
