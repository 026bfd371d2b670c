//! Layers around the endpoint alone.

mod bodies;
mod building;
mod errors;
mod places;
mod sharing;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body, extract::Request};
use http::{HeaderValue, Response};
use mcp_axum::{Args, McpServer, McpService, McpServiceBuilder, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::util::MapResponseLayer;
use tower_layer::Layer;

#[derive(Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

pub fn server<S>() -> McpServer<S>
where
    S: Clone + Send + Sync + 'static,
{
    McpServer::new("layered", "1").tool(tool("echo", async |Args(it): Args<Echo>| it.text))
}

pub fn builder() -> McpServiceBuilder {
    McpService::builder(server()).legacy_sse()
}

/// Adds a name to a header of each answer that passes.
pub fn mark(
    name: &'static str,
) -> MapResponseLayer<impl Fn(Response<Body>) -> Response<Body> + Clone + Send + Sync> {
    MapResponseLayer::new(move |mut response: Response<Body>| {
        let name = HeaderValue::from_static(name);
        response.headers_mut().append("x-passed", name);
        response
    })
}

/// Returns the names that an answer has passed, from the inside out.
pub fn passed(headers: &http::HeaderMap) -> Vec<&str> {
    let names = headers.get_all("x-passed").iter();
    names.map(|name| name.to_str().expect("ASCII")).collect()
}

/// Counts how often it is put around a service.
#[derive(Clone, Default)]
pub struct Counted {
    pub built: Arc<AtomicUsize>,
}

impl<S> Layer<S> for Counted {
    type Service = S;

    fn layer(&self, inner: S) -> S {
        self.built.fetch_add(1, Ordering::SeqCst);
        inner
    }
}

/// Every way to the endpoint of one service at once, and the paths that lead to it.
pub fn everywhere(mcp: &McpService) -> Router {
    Router::new()
        .merge(mcp.router())
        .nest("/a", mcp.router())
        .nest_service("/exact", mcp.clone())
        .route_service("/route", mcp.clone())
}

pub const EVERYWHERE: [&str; 7] = [
    "/mcp", "/mcp/", "/a/mcp", "/a/mcp/", "/exact", "/exact/", "/route",
];

/// A request as it came, with everything that was put into it gone.
pub fn anew(request: Request) -> Request {
    let (parts, body) = request.into_parts();
    let mut anew = Request::new(body);
    *anew.method_mut() = parts.method;
    *anew.uri_mut() = parts.uri;
    *anew.headers_mut() = parts.headers;
    anew
}
