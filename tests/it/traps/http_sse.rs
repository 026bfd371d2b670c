//! HTTP+SSE: the place to post to, where answers go, and which headers nobody needs.

use axum::Router;
use mcp_axum::{McpServer, McpService, McpServiceBuilder, tool};
use serde_json::json;

use crate::{
    legacy_sse::{connect, opened, stream, taken},
    support::TestClient,
};

fn builder() -> McpServiceBuilder {
    let server = McpServer::new("t", "1").tool(tool("greet", async || "hello"));
    McpService::builder(server).legacy_sse()
}

#[tokio::test]
async fn t62_the_place_survives_nesting_and_proxies_as_raw_text_of_the_same_origin() {
    for (base, expected) in [
        (None, "event: endpoint\ndata: /a/b/messages?sessionId="),
        (
            Some("https://notes.example/proxied"),
            "event: endpoint\ndata: /proxied/a/b/messages?sessionId=",
        ),
    ] {
        let builder = builder();
        let mcp = match base {
            Some(base) => builder.public_url(base).build(),
            None => builder.build(),
        };
        let app = Router::new().nest("/a", Router::new().nest("/b", mcp.router()));
        let client = TestClient::mounted(mcp, app, "/a/b/mcp");
        let forwarded = stream(&client).path("/a/b/sse");
        let forwarded = forwarded.header("x-forwarded-host", "evil.example");
        let first = forwarded.await.events().block().await.unwrap();
        let id = first.strip_prefix(expected).expect(&first);
        let id = id.strip_suffix("\n\n").expect(&first);
        assert!(!id.contains(['"', '/', ' ', '\n', '%']), "{first}");
    }
}

#[tokio::test]
async fn t63_the_answer_never_comes_with_the_post() {
    let client = TestClient::with(builder().build());
    let mut old = connect(&client).await;
    for (method, params) in [
        (
            "initialize",
            json!({"protocolVersion": "2024-11-05", "capabilities": {},
            "clientInfo": {"name": "t", "version": "1"}}),
        ),
        ("ping", json!({})),
        ("tools/list", json!({})),
        ("tools/call", json!({"name": "greet", "arguments": {}})),
        ("no/such", json!({})),
    ] {
        for accept in ["application/json", "text/event-stream", "*/*"] {
            // Asks for the POST to be answered, as if it were the newer transport.
            let reply = old
                .request(method, params.clone())
                .header("accept", accept)
                .await;
            assert_eq!(reply.status, 202, "{method}");
            assert_eq!(reply.header("content-type"), None, "{method}");
            assert_eq!(reply.bytes().await, "", "{method}");
            let answer = old.hear().await;
            assert!(answer["id"].is_u64(), "{method}: {answer}");
        }
    }
}

#[tokio::test]
async fn t64_neither_accept_nor_a_version_is_needed_or_minded() {
    let client = TestClient::with(builder().build());
    for (name, value) in [
        ("x-nothing", ""),
        ("accept", "application/json"),
        ("accept", "text/html"),
        ("accept", "text/event-stream;q=0"),
        ("mcp-protocol-version", "2024-11-05"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-protocol-version", "nonsense"),
        ("mcp-session-id", "nonsense"),
        ("last-event-id", "1.1"),
    ] {
        let reply = stream(&client).header(name, value).await;
        let mut old = opened(&client, reply).await;
        taken(old.request("ping", json!({})).header(name, value)).await;
        assert_eq!(old.hear().await["result"], json!({}), "{name}: {value}");
    }
}
