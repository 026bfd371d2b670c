//! A reader that does not read harms itself alone.

use mcp_axum::{Context, Tool, protocol::Level, tool};
use serde_json::{Value, json};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

use super::{NEWEST, builder, end, millis, rest, secs, serve, settle, stream};
use crate::support::{Log, SESSIONFUL, TestClient};

/// Says more than any queue takes, letting others run in between.
fn flood(words: u32) -> Tool {
    tool("flood", async move |ctx: Context| {
        for number in 1..=words {
            ctx.log(Level::Info, number);
            yield_now().await;
        }
        "done"
    })
}

#[tokio::test(start_paused = true)]
async fn it_delays_nothing_else_in_its_session() {
    for revision in SESSIONFUL {
        let client = serve([flood(5000)]);
        let session = client.open(revision).await;
        let mut unread = Vec::new();
        for _ in 0..3 {
            unread.push(stream(&session, "flood").await);
        }
        unread.push(session.get().await.events());
        settle().await;
        let begun = Instant::now();
        for _ in 0..100 {
            assert_eq!(session.tool("quick", json!({})).await.text().await, "quick");
            let pong = session.request("ping", json!({})).await;
            assert_eq!(pong.result().await, json!({}));
        }
        client.mcp.notifier().tools_changed();
        assert_eq!(begun.elapsed(), millis(0), "{revision}");
    }
}

#[tokio::test(start_paused = true)]
async fn words_give_way_and_the_answer_never_does() {
    let log = Log::capture();
    let mcp = builder([flood(5000)]).stream_queue(8, 64 * 1024);
    let client = TestClient::with(mcp.build());
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "flood").await;
    // Long enough for the handler, too short for the reader to be given up.
    sleep(secs(20)).await;
    let told = rest(&mut events).await;
    let (last, words) = told.split_last().expect("an answer");
    assert_eq!(last.1, "done");
    assert!(words.len() < 40, "{} words were kept", words.len());
    let numbers: Vec<_> = words.iter().map(|(_, word)| word.as_u64()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    assert_eq!(numbers.last(), Some(&Some(5000)), "the newest stay");
    for ((id, _), seq) in told.iter().zip(1..) {
        assert_eq!(*id, format!("1.{seq}"), "what gave way leaves no hole");
    }
    let dropped = format!("dropped={}", 5000 - words.len());
    assert!(log.text().contains(&dropped), "{dropped} is not in the log");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_keeps_up_misses_nothing() {
    let client = serve([flood(2000)]);
    let session = client.open(NEWEST).await;
    let told = rest(&mut stream(&session, "flood").await).await;
    assert_eq!(told.len(), 2001);
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_bounded_before_anybody_could_read_it() {
    let burst = tool("burst", async |ctx: Context| {
        for number in 1..=100_000 {
            ctx.log(Level::Info, number);
        }
        "done"
    });
    let client = serve([burst]);
    let session = client.open(NEWEST).await;
    let told = rest(&mut stream(&session, "burst").await).await;
    assert_eq!(told.len(), 257);
    assert_eq!(told[0].1, 99_745);
    let large = tool("large", async |ctx: Context| {
        for _ in 0..100 {
            ctx.log(Level::Info, "x".repeat(60 * 1024));
        }
        ctx.log(Level::Info, "y".repeat(300 * 1024));
        "done"
    });
    let client = serve([large]);
    let session = client.open(NEWEST).await;
    let told = rest(&mut stream(&session, "large").await).await;
    let bytes: usize = told.iter().map(|(_, said)| said.to_string().len()).sum();
    assert!(bytes < 256 * 1024, "{bytes}");
    assert_eq!(
        told.last().map(|(_, said)| said),
        Some(&Value::from("done"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_has_no_more_streams_than_it_may() {
    let short = tool("short", async |ctx: Context| {
        ctx.log(Level::Info, "word");
        sleep(secs(2)).await;
        "done"
    });
    let ask = tool("ask", async |ctx: Context| match ctx.roots().await {
        Ok(_) => "told",
        Err(_) => "not told",
    });
    let client = serve([super::speaks_and_works(60), short, ask]);
    let session = client.open_with(NEWEST, json!({"roots": {}})).await;
    let mut open = vec![session.get().await.events()];
    for _ in 1..16 {
        open.push(stream(&session, "work").await);
    }
    assert_eq!(client.mcp.sessions().list()[0].streams, 16);
    // One more has to be silent until it is done, or refused when it has to ask.
    let begun = Instant::now();
    let params = json!({"name": "ask"});
    let ask = json!({"jsonrpc": "2.0", "id": "asked", "method": "tools/call", "params": params});
    let refused = session.post(&ask).await;
    assert_eq!(refused.status, 503);
    assert!(refused.header("retry-after").is_some());
    let refused = refused.message().await;
    assert_eq!(refused["error"]["code"], -32603);
    assert_eq!(refused["id"], "asked");
    let silent = session.tool("short", json!({})).await;
    assert!(!silent.is_stream());
    assert_eq!(silent.text().await, "done");
    assert_eq!(begun.elapsed(), secs(2));
    settle().await;
    assert_eq!(client.mcp.in_flight(), 15, "the refused one is gone");
    // What needs no stream is served, and who takes over needs no place of its own.
    super::lives(&session).await;
    open[0] = session.get().await.events();
    open[3] = session.resume("3.1").await.events();
    // A place that is left can be taken.
    open.remove(1);
    open.push(stream(&session, "work").await);
    // The one that was left cannot come back meanwhile.
    assert_eq!(session.resume("1.0").await.status, 503);
    drop((open, session));
    sleep(secs(61)).await;
    end(client).await;
}
