//! The operations of an OpenAPI document as tools.

mod arguments;
mod bodies;
mod choosing;
mod hostile;
mod hundred;
mod schemas;
mod written;

use axum::{
    Json, Router,
    extract::Request,
    http::{Uri, header::CONTENT_TYPE},
};
use http_body_util::BodyExt;
use mcp_axum::{Error, McpServer, Tool, route_tool::openapi::Import};
use serde_json::{Value, json};

use crate::support::TestClient;

/// An application that answers every request with what it was.
fn echo() -> Router {
    Router::new().fallback(async |request: Request| {
        let (head, body) = request.into_parts();
        let text = |name: &str| head.headers.get(name)?.to_str().ok();
        let request = format!("{} {}", head.method, Uri::to_string(&head.uri));
        let mut told = json!({"request": request});
        told["kind"] = text(CONTENT_TYPE.as_str()).into();
        told["x-trace"] = text("x-trace").into();
        told["authorization"] = text("authorization").into();
        let body = body.collect().await.expect("a body").to_bytes();
        told["body"] = String::from_utf8_lossy(&body).into();
        Json(told)
    })
}

/// A document of these paths and components.
fn document(version: &str, paths: Value, components: Value) -> Value {
    json!({
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": paths,
        "components": components,
    })
}

/// A document with one operation, `POST /things/{id}`, which has these members too.
fn operation(version: &str, mut members: Value, components: Value) -> Value {
    members["operationId"] = "act".into();
    if members["responses"].is_null() {
        members["responses"] = json!({"200": {"description": "done"}});
    }
    let path = json!({
        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
        "post": members,
    });
    document(version, json!({"/things/{id}": path}), components)
}

fn import(document: &Value) -> Import {
    Import::new(&echo(), document).expect("a document")
}

fn client(tools: Vec<Tool>) -> TestClient {
    TestClient::new(McpServer::new("t", "1").tools(tools))
}

/// Imports a document and returns the first entry of the list.
async fn entry(document: &Value) -> Value {
    let client = client(import(document).tools().expect("tools"));
    let list = client.request("tools/list", json!({})).await.result().await;
    list["tools"][0].clone()
}

/// Imports a document, calls `act`, and returns what the route got.
async fn sent(document: &Value, arguments: Value) -> Value {
    let client = client(import(document).tools().expect("tools"));
    let call = client
        .tool("act", arguments)
        .header("authorization", "Bearer t");
    let result = call.await.result().await;
    assert_eq!(result["isError"], Value::Null, "{result}");
    result["structuredContent"].clone()
}

/// Returns all that an import says of why it failed.
fn failure(import: Result<Vec<Tool>, Error>) -> String {
    let error = import.expect_err("it cannot be imported");
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
