//! A client whose connection is gone: its call goes on, and its answer waits.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, extract::State};
use mcp_axum::{Context, McpServer, McpService, McpServiceBuilder, tool};
use serde_json::{Value, json};
use tokio::time::Duration;

use super::{NEWEST, call, text_of};
use crate::{
    lifespan::{Hold, soon},
    support::{
        Call, SESSIONFUL, TestClient,
        spawn::Spawned,
        wire::{self, Wire},
    },
};

/// How calls end.
#[derive(Clone)]
struct Work {
    hold: Hold,
    ended: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

/// Counts a call that is dropped before it came to its end.
struct Running(Option<Arc<AtomicUsize>>);

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(dropped) = &self.0 {
            dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Work {
    fn new() -> Self {
        Self {
            hold: Hold::new(),
            ended: Arc::default(),
            dropped: Arc::default(),
        }
    }

    async fn run(self) -> &'static str {
        let mut running = Running(Some(self.dropped));
        self.hold.begun.add_permits(1);
        self.hold.release.acquire().await.expect("open").forget();
        running.0 = None;
        self.ended.fetch_add(1, Ordering::SeqCst);
        "done"
    }

    fn builder(&self) -> McpServiceBuilder {
        let aloud = async |ctx: Context, State(work): State<Self>| {
            ctx.progress(1.0, None, None);
            work.run().await
        };
        let server = McpServer::new("sockets", "1")
            .tool(tool("silent", async |State(work): State<Self>| {
                work.run().await
            }))
            .tool(tool("aloud", aloud))
            .with_state(self.clone());
        McpService::builder(server)
    }

    fn counts(&self) -> (usize, usize) {
        let load = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (load(&self.ended), load(&self.dropped))
    }
}

async fn serve(builder: McpServiceBuilder) -> (TestClient, Spawned) {
    let mcp = builder.build();
    let client = TestClient::with(mcp.clone());
    let spawned = Spawned::new(Router::new().merge(mcp.router())).await;
    (client, spawned)
}

/// Sends a call over a connection of its own.
async fn send(spawned: &Spawned, call: Call) -> Wire {
    let mut wire = Wire::connect(spawned.address).await;
    wire.send(wire::text_of(call).await).await;
    wire
}

/// The ids and the messages of events.
fn events(text: &str) -> Vec<(&str, Value)> {
    let mut events = Vec::new();
    for block in text.split_terminator("\n\n") {
        let field = |name| block.lines().find_map(|line| line.strip_prefix(name));
        if let Some(data) = field("data: ").filter(|data| !data.is_empty()) {
            let message = serde_json::from_str(data).expect("JSON");
            events.push((field("id: ").expect("an id"), message));
        }
    }
    events
}

/// Reads a stream to its end.
async fn rest(wire: &mut Wire) -> String {
    let head = soon(wire.head()).await;
    assert!(head.contains("text/event-stream"), "{head}");
    soon(wire.chunks()).await
}

async fn nothing_runs(client: &TestClient) {
    soon(async {
        while client.mcp.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_is_closed_before_the_answer_cancels_nothing() {
    for revision in SESSIONFUL {
        let work = Work::new();
        let (client, spawned) = serve(work.builder()).await;
        let session = client.open(revision).await;
        let wire = send(&spawned, session.post(&call(1, "silent"))).await;
        work.hold.begun().await;
        wire.hang_up().await;
        assert_eq!(client.mcp.in_flight(), 1, "{revision}");
        work.hold.release.add_permits(1);
        nothing_runs(&client).await;
        assert_eq!(work.counts(), (1, 0), "{revision}");
        // It never became a stream, so there is nothing to come back to.
        let mut again = send(&spawned, session.resume("1.0")).await;
        let (head, _) = soon(again.response()).await;
        assert!(head.starts_with("HTTP/1.1 400"), "{revision}: {head}");
    }
}

#[tokio::test]
async fn in_the_stateless_era_it_cancels() {
    let work = Work::new();
    let (client, spawned) = serve(work.builder()).await;
    for name in ["silent", "aloud"] {
        let call = client.tool(name, json!({})).progress(json!(1));
        let wire = send(&spawned, call).await;
        work.hold.begun().await;
        wire.hang_up().await;
        nothing_runs(&client).await;
    }
    assert_eq!(work.counts(), (0, 2));
}

/// How a reply became a stream: by a word, or by a silence that took too long.
const STREAMS: [(&str, &str); 2] = [("aloud", "1.1"), ("silent", "1.0")];

#[tokio::test]
async fn a_stream_that_broke_is_taken_up_over_another_connection() {
    for (name, seen) in STREAMS {
        for comes_late in [false, true] {
            let work = Work::new();
            let builder = work.builder().commit_after(Duration::ZERO);
            let (client, spawned) = serve(builder).await;
            let session = client.open(NEWEST).await;
            let mut wire = send(&spawned, session.post(&call(1, name))).await;
            let head = soon(wire.head()).await;
            assert!(head.contains("text/event-stream"), "{head}");
            work.hold.begun().await;
            wire.hang_up().await;
            assert_eq!(client.mcp.in_flight(), 1, "{name}");
            let resume = session.resume(seen);
            let text = if comes_late {
                work.hold.release.add_permits(1);
                nothing_runs(&client).await;
                rest(&mut send(&spawned, resume).await).await
            } else {
                let mut again = send(&spawned, resume).await;
                // One that breaks again, too, is no reason to end.
                assert!(soon(again.head()).await.contains("200 OK"));
                again.hang_up().await;
                let mut again = send(&spawned, session.resume(seen)).await;
                work.hold.release.add_permits(1);
                rest(&mut again).await
            };
            let told = events(&text);
            assert_eq!(told.len(), 1, "{name}, late {comes_late}: {text}");
            assert_ne!(told[0].0, seen);
            assert_eq!(told[0].1["id"], 1);
            assert_eq!(text_of(&told[0].1), "done");
            nothing_runs(&client).await;
            assert_eq!(work.counts(), (1, 0), "{name}, late {comes_late}");
        }
    }
}

#[tokio::test]
async fn what_was_under_way_when_it_broke_comes_again() {
    for revision in SESSIONFUL {
        let work = Work::new();
        let (client, spawned) = serve(work.builder()).await;
        let session = client.open(revision).await;
        let mut wire = send(&spawned, session.post(&call(1, "aloud"))).await;
        soon(wire.head()).await;
        work.hold.begun().await;
        wire.hang_up().await;
        work.hold.release.add_permits(1);
        nothing_runs(&client).await;
        // The word that it was told may not have arrived.
        for (seen, expected) in [("1.0", 2), ("1.1", 1), ("1.0", 2)] {
            let text = rest(&mut send(&spawned, session.resume(seen)).await).await;
            let told = events(&text);
            assert_eq!(told.len(), expected, "{revision} from {seen}: {text}");
            let (id, answer) = told.last().expect("the answer");
            assert_eq!((*id, text_of(answer)), ("1.2", "done"), "{revision}");
        }
    }
}
