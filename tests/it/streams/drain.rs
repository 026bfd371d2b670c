//! The end of a service: what becomes of the streams of its sessions.

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use mcp_axum::{
    BoxError, Context,
    protocol::Level,
    store::{Event, EventLog, MemoryEventLog, Replay, StreamKey},
    tool,
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    NEWEST, Steps, brief, builder, counting, millis, next, rest, secs, serve, settle, silent,
    speaks_and_works, stream, told,
};
use crate::{
    shutdown::nothing_left,
    support::{SESSIONFUL, TestClient},
};

#[tokio::test(start_paused = true)]
async fn standalone_streams_end_at_once_with_a_time_to_come_back() {
    for revision in SESSIONFUL {
        let mut client = serve([silent(3000)]);
        let guard = client.take_guard();
        let session = client.open(revision).await;
        let mut standalone = session.get().await.events();
        if revision == NEWEST {
            standalone.next_event().await.expect("a priming event");
        }
        let call = tokio::spawn(session.tool("silent", json!({})).into_future());
        settle().await;
        let begun = Instant::now();
        let shutdown = tokio::spawn(guard.shutdown());
        let mut retry = None;
        while let Some(event) = standalone.next_event().await {
            assert!(event.data.is_empty(), "{event:?}");
            retry = event.retry;
        }
        assert_eq!(begun.elapsed(), millis(0), "{revision}");
        assert_eq!(retry.is_some(), revision == NEWEST, "{revision}");
        assert!(!shutdown.is_finished(), "the call still runs");
        assert_eq!(call.await.unwrap().text().await, "done");
        let drained = shutdown.await.unwrap();
        assert_eq!((drained.finished, drained.cut), (1, 0));
        nothing_left(&client.mcp).await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_finish_on_their_streams_and_new_ones_are_refused() {
    let mut client = serve([speaks_and_works(10)]);
    let guard = client.take_guard();
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "work").await;
    assert_eq!(next(&mut events).await.id.as_deref(), Some("1.1"));
    let shutdown = tokio::spawn(guard.shutdown());
    settle().await;
    for call in [
        session.tool("quick", json!({})),
        session.request("ping", json!({})),
        session.notify("notifications/initialized", json!({})),
        session.get(),
        session.resume("0.0"),
        client.initialize(NEWEST, json!({})),
    ] {
        let reply = call.await;
        assert_eq!(reply.status, 503);
        assert!(reply.header("retry-after").is_some());
        assert_eq!(reply.header("mcp-session-id"), None);
        assert_eq!(reply.error().await["code"], -32603);
    }
    assert_eq!(rest(&mut events).await, told([("1.2", json!("done"))]));
    let drained = shutdown.await.unwrap();
    assert_eq!((drained.finished, drained.cut), (1, 0));
    nothing_left(&client.mcp).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_runs_can_be_resumed_answered_and_cancelled() {
    let steps = Steps::new();
    let ask = tool("ask", async |ctx: Context| match ctx.roots().await {
        Ok(roots) => format!("{} roots", roots.len()),
        Err(error) => error.to_string(),
    });
    let mut client = serve([counting(&steps, 2), ask, speaks_and_works(3600)]);
    let guard = client.take_guard();
    let session = client.open_with(NEWEST, json!({"roots": {}})).await;
    steps.go(1);
    let mut counted = stream(&session, "count").await;
    assert_eq!(next(&mut counted).await.id.as_deref(), Some("1.1"));
    drop(counted);
    let mut asked = stream(&session, "ask").await;
    let question = asked.next().await.expect("a question");
    let mut works = stream(&session, "work").await;
    let shutdown = tokio::spawn(guard.shutdown());
    settle().await;
    let answer = session.answer(&question, json!({"roots": []})).await;
    assert_eq!(answer.status, 202);
    assert_eq!(brief(&next(&mut asked).await.message()), "0 roots");
    // The third request of the session.
    assert_eq!(session.cancel(json!(3)).await.status, 202);
    assert_eq!(rest(&mut works).await, told([("3.1", json!("word"))]));
    let mut resumed = session.resume("1.1").await.events();
    steps.go(2);
    let expected = told([("1.2", json!(2)), ("1.3", json!("done"))]);
    assert_eq!(rest(&mut resumed).await, expected);
    drop((asked, works));
    let drained = shutdown.await.unwrap();
    assert_eq!(drained.cut, 0);
    nothing_left(&client.mcp).await;
}

/// A log that counts terminal errors.
#[derive(Clone, Default)]
struct Terminals {
    inner: MemoryEventLog,
    errors: Arc<AtomicUsize>,
}

impl EventLog for Terminals {
    async fn open(&self, stream: StreamKey) -> Result<(), BoxError> {
        self.inner.open(stream).await
    }

    async fn append(&self, stream: StreamKey, event: Event) -> Result<(), BoxError> {
        let text = String::from_utf8_lossy(&event.message);
        let error = event.last && text.contains("-32603") && text.contains("shutting down");
        self.errors.fetch_add(usize::from(error), Ordering::SeqCst);
        self.inner.append(stream, event).await
    }

    async fn read_after(&self, stream: StreamKey, seq: u64) -> Result<Replay, BoxError> {
        self.inner.read_after(stream, seq).await
    }

    async fn close(&self, stream: StreamKey) -> Result<(), BoxError> {
        self.inner.close(stream).await
    }

    async fn forget(&self, session: u128) -> Result<(), BoxError> {
        self.inner.forget(session).await
    }

    fn sweep(&self) {
        self.inner.sweep();
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_the_rest_gets_a_terminal_error_in_the_log_too() {
    let log = Terminals::default();
    let builder = builder([speaks_and_works(3600)]).event_log(log.clone());
    let mut client = TestClient::with(builder.grace(secs(5)).build());
    let guard = client.take_guard();
    let session = client.open(NEWEST).await;
    let mut attached = stream(&session, "work").await;
    // One whose client is away, and one whose client comes back in time.
    drop(stream(&session, "work").await);
    drop(stream(&session, "work").await);
    let begun = Instant::now();
    let shutdown = tokio::spawn(guard.shutdown());
    sleep(secs(4)).await;
    let mut back = session.resume("3.1").await.events();
    let expected = json!("server shutting down");
    let heard = rest(&mut attached).await;
    assert_eq!(begun.elapsed(), secs(5));
    assert_eq!(
        heard,
        told([("1.1", json!("word")), ("1.2", expected.clone())])
    );
    assert_eq!(rest(&mut back).await, told([("3.2", expected)]));
    let drained = shutdown.await.unwrap();
    assert_eq!((drained.finished, drained.cut), (0, 3));
    assert_eq!(log.errors.load(Ordering::SeqCst), 3);
    drop((attached, back, session));
    nothing_left(&client.mcp).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_does_not_read_cannot_hold_up_the_end() {
    let chatty = tool("chatty", async |ctx: Context| {
        for number in 0..1000 {
            ctx.log(Level::Info, number);
            sleep(millis(1)).await;
        }
        "done"
    });
    let mut client = serve([chatty, speaks_and_works(3600)]);
    let session = client.open(NEWEST).await;
    let unread = (
        session.get().await,
        stream(&session, "chatty").await,
        stream(&session, "work").await,
    );
    drop(session);
    let begun = Instant::now();
    client.take_guard().shutdown().await;
    assert!(begun.elapsed() <= secs(21), "{:?}", begun.elapsed());
    // What waits to be read is let go in time.
    sleep(secs(31)).await;
    nothing_left(&client.mcp).await;
    drop(unread);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_guard_cuts_every_stream() {
    let mut client = serve([speaks_and_works(3600)]);
    let guard = client.take_guard();
    let session = client.open(NEWEST).await;
    let mut standalone = session.get().await.events();
    let mut events = stream(&session, "work").await;
    let begun = Instant::now();
    drop(guard);
    let last = rest(&mut events).await.pop().expect("a terminal");
    assert_eq!(last.0, "1.2");
    assert_eq!(rest(&mut standalone).await.len(), 0);
    assert_eq!(begun.elapsed(), millis(0));
    drop((events, standalone, session));
    nothing_left(&client.mcp).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}
