//! When a reply becomes a stream.

use http_body::Body;
use mcp_axum::{Context, McpServer, McpService, Tool, protocol::Level, tool};
use serde_json::{Value, json};
use tokio::{
    task::yield_now,
    time::{Duration, Instant, sleep},
};

use crate::support::TestClient;

use super::{LOG_LEVEL, call, serve, told};

const OPENING: &str = ": ok\n\n";

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Silent for this long.
fn silent(millis: u64) -> Tool {
    tool("t", async move || {
        sleep(Duration::from_millis(millis)).await;
        "done"
    })
}

#[tokio::test]
async fn a_silent_handler_is_answered_in_one_piece_of_json() {
    let client = serve(tool("t", async || "done"));
    let reply = told(&client).await;
    assert_eq!(reply.header("content-type"), Some("application/json"));
    assert_eq!(reply.header("mcp-session-id"), None);
    assert!(
        reply.body.size_hint().exact().is_some(),
        "the length is known"
    );
    assert_eq!(reply.text().await, "done");
}

#[tokio::test(start_paused = true)]
async fn a_word_that_nobody_asked_for_is_not_speech() {
    let speaks = tool("t", async |ctx: Context| {
        ctx.progress(1.0, Some(2.0), Some("half"));
        ctx.log(Level::Notice, "half");
        sleep(millis(500)).await;
        "done"
    });
    let client = serve(speaks);
    let level = |level: &str| call(&client).meta(LOG_LEVEL, json!(level));
    let rows = [
        (call(&client), false),
        (call(&client).progress(json!("p")), true),
        (call(&client).progress(json!(0)), true),
        (call(&client).progress(Value::Null), false),
        (call(&client).progress(json!([1])), false),
        (call(&client).progress(json!(1.5)), false),
        (level("notice"), true),
        (level("debug"), true),
        (level("warning"), false),
    ];
    for (call, streams) in rows {
        let sent = call.body.clone();
        let begun = Instant::now();
        let reply = call.await;
        assert_eq!(reply.is_stream(), streams, "{sent}");
        let head = if streams { 0 } else { 500 };
        assert_eq!(begun.elapsed(), millis(head), "{sent}");
        assert_eq!(reply.text().await, "done");
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_word_leaves_at_once_with_the_opening() {
    let speaks = tool("t", async |ctx: Context| {
        sleep(millis(300)).await;
        ctx.log(Level::Info, "word");
        sleep(millis(5000)).await;
        "done"
    });
    let client = serve(speaks);
    let begun = Instant::now();
    let mut reply = told(&client).await;
    let first = reply.frame().await.unwrap();
    assert_eq!(begun.elapsed(), millis(300));
    let event = first.strip_prefix(OPENING).unwrap();
    assert!(
        event.starts_with("data: {") && event.ends_with("}\n\n"),
        "{event}"
    );
    let last = reply.frame().await.unwrap();
    assert_eq!(begun.elapsed(), millis(5300));
    assert!(last.contains("done"));
    assert_eq!(reply.frame().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_second_of_silence_opens_a_stream_whose_first_bytes_leave_at_once() {
    for (silence, head) in [(900, 900), (1500, 1000), (20_000, 1000)] {
        let client = serve(silent(silence));
        let begun = Instant::now();
        let mut reply = call(&client).await;
        assert_eq!(begun.elapsed(), millis(head), "{silence}");
        assert_eq!(reply.is_stream(), silence > 1000, "{silence}");
        if reply.is_stream() {
            assert_eq!(reply.frame_now().as_deref(), Some(OPENING));
        }
        assert_eq!(reply.text().await, "done");
        assert_eq!(begun.elapsed(), millis(silence), "{silence}");
    }
}

#[tokio::test(start_paused = true)]
async fn how_long_silence_may_last_is_a_setting() {
    let server = McpServer::new("one", "1").tool(silent(2000));
    let mcp = McpService::builder(server).commit_after(millis(100));
    let client = TestClient::with(mcp.build());
    let begun = Instant::now();
    assert!(call(&client).await.is_stream());
    assert_eq!(begun.elapsed(), millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_is_kept_alive_every_fifteen_seconds() {
    let speaks = tool("t", async |ctx: Context| {
        sleep(millis(26_000)).await;
        ctx.progress(1.0, None, None);
        sleep(millis(24_000)).await;
        "done"
    });
    let client = serve(speaks);
    let begun = Instant::now();
    let mut reply = told(&client).await;
    for (second, start) in [
        (1, OPENING),
        (16, ": keep-alive\n\n"),
        (26, "data: {"),
        // A word counts as a sign of life.
        (41, ": keep-alive\n\n"),
        (50, "data: {"),
    ] {
        let frame = reply.frame().await.unwrap();
        assert!(frame.starts_with(start), "{frame} at {second}");
        assert_eq!(begun.elapsed(), millis(second * 1000));
    }
    assert_eq!(reply.frame().await, None);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_the_handler_spawned_may_speak_first() {
    let spawns = tool("t", async |ctx: Context| {
        let ctx = ctx.clone();
        tokio::spawn(async move {
            sleep(millis(200)).await;
            ctx.progress(1.0, None, None);
            sleep(millis(5000)).await;
            ctx.progress(2.0, None, Some("too late"));
        });
        sleep(millis(3000)).await;
        "done"
    });
    let client = serve(spawns);
    let begun = Instant::now();
    let reply = told(&client).await;
    assert!(reply.is_stream());
    assert_eq!(begun.elapsed(), millis(200));
    let messages = reply.events().rest().await;
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert_eq!(begun.elapsed(), millis(3000));
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_ready_together_leave_together() {
    let bursts = tool("t", async |ctx: Context| {
        for step in 1..=3 {
            ctx.progress(f64::from(step), None, None);
        }
        sleep(millis(100)).await;
        ctx.progress(4.0, None, None);
        ctx.log(Level::Info, "last words");
        "done"
    });
    let client = serve(bursts);
    let mut reply = told(&client).await;
    let mut frames = Vec::new();
    while let Some(frame) = reply.frame().await {
        frames.push(frame.matches("data: ").count());
    }
    assert_eq!(frames, [3, 3]);

    // What is over before anybody could read is a single piece.
    let blurts = tool("t", async |ctx: Context| {
        ctx.progress(1.0, None, None);
        "done"
    });
    let client = serve(blurts);
    let mut reply = told(&client).await;
    let only = reply.frame_now().unwrap();
    assert!(only.starts_with(OPENING) && only.matches("data: ").count() == 2);
    assert_eq!(reply.frame().await, None);
}

#[tokio::test]
async fn a_handler_that_only_yields_stays_on_json() {
    let yields = tool("t", async || {
        for _ in 0..1000 {
            yield_now().await;
        }
        "done"
    });
    assert!(!told(&serve(yields)).await.is_stream());
}
