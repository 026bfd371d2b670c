//! The end of the service, seen from its streams.

use std::{future::IntoFuture, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use mcp_axum::{Context, McpServer, McpServiceBuilder, ToolError, lifespan::LifespanGuard, tool};
use serde_json::json;
use tokio::{
    sync::oneshot,
    task::{JoinHandle, yield_now},
    time::Instant,
};

use super::{Old, builder, client, connect, open, serving, stream as opening, taken};
use crate::{
    lifespan::{Hold, poll_once, server, soon},
    shutdown::nothing_left,
    support::{Events, Reply, TestClient},
};

type Shutdown = JoinHandle<mcp_axum::lifespan::Drained>;

/// A client of a service that ends with the guard.
fn guarded(builder: McpServiceBuilder) -> (TestClient, LifespanGuard) {
    let mut client = TestClient::with(builder.build());
    let guard = client.take_guard();
    (client, guard)
}

/// Calls a tool that waits to be released, and waits until it runs.
async fn begin(old: &Old<'_>, tool: &str, hold: &Hold) {
    taken(old.tool(tool)).await;
    hold.begun().await;
}

/// Begins a drain, and waits until it has begun.
async fn drain(client: &TestClient, guard: LifespanGuard) -> Shutdown {
    let shutdown = tokio::spawn(guard.shutdown());
    while opening(client).await.status != 503 {
        yield_now().await;
    }
    shutdown
}

#[tokio::test(start_paused = true)]
async fn idle_streams_end_at_once_and_nothing_is_left() {
    let (client, guard) = guarded(builder());
    let mcp = client.mcp.clone();
    let mut old = open(&client, "2024-11-05", json!({})).await;
    let mut unread = opening(&client).await.events();
    let begun = Instant::now();
    let drained = guard.shutdown().await;
    assert_eq!((drained.finished, drained.cut), (0, 0));
    assert_eq!(old.events.next_event().await, None);
    let first = unread.next_event().await.unwrap();
    assert_eq!(first.event.as_deref(), Some("endpoint"));
    assert_eq!(unread.next_event().await, None);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!(mcp.sessions().count(), 0);
    assert_eq!(old.request("ping", json!({})).await.status, 503);
    drop((old, unread));
    nothing_left(&mcp).await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_does_not_wait_for_another_streams_call() {
    let hold = Hold::new();
    let (client, guard) = guarded(serving(server(&hold)));
    let mut idle = connect(&client).await;
    let mut busy = connect(&client).await;
    begin(&busy, "hold", &hold).await;
    let begun = Instant::now();
    let shutdown = drain(&client, guard).await;
    assert_eq!(idle.events.next_event().await, None);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    hold.release.add_permits(1);
    assert_eq!(
        busy.hear().await["result"]["content"][0]["text"],
        "released"
    );
    assert_eq!(busy.events.next_event().await, None);
    soon(shutdown).await.unwrap();
}

#[tokio::test]
async fn what_runs_finishes_and_its_answer_arrives_while_nothing_new_comes_in() {
    let hold = Hold::new();
    let (client, guard) = guarded(serving(server(&hold)));
    let mut old = open(&client, "2025-03-26", json!({})).await;
    for tool in ["hold", "talk"] {
        begin(&old, tool, &hold).await;
    }
    assert_eq!(old.hear().await["method"], "notifications/progress");
    let shutdown = drain(&client, guard).await;
    let ping = json!({"jsonrpc": "2.0", "id": "p", "method": "ping"});
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/x"});
    for message in [ping.clone(), notice, json!([ping])] {
        let reply = old.post(&message).await;
        assert_eq!(reply.header("retry-after"), Some("5"), "{message}");
        assert_eq!(reply.refusal().await, (503, -32603), "{message}");
    }
    assert_eq!(opening(&client).await.refusal().await, (503, -32603));
    assert!(!shutdown.is_finished());
    hold.release.add_permits(2);
    let mut ids = [
        old.hear().await["id"].as_u64(),
        old.hear().await["id"].as_u64(),
    ];
    ids.sort_unstable();
    assert_eq!(ids, [Some(2), Some(3)]);
    assert_eq!(soon(old.events.next_event()).await, None);
    let drained = soon(shutdown).await.unwrap();
    assert_eq!((drained.finished, drained.cut), (2, 0));
    drop(old);
    assert_eq!(client.mcp.sessions().count(), 0);
    nothing_left(&client.mcp).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_call_is_taken_back_waits_for_no_other() {
    let hold = Hold::new();
    let (client, guard) = guarded(serving(server(&hold)));
    let mut old = connect(&client).await;
    let mut other = connect(&client).await;
    for old in [&old, &other] {
        begin(old, "hold", &hold).await;
    }
    let shutdown = drain(&client, guard).await;
    let begun = Instant::now();
    let cancelled = json!({"requestId": 1});
    old.tell("notifications/cancelled", cancelled).await;
    assert_eq!(old.events.next_event().await, None);
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert!(!shutdown.is_finished(), "the other one goes on");
    hold.release.add_permits(1);
    assert_eq!(other.hear().await["id"], 1);
    soon(shutdown).await.unwrap();
    drop((old, other));
    nothing_left(&client.mcp).await;
}

#[tokio::test]
async fn a_question_can_be_answered_during_the_drain() {
    async fn roots(ctx: Context) -> Result<String, ToolError> {
        let first = ctx.roots().await?;
        let root = first.first().map(|root| root.uri.clone());
        Ok(root.unwrap_or_default())
    }
    let asking = McpServer::new("a", "1").tool(tool("roots", roots));
    let (client, guard) = guarded(serving(asking));
    let mut old = open(&client, "2024-11-05", json!({"roots": {}})).await;
    taken(old.tool("roots")).await;
    let shutdown = drain(&client, guard).await;
    let question = old.hear().await;
    taken(old.answer(&question, json!({"roots": [{"uri": "file:///late"}]}))).await;
    assert_eq!(
        old.hear().await["result"]["content"][0]["text"],
        "file:///late"
    );
    assert_eq!(soon(old.events.next_event()).await, None);
    assert_eq!(soon(shutdown).await.unwrap().cut, 0);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_finish_in_time_is_answered_with_an_error_before_the_stream_ends() {
    let hold = Hold::new();
    let builder = serving(server(&hold)).grace(Duration::from_secs(3));
    let (client, guard) = guarded(builder);
    let mut old = connect(&client).await;
    begin(&old, "hold", &hold).await;
    let begun = Instant::now();
    let shutdown = drain(&client, guard).await;
    let cut = old.hear().await;
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    assert_eq!(
        (&cut["id"], &cut["error"]["code"]),
        (&json!(1), &json!(-32603))
    );
    assert_eq!(old.events.next_event().await, None);
    assert_eq!(soon(shutdown).await.unwrap().cut, 1);
    drop(old);
    nothing_left(&client.mcp).await;
}

#[tokio::test]
async fn a_guard_that_is_dropped_ends_streams_and_handlers_at_once() {
    let hold = Hold::new();
    let (client, guard) = guarded(serving(server(&hold)));
    let mut idle = connect(&client).await;
    let mut busy = connect(&client).await;
    begin(&busy, "hold", &hold).await;
    drop(guard);
    assert_eq!(soon(idle.events.next_event()).await, None);
    while let Some(event) = soon(busy.events.next_event()).await {
        assert_eq!(event.message()["error"]["code"], -32603, "{event:?}");
    }
    assert_eq!(client.mcp.sessions().count(), 0);
    drop((idle, busy));
    nothing_left(&client.mcp).await;
}

/// A ping that was posted, and whose body has not come yet.
struct OnItsWay {
    body: oneshot::Sender<Bytes>,
    reply: JoinHandle<Reply>,
}

impl OnItsWay {
    async fn begin(client: &TestClient, old: &Old<'_>) -> Self {
        let (sender, received) = oneshot::channel();
        let body = async { received.await.map(Frame::data) };
        let body = StreamBody::new(stream::once(body));
        let posting = old.post(&json!({})).stream_body(Body::new(body));
        let reply = tokio::spawn(posting.into_future());
        while client.mcp.in_flight() == 0 {
            yield_now().await;
        }
        Self {
            body: sender,
            reply,
        }
    }

    async fn arrive(self) -> Reply {
        let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
        self.body
            .send(ping.to_string().into())
            .expect("it is awaited");
        soon(self.reply).await.expect("no panic")
    }
}

#[tokio::test]
async fn a_message_on_its_way_when_the_drain_begins_is_answered() {
    let (client, guard) = guarded(builder());
    let mut old = connect(&client).await;
    let ping = OnItsWay::begin(&client, &old).await;
    let shutdown = drain(&client, guard).await;
    let early = poll_once(&mut Box::pin(old.events.next_event()));
    assert_eq!(early, None, "the stream waits for the message");
    assert_eq!(ping.arrive().await.status, 202);
    assert_eq!(old.hear().await["id"], 1);
    assert_eq!(soon(old.events.next_event()).await, None);
    soon(shutdown).await.unwrap();
}

#[tokio::test]
async fn a_message_on_its_way_when_the_session_ends_is_not_taken() {
    let client = client();
    let old = connect(&client).await;
    let ping = OnItsWay::begin(&client, &old).await;
    drop(old);
    assert_eq!(ping.arrive().await.status, 404);
}

/// Posts calls until one is refused; returns how many were taken.
async fn post_until_refused(old: &Old<'_>) -> usize {
    let mut taken = 0;
    loop {
        let reply = match taken % 2 {
            0 => old.tool("quick").await,
            _ => old.request("ping", json!({})).await,
        };
        match reply.status.as_u16() {
            202 => taken += 1,
            // The client reads too slowly for so many.
            503 if reply.header("retry-after") == Some("1") => yield_now().await,
            503 | 404 => return taken,
            other => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_call_that_was_taken_is_answered_however_the_drain_falls() {
    for round in 0..20 {
        let (client, guard) = guarded(serving(server(&Hold::new())));
        let mut old = connect(&client).await;
        let events = std::mem::replace(&mut old.events, Events::new(Body::empty()));
        let reading = tokio::spawn(async move {
            let mut events = events;
            events.rest().await.len()
        });
        let draining = tokio::spawn(async move {
            tokio::task::spawn_blocking(std::thread::yield_now)
                .await
                .unwrap();
            guard.shutdown().await
        });
        let taken = post_until_refused(&old).await;
        assert_eq!(soon(draining).await.unwrap().cut, 0);
        assert_eq!(soon(reading).await.unwrap(), taken, "round {round}");
    }
}
