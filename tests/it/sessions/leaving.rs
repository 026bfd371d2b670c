//! A client that goes away takes nothing back: only `notifications/cancelled` does.

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::extract::State;
use mcp_axum::{Context, McpServer, session::SessionLimits, tool};
use serde_json::json;
use tokio::{sync::Semaphore, time::sleep};

use super::{NEWEST, begun, call, limited, seconds};
use crate::{
    lifespan::{Hold, soon},
    support::{SESSIONFUL, TestClient},
};

/// Counts the calls that ran to their end.
#[derive(Clone, Default)]
struct Ends {
    ended: Arc<AtomicUsize>,
    release: Arc<Release>,
}

struct Release(Semaphore);

impl Default for Release {
    fn default() -> Self {
        Self(Semaphore::new(0))
    }
}

async fn work(State(ends): State<Ends>, ctx: Context) -> &'static str {
    if ctx.target().as_deref() == Some("aloud") {
        ctx.progress(1.0, None, None);
    }
    ends.release.0.acquire().await.expect("open").forget();
    ends.ended.fetch_add(1, Ordering::SeqCst);
    "done"
}

fn client(ends: &Ends) -> TestClient {
    let server = McpServer::new("leaving", "1")
        .tool(tool("silent", work))
        .tool(tool("aloud", work));
    TestClient::new(server.with_state(ends.clone()))
}

/// Waits until nothing runs in the service any more.
async fn nothing_runs(client: &TestClient) {
    for _ in 0..1000 {
        if client.mcp.in_flight() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} still run", client.mcp.in_flight());
}

#[tokio::test]
async fn before_anything_is_said_the_handler_runs_on_to_its_end() {
    for revision in SESSIONFUL {
        let ends = Ends::default();
        let client = client(&ends);
        let session = client.open(revision).await;
        let post = session.post(&call(1, "silent"));
        let sent = tokio::spawn(post.into_future());
        while client.mcp.sessions().list()[0].in_flight == 0 {
            tokio::task::yield_now().await;
        }
        sent.abort();
        assert!(sent.await.unwrap_err().is_cancelled());
        assert_eq!(client.mcp.sessions().list()[0].in_flight, 1, "{revision}");
        ends.release.0.add_permits(1);
        nothing_runs(&client).await;
        assert_eq!(ends.ended.load(Ordering::SeqCst), 1, "{revision}");
        assert!(super::lives(&session).await, "{revision}");
    }
}

#[tokio::test]
async fn after_something_was_said_the_handler_runs_on_to_its_end() {
    for revision in SESSIONFUL {
        let ends = Ends::default();
        let client = client(&ends);
        let session = client.open(revision).await;
        let mut events = session.post(&call(1, "aloud")).await.events();
        assert!(soon(events.next()).await.is_some());
        drop(events);
        tokio::task::yield_now().await;
        ends.release.0.add_permits(1);
        nothing_runs(&client).await;
        assert_eq!(ends.ended.load(Ordering::SeqCst), 1, "{revision}");
        // And its answer is there for whoever comes back.
        let told = soon(session.resume("1.1").await.events().rest()).await;
        assert_eq!(told.len(), 1, "{revision}");
        assert_eq!(super::text_of(&told[0]), "done", "{revision}");
    }
}

#[tokio::test]
async fn the_stateless_era_is_the_other_way_round() {
    let ends = Ends::default();
    let client = client(&ends);
    let session = client.open(NEWEST).await;
    let newer = client.tool("aloud", json!({})).progress(json!(1)).await;
    let older = session.post(&call(1, "aloud")).await;
    drop((newer, older));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(client.mcp.in_flight(), 1, "one was dropped, one was not");
    ends.release.0.add_permits(2);
    nothing_runs(&client).await;
    assert_eq!(ends.ended.load(Ordering::SeqCst), 1);
    assert_eq!(ends.release.0.available_permits(), 1);
}

#[tokio::test]
async fn a_batch_runs_on_as_a_whole() {
    let ends = Ends::default();
    let client = client(&ends);
    let session = client.open("2025-03-26").await;
    let batch = json!([call(1, "silent"), call(2, "aloud"), call(3, "silent")]);
    drop(session.post(&batch).await);
    ends.release.0.add_permits(3);
    nothing_runs(&client).await;
    assert_eq!(ends.ended.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn who_has_left_can_still_take_the_call_back() {
    let ends = Ends::default();
    let client = client(&ends);
    let session = client.open(NEWEST).await;
    drop(session.post(&call(1, "aloud")).await);
    assert_eq!(client.mcp.in_flight(), 1);
    assert_eq!(session.cancel(json!(1)).await.status, 202);
    nothing_runs(&client).await;
    assert_eq!(ends.ended.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_without_its_client_has_five_minutes_left() {
    let hold = Hold::new();
    let client = TestClient::with(limited(&hold, SessionLimits::default()).build());
    let session = client.open(NEWEST).await;
    for name in ["talk", "hold"] {
        let running = begun(session.post(&call(name, name)), &hold).await;
        if name == "hold" {
            running.abort();
        }
        drop(running.await);
        sleep(seconds(299)).await;
        assert_eq!(client.mcp.in_flight(), 1, "{name}");
        sleep(seconds(2)).await;
        assert_eq!(client.mcp.in_flight(), 0, "{name}");
        if name == "talk" {
            // Whoever comes back is told how it ended.
            let told = soon(session.resume("1.1").await.events().rest()).await;
            assert_eq!(told.last().unwrap()["error"]["code"], -32603);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_in_time_stops_the_clock() {
    let hold = Hold::new();
    let client = TestClient::with(limited(&hold, SessionLimits::default()).build());
    let session = client.open(NEWEST).await;
    drop(session.post(&call(1, "talk")).await);
    hold.begun().await;
    sleep(seconds(200)).await;
    let mut events = session.resume("1.1").await.events();
    sleep(seconds(400)).await;
    hold.release.add_permits(1);
    let answer = soon(events.next()).await.expect("the answer");
    assert_eq!(super::text_of(&answer), "released");
}

#[tokio::test]
async fn only_so_many_may_run_without_their_clients() {
    let hold = Hold::new();
    let rows = [
        SessionLimits::default().detached(2),
        SessionLimits::default().detached_total(2),
    ];
    for limits in rows {
        let client = TestClient::with(limited(&hold, limits).build());
        let session = client.open(NEWEST).await;
        for id in 1..=3 {
            let stream = session.post(&call(id, "talk")).await;
            hold.begun().await;
            drop(stream);
            for _ in 0..50 {
                tokio::task::yield_now().await;
            }
        }
        // The one that left last had to end.
        assert_eq!(client.mcp.in_flight(), 2);
        let told = soon(session.resume("3.1").await.events().rest()).await;
        assert_eq!(told[0]["error"]["code"], -32603);
        hold.release.add_permits(2);
        nothing_runs(&client).await;
    }
}
