//! A client that leaves: its handler goes on without it, for a while and within limits.

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use mcp_axum::{Context, Tool, protocol::Level, session::SessionLimits, tool};
use serde_json::json;
use tokio::time::{sleep, timeout};

use super::{
    NEWEST, brief, builder, end, limited, lives, millis, not_resumable, rest, secs, serve, settle,
    speaks_and_works, stream, told,
};
use crate::{
    shutdown::tasks_left,
    support::{SESSIONFUL, Session, TestClient},
};

/// How many handlers began, came to their ends, and are gone.
#[derive(Clone, Default)]
struct Count {
    begun: Arc<AtomicUsize>,
    finished: Arc<AtomicUsize>,
    gone: Arc<AtomicUsize>,
}

/// Counts when it is dropped.
struct Gone(Arc<AtomicUsize>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Count {
    /// Begun, finished, gone.
    fn read(&self) -> [usize; 3] {
        [&self.begun, &self.finished, &self.gone].map(|count| count.load(Ordering::SeqCst))
    }

    /// Works for so many milliseconds, silently or not.
    fn tool(&self, name: &'static str, word: bool, wait: u64) -> Tool {
        let count = self.clone();
        tool(name, async move |ctx: Context| {
            count.begun.fetch_add(1, Ordering::SeqCst);
            let _gone = Gone(Arc::clone(&count.gone));
            if word {
                ctx.log(Level::Info, "word");
            }
            sleep(millis(wait)).await;
            count.finished.fetch_add(1, Ordering::SeqCst);
            "done"
        })
    }
}

/// Calls a tool and leaves after so many milliseconds.
async fn leave(session: &Session<'_>, tool: &str, after: u64) {
    let call = session.tool(tool, json!({})).into_future();
    let reply = timeout(millis(after), call).await;
    drop(reply);
}

#[tokio::test(start_paused = true)]
async fn a_handler_outlives_a_client_that_leaves_before_or_after_the_first_byte() {
    for revision in SESSIONFUL {
        for logged in [true, false] {
            for (word, wait, after) in [
                (false, 500, 100),
                (false, 5000, 999),
                (false, 5000, 1001),
                (true, 5000, 10),
            ] {
                let count = Count::default();
                let builder = builder([count.tool("t", word, wait)]);
                let client = TestClient::with(match logged {
                    true => builder.build(),
                    false => builder.without_event_log().build(),
                });
                let session = client.open(revision).await;
                leave(&session, "t", after).await;
                settle().await;
                assert_eq!(count.read(), [1, 0, 0], "{revision} {word} {after}");
                assert_eq!(client.mcp.sessions().list()[0].in_flight, 1);
                sleep(millis(wait + 1)).await;
                assert_eq!(count.read(), [1, 1, 1], "{revision} {word} {after}");
                assert_eq!(client.mcp.in_flight(), 0);
                assert_eq!(client.mcp.sessions().list()[0].in_flight, 0);
                lives(&session).await;
                drop(session);
                end(client).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_call_that_became_a_stream_can_be_resumed() {
    let count = Count::default();
    let client = serve([count.tool("t", false, 5000)]);
    let session = client.open(NEWEST).await;
    leave(&session, "t", 500).await;
    sleep(secs(6)).await;
    not_resumable(&session, "1.0").await;
    drop(stream(&session, "t").await);
    let mut events = session.resume("1.0").await.events();
    assert_eq!(rest(&mut events).await, told([("1.1", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn its_time_without_a_client_is_limited() {
    for (limits, grace) in [
        (SessionLimits::default(), 300),
        (SessionLimits::default().detached_grace(secs(10)), 10),
    ] {
        let count = Count::default();
        let loud = count.tool("loud", true, 3_600_000);
        let client = limited(limits, [loud, count.tool("silent", false, 3_600_000)]);
        let session = client.open(NEWEST).await;
        leave(&session, "silent", 500).await;
        leave(&session, "loud", 500).await;
        sleep(secs(grace - 1)).await;
        assert_eq!(count.read(), [2, 0, 0], "{grace} s are not over");
        sleep(secs(2)).await;
        assert_eq!(count.read(), [2, 0, 2], "{grace} s are over");
        assert_eq!(client.mcp.in_flight(), 0);
        // Whoever comes back is told.
        let mut events = session.resume("1.1").await.events();
        let last = events.next().await.expect("an answer");
        assert_eq!(last["error"]["code"], -32603);
        let message = brief(&last);
        assert!(message.as_str().unwrap().contains("away"), "{message}");
        assert_eq!(events.next().await, None);
        drop((events, session));
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn coming_back_stops_the_clock() {
    let limits = SessionLimits::default().detached_grace(secs(10));
    let client = limited(limits, [speaks_and_works(60)]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "work").await;
    for _ in 0..5 {
        drop(events);
        sleep(secs(8)).await;
        events = session.resume("1.1").await.events();
        settle().await;
    }
    sleep(secs(15)).await;
    assert_eq!(rest(&mut events).await, told([("1.2", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn at_the_cap_the_newly_left_handler_is_stopped() {
    for (limits, sessions) in [
        (SessionLimits::default().detached(3), 1),
        (SessionLimits::default().detached_total(3), 3),
    ] {
        let count = Count::default();
        let tools = [count.tool("t", false, 60_000), speaks_and_works(60)];
        let client = limited(limits, tools);
        let mut open = Vec::new();
        for _ in 0..sessions {
            open.push(client.open(NEWEST).await);
        }
        for at in 0..3 {
            leave(&open[at % sessions], "t", 100).await;
        }
        settle().await;
        assert_eq!(count.read(), [3, 0, 0]);
        for session in &open {
            leave(session, "t", 100).await;
        }
        settle().await;
        assert_eq!(count.read(), [3 + sessions, 0, sessions], "the new ones");
        // One whose client stays needs no place.
        let staying = open[0].tool("work", json!({})).await.events();
        sleep(secs(60)).await;
        assert_eq!(count.read(), [3 + sessions, 3, 3 + sessions]);
        // Places are given back.
        leave(&open[0], "t", 100).await;
        sleep(secs(60)).await;
        assert_eq!(count.finished.load(Ordering::SeqCst), 4);
        drop((staying, open));
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_thousand_clients_that_leave_leave_nothing_behind() {
    let count = Count::default();
    let client = serve([count.tool("t", false, 100_000)]);
    let session = client.open(NEWEST).await;
    tasks_left(1).await;
    for _ in 0..1000 {
        leave(&session, "t", 1).await;
        settle().await;
        let [begun, finished, gone] = count.read();
        assert!(
            begun - gone <= 64,
            "{begun} began, {finished} and {gone} ended"
        );
    }
    sleep(secs(120)).await;
    let [begun, _, gone] = count.read();
    assert_eq!(begun, gone);
    tasks_left(1).await;
    assert_eq!(client.mcp.in_flight(), 0);
    lives(&session).await;
    drop(session);
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn it_can_still_be_cancelled_and_ends_with_its_session() {
    for end_session in [false, true] {
        for after in [100, 2000] {
            let count = Count::default();
            let client = serve([count.tool("t", false, 60_000)]);
            let session = client.open(NEWEST).await;
            leave(&session, "t", after).await;
            match end_session {
                true => assert_eq!(session.delete().await.status, 204),
                false => assert_eq!(session.cancel(json!(1)).await.status, 202),
            }
            settle().await;
            assert_eq!(count.read(), [1, 0, 1], "{end_session} {after}");
            drop(session);
            end(client).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn in_the_stateless_era_it_goes_with_its_client() {
    let count = Count::default();
    let client = serve([count.tool("t", false, 60_000)]);
    for after in [100, 2000] {
        let call = client.tool("t", json!({})).into_future();
        drop(timeout(millis(after), call).await);
    }
    settle().await;
    assert_eq!(count.read(), [2, 0, 2]);
}
