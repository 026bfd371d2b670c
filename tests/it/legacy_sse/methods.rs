//! Which methods each of the two endpoints takes, and that there are none unasked.

use axum::{Router, routing::get};
use http::{Method, StatusCode};
use mcp_axum::McpService;
use serde_json::json;

use super::{builder, client, connect, mounted, server, stream};
use crate::support::TestClient;

const DOORS: [(&str, &str); 4] = [
    ("/sse", "GET"),
    ("/sse/", "GET"),
    ("/messages", "POST"),
    ("/messages/", "POST"),
];

const METHODS: [&str; 9] = [
    "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "GET", "POST",
];

#[tokio::test]
async fn unless_asked_for_neither_endpoint_exists() {
    let mcp = McpService::new(server());
    let app = mcp
        .router()
        .fallback(async || (StatusCode::NOT_FOUND, "the host's"));
    let client = mounted(&mcp, app);
    for (path, _) in DOORS {
        for name in METHODS {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            let reply = client.raw(method, "{}").path(path).await;
            assert_eq!(reply.status, 404, "{name} {path}");
            if name != "HEAD" {
                assert_eq!(reply.bytes().await, "the host's", "{name} {path}");
            }
        }
    }
    assert_eq!(mcp.sessions().count(), 0);
}

#[tokio::test]
async fn the_host_may_have_routes_of_its_own_there() {
    let mcp = McpService::new(server());
    let app = mcp.router().route("/sse", get(async || "the host's"));
    let client = mounted(&mcp, app);
    assert_eq!(stream(&client).await.bytes().await, "the host's");
}

#[tokio::test]
async fn every_other_method_is_405_with_allow_and_opens_nothing() {
    let client = client();
    let old = connect(&client).await;
    for (path, allow) in DOORS {
        for name in METHODS.iter().filter(|name| **name != allow) {
            let method = Method::from_bytes(name.as_bytes()).unwrap();
            for query in ["", "?sessionId=", "?sessionId=x"] {
                let reply = client
                    .raw(method.clone(), "")
                    .path(&format!("{path}{query}"))
                    .await;
                assert_eq!(reply.header("allow"), Some(allow), "{name} {path}");
                assert!(!reply.is_stream(), "{name} {path}");
                assert_eq!(reply.status, 405, "{name} {path}");
                if *name != "HEAD" {
                    assert_eq!(reply.refusal().await, (405, -32600), "{name} {path}");
                }
            }
        }
    }
    assert_eq!(client.mcp.sessions().count(), 1, "the one that was opened");
    assert_eq!(client.mcp.in_flight(), 0);
    drop(old);
}

#[tokio::test]
async fn a_get_of_the_place_with_a_good_id_is_405_too() {
    let client = client();
    let mut old = connect(&client).await;
    for method in [Method::GET, Method::HEAD, Method::DELETE] {
        let reply = client.raw(method, "").path(&old.place).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("allow")),
            (405, Some("POST"))
        );
    }
    old.heard_all().await;
}

#[tokio::test]
async fn a_hosts_own_405_does_not_answer_for_the_endpoints() {
    let mcp = builder().build();
    let app = Router::new()
        .merge(mcp.router())
        .nest("/nested", mcp.router())
        .route("/own", get(async || ""))
        .method_not_allowed_fallback(async || (StatusCode::IM_A_TEAPOT, "the host's"));
    let client = mounted(&mcp, app);
    for (path, allow) in DOORS {
        for prefix in ["", "/nested"] {
            let reply = client
                .raw(Method::PUT, "")
                .path(&format!("{prefix}{path}"))
                .await;
            assert_eq!(reply.header("allow"), Some(allow), "{prefix}{path}");
            assert_eq!(reply.refusal().await, (405, -32600), "{prefix}{path}");
        }
    }
    let reply = client.raw(Method::PUT, "").path("/own").await;
    assert_eq!(reply.status, StatusCode::IM_A_TEAPOT);
}

#[tokio::test]
async fn a_service_that_nobody_drives_says_so_at_both_endpoints() {
    let mcp = builder().build();
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    for call in [
        stream(&client),
        super::post(&client, "/messages?sessionId=x", &ping),
    ] {
        let reply = call.await;
        assert_eq!(reply.status, 503);
        let error = reply.error().await;
        assert!(
            error["message"]
                .as_str()
                .unwrap()
                .contains("lifespan is not driven")
        );
    }
    assert_eq!(mcp.sessions().count(), 0);
}
