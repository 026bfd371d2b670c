//! What the client accepts decides between JSON and a stream.

use mcp_axum::{Context, tool};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep};

use crate::support::{Call, TestClient};

use super::{call, reported, serve, told};

/// The `Accept` headers of a request; none at all when empty.
fn accepting(call: Call, values: &[&str]) -> Call {
    let call = call.without("accept");
    values
        .iter()
        .fold(call, |call, value| call.also_header("accept", value))
}

/// Whether a reply is a stream; `None` for 406.
async fn streams(call: Call) -> Option<bool> {
    let reply = call.await;
    if reply.status == 406 {
        assert_eq!(reply.refusal().await, (406, -32600));
        return None;
    }
    let stream = reply.is_stream();
    assert_eq!(reply.text().await, "done");
    Some(stream)
}

#[tokio::test]
async fn the_kind_of_reply_is_one_that_the_client_accepts() {
    let quiet = serve(tool("t", async || "done"));
    let speaks = serve(tool("t", async |ctx: Context| {
        ctx.progress(1.0, None, None);
        "done"
    }));
    let (json, sse, none) = (Some(false), Some(true), None);
    for (values, silent, spoken) in [
        (&[][..], json, sse),
        (&["*/*"], json, sse),
        (&["application/json, text/event-stream"], json, sse),
        (&["text/event-stream", "application/json"], json, sse),
        (&["application/*, text/*"], json, sse),
        (&["text/html, */*;q=0.1"], json, sse),
        (&["application/json"], json, json),
        (&["application/json, text/event-stream;q=0"], json, json),
        (&["*/*, text/event-stream;q=0.0"], json, json),
        (&["text/event-stream"], sse, sse),
        (&["text/*"], sse, sse),
        (&["application/json;q=0, */*"], sse, sse),
        (&["text/html"], none, none),
        (&["*/*;q=0"], none, none),
        (&["application/json;q=0"], none, none),
    ] {
        let kind = streams(accepting(call(&quiet), values)).await;
        assert_eq!(kind, silent, "silent, {values:?}");
        let kind = streams(accepting(told(&speaks), values)).await;
        assert_eq!(kind, spoken, "spoken, {values:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_of_json_alone_waits_and_misses_what_is_said_meanwhile() {
    let client = serve(tool("t", async |ctx: Context| {
        ctx.progress(1.0, None, None);
        sleep(Duration::from_secs(30)).await;
        ctx.progress(2.0, None, None);
        "done"
    }));
    let begun = Instant::now();
    let reply = told(&client).header("accept", "application/json").await;
    assert_eq!(begun.elapsed(), Duration::from_secs(30));
    assert!(!reply.is_stream());
    assert_eq!(reply.text().await, "done");
}

#[tokio::test(start_paused = true)]
async fn a_client_of_streams_alone_gets_its_head_before_the_handler_is_done() {
    let client = serve(tool("t", async |ctx: Context| {
        sleep(Duration::from_millis(400)).await;
        ctx.progress(1.0, None, None);
        "done"
    }));
    let begun = Instant::now();
    let mut reply = told(&client).header("accept", "text/event-stream").await;
    assert_eq!(reply.frame_now().as_deref(), Some(": ok\n\n"));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    let messages = reply.events().rest().await;
    assert_eq!(reported(&messages), [1.0]);
    assert_eq!(messages.len(), 2);
}

#[tokio::test]
async fn lists_and_the_like_come_as_a_stream_to_those_who_take_nothing_else() {
    let client: TestClient = serve(tool("t", async || "done"));
    for method in ["tools/list", "server/discover"] {
        let call = client.request(method, json!({}));
        let reply = call.header("accept", "text/event-stream").await;
        assert!(reply.is_stream(), "{method}");
        let mut messages = reply.events().rest().await;
        assert_eq!(messages.len(), 1, "{method}");
        assert_eq!(messages.remove(0)["result"]["resultType"], "complete");
    }
}
