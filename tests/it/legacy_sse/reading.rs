//! A client that reads slowly, or not at all: what waits for it, and for how long.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mcp_axum::{Context, McpServer, tool};
use serde_json::json;
use tokio::time::sleep;

use super::{Gone, connect, greet, serving, taken};
use crate::{
    lifespan::{self, Hold},
    shutdown::tasks_left,
    support::{Call, TestClient},
};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Asserts that the stream is too full to take more requests.
async fn full(call: Call) {
    let reply = call.await;
    assert_eq!(reply.header("retry-after"), Some("1"), "{reply:?}");
    assert_eq!(reply.refusal().await, (503, -32603));
}

/// Reports progress so many times, then waits for ever.
async fn chat(ctx: Context) -> &'static str {
    for step in 1..=300 {
        ctx.progress(f64::from(step), None, None);
    }
    pending().await
}

async fn large() -> String {
    "x".repeat(5000)
}

fn server() -> McpServer {
    McpServer::new("r", "1")
        .tool(tool("chat", chat))
        .tool(tool("large", large))
}

#[tokio::test(start_paused = true)]
async fn what_nobody_reads_in_time_ends_the_session_and_what_it_runs() {
    for (timeout, given_up) in [(None, 30), (Some(5), 5)] {
        let gone = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&gone);
        let server = McpServer::new("w", "1").tool(tool("word", async move |ctx: Context| {
            let _gone = Gone::new(&flag);
            ctx.progress(1.0, None, None);
            pending::<&'static str>().await
        }));
        let mut builder = serving(server);
        if let Some(seconds) = timeout {
            builder = builder.unread_timeout(secs(seconds));
        }
        let client = TestClient::with(builder.build());
        let mut old = greet(&client).await;
        sleep(secs(100)).await;
        taken(old.tool("word")).await;
        sleep(secs(given_up - 1)).await;
        assert_eq!(
            client.mcp.sessions().count(),
            1,
            "{given_up} s are not over"
        );
        assert!(!gone.load(Ordering::SeqCst));
        sleep(secs(2)).await;
        assert_eq!(client.mcp.sessions().count(), 0, "{given_up} s are over");
        assert!(gone.load(Ordering::SeqCst));
        assert_eq!(old.request("ping", json!({})).await.status, 404);
        assert_eq!(
            old.events.next_event().await,
            None,
            "nothing is kept for it"
        );
        tasks_left(1).await;
        assert_eq!(client.mcp.in_flight(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_anything_is_given_the_whole_time_anew() {
    let client = TestClient::with(serving(server()).build());
    let mut old = greet(&client).await;
    for _ in 0..5 {
        taken(old.request("ping", json!({}))).await;
        sleep(secs(25)).await;
        assert_eq!(old.hear().await["result"], json!({}));
    }
    sleep(secs(3600)).await;
    old.heard_all().await;
}

#[tokio::test]
async fn no_more_is_taken_while_as_many_answers_wait_as_may() {
    let client = TestClient::with(serving(server()).stream_queue(3, 1 << 20).build());
    let mut old = connect(&client).await;
    for _ in 0..3 {
        taken(old.request("ping", json!({}))).await;
    }
    for _ in 0..3 {
        full(old.request("ping", json!({}))).await;
    }
    // What needs no answer is taken all the same.
    old.tell("notifications/cancelled", json!({"requestId": 99}))
        .await;
    taken(old.answer(&json!({"id": "s-x"}), json!({}))).await;
    for id in 1..=3 {
        assert_eq!(old.hear().await["id"], id);
    }
    old.heard_all().await;
}

#[tokio::test]
async fn no_more_is_taken_while_too_many_bytes_wait() {
    let client = TestClient::with(serving(server()).stream_queue(256, 2000).build());
    let mut old = connect(&client).await;
    let read = |old: &super::Old<'_>| old.tool("large");
    taken(read(&old)).await;
    // Taken means begun, not answered.
    tasks_settle(&client).await;
    full(read(&old)).await;
    let answer = old.hear().await;
    let text = answer["result"]["content"][0]["text"].as_str().unwrap();
    assert_eq!(
        text.len(),
        5000,
        "an answer is never dropped, however large"
    );
    old.heard_all().await;
}

/// Lets every request come to its end.
async fn tasks_settle(client: &TestClient) {
    while client.mcp.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn answers_are_never_dropped_however_many_wait() {
    let hold = Hold::new();
    let server = lifespan::server(&hold);
    let client = TestClient::with(serving(server).stream_queue(2, 100).build());
    let mut old = connect(&client).await;
    for _ in 0..64 {
        taken(old.tool("hold")).await;
    }
    hold.release.add_permits(64);
    tasks_settle(&client).await;
    full(old.tool("hold")).await;
    let mut ids = Vec::new();
    for _ in 0..64 {
        ids.push(old.hear().await["id"].as_u64().unwrap());
    }
    ids.sort_unstable();
    assert!(ids.into_iter().eq(1..=64));
    old.heard_all().await;
}

#[tokio::test]
async fn progress_gives_way_to_newer_progress_and_to_answers() {
    let client = TestClient::with(serving(server()).stream_queue(4, 1 << 20).build());
    let mut old = connect(&client).await;
    taken(old.tool("chat")).await;
    tokio::task::yield_now().await;
    taken(old.request("ping", json!({}))).await;
    let mut values = Vec::new();
    loop {
        let message = old.hear().await;
        match message["params"]["progress"].as_f64() {
            Some(value) => values.push(value),
            None => break assert_eq!(message["id"], 2),
        }
    }
    assert_eq!(values, [298.0, 299.0, 300.0]);
    assert_eq!(
        client.mcp.in_flight(),
        1,
        "the handler was not made to wait"
    );
}

#[tokio::test]
async fn by_default_256_messages_wait() {
    let client = TestClient::with(serving(server()).build());
    let mut old = connect(&client).await;
    taken(old.tool("chat")).await;
    old.heard_first(300 - 256 + 1).await;
    for _ in 0..255 {
        old.hear().await;
    }
    old.heard_all().await;
}

impl super::Old<'_> {
    /// Reads a report, which must be this one.
    async fn heard_first(&mut self, step: u32) {
        assert_eq!(self.hear().await["params"]["progress"], f64::from(step));
    }
}

#[tokio::test]
async fn what_can_give_way_keeps_no_request_out() {
    let client = TestClient::with(serving(server()).stream_queue(4, 1 << 20).build());
    let mut old = connect(&client).await;
    taken(old.tool("chat")).await;
    tokio::task::yield_now().await;
    // The queue is full of progress, and the client wants to call it off.
    old.tell("notifications/cancelled", json!({"requestId": 1}))
        .await;
    tasks_settle(&client).await;
    old.heard_first(297).await;
}

#[tokio::test]
async fn one_that_does_not_read_harms_no_other() {
    let client = TestClient::with(serving(server()).stream_queue(1, 100).build());
    let idle = connect(&client).await;
    let mut busy = connect(&client).await;
    taken(idle.request("ping", json!({}))).await;
    full(idle.request("ping", json!({}))).await;
    for _ in 0..10 {
        busy.heard_all().await;
    }
    full(idle.request("ping", json!({}))).await;
}
