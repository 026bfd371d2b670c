//! Methods that a service does not take are refused by the endpoint itself.

use axum::Router;
use http::{Method, StatusCode};
use mcp_axum::{McpService, protocol::Revision, session::Sessions};

use super::{mounts, server};
use crate::support::{TestClient, spawn::Spawned, wire::Wire};

/// What no service takes, and what only one with sessions takes.
const OTHERS: [&str; 7] = ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW", "GET", "DELETE"];

/// A kind of service, how many of those it refuses, and what it says that it takes.
type Kind = (fn() -> McpService, usize, &'static str);

const KINDS: [Kind; 3] = [
    (|| McpService::new(server()), 5, "GET, POST, DELETE"),
    (without_sessions, 7, "POST"),
    (stateless_only, 7, "POST"),
];

fn without_sessions() -> McpService {
    McpService::builder(server())
        .sessions(Sessions::Off)
        .build()
}

fn stateless_only() -> McpService {
    let builder = McpService::builder(server());
    builder.revisions([Revision::V2026_07_28]).build()
}

#[tokio::test]
async fn every_other_method_is_405_with_allow_and_a_json_rpc_body_under_every_mount() {
    for mount in mounts() {
        for (service, refused, allow) in KINDS {
            let mcp = service();
            let app = (mount.app)(&mcp);
            let client = TestClient::mounted(mcp, app, mount.answers[0]);
            for name in &OTHERS[..refused] {
                let method = Method::from_bytes(name.as_bytes()).unwrap();
                let reply = client.raw(method, "").await;
                let what = format!("{}: {name}", mount.name);
                assert_eq!(reply.header("allow"), Some(allow), "{what}");
                assert_eq!(reply.refusal().await, (405, -32600), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn with_sessions_get_and_delete_reach_the_endpoint_under_every_mount() {
    for mount in mounts() {
        let mcp = McpService::new(server());
        let app = (mount.app)(&mcp);
        let client = TestClient::mounted(mcp, app, mount.answers[0]);
        let session = client.open("2025-11-25").await;
        let stream = session.get().await;
        assert!(stream.is_stream(), "{}: {stream:?}", mount.name);
        assert_eq!(session.delete().await.status, 204, "{}", mount.name);
    }
}

#[tokio::test]
async fn a_hosts_own_405_does_not_answer_for_the_endpoint() {
    let mcp = stateless_only();
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
        for (service, _, allow) in KINDS {
            let mcp = service();
            let app = (mount.app)(&mcp);
            let client = TestClient::mounted(mcp, app, mount.answers[0]);
            let reply = client.raw(Method::HEAD, "").await;
            assert_eq!(reply.status, 405, "{}", mount.name);
            assert_eq!(reply.header("allow"), Some(allow), "{}", mount.name);
            assert_eq!(reply.header("content-type"), Some("application/json"));
        }
    }
}

#[tokio::test]
async fn over_a_socket_head_ends_without_a_body_and_the_connection_goes_on() {
    let mcp = stateless_only();
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
