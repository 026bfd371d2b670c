//! The metadata of a protected resource, and the challenges that lead to them.

mod building;
mod challenges;
mod documents;
mod matrix;
mod unserved;

use axum::Router;
use http::{HeaderValue, Method, StatusCode, header::RETRY_AFTER, request::Parts};
use mcp_axum::{
    McpServer, McpService, McpServiceBuilder, Principal, Refusal, auth::ProtectedResource, tool,
};
use serde_json::Value;

use crate::support::{Call, Reply, TestClient};

pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
pub const ISSUER: &str = "https://login.example.com";
pub const SCOPES: [&str; 2] = ["notes:read", "notes:write"];

pub fn resource() -> ProtectedResource {
    ProtectedResource::new([ISSUER])
}

/// A login that reads the token: `good`, `weak` of few scopes, `down` while it cannot say.
fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let token = parts.headers.get("authorization");
    match token.map(HeaderValue::as_bytes) {
        None => Ok(None),
        Some(b"Bearer good") => Ok(Some(Principal::new("ada").scopes(SCOPES))),
        Some(b"Bearer weak") => Ok(Some(Principal::new("eve").scopes(["notes:read"]))),
        Some(b"Bearer down") => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE)
            .header(RETRY_AFTER, HeaderValue::from_static("7"))),
        Some(_) => Err(Refusal::new(StatusCode::UNAUTHORIZED)),
    }
}

/// A service with a tool that needs both scopes.
pub fn builder() -> McpServiceBuilder {
    let write = tool("write", async || "written");
    let write = write.requires_scope(SCOPES[0]).requires_scope(SCOPES[1]);
    let server = McpServer::new("notes", "1").tool(write);
    McpService::builder(server).principal(log_in)
}

/// Makes a request of a document, or of anything else that anybody may read.
pub fn get(client: &TestClient, path: &str) -> Call {
    client.raw(Method::GET, "").path(path)
}

/// Reads a document.
pub async fn document(reply: Reply, what: &str) -> Value {
    assert_eq!(reply.status, 200, "{what}: {reply:?}");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    serde_json::from_slice(&reply.bytes().await).expect("JSON")
}

/// Returns a parameter of a challenge.
pub fn parameter<'a>(challenge: &'a str, name: &str) -> Option<&'a str> {
    let parameters = challenge.strip_prefix("Bearer ")?.split(", ");
    let mut found = parameters.filter_map(|it| it.strip_prefix(name)?.strip_prefix("=\""));
    found.next()?.strip_suffix('"')
}

/// A client of a driven service in an app.
pub fn client(mcp: &McpService, app: Router) -> TestClient {
    TestClient::mounted(mcp.clone(), app, "/")
}
