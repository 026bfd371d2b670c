//! A reader that does not read: how long it is waited for, and what it holds up meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mcp_axum::{Context, McpServer, McpService, McpServiceBuilder, Tool, protocol::Level, tool};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use super::{reported, serve, told};
use crate::support::{Reply, TestClient};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Says when its handler is gone.
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn builder(tool: Tool) -> McpServiceBuilder {
    McpService::builder(McpServer::new("one", "1").tool(tool))
}

/// Says a word and then works for an hour.
fn works_on(gone: &Arc<AtomicBool>) -> Tool {
    let gone = Arc::clone(gone);
    tool("t", async move |ctx: Context| {
        let _gone = Gone(gone);
        ctx.log(Level::Info, "word");
        sleep(secs(3600)).await;
        "done"
    })
}

/// Says a word, and answers after so many milliseconds.
fn answers_after(wait: u64) -> Tool {
    tool("t", async move |ctx: Context| {
        ctx.log(Level::Info, "word");
        if wait > 0 {
            sleep(Duration::from_millis(wait)).await;
        }
        "done"
    })
}

/// Reads what is left, up to an end that must come.
async fn messages(reply: Reply) -> usize {
    let begun = Instant::now();
    let count = reply.events().rest().await.len();
    assert_eq!(begun.elapsed(), Duration::ZERO, "the body has ended");
    count
}

#[tokio::test(start_paused = true)]
async fn a_word_that_nobody_reads_in_time_ends_the_stream_and_the_handler() {
    for (timeout, given_up) in [(None, 30), (Some(5), 5)] {
        let gone = Arc::new(AtomicBool::new(false));
        let mut builder = builder(works_on(&gone));
        if let Some(seconds) = timeout {
            builder = builder.unread_timeout(secs(seconds));
        }
        let client = TestClient::with(builder.build());
        let reply = told(&client).await;
        sleep(secs(given_up - 1)).await;
        assert!(!gone.load(Ordering::SeqCst), "{given_up} s are not over");
        assert_eq!(client.mcp.in_flight(), 1);
        sleep(secs(2)).await;
        assert!(gone.load(Ordering::SeqCst), "{given_up} s are over");
        assert_eq!(client.mcp.in_flight(), 0);
        assert_eq!(messages(reply).await, 0, "nothing is kept for it");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_reads_anything_is_given_the_whole_time_anew() {
    let client = serve(tool("t", async |ctx: Context| {
        for step in 1..=200 {
            ctx.progress(f64::from(step), None, None);
            sleep(secs(1)).await;
        }
        "done"
    }));
    let mut reply = told(&client).await;
    let mut text = String::new();
    for _ in 0..8 {
        sleep(secs(28)).await;
        text.push_str(&reply.frame().await.expect("the stream goes on"));
    }
    assert_eq!(text.matches("\"progress\"").count(), 200);
    assert!(text.contains("done"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_has_nothing_unread_may_take_its_time() {
    let gone = Arc::new(AtomicBool::new(false));
    let client = serve(works_on(&gone));
    let mut reply = told(&client).await;
    assert!(reply.frame().await.unwrap().contains("word"));
    sleep(secs(3000)).await;
    assert!(!gone.load(Ordering::SeqCst), "everything was read");
    assert_eq!(reply.text().await, "done");

    let silent = serve(tool("t", async || {
        sleep(secs(100)).await;
        "done"
    }));
    let reply = told(&silent).await;
    sleep(secs(120)).await;
    assert_eq!(reply.text().await, "done", "it waits for 21 seconds only");
}

#[tokio::test(start_paused = true)]
async fn an_answer_waits_for_its_reader_as_long_and_then_the_body_ends() {
    for wait in [0, 2000] {
        let client = serve(answers_after(wait));
        for (later, kept) in [(29, 2), (31, 0)] {
            let reply = told(&client).await;
            assert!(reply.is_stream());
            sleep(Duration::from_millis(wait) + secs(later)).await;
            assert_eq!(messages(reply).await, kept, "{wait} ms and {later} s");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_drain_does_not_wait_for_an_answer_that_nobody_reads() {
    for wait in [0, 2000] {
        let mut client = TestClient::with(builder(answers_after(wait)).build());
        let reply = told(&client).await;
        sleep(Duration::from_millis(wait + 1)).await;
        assert_eq!(client.mcp.in_flight(), 0, "{wait}");
        let begun = Instant::now();
        client.take_guard().shutdown().await;
        assert_eq!(begun.elapsed(), Duration::ZERO, "{wait}");
        assert_eq!(messages(reply).await, 2, "what it reads later is whole");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_for_its_reader_does_not_keep_the_requests_body() {
    for wait in [0, 2000] {
        let mcp = builder(answers_after(wait)).bodies_in_flight_limit(100_000);
        let client = TestClient::with(mcp.build());
        let padding = json!("x".repeat(90_000));
        let large = || told(&client).param("arguments", json!({"padding": padding}));
        let mut unread = Vec::new();
        for _ in 0..5 {
            let reply = large().await;
            assert_eq!(reply.status, 200, "{wait}");
            unread.push(reply);
            sleep(Duration::from_millis(wait + 1)).await;
        }
        for reply in unread {
            assert_eq!(reported(&reply.events().rest().await), [0.0; 0]);
        }
    }
}
