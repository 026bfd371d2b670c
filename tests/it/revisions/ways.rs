//! How messages travel, where the revisions differ in it.

use axum::Json;
use mcp_axum::{McpServer, tool};
use serde_json::json;

use crate::support::{Event, SESSIONFUL, TestClient};

use super::{
    model::{self, Kind},
    rich,
    tongue::{REVISIONS, Tongue},
};

#[tokio::test]
async fn a_batch_is_answered_in_2025_03_26_alone() {
    let client = TestClient::new(rich::server());
    let pings = [1, 2].map(|id| json!({"jsonrpc": "2.0", "id": id, "method": "ping"}));
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let reply = session.post(&json!(pings)).await;
        if revision != "2025-03-26" {
            assert_eq!(reply.refusal().await, (400, -32_600), "{revision}");
            continue;
        }
        let answers = reply.message().await;
        let answers = answers.as_array().expect("an array");
        assert_eq!(answers.len(), 2, "{answers:?}");
        for answer in answers {
            model::check(revision, Kind::Result("ping"), answer);
        }
    }
}

#[tokio::test]
async fn a_stream_begins_with_the_way_back_to_it_in_2025_11_25_alone() {
    let client = TestClient::new(rich::server());
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let mut events = session.tool("tell", json!({})).await.events();
        let first = events.next_event().await.expect("an event");
        let primes = Event {
            id: Some("1.0".to_owned()),
            has_data: true,
            retry: first.retry,
            ..Event::default()
        };
        let is_primed = first == primes && first.retry.is_some();
        assert_eq!(is_primed, revision == "2025-11-25", "{revision} {first:?}");
    }
}

/// A tool whose argument is repeated in a header, for gateways on the way.
fn routed() -> McpServer {
    let region = json!({"type": "string", "x-mcp-header": "Region"});
    let schema = json!({"type": "object", "properties": {"region": region}});
    let routed = tool("routed", async || Json(true)).input_schema(schema);
    McpServer::new("routed", "1").tool(routed)
}

#[tokio::test]
async fn an_argument_is_repeated_in_a_header_in_2026_07_28_alone() {
    let client = TestClient::new(routed());
    let call = json!({"name": "routed", "arguments": {"region": "eu"}});
    for revision in REVISIONS {
        let tongue = Tongue::new(&client, revision).await;
        let dialogue = tongue.converse("tools/call", &call).await;
        let code = dialogue.response().pointer("/error/code");
        let refused = (revision == "2026-07-28").then(|| json!(-32_020));
        assert_eq!(code.cloned(), refused, "{revision}");
    }
}
