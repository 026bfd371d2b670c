//! The routes of the metadata of the protected resource (RFC 9728 §3).

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use http::{Method, StatusCode, header::CACHE_CONTROL, request::Parts};
use tower_http::cors::{Any, CorsLayer};

use crate::{
    auth::{WELL_KNOWN, document_path, original_path},
    http::endpoint::Endpoint,
};

use super::McpService;

impl McpService {
    /// Returns [`router`](Self::router) nested at `path`, with the metadata of the
    /// protected resource at the root.
    ///
    /// To be merged into the application: `app.merge(mcp.mount("/mcp-server"))` serves
    /// `/mcp-server/mcp`. With an empty path nothing is nested. Without a
    /// [`protected_resource`](crate::McpServiceBuilder::protected_resource) it is
    /// the nested router alone.
    ///
    /// # Panics
    ///
    /// When the path is neither empty nor begins with `/`.
    #[track_caller]
    pub fn mount<S>(&self, path: &str) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let path = path.trim_end_matches('/');
        assert!(
            path.is_empty() || path.starts_with('/'),
            "`{path}` does not begin with `/`"
        );
        let router = match path {
            "" => self.router(),
            path => Router::new().nest(path, self.router()),
        };
        if self.life.endpoint.auth.resource.is_none() {
            return router;
        }
        router.merge(self.well_known_router(&format!("{path}/mcp")))
    }

    /// Returns a router with the metadata of the protected resource alone, for hosts that
    /// nest the endpoint themselves.
    ///
    /// `endpoint` is the path of the endpoint as clients see it. To be merged at the root of
    /// the application, outside its login: the document is public.
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::Router;
    /// use mcp_axum::{auth::ProtectedResource, McpServer, McpService, Principal};
    ///
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .principal_from::<Principal>(Clone::clone)
    ///     .protected_resource(ProtectedResource::new(["https://login.example.com"]))
    ///     .build();
    /// let app: Router = Router::new()
    ///     .nest_service("/api/mcp", mcp.clone())
    ///     .merge(mcp.well_known_router("/api/mcp"));
    /// ```
    ///
    /// # Panics
    ///
    /// When the path does not begin with `/`, or when the service has no
    /// [`protected_resource`](crate::McpServiceBuilder::protected_resource).
    #[track_caller]
    pub fn well_known_router<S>(&self, endpoint: &str) -> Router<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        assert!(
            endpoint.starts_with('/'),
            "`{endpoint}` does not begin with `/`"
        );
        let path = endpoint.trim_end_matches('/');
        let auth = &self.life.endpoint.auth;
        let resource = auth.resource.as_ref();
        let resource = resource.expect(
            "a service without metadata; set them with `McpService::builder(..).protected_resource(..)`",
        );
        auth.serves(path);
        let served = Served {
            endpoint: Arc::clone(&self.life.endpoint),
            path: path.into(),
        };
        let document = document_path(path);
        let router = Router::new()
            .route(&format!("{document}/"), route(served.clone()))
            .route(&document, route(served.clone()));
        match resource.at_root && !path.is_empty() {
            true => router
                .route(WELL_KNOWN, route(served.clone()))
                .route(&format!("{WELL_KNOWN}/"), route(served)),
            false => router,
        }
    }
}

/// What the metadata are told of.
#[derive(Clone)]
struct Served {
    endpoint: Arc<Endpoint>,
    /// The path of the MCP endpoint, which may have parameters.
    path: Arc<str>,
}

/// The document is public, and whoever may ask may read it.
fn route<S>(served: Served) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_headers(Any)
        .allow_methods([Method::GET]);
    get(document).layer(cors).with_state(served)
}

async fn document(State(served): State<Served>, parts: Parts) -> Response {
    let Served { endpoint, path } = served;
    let auth = &endpoint.auth;
    let Some(base) = auth.base(&parts) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    let resource = resource_path(original_path(&parts), &path);
    match (&auth.resource, resource) {
        (Some(metadata), Some(resource)) => {
            let caching = [(CACHE_CONTROL, "public, max-age=300")];
            let document = metadata.document(&format!("{base}{resource}"));
            (caching, Json(document)).into_response()
        }
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Returns the path of the resource that a document is asked for.
fn resource_path(asked: &str, endpoint: &str) -> Option<String> {
    let (outer, named) = asked.trim_end_matches('/').split_once(WELL_KNOWN)?;
    if !named.is_empty() {
        return Some(format!("{outer}{named}"));
    }
    // The path that names no resource stands for the only one, if it is only one.
    (!endpoint.contains('{')).then(|| format!("{outer}{endpoint}"))
}
