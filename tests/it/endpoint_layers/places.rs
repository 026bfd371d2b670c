//! What they stand around, and what not.

use axum::{Router, routing::get};
use http::Method;
use serde_json::json;
use tower::util::MapRequestLayer;

use super::{EVERYWHERE, anew, builder, everywhere, mark, passed};
use crate::support::TestClient;

#[tokio::test]
async fn they_stand_around_every_door_of_the_service_and_no_public_route() {
    let mcp = builder()
        .layer(mark("layer"))
        .route("/public", get(async || "public"))
        .health("/health")
        .protected_route("/protected", get(async || "protected"))
        .build();
    let app = everywhere(&mcp).route("/own", get(async || "own"));
    let client = TestClient::mounted(mcp, app, "/");
    for path in EVERYWHERE {
        let reply = client.tool("echo", json!({"text": "x"})).path(path).await;
        assert_eq!(passed(&reply.headers), ["layer"], "{path}");
        assert_eq!(reply.text().await, "x", "{path}");
        let refused = client.raw(Method::PUT, "").path(path).await;
        assert_eq!(refused.status, 405, "{path}");
        assert_eq!(passed(&refused.headers), ["layer"], "{path}");
    }
    for (path, status, around) in [
        ("/sse", 200, true),
        ("/a/sse/", 200, true),
        ("/messages", 405, true),
        ("/protected", 200, true),
        ("/a/protected", 200, true),
        ("/exact/deeper", 404, true),
        ("/public", 200, false),
        ("/health", 200, false),
        ("/own", 200, false),
        ("/nowhere", 404, false),
    ] {
        let reply = client.raw(Method::GET, "").path(path).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(passed(&reply.headers).len(), usize::from(around), "{path}");
    }
}

#[tokio::test]
async fn the_last_one_that_was_added_is_outermost() {
    let mcp = builder()
        .layer(mark("first"))
        .layer(mark("second"))
        .layer(mark("third"));
    let mcp = mcp.build();
    let app = everywhere(&mcp);
    let client = TestClient::mounted(mcp, app, "/");
    for path in EVERYWHERE {
        let reply = client.tool("echo", json!({"text": "x"})).path(path).await;
        let expected = ["first", "second", "third"];
        assert_eq!(passed(&reply.headers), expected, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_a_layer_builds_anew_reaches_the_endpoint() {
    let mcp = builder().layer(MapRequestLayer::new(anew)).build();
    let app = Router::new().nest("/t/{tenant}", everywhere(&mcp));
    let client = TestClient::mounted(mcp, app, "/");
    for path in EVERYWHERE {
        let path = format!("/t/acme{path}");
        let reply = client.tool("echo", json!({"text": "x"})).path(&path).await;
        assert_eq!(reply.text().await, "x", "{path}");
    }
}

#[tokio::test]
async fn a_layer_that_answers_by_itself_leaves_the_endpoint_alone() {
    use axum::{extract::Request, middleware::Next, middleware::from_fn};
    async fn nobody(_: Request, _: Next) -> http::StatusCode {
        http::StatusCode::IM_A_TEAPOT
    }
    let mcp = builder().layer(from_fn(nobody)).build();
    let app = everywhere(&mcp);
    let client = TestClient::mounted(mcp.clone(), app, "/");
    for path in EVERYWHERE.iter().chain(&["/sse", "/messages"]) {
        let call = client.initialize("2025-11-25", json!({})).path(path);
        assert_eq!(call.await.status, 418, "{path}");
    }
    assert_eq!((mcp.sessions().count(), mcp.endpoint()), (0, None));
}
