//! Metadata that no route serves are not named, and that is said once.

use axum::Router;
use mcp_axum::McpService;
use serde_json::json;

use super::{builder, client, parameter, resource};
use crate::support::Log;

#[tokio::test]
async fn a_challenge_names_no_document_that_is_not_there() {
    let rows: [(fn(&McpService) -> Router, &str); 5] = [
        (|mcp| mcp.router(), "/mcp"),
        (|mcp| Router::new().nest("/a", mcp.router()), "/a/mcp/"),
        (
            |mcp| Router::new().nest_service("/exact", mcp.clone()),
            "/exact",
        ),
        (
            |mcp| Router::new().fallback_service(mcp.clone()),
            "/any/where",
        ),
        // Another mount has them.
        (|mcp| mcp.mount("").nest("/b", mcp.router()), "/b/mcp"),
    ];
    for (app, path) in rows {
        let log = Log::capture();
        let mcp = builder().protected_resource(resource()).build();
        let client = client(&mcp, app(&mcp));
        for _ in 0..3 {
            let reply = client.request("tools/list", json!({})).path(path).await;
            assert_eq!(reply.status, 401, "{path}");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{path}");
        }
        let warned = log.lines_with("WARN");
        assert_eq!(warned.len(), 1, "{path}: {warned:?}");
        for cure in ["mcp.mount(", "mcp.well_known_router("] {
            assert!(warned[0].contains(cure), "{path}: {warned:?}");
        }
    }
}

#[tokio::test]
async fn one_that_is_there_is_named_without_a_word() {
    let log = Log::capture();
    let mcp = builder()
        .legacy_sse()
        .protected_resource(resource())
        .build();
    let client = client(&mcp, mcp.mount("/a"));
    for path in ["/a/mcp", "/a/mcp/", "/a/sse", "/a/sse/", "/a/messages"] {
        let reply = client.request("tools/list", json!({})).path(path).await;
        assert_eq!(reply.status, 401, "{path}");
        let challenge = reply.header("www-authenticate").expect("a challenge");
        let url = "http://localhost/.well-known/oauth-protected-resource/a/mcp";
        assert_eq!(
            parameter(challenge, "resource_metadata"),
            Some(url),
            "{path}"
        );
    }
    assert_eq!(log.lines_with("WARN"), Vec::<String>::new());
}

#[tokio::test]
async fn without_metadata_nobody_is_warned_and_a_refusal_stays_as_it_is() {
    let log = Log::capture();
    let mcp = builder().build();
    let client = client(&mcp, mcp.router());
    let call = client.request("tools/list", json!({})).path("/mcp");
    let reply = call.header("authorization", "Bearer stale").await;
    assert_eq!(reply.header("www-authenticate"), None);
    assert_eq!(reply.refusal().await, (401, -32600));
    assert_eq!(log.lines_with("WARN"), Vec::<String>::new());
}
