//! Routes of the host's beside the endpoint.

mod health;
mod protected;
mod public;
mod taken;

use axum::{Extension, Router, extract::Path};
use http::Method;
use mcp_axum::{McpServer, McpService, McpServiceBuilder, Principal, tool};

use crate::support::{Call, TestClient};

pub fn builder() -> McpServiceBuilder {
    McpService::builder(McpServer::new("routes", "1").tool(tool("ok", async || "ok")))
}

/// Tells which service a handler found beside it, and who asks.
pub async fn beside(
    Extension(mcp): Extension<McpService>,
    principal: Option<Extension<Principal>>,
) -> String {
    let name = principal.map(|Extension(principal)| principal.key().to_owned());
    let name = name.unwrap_or("nobody".to_owned());
    format!("{name}, {} sessions", mcp.sessions().count())
}

pub async fn item(Path(id): Path<String>) -> String {
    id
}

/// Mounts of the routes, and what stands in front of their paths.
pub const MOUNTS: [(fn(&McpService) -> Router, &str); 4] = [
    (|mcp| mcp.router(), ""),
    (|mcp| Router::new().nest("/a", mcp.router()), "/a"),
    (
        |mcp| Router::new().nest("/a", Router::new().nest("/b", mcp.router())),
        "/a/b",
    ),
    (|mcp| mcp.mount("/server"), "/server"),
];

/// Makes a plain request of a path.
pub fn get(client: &TestClient, path: &str) -> Call {
    client.raw(Method::GET, "").path(path)
}
