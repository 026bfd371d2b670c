//! What a route gets of the request that carries the call.

use axum::{
    Extension, Json, Router,
    extract::Request,
    http::{Method, Version},
    response::IntoResponse,
};
use http_body_util::BodyExt;
use mcp_axum::{
    McpServer, McpService,
    route_tool::{RouteTool, route_tool},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Call, TestClient, panics::panic_of};

#[derive(Clone)]
struct User(&'static str);

#[derive(Clone)]
struct Secret;

/// An application that answers with the headers and extensions that it got.
fn mirror() -> Router {
    Router::new().fallback(async |request: Request| {
        let mut headers = json!({});
        for (name, value) in request.headers() {
            let value = value.to_str().expect("a text");
            let before = headers[name.as_str()].take();
            headers[name.as_str()] = match before {
                Value::Null => value.into(),
                before => format!("{}; {value}", before.as_str().expect("a text")).into(),
            };
        }
        let user = request.extensions().get::<User>().map(|user| user.0);
        let secret = request.extensions().get::<Secret>().is_some();
        Json(json!({"headers": headers, "user": user, "secret": secret})).into_response()
    })
}

/// Makes a call of the tool with headers that it should and should not see.
fn call(client: &TestClient) -> Call {
    client
        .tool("route", json!({}))
        .header("authorization", "Bearer t")
        .header("cookie", "a=1")
        .also_header("cookie", "b=2")
        .header("x-tenant", "acme")
        .header("x-other", "no")
        .header("user-agent", "model")
        .header("connection", "keep-alive")
}

async fn mirrored(set: impl FnOnce(RouteTool) -> RouteTool) -> Value {
    let route = set(route_tool(&mirror(), Method::GET, "/"));
    let mcp = McpService::new(McpServer::new("t", "1").tool(route.tool("route")));
    let app = mcp
        .router()
        .layer(Extension(User("Ada")))
        .layer(Extension(Secret));
    let client = TestClient::mounted(mcp, app, "/mcp");
    call(&client).await.result().await["structuredContent"].clone()
}

#[tokio::test]
async fn authorization_cookies_and_host_arrive_and_nothing_else_does() {
    assert_eq!(
        mirrored(|route| route).await,
        json!({
            "headers": {
                "accept": "application/json, */*;q=0.5",
                "authorization": "Bearer t",
                "cookie": "a=1; b=2",
                "host": "localhost",
            },
            "user": null,
            "secret": false,
        })
    );
}

#[tokio::test]
async fn a_list_of_headers_replaces_the_default() {
    let got = mirrored(|route| route.forward_headers(["X-Tenant", "x-absent"])).await;
    assert_eq!(
        got["headers"],
        json!({"accept": "application/json, */*;q=0.5", "host": "localhost", "x-tenant": "acme"})
    );
    let got = mirrored(|route| route.forward_headers([] as [&str; 0])).await;
    assert_eq!(got["headers"].as_object().expect("headers").len(), 2);
}

#[tokio::test]
async fn an_extension_arrives_when_its_type_is_listed() {
    let got = mirrored(RouteTool::forward_extension::<User>).await;
    assert_eq!(
        (&got["user"], &got["secret"]),
        (&json!("Ada"), &json!(false))
    );
}

#[tokio::test]
async fn the_host_of_an_http2_request_is_in_its_uri() {
    let route = route_tool(&mirror(), Method::GET, "/");
    let mcp = McpService::builder(McpServer::new("t", "1").tool(route.tool("route")));
    let client = TestClient::with(mcp.any_host().build());
    let call = client.tool("route", json!({})).without("host");
    let (app, mut request) = call.path("http://notes.example/mcp").build();
    *request.version_mut() = Version::HTTP_2;
    let response = app.oneshot(request).await.expect("a router never fails");
    let body = response.into_body().collect().await.expect("a body");
    let message: Value = serde_json::from_slice(&body.to_bytes()).expect("JSON");
    let result = &message["result"];
    assert_eq!(
        result["structuredContent"]["headers"]["host"],
        "notes.example"
    );
}

#[test]
fn a_header_of_the_carrying_request_cannot_be_listed() {
    for name in [
        "host",
        "Host",
        "connection",
        "Keep-Alive",
        "transfer-encoding",
        "TE",
        "trailer",
        "upgrade",
        "proxy-authorization",
        "content-type",
        "Content-Length",
        "content-encoding",
        "mcp-session-id",
        "Mcp-Method",
        "accept",
        "accept-encoding",
        "origin",
        "range",
        "if-none-match",
        "last-event-id",
        "sec-fetch-site",
        "expect",
    ] {
        let route = route_tool(&mirror(), Method::GET, "/");
        let panicked = panic_of(|| route.forward_headers([name]));
        let quoted = format!("`{name}`");
        assert!(panicked.message.contains(&quoted), "{panicked:?}");
        assert!(panicked.file.ends_with("forwarding.rs"), "{panicked:?}");
    }
    let route = route_tool(&mirror(), Method::GET, "/");
    let panicked = panic_of(|| route.forward_headers(["two words"]));
    assert!(panicked.message.contains("`two words`"), "{panicked:?}");
}
