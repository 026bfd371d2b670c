//! Routes of the host's application as tools.

mod answers;
mod arguments;
mod bounds;
mod building;
mod forwarding;
mod hostile;
mod schemas;

use axum::{
    Json, Router,
    body::Bytes,
    extract::Request,
    http::{HeaderMap, Method, Uri, header::CONTENT_TYPE},
};
use http_body_util::BodyExt;
use mcp_axum::{McpServer, Tool};
use serde_json::{Value, json};

use crate::support::TestClient;

/// Serves these tools.
fn client(tools: impl IntoIterator<Item = Tool>) -> TestClient {
    TestClient::new(McpServer::new("routes", "1").tools(tools))
}

/// An application that answers every request with what it was.
fn echo() -> Router {
    Router::new().fallback(async |request: Request| {
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Json(told(&head.method, &head.uri, &head.headers, &body))
    })
}

fn told(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Value {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    json!({
        "request": format!("{method} {uri}"),
        "kind": kind,
        "body": String::from_utf8_lossy(body),
    })
}
