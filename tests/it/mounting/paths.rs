//! Which paths answer, and that the host's own keep answering.

use std::panic::{AssertUnwindSafe, catch_unwind};

use axum::{
    Router,
    routing::{any, get, post},
};
use http::{Method, StatusCode};
use mcp_axum::McpService;
use serde_json::json;

use super::{mounts, server};
use crate::support::TestClient;

#[tokio::test]
async fn every_mount_answers_at_its_own_paths_only_and_redirects_nowhere() {
    for mount in mounts() {
        let mcp = McpService::new(server());
        let app = (mount.app)(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for path in mount.answers {
            let reply = client
                .tool("echo", json!({"text": "whole"}))
                .path(path)
                .await;
            let what = format!("{}: {path}", mount.name);
            assert_eq!(reply.status, StatusCode::OK, "{what}");
            assert_eq!(reply.header("location"), None, "{what}");
            assert_eq!(reply.text().await, "whole", "{what}");
        }
        for path in mount.not_found {
            let reply = client.tool("echo", json!({"text": "x"})).path(path).await;
            assert_eq!(
                reply.status,
                StatusCode::NOT_FOUND,
                "{}: {path}",
                mount.name
            );
        }
    }
}

#[tokio::test]
async fn below_an_exact_mount_the_service_says_where_the_endpoint_is() {
    let mcp = McpService::new(server());
    let app = Router::new().nest_service("/api/mcp", mcp.clone());
    let client = TestClient::mounted(mcp, app, "/api/mcp/deeper");
    let reply = client.tool("echo", json!({"text": "x"})).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let error = reply.error().await;
    assert_eq!(error["code"], -32600);
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("the path above")
    );
}

#[tokio::test]
async fn the_endpoint_is_read_as_clients_see_it() {
    for (app, path) in [
        (
            (|mcp| Router::new().nest("/a", Router::new().nest("/b", mcp.router())))
                as fn(&McpService) -> Router,
            "/a/b/mcp",
        ),
        (
            |mcp| Router::new().nest_service("/api/mcp", mcp.clone()),
            "/api/mcp",
        ),
    ] {
        let mcp = McpService::new(server());
        assert_eq!(mcp.endpoint(), None);
        let client = TestClient::mounted(mcp.clone(), app(&mcp), path);
        client.tool("echo", json!({"text": "x"})).await;
        assert_eq!(mcp.endpoint(), Some(path));
    }
}

#[tokio::test]
async fn the_endpoint_is_not_learnt_from_a_request_that_was_turned_away() {
    let mcp = McpService::new(server());
    let app = Router::new()
        .nest("/wrong", mcp.router())
        .nest("/right", mcp.router());
    let client = TestClient::mounted(mcp.clone(), app, "/wrong/mcp");
    let echo = || client.tool("echo", json!({"text": "x"}));
    for (refused, status) in [
        (echo().header("host", "evil.example"), 403),
        (echo().header("origin", "https://evil.example"), 403),
        (client.raw(Method::GET, ""), 400),
        (client.raw(Method::DELETE, ""), 400),
        (client.raw(Method::PUT, ""), 405),
        (echo().header("accept", "text/html"), 406),
        (echo().header("content-type", "text/plain"), 415),
        (client.post("not JSON"), 400),
        (client.post("[]"), 400),
        (echo().header("mcp-method", "tools/list"), 400),
    ] {
        let reply = refused.await;
        assert_eq!(reply.status, status);
        assert_eq!(mcp.endpoint(), None, "{reply:?}");
    }
    let served = echo().path("/right/mcp").await;
    assert_eq!(served.text().await, "x");
    assert_eq!(mcp.endpoint(), Some("/right/mcp"));
}

#[tokio::test]
async fn a_host_keeps_its_index_its_routes_and_its_fallback() {
    let mcp = McpService::new(server());
    let app = Router::new()
        .route("/", get(async || "index"))
        .route("/health", get(async || "fine"))
        .merge(mcp.router())
        .nest("/nested", mcp.router())
        .fallback(async || (StatusCode::IM_A_TEAPOT, "fallback"));
    let client = TestClient::mounted(mcp, app, "/mcp");
    for (path, status, text) in [
        ("/", 200, "index"),
        ("/health", 200, "fine"),
        ("/nowhere", 418, "fallback"),
        ("/nested", 418, "fallback"),
        ("/nested/typo", 418, "fallback"),
        ("/mcp/typo", 418, "fallback"),
    ] {
        let reply = client.raw(Method::GET, "").path(path).await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.bytes().await, text, "{path}");
    }
    for path in ["/mcp", "/mcp/", "/nested/mcp", "/nested/mcp/"] {
        let reply = client.tool("echo", json!({"text": "x"})).path(path).await;
        assert_eq!(reply.text().await, "x", "{path}");
    }
}

#[test]
fn a_route_of_the_hosts_on_our_path_collides_when_the_app_is_built() {
    let rows: [(&str, fn() -> Router); 5] = [
        ("GET /mcp", || Router::new().route("/mcp", get(async || ""))),
        ("POST /mcp", || {
            Router::new().route("/mcp", post(async || ""))
        }),
        ("GET /mcp/", || {
            Router::new().route("/mcp/", get(async || ""))
        }),
        ("GET /n/mcp", || {
            Router::new().route("/n/mcp", get(async || ""))
        }),
        ("a service", || {
            Router::new().route_service("/mcp", any(async || ""))
        }),
    ];
    let mcp = McpService::new(server());
    for (what, host) in rows {
        let build = || match what {
            "GET /n/mcp" => host().nest("/n", mcp.router()),
            _ => host().merge(mcp.router()),
        };
        let built = catch_unwind(AssertUnwindSafe(build));
        assert!(built.is_err(), "{what} was silently shadowed");
    }
}
