//! An event log of the host's: slow, broken, or just watched.

use std::{
    collections::BTreeMap,
    future::{IntoFuture, pending},
    sync::{Arc, Mutex},
};

use mcp_axum::{
    BoxError, Context, Tool,
    protocol::Level,
    store::{Event, EventLog, MemoryEventLog, Replay, StreamKey},
    tool,
};
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep, timeout};

use super::{
    NEWEST, Steps, brief, builder, counting, end, lives, millis, next, not_resumable, rest, secs,
    settle, speaks_and_works, stream, told,
};
use crate::support::TestClient;

/// What a log does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fault {
    #[default]
    None,
    Open,
    /// From this event on.
    Append(u64),
    Read,
    /// An append never ends.
    Stuck,
}

/// A log that takes its time, fails, and remembers what it was told.
#[derive(Clone, Default)]
struct Odd {
    inner: MemoryEventLog,
    fault: Fault,
    takes: Duration,
    kept: Arc<Mutex<BTreeMap<u64, Vec<Value>>>>,
}

impl Odd {
    fn with(fault: Fault) -> Self {
        Self {
            fault,
            ..Self::default()
        }
    }

    fn kept(&self, stream: u64) -> Vec<Value> {
        let kept = self.kept.lock().expect("whole");
        kept.get(&stream).cloned().unwrap_or_default()
    }

    fn keep(&self, stream: u64, said: Value) {
        let mut kept = self.kept.lock().expect("whole");
        kept.entry(stream).or_default().push(said);
    }

    async fn work(&self, fails: bool) -> Result<(), BoxError> {
        sleep(self.takes).await;
        match fails {
            true => Err("the store is down".into()),
            false => Ok(()),
        }
    }
}

impl EventLog for Odd {
    async fn open(&self, stream: StreamKey) -> Result<(), BoxError> {
        self.work(self.fault == Fault::Open).await?;
        self.inner.open(stream).await
    }

    async fn append(&self, stream: StreamKey, event: Event) -> Result<(), BoxError> {
        if self.fault == Fault::Stuck {
            pending::<()>().await;
        }
        let fails = matches!(self.fault, Fault::Append(from) if event.seq == from);
        self.work(fails).await?;
        let message = serde_json::from_slice(&event.message)?;
        self.keep(stream.number, brief(&message));
        self.inner.append(stream, event).await
    }

