//! A reader that is slow harms nobody but itself.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mcp_axum::{Context, McpServer, McpService, protocol::Level, tool};
use tokio::time::{Duration, sleep};

use crate::support::TestClient;

use super::{reported, told};

/// A client whose queue is this small, of a handler that reports a hundred times.
fn chatty(messages: usize, bytes: usize, done: &Arc<AtomicBool>) -> TestClient {
    let done = Arc::clone(done);
    let talks = tool("t", async move |ctx: Context| {
        for step in 1..=100 {
            ctx.progress(f64::from(step), None, None);
            sleep(Duration::from_millis(1)).await;
        }
        done.store(true, Ordering::SeqCst);
        "done"
    });
    let server = McpServer::new("one", "1").tool(talks);
    let mcp = McpService::builder(server).stream_queue(messages, bytes);
    TestClient::with(mcp.build())
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_drops_the_oldest_reports_and_never_the_answer() {
    for (messages, bytes, kept) in [
        (4, usize::MAX, &[97.0, 98.0, 99.0, 100.0][..]),
        (1, usize::MAX, &[100.0]),
        (1000, 250, &[99.0, 100.0]),
        (1000, 1, &[]),
        (0, usize::MAX, &[]),
    ] {
        let done = Arc::new(AtomicBool::new(false));
        let client = chatty(messages, bytes, &done);
        let reply = told(&client).await;
        // Nobody reads, and the handler comes to its end all the same.
        sleep(Duration::from_secs(20)).await;
        assert!(
            done.load(Ordering::SeqCst),
            "the handler waits for a reader"
        );
        let text = format!("{messages} messages, {bytes} bytes");
        if kept.is_empty() {
            assert_eq!(reply.text().await, "done", "{text}");
            continue;
        }
        let said = reply.events().rest().await;
        assert_eq!(reported(&said), kept, "{text}");
        let answer = said.last().expect("an answer");
        assert_eq!(answer["result"]["content"][0]["text"], "done");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_keeps_up_misses_nothing() {
    let done = Arc::new(AtomicBool::new(false));
    let client = chatty(2, 250, &done);
    let messages = told(&client).await.events().rest().await;
    assert_eq!(reported(&messages).len(), 100);
}

#[tokio::test(start_paused = true)]
async fn an_answer_beyond_the_queue_is_delivered_whole() {
    let long = "x".repeat(100_000);
    let expected = long.clone();
    let server = McpServer::new("one", "1").tool(tool("t", async move |ctx: Context| {
        ctx.log(Level::Info, "word");
        sleep(Duration::from_secs(2)).await;
        long
    }));
    let mcp = McpService::builder(server).stream_queue(1, 10);
    let client = TestClient::with(mcp.build());
    assert_eq!(told(&client).await.text().await, expected);
}

#[tokio::test]
async fn a_message_beyond_the_queue_is_dropped_alone() {
    let server = McpServer::new("one", "1").tool(tool("t", async |ctx: Context| {
        for data in ["first", &*"x".repeat(1000), "last"] {
            ctx.log(Level::Info, data);
        }
    }));
    let mcp = McpService::builder(server).stream_queue(1000, 500);
    let messages = told(&TestClient::with(mcp.build())).await;
    let messages = messages.events().rest().await;
    let said: Vec<_> = messages
        .iter()
        .filter_map(|message| message["params"]["data"].as_str())
        .collect();
    assert_eq!(said, ["first", "last"]);
}
