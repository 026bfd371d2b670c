//! Pages of other origins: what a browser is told about the endpoint.

mod answers;
mod building;
mod off;
mod preflight;

use std::collections::BTreeSet;

use axum::Router;
use http::Method;
use mcp_axum::{Args, Context, McpServer, McpService, McpServiceBuilder, mount::Cors, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::support::{Call, Reply, TestClient};

/// The page that may use the endpoint, and one that may not.
pub const PAGE: &str = "https://chat.example";
pub const FOREIGN: &str = "https://evil.example";

/// What a page may read of an answer.
pub const EXPOSED: [&str; 4] = [
    "mcp-session-id",
    "www-authenticate",
    "mcp-protocol-version",
    "retry-after",
];

/// Everything that a client of any revision sends.
pub const SENT: [&str; 8] = [
    "accept",
    "authorization",
    "content-type",
    "last-event-id",
    "mcp-session-id",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
];

/// An argument that is repeated in a header.
#[derive(Deserialize, JsonSchema)]
struct Query {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: Option<String>,
}

async fn query(ctx: Context, Args(query): Args<Query>) -> String {
    ctx.progress(1.0, None, None);
    query.region.unwrap_or_default()
}

pub fn server() -> McpServer {
    McpServer::new("pages", "1").tool(tool("query", query))
}

/// A service whose endpoint the page may use.
pub fn builder() -> McpServiceBuilder {
    let builder = McpService::builder(server()).legacy_sse();
    builder.cors(Cors::origins([PAGE]))
}

/// One way to mount a service: the app, and the paths that lead to it.
type Mount = (fn(&McpService) -> Router, &'static [&'static str]);

pub const MOUNTS: [Mount; 4] = [
    (
        |mcp| Router::new().merge(mcp.router()),
        &["/mcp", "/mcp/", "/sse", "/messages/"],
    ),
    (
        |mcp| Router::new().nest("/a", Router::new().nest("/{b}", mcp.router())),
        &["/a/b/mcp", "/a/b/mcp/", "/a/b/sse/", "/a/b/messages"],
    ),
    (
        |mcp| Router::new().nest_service("/api/mcp", mcp.clone()),
        &["/api/mcp", "/api/mcp/"],
    ),
    (
        |mcp| Router::new().fallback_service(mcp.clone()),
        &["/", "/any/where"],
    ),
];

/// Makes the question that a browser asks before it sends these headers.
pub fn preflight(client: &TestClient, path: &str, headers: &str) -> Call {
    let call = client.raw(Method::OPTIONS, "").path(path);
    call.header("origin", PAGE)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", headers)
}

/// A call that is answered, unless something objects.
pub fn call(client: &TestClient) -> Call {
    let call = client.tool("query", json!({"region": "eu"}));
    call.header("mcp-param-region", "eu")
}

/// Returns the entries of a header that is a list, in lower case.
pub fn listed(reply: &Reply, name: &str) -> BTreeSet<String> {
    let values = reply.headers.get_all(name).iter();
    let values = values.flat_map(|value| value.to_str().expect("ASCII").split(','));
    let values = values.map(|value| value.trim().to_ascii_lowercase());
    values.filter(|value| !value.is_empty()).collect()
}

/// Returns the headers of CORS in an answer.
pub fn cors_headers(reply: &Reply) -> Vec<&str> {
    let names = reply.headers.keys().map(http::HeaderName::as_str);
    names
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

/// Asserts that a page may read an answer, and which of its headers.
pub fn assert_readable(reply: &Reply, what: &str) {
    let allowed = reply.header("access-control-allow-origin");
    assert_eq!(allowed, Some(PAGE), "{what}: {reply:?}");
    let exposed = listed(reply, "access-control-expose-headers");
    assert_eq!(exposed, EXPOSED.map(str::to_owned).into(), "{what}");
    assert!(listed(reply, "vary").contains("origin"), "{what}");
}