    async fn read_after(&self, stream: StreamKey, seq: u64) -> Result<Replay, BoxError> {
        self.work(self.fault == Fault::Read).await?;
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

fn logged(log: &Odd, tools: impl IntoIterator<Item = Tool>) -> TestClient {
    TestClient::with(builder(tools).event_log(log.clone()).build())
}

#[tokio::test(start_paused = true)]
async fn what_is_read_was_logged_before() {
    let (log, steps) = (Odd::default(), Steps::new());
    let client = logged(&log, [counting(&steps, 3)]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "count").await;
    steps.go(4);
    let mut read = Vec::new();
    while let Some(message) = events.next().await {
        read.push(brief(&message));
        assert!(log.kept(1).starts_with(&read), "{read:?} {:?}", log.kept(1));
    }
    assert_eq!(log.kept(1), read);
    assert_eq!(log.inner.streams(), 1);
    // What is answered in JSON is nobody's to resume.
    lives(&session).await;
    assert_eq!(log.inner.streams(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_log_slows_the_stream_and_not_the_handler() {
    let log = Odd {
        takes: millis(200),
        ..Odd::default()
    };
    let times = Arc::new(Mutex::new(None));
    let finished = Arc::clone(&times);
    let fast = tool("fast", async move |ctx: Context| {
        ctx.log(Level::Info, 0);
        // The stream is open from here on.
        sleep(secs(2)).await;
        let begun = Instant::now();
        for number in 1..=5 {
            ctx.log(Level::Info, number);
            sleep(millis(1)).await;
        }
        *finished.lock().unwrap() = Some(begun.elapsed());
        "done"
    });
    let client = logged(&log, [fast]);
    let session = client.open(NEWEST).await;
    let begun = Instant::now();
    let mut events = stream(&session, "fast").await;
    assert_eq!(rest(&mut events).await.len(), 7);
    assert_eq!(*times.lock().unwrap(), Some(millis(5)));
    assert!(begun.elapsed() >= millis(3200), "{:?}", begun.elapsed());
    // Nobody else waits for it.
    let begun = Instant::now();
    lives(&session).await;
    assert_eq!(begun.elapsed(), millis(0));
    let mut again = session.resume("1.5").await.events();
    assert_eq!(
        rest(&mut again).await,
        told([("1.6", json!(5)), ("1.7", json!("done"))])
    );
}

#[tokio::test(start_paused = true)]
async fn a_resume_waits_for_a_slow_log_and_misses_nothing() {
    let log = Odd {
        takes: millis(100),
        ..Odd::default()
    };
    let steps = Steps::new();
    let client = logged(&log, [counting(&steps, 5)]);
    let session = client.open(NEWEST).await;
    drop(stream(&session, "count").await);
    steps.go(3);
    let mut events = session.resume("1.0").await.events();
    steps.go(3);
    let ids: Vec<_> = rest(&mut events)
        .await
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids, ["1.1", "1.2", "1.3", "1.4", "1.5", "1.6"]);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_takes_no_stream_leaves_one_without_ids() {
    let log = Odd::with(Fault::Open);
    let steps = Steps::new();
    let client = logged(&log, [counting(&steps, 2)]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "count").await;
    steps.go(3);
    let expected = told([("", json!(1)), ("", json!(2)), ("", json!("done"))]);
    assert_eq!(rest(&mut events).await, expected);
    not_resumable(&session, "1.0").await;
    drop((events, session));
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_cannot_be_resumed_is_not_closed_for_polling() {
    for fault in [Fault::Open, Fault::Append(1)] {
        let log = Odd::with(fault);
        let polled = tool("polled", async |ctx: Context| {
            ctx.log(Level::Info, "before");
            ctx.close_stream(secs(1));
            sleep(secs(3)).await;
            "done"
        });
        let client = logged(&log, [polled]);
        let session = client.open(NEWEST).await;
        let mut events = stream(&session, "polled").await;
        let heard = rest(&mut events).await.into_iter().map(|(_, said)| said);
        assert!(heard.eq(["before", "done"]), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_was_not_logged_reaches_its_reader_and_ends_resuming() {
    for from in 1..=3 {
        let log = Odd::with(Fault::Append(from));
        let steps = Steps::new();
        let client = logged(&log, [counting(&steps, 3)]);
        let session = client.open(NEWEST).await;
        let mut events = stream(&session, "count").await;
        steps.go(3);
        for number in 1..=3 {
            let event = next(&mut events).await;
            assert_eq!(brief(&event.message()), number, "{from}");
        }
        // While it runs, and when it is through: an answer, and no endless search.
        for _ in 0..2 {
            for cursor in ["1.0", "1.1", "1.3"] {
                let refused = not_resumable(&session, cursor);
                timeout(secs(5), refused).await.expect("an end");
            }
            steps.go(1);
            settle().await;
        }
        assert_eq!(rest(&mut events).await.len(), 1, "{from}: the answer");
        drop((events, session));
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_read_is_503_with_retry_after() {
    let log = Odd::with(Fault::Read);
    let client = logged(&log, [speaks_and_works(60)]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "work").await;
    let reply = session.resume("1.0").await;
    assert_eq!(reply.status, 503);
    assert!(reply.header("retry-after").is_some());
    let error = reply.error().await;
    assert_eq!(error["code"], -32603);
    assert!(!error.to_string().contains("store is down"), "{error}");
    // The reader that is there keeps its stream.
    assert_eq!(rest(&mut events).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_stuck_is_not_waited_for() {
    let log = Odd::with(Fault::Stuck);
    let client = logged(&log, [speaks_and_works(5)]);
    let session = client.open(NEWEST).await;
    let begun = Instant::now();
    let mut events = stream(&session, "work").await;
    assert_eq!(brief(&next(&mut events).await.message()), "word");
    assert_eq!(begun.elapsed(), millis(250));
    assert_eq!(brief(&next(&mut events).await.message()), "done");
    assert_eq!(begun.elapsed(), secs(5), "once is enough");
    not_resumable(&session, "1.0").await;
    drop((events, session));
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_while_a_slow_log_opens_leaves_nothing_there() {
    let log = Odd {
        takes: millis(200),
        ..Odd::default()
    };
    let client = logged(&log, [speaks_and_works(5)]);
    let session = client.open(NEWEST).await;
    let call = session.tool("work", json!({}));
    drop(timeout(millis(100), call.into_future()).await);
    sleep(secs(10)).await;
    assert_eq!(client.mcp.in_flight(), 0);
    assert_eq!(session.delete().await.status, 204);
    assert_eq!(log.inner.streams(), 0);
}
