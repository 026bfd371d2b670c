//! The same server as a host embeds it: nested, behind layers of every height, for those alone who say who they are.

use axum::{
    Router,
    extract::{Path, Request},
    middleware::{self as http, Next},
    response::Response,
};
use mcp_axum::{
    McpServer, McpService, Principal,
    auth::ProtectedResource,
    middleware::{self, McpRequest},
};
use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, load_shed::LoadShedLayer};
use tower_http::{compression::CompressionLayer, trace::TraceLayer};

/// Who may ask. The suite cannot send a header, so its key is in the URL.
const KEY: &str = "the-key-of-the-suite";

/// Where the one who may ask finds the service.
pub(crate) const MOUNT: &str = "/a/b/the-key-of-the-suite";

/// Returns the service and the application around it.
pub(crate) fn app(server: McpServer) -> (McpService, Router) {
    let timed = async |request: McpRequest, next: middleware::Next| {
        let method = request.method();
        let response = next.run(request).await;
        tracing::debug!(method, failed = response.is_error(), "answered");
        response
    };
    let server = server
        .layer(middleware::from_fn(timed))
        .visible_if(|ctx, _component| ctx.principal().is_some())
        .outgoing(|message| tracing::trace!(payload = %message.payload()));
    let limits = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(LoadShedLayer::new())
        .layer(ConcurrencyLimitLayer::new(256));
    let mcp = McpService::builder(server)
        .legacy_sse()
        .layer(limits)
        .principal_from::<Principal>(Clone::clone)
        .protected_resource(ProtectedResource::new(["https://login.example.com"]))
        .build();
    let app = Router::new()
        .nest("/a", Router::new().nest("/b/{key}", mcp.router()))
        .layer(http::from_fn(log_in))
        .merge(mcp.well_known_router("/a/b/{key}/mcp"))
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http());
    (mcp, app)
}

async fn log_in(Path(key): Path<String>, mut request: Request, next: Next) -> Response {
    if key == KEY {
        request.extensions_mut().insert(Principal::new("the suite"));
    }
    next.run(request).await
}
