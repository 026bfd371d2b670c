//! What waits too long for its reader: the reader is given up, not the request.

use mcp_axum::{Context, Tool, protocol::Level, tool};
use serde_json::json;
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

use super::{
    NEWEST, builder, counting, end, millis, next, not_resumable, rest, secs, serve,
    speaks_and_works, stream, told,
};
use crate::{
    shutdown::tasks_left,
    support::{Events, TestClient},
};

/// Says a word each second.
fn ticking(words: u32) -> Tool {
    tool("tick", async move |ctx: Context| {
        for number in 1..=words {
            ctx.log(Level::Info, number);
            sleep(secs(1)).await;
        }
        "done"
    })
}

/// Asserts that a stream has ended, whatever is left to read of it.
async fn ended(mut events: Events) {
    let begun = Instant::now();
    rest(&mut events).await;
    assert_eq!(begun.elapsed(), millis(0), "the body has ended");
}

#[tokio::test(start_paused = true)]
async fn a_stream_unread_for_thirty_seconds_is_closed_and_can_be_resumed() {
    for (timeout, given_up) in [(None, 30), (Some(5), 5)] {
        let mut builder = builder([speaks_and_works(100)]);
        if let Some(seconds) = timeout {
            builder = builder.unread_timeout(secs(seconds));
        }
        let client = TestClient::with(builder.build());
        let session = client.open(NEWEST).await;
        let mut in_time = stream(&session, "work").await;
        let events = stream(&session, "work").await;
        sleep(secs(given_up - 2)).await;
        assert_eq!(next(&mut in_time).await.id.as_deref(), Some("1.1"));
        sleep(secs(4)).await;
        assert_eq!(client.mcp.in_flight(), 2, "the handlers go on");
        ended(events).await;
        let mut again = session.resume("2.0").await.events();
        let expected = told([("2.1", json!("word")), ("2.2", json!("done"))]);
        assert_eq!(rest(&mut again).await, expected);
        assert_eq!(rest(&mut in_time).await, told([("1.2", json!("done"))]));
        drop((again, in_time, session));
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn reading_anything_gives_the_whole_time_anew() {
    let client = serve([ticking(200)]);
    let session = client.open(NEWEST).await;
    let mut reply = session.tool("tick", json!({})).await;
    let mut text = String::new();
    for _ in 0..8 {
        sleep(secs(28)).await;
        text.push_str(&reply.frame().await.expect("the stream goes on"));
    }
    assert_eq!(text.matches("notifications/message").count(), 200);
    assert!(text.contains("done"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_has_everything_may_wait_for_hours() {
    let client = serve([speaks_and_works(3 * 3600)]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "work").await;
    assert_eq!(next(&mut events).await.id.as_deref(), Some("1.1"));
    sleep(secs(2 * 3600)).await;
    assert_eq!(rest(&mut events).await, told([("1.2", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_let_go_and_stays_in_the_log() {
    let client = serve([speaks_and_works(10)]);
    let session = client.open(NEWEST).await;
    let events = stream(&session, "work").await;
    sleep(secs(41)).await;
    // The lifespan's task alone.
    tasks_left(1).await;
    ended(events).await;
    let mut again = session.resume("1.1").await.events();
    assert_eq!(rest(&mut again).await, told([("1.2", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_does_not_keep_a_request_that_is_through() {
    let flood = tool("flood", async |ctx: Context| {
        for number in 1..=3000 {
            ctx.log(Level::Info, number);
            yield_now().await;
        }
        "done"
    });
    let client = serve([flood]);
    let session = client.open(NEWEST).await;
    // Connected, and never read: the queue is full when the handler is through.
    let events = stream(&session, "flood").await;
    sleep(secs(40)).await;
    tasks_left(1).await;
    ended(events).await;
    let mut again = session.resume("1.0").await.events();
    let told = rest(&mut again).await;
    assert_eq!(told.last().expect("an answer").1, "done");
}

#[tokio::test(start_paused = true)]
async fn one_that_is_replaced_is_not_waited_for() {
    let steps = super::Steps::new();
    let client = serve([counting(&steps, 2)]);
    let session = client.open(NEWEST).await;
    let stalled = stream(&session, "count").await;
    steps.go(1);
    sleep(secs(29)).await;
    let mut reader = session.resume("1.0").await.events();
    assert_eq!(next(&mut reader).await.id.as_deref(), Some("1.1"));
    // Past the time that the first one had.
    sleep(secs(10)).await;
    steps.go(2);
    let expected = told([("1.2", json!(2)), ("1.3", json!("done"))]);
    assert_eq!(rest(&mut reader).await, expected);
    ended(stalled).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_log_the_answer_is_lost_and_nothing_else() {
    let builder = builder([speaks_and_works(100)]).without_event_log();
    let client = TestClient::with(builder.build());
    let session = client.open(NEWEST).await;
    let events = stream(&session, "work").await;
    sleep(secs(31)).await;
    ended(events).await;
    not_resumable(&session, "1.0").await;
    sleep(secs(100)).await;
    assert_eq!(client.mcp.in_flight(), 0);
    drop(session);
    end(client).await;
}
