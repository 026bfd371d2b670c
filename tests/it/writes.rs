//! An answer leaves in one piece: Nagle's algorithm has nothing to hold back.
//!
//! Plain `axum::serve` leaves it on. A second segment would then wait until the
//! client acknowledges the first, some 40 ms later.

use axum::Router;
use mcp_axum::{Context, McpServer, McpService, tool};
use serde_json::{Value, json};

use crate::{
    mounting,
    support::{
        SESSIONFUL, TestClient,
        spawn::Spawned,
        wire::{Wire, text_of},
    },
};

/// Says three things, and never waits.
async fn talk(ctx: Context) -> &'static str {
    ctx.progress(1.0, None, Some("one"));
    ctx.progress(2.0, None, Some("two"));
    "three"
}

/// With enough tools for a list that is not copied into its answer.
async fn serve() -> (TestClient, Spawned) {
    let many = (0..100).map(|n| tool(format!("talk_{n}"), talk));
    let server = mounting::server().tool(tool("talk", talk));
    let mcp = McpService::new(many.fold(server, McpServer::tool));
    let client = TestClient::with(mcp.clone());
    let spawned = Spawned::new(Router::new().merge(mcp.router())).await;
    (client, spawned)
}

fn asking_for_progress(tool: &str) -> Value {
    json!({"name": tool, "arguments": {}, "_meta": {"progressToken": 1}})
}

fn events(text: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(text).expect("UTF-8");
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    // One without data primes the reader, and is no message.
    data.filter(|json| !json.is_empty())
        .map(|json| serde_json::from_str(json).expect("JSON"))
        .collect()
}

#[tokio::test]
async fn each_json_answer_is_one_segment_on_a_kept_connection() {
    let (client, spawned) = serve().await;
    let mut wire = Wire::connect(spawned.address).await;
    let refused = || client.post("{");
    let calls = [
        text_of(client.tool("echo", json!({"text": "x"}))).await,
        text_of(client.tool("echo", json!({"text": "x".repeat(8000)}))).await,
        text_of(client.request("tools/list", json!({}))).await,
        text_of(client.request("server/discover", json!({}))).await,
        text_of(refused()).await,
    ];
    for round in 0..20 {
        for (index, call) in calls.iter().enumerate() {
            wire.reads = 0;
            wire.send(call).await;
            let (head, body) = wire.response().await;
            let message: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(message["jsonrpc"], "2.0", "{head}");
            assert_eq!(
                wire.reads, 1,
                "call {index} of round {round} came in pieces"
            );
        }
    }
}

#[tokio::test]
async fn events_that_are_ready_leave_in_one_chunk_and_one_segment() {
    let (client, spawned) = serve().await;
    let mut wire = Wire::connect(spawned.address).await;
    let call = text_of(client.tool("talk", json!({})).progress(json!(1))).await;
    for round in 0..20 {
        wire.reads = 0;
        wire.send(&call).await;
        let head = wire.head().await;
        assert!(head.contains("text/event-stream"), "{head}");
        let events = events(&wire.chunk().await);
        assert_eq!(events.len(), 3);
        assert_eq!(events[0]["params"]["message"], "one");
        assert_eq!(events[1]["params"]["message"], "two");
        assert_eq!(events[2]["result"]["content"][0]["text"], "three");
        assert_eq!(wire.chunk().await, b"", "nothing follows");
        assert_eq!(wire.reads, 1, "round {round} came in pieces");
    }
}

#[tokio::test]
async fn changes_that_came_together_leave_together() {
    let (client, spawned) = serve().await;
    let mut wire = Wire::connect(spawned.address).await;
    let filter = json!({"notifications": {
        "toolsListChanged": true, "resourceSubscriptions": ["note://1", "note://2"]}});
    wire.send(text_of(client.request("subscriptions/listen", filter)).await)
        .await;
    wire.head().await;
    let opening = wire.chunk().await;
    assert!(
        opening.starts_with(b": "),
        "a comment opens the stream for proxies"
    );
    assert_eq!(
        events(&opening).len(),
        1,
        "and the first message rides with it"
    );
    assert_eq!(wire.reads, 1);
    for _ in 0..3 {
        wire.reads = 0;
        client.mcp.notifier().tools_changed();
        client.mcp.notifier().tools_changed();
        let changed = events(&wire.chunk().await);
        assert_eq!(changed.len(), 1, "repetitions are one");
        assert_eq!(wire.reads, 1);
    }
}

#[tokio::test]
async fn each_json_answer_in_a_session_is_one_segment_on_a_kept_connection() {
    let (client, spawned) = serve().await;
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let mut wire = Wire::connect(spawned.address).await;
        let calls = [
            text_of(client.initialize(revision, json!({}))).await,
            text_of(session.notify("notifications/initialized", json!({}))).await,
            text_of(session.tool("echo", json!({"text": "x"}))).await,
            text_of(session.tool("echo", json!({"text": "x".repeat(8000)}))).await,
            text_of(session.request("tools/list", json!({}))).await,
            text_of(session.request("no such", json!({}))).await,
        ];
        for round in 0..20 {
            for (index, call) in calls.iter().enumerate() {
                wire.reads = 0;
                wire.send(call).await;
                let (head, body) = wire.response().await;
                assert_eq!(body.is_empty(), index == 1, "{head}");
                assert_eq!(
                    wire.reads, 1,
                    "{revision}: call {index} of round {round} came in pieces"
                );
            }
        }
    }
}

#[tokio::test]
async fn what_primes_the_client_leaves_together_with_what_is_ready() {
    let (client, spawned) = serve().await;
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let mut wire = Wire::connect(spawned.address).await;
        for round in 1..=20 {
            let call = session.request("tools/call", asking_for_progress("talk"));
            let call = text_of(call).await;
            wire.reads = 0;
            wire.send(&call).await;
            let head = wire.head().await;
            assert!(head.contains("text/event-stream"), "{head}");
            let chunk = wire.chunk().await;
            let primed = chunk.starts_with(format!("id: {round}.0\n").as_bytes());
            assert_eq!(primed, revision == SESSIONFUL[0], "{revision}");
            let events = events(&chunk);
            assert_eq!(events.len(), 3, "{revision}, round {round}: {events:?}");
            assert_eq!(events[2]["result"]["content"][0]["text"], "three");
            assert_eq!(wire.chunk().await, b"", "nothing follows");
            assert_eq!(wire.reads, 1, "{revision}: round {round} came in pieces");
        }
    }
}

#[tokio::test]
async fn what_a_client_missed_comes_back_in_one_segment() {
    let (client, spawned) = serve().await;
    let session = client.open(SESSIONFUL[0]).await;
    let call = session.request("tools/call", asking_for_progress("talk"));
    assert_eq!(call.await.events().rest().await.len(), 3);
    let mut wire = Wire::connect(spawned.address).await;
    for round in 0..20 {
        wire.reads = 0;
        wire.send(text_of(session.resume("1.0")).await).await;
        let head = wire.head().await;
        assert!(head.contains("text/event-stream"), "{head}");
        assert_eq!(events(&wire.chunk().await).len(), 3);
        assert_eq!(wire.chunk().await, b"", "nothing follows");
        assert_eq!(wire.reads, 1, "round {round} came in pieces");
    }
}
