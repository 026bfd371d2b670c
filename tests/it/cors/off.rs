//! Unless it is asked for, there is no CORS.

use http::Method;
use mcp_axum::McpService;
use serde_json::json;

use super::{FOREIGN, MOUNTS, PAGE, call, cors_headers, preflight, server};
use crate::support::{Call, TestClient};

/// Whatever may come to an endpoint, well or badly made.
fn requests(client: &TestClient) -> Vec<(&'static str, Call)> {
    vec![
        ("a call", call(client)),
        ("a stream", call(client).progress(json!("p"))),
        ("initialize", client.initialize("2025-11-25", json!({}))),
        ("an older call", client.older("tools/list", json!({}))),
        ("GET", client.raw(Method::GET, "")),
        ("HEAD", client.raw(Method::HEAD, "")),
        ("DELETE", client.raw(Method::DELETE, "")),
        ("PUT", client.raw(Method::PUT, "")),
        ("OPTIONS", client.raw(Method::OPTIONS, "")),
        ("a preflight", preflight(client, "/", "mcp-method")),
        ("no JSON", client.post("{")),
        ("no JSON-RPC", client.post("{}")),
        ("no host", call(client).without("host")),
        ("another host", call(client).header("host", "evil.example")),
        ("another type", call(client).header("accept", "image/png")),
        ("an unknown method", client.request("tools/burn", json!({}))),
    ]
}

#[tokio::test]
async fn without_it_no_answer_has_any_of_its_headers() {
    let services: [fn() -> McpService; 2] = [
        || {
            McpService::builder(server())
                .legacy_sse()
                .health("/health")
                .build()
        },
        || {
            McpService::builder(server())
                .legacy_sse()
                .allowed_origins([PAGE])
                .build()
        },
    ];
    for service in services {
        for (app, paths) in MOUNTS {
            let mcp = service();
            let app = app(&mcp);
            let client = TestClient::mounted(mcp, app, "/");
            let others = ["/nowhere", "/health", "/api/mcp/deeper"];
            for path in paths.iter().chain(&others) {
                check(&client, path).await;
            }
        }
    }
}

async fn check(client: &TestClient, path: &str) {
    for origin in [None, Some(PAGE), Some(FOREIGN), Some("null")] {
        for (what, call) in requests(client) {
            let call = match origin {
                Some(origin) => call.header("origin", origin),
                None => call.without("origin"),
            };
            let reply = call.path(path).await;
            let found = cors_headers(&reply);
            assert!(found.is_empty(), "{what} {path} {origin:?}: {found:?}");
        }
    }
}
