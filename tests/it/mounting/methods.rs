//! Every method but POST is refused by the endpoint itself.

use axum::Router;
use http::{Method, StatusCode};
use mcp_axum::McpService;

use super::{mounts, server};
use crate::support::{TestClient, spawn::Spawned, wire::Wire};

const OTHERS: [&str; 7] = ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "TRACE", "BREW"];

#[tokio::test]
async fn every_other_method_is_405_with_allow_and_a_json_rpc_body_under_every_mount() {
    for mount in mounts() {
        let mcp = McpService::new(server());
        let app = (mount.app)(&mcp);
        let client = TestClient::mounted(mcp, app, mount.answers[0]);
        for name in OTHERS {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            let reply = client.raw(method, "").await;
            let what = format!("{}: {name}", mount.name);
            assert_eq!(reply.header("allow"), Some("POST"), "{what}");
            assert_eq!(reply.refusal().await, (405, -32600), "{what}");
        }
    }
}

#[tokio::test]
async fn a_hosts_own_405_does_not_answer_for_the_endpoint() {
    let mcp = McpService::new(server());
    let app = Router::new()
        .merge(mcp.router())
        .nest("/nested", mcp.router())
        .route("/own", axum::routing::get(async || ""))
        .method_not_allowed_fallback(async || (StatusCode::IM_A_TEAPOT, "the host's"));
    let client = TestClient::mounted(mcp, app, "/mcp");
    for path in ["/mcp", "/mcp/", "/nested/mcp", "/nested/mcp/"] {
        for name in OTHERS {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            let reply = client.raw(method, "").path(path).await;
            assert_eq!(reply.refusal().await, (405, -32600), "{name} {path}");
        }
    }
    let reply = client.raw(Method::PUT, "").path("/own").await;
    assert_eq!(reply.status, StatusCode::IM_A_TEAPOT);
}

#[tokio::test]
async fn head_is_refused_and_runs_nothing() {
    for mount in mounts() {
        let mcp = McpService::new(server());
        let app = (mount.app)(&mcp);
        let client = TestClient::mounted(mcp, app, mount.answers[0]);
        let reply = client.raw(Method::HEAD, "").await;
        assert_eq!(
            reply.status,
            StatusCode::METHOD_NOT_ALLOWED,
            "{}",
            mount.name
        );
        assert_eq!(reply.header("allow"), Some("POST"), "{}", mount.name);
        assert_eq!(reply.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn over_a_socket_head_ends_without_a_body_and_the_connection_goes_on() {
    let mcp = McpService::new(server());
    let _guard = mcp.lifespan().start();
    let app = Spawned::new(Router::new().merge(mcp.router())).await;
    let mut wire = Wire::connect(app.address).await;
    wire.send("HEAD /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let head = wire.head().await;
    assert!(head.starts_with("HTTP/1.1 405"), "{head}");
    assert!(head.contains("\r\nallow: POST\r\n"), "{head}");
    // Had the answer a body, the next answer would not begin here.
    wire.send("GET /mcp HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let (head, body) = wire.response().await;
    assert!(head.starts_with("HTTP/1.1 405"), "{head}");
    assert!(head.contains("\r\nallow: POST\r\n"), "{head}");
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["error"]["code"], -32600);
}
