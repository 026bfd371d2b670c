//! Routes of the host's beside the endpoint.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    body::Body,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, get, on},
};
use http::{Request, StatusCode, header::RETRY_AFTER};
use serde_json::json;

use crate::{auth::WELL_KNOWN, http::gate::Phase};

use super::{
    McpService, McpServiceBuilder,
    doors::Door,
    front::{Route, RouteKind, answer},
};

impl McpServiceBuilder {
    /// Adds a route beside the endpoint, open to everybody.
    ///
    /// It nests with the router, and neither the endpoint's layers and guard nor its limit of
    /// bodies apply to it. Handlers find the [`McpService`] as an
    /// [`Extension`]; their own state comes with `MethodRouter::with_state`.
    ///
    /// # Panics
    ///
    /// When the path does not begin with `/`; and when the service is built, if the path is
    /// taken, or is none to axum.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::routing::get;
    /// use mcp_axum::{McpServer, McpService};
    ///
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .route("/version", get(async || "1.0.0"))
    ///     .health("/health")
    ///     .build();
    /// ```
    #[track_caller]
    pub fn route(self, path: &str, route: MethodRouter) -> Self {
        self.add_route(path, RouteKind::Public(Box::new(route)))
    }

    /// Adds a route behind the endpoint's layers and its login.
    ///
    /// Whoever the endpoint would turn away for not saying who asks is turned away here, and
    /// the [`Principal`](crate::Principal) is an [`Extension`] of the request.
    /// The guard of `Host` and `Origin` is the endpoint's own: behind a login by cookie, protect
    /// what changes something against other sites as anywhere in the application.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route).
    #[track_caller]
    pub fn protected_route(mut self, path: &str, route: MethodRouter) -> Self {
        let number = self.protected.len();
        self.protected.push(route);
        self.add_route(path, RouteKind::Protected(number))
    }

    /// Adds a route that tells how the service is: 200, or 503 while it serves nothing.
    ///
    /// The body is `{"status":"ok","sessions":0,"draining":false}`. Open to everybody.
    ///
    /// # Panics
    ///
    /// As [`route`](Self::route).
    #[track_caller]
    pub fn health(self, path: &str) -> Self {
        self.add_route(path, RouteKind::Health)
    }

    #[track_caller]
    fn add_route(mut self, path: &str, kind: RouteKind) -> Self {
        assert!(path.starts_with('/'), "`{path}` does not begin with `/`");
        let path = path.to_owned();
        self.routes.push(Route { path, kind });
        self
    }

    /// Refuses a route whose path is taken.
    #[track_caller]
    pub(super) fn check_routes(&self) {
        let mut router = Router::<()>::new();
        let mut taken: Vec<(String, &str)> = vec![(shape("/mcp"), "the MCP endpoint")];
        if let Some((stream, messages)) = &self.legacy {
            taken.extend([stream, messages].map(|path| (shape(path), "HTTP+SSE")));
        }
        for Route { path, .. } in &self.routes {
            let own = shape(path);
            let metadata = own
                .starts_with(WELL_KNOWN)
                .then_some("the metadata of the resource");
            let by = taken.iter().find(|(other, _)| *other == own).map(|it| it.1);
            if let Some(by) = metadata.or(by) {
                panic!("the path `{path}` of a route is taken by {by}; choose another one");
            }
            taken.push((own, "another route"));
            // What else no router takes, this one finds out here and not where it is mounted.
            router = router.route(path, get(async || ()));
        }
    }

    /// Returns the paths of the routes that ask for the endpoint's login.
    pub(super) fn paths_beside(&self) -> Vec<String> {
        let protected = self.routes.iter();
        let protected = protected.filter(|it| matches!(it.kind, RouteKind::Protected(_)));
        let protected = protected.map(|route| &route.path);
        let legacy = self.legacy.iter().flat_map(|(one, other)| [one, other]);
        let paths = legacy.chain(protected);
        paths
            .map(|path| path.trim_end_matches('/').to_owned())
            .collect()
    }
}

/// What two paths have in common that no router can tell apart.
fn shape(path: &str) -> String {
    let segments = path.trim_end_matches('/').split('/');
    let segments = segments.map(|segment| match segment {
        it if it.starts_with("{*") => "{*}",
        it if it.starts_with('{') && it.ends_with('}') => "{}",
        it => it,
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Adds the routes of the host's to a router.
pub(super) fn add_routes<S>(router: Router<S>, mcp: &McpService) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let routes = mcp.life.front.routes.iter();
    routes.fold(router, |router, Route { path, kind }| {
        let route = match kind {
            RouteKind::Public(route) => MethodRouter::clone(route).with_state(()),
            RouteKind::Protected(number) => through(mcp, Door::Route(*number)),
            RouteKind::Health => get(health).with_state(mcp.clone()),
        };
        router.route(path, route.layer(Extension(mcp.clone())))
    })
}

/// A route that leads to a door of the service.
pub(super) fn through<S>(mcp: &McpService, door: Door) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let life = mcp.life.clone();
    let through = move |request: Request<Body>| answer(Arc::clone(&life), door, request);
    // Named one by one, so that a route of the host's on this path collides.
    let methods = [
        MethodFilter::POST,
        MethodFilter::PUT,
        MethodFilter::PATCH,
        MethodFilter::DELETE,
        MethodFilter::OPTIONS,
        MethodFilter::TRACE,
    ];
    let methods = methods
        .into_iter()
        .fold(MethodFilter::GET, MethodFilter::or);
    on(methods, through.clone()).fallback(through)
}

async fn health(State(mcp): State<McpService>) -> Response {
    let phase = mcp.life.endpoint.gate.phase();
    let word = match phase {
        Phase::Open => "ok",
        Phase::Idle => "not driven",
        Phase::Starting => "starting",
        Phase::Failed => "failed",
        Phase::Draining => "draining",
        Phase::Closed => "closed",
    };
    let body = Json(json!({
        "status": word,
        "sessions": mcp.sessions().count(),
        "draining": phase == Phase::Draining,
    }));
    match phase {
        Phase::Open => body.into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")], body).into_response(),
    }
}
