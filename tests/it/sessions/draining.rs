//! The drain of a service with sessions: what still comes in, and how the rest ends.

use std::time::Duration;

use http::Method;
use mcp_axum::{Context, McpServer, tool};
use serde_json::json;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{NEWEST, answered, begun, call, client, hello, refused, seconds};
use crate::{
    lifespan::{Hold, builder, soon},
    shutdown::nothing_left,
    support::{Call, SESSIONFUL, Session, TestClient},
};

/// Begins the drain, and waits until nothing new is let in.
async fn drain(client: &mut TestClient) -> JoinHandle<mcp_axum::lifespan::Drained> {
    let guard = client.take_guard();
    let shutdown = tokio::spawn(guard.shutdown());
    while client.tool("no such", json!({})).await.status != 503 {
        tokio::task::yield_now().await;
    }
    shutdown
}

/// The session again, for a client that is borrowed no more.
struct Kept {
    id: String,
    revision: String,
}

impl Kept {
    fn of(session: &Session<'_>) -> Self {
        Self {
            id: session.id.clone().expect("an id"),
            revision: session.revision.clone(),
        }
    }

    fn post(&self, client: &TestClient, message: &serde_json::Value) -> Call {
        client
            .post_older(message)
            .header("mcp-session-id", &self.id)
    }

    fn send(&self, client: &TestClient, method: Method) -> Call {
        let call = client.raw(method, "").header("mcp-session-id", &self.id);
        call.header("accept", "text/event-stream")
    }
}

/// What a drain keeps out: everything but what running calls need.
fn newcomers(client: &TestClient, kept: &Kept) -> Vec<(&'static str, Call)> {
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": {"requestId": 99}});
    let ping = json!({"jsonrpc": "2.0", "id": 2, "method": "ping"});
    vec![
        ("initialize", client.post_older(&hello(&kept.revision))),
        (
            "initialize in a session",
            kept.post(client, &hello(&kept.revision)),
        ),
        ("a call", kept.post(client, &call(2, "quick"))),
        ("ping", kept.post(client, &ping)),
        ("a notification", kept.post(client, &notice)),
        ("a batch", kept.post(client, &json!([call(2, "quick")]))),
        (
            "a cancel beside a call",
            kept.post(client, &json!([cancel, call(2, "quick")])),
        ),
        ("GET", kept.send(client, Method::GET)),
        (
            "GET with a cursor of it",
            kept.send(client, Method::GET)
                .header("last-event-id", "0.1"),
        ),
        ("GET without a session", client.raw(Method::GET, "")),
        (
            "a stateless call",
            client
                .tool("quick", json!({}))
                .header("mcp-session-id", &kept.id),
        ),
    ]
}

#[tokio::test]
async fn new_requests_are_503_with_retry_after() {
    for revision in SESSIONFUL {
        let hold = Hold::new();
        let mut client = client(&hold);
        let kept = Kept::of(&client.open(revision).await);
        let running = begun(kept.post(&client, &call(1, "hold")), &hold).await;
        let shutdown = drain(&mut client).await;
        for (what, call) in newcomers(&client, &kept) {
            let reply = call.await;
            assert_eq!(
                reply.header("retry-after"),
                Some("5"),
                "{what} in {revision}"
            );
            assert_eq!(
                refused(reply, what).await,
                (503, -32603),
                "{what} in {revision}"
            );
        }
        assert_eq!(client.mcp.sessions().count(), 1, "none was opened");
        hold.release.add_permits(1);
        assert_eq!(
            answered(running).await.text().await,
            "released",
            "{}",
            kept.revision
        );
        let drained = soon(shutdown).await.unwrap();
        assert_eq!((drained.finished, drained.cut), (1, 0));
        assert_eq!(client.mcp.sessions().count(), 0);
        nothing_left(&client.mcp).await;
    }
}

#[tokio::test]
async fn a_cancel_a_resume_and_an_end_are_let_in() {
    let hold = Hold::new();
    let mut client = client(&hold);
    let kept = Kept::of(&client.open(NEWEST).await);
    let other = Kept::of(&client.open("2025-03-26").await);
    let ended = Kept::of(&client.open(NEWEST).await);
    let cancelled = begun(kept.post(&client, &call(1, "hold")), &hold).await;
    let batched = begun(other.post(&client, &call(1, "hold")), &hold).await;
    let closed = begun(ended.post(&client, &call(1, "hold")), &hold).await;
    let stream = kept.post(&client, &call(2, "talk")).await;
    hold.begun().await;
    drop(stream);
    let shutdown = drain(&mut client).await;
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": {"requestId": 1}});
    assert_eq!(kept.post(&client, &cancel).await.status, 202);
    assert_eq!(answered(cancelled).await.status, 202);
    assert_eq!(other.post(&client, &json!([cancel])).await.status, 202);
    assert_eq!(answered(batched).await.status, 202);
    assert_eq!(ended.send(&client, Method::DELETE).await.status, 204);
    assert_eq!(
        answered(closed).await.message().await["error"]["code"],
        -32603
    );
    // Strangers are told as ever.
    let forged = client
        .post_older(&cancel)
        .header("mcp-session-id", "forged");
    assert_eq!(forged.await.status, 404);

    let resumed = kept
        .send(&client, Method::GET)
        .header("last-event-id", "1.1")
        .await;
    hold.release.add_permits(1);
    let told = soon(resumed.events().rest()).await;
    assert_eq!(super::text_of(told.last().unwrap()), "released");
    soon(shutdown).await.unwrap();
    nothing_left(&client.mcp).await;
}

async fn ask(ctx: Context) -> String {
    match ctx.roots().await {
        Ok(roots) => format!("{} roots", roots.len()),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn the_answer_to_a_question_is_let_in() {
    for revision in SESSIONFUL {
        let mut client = TestClient::new(McpServer::new("t", "1").tool(tool("ask", ask)));
        let kept = Kept::of(&client.open_with(revision, json!({"roots": {}})).await);
        let mut events = kept.post(&client, &call(1, "ask")).await.events();
        let question = soon(events.next()).await.unwrap();
        let shutdown = drain(&mut client).await;
        let roots = json!({"roots": [{"uri": "file:///a"}]});
        let answer = json!({"jsonrpc": "2.0", "id": question["id"], "result": roots});
        assert_eq!(kept.post(&client, &answer).await.status, 202, "{revision}");
        let told = soon(events.rest()).await;
        assert_eq!(
            super::text_of(told.last().unwrap()),
            "1 roots",
            "{revision}"
        );
        soon(shutdown).await.unwrap();
        nothing_left(&client.mcp).await;
    }
}

#[tokio::test(start_paused = true)]
async fn open_standalone_streams_end_at_once_and_say_when_to_come_back() {
    for (revision, says) in [
        ("2025-11-25", true),
        ("2025-06-18", false),
        ("2024-11-05", false),
    ] {
        let hold = Hold::new();
        let mut client = client(&hold);
        let kept = Kept::of(&client.open(revision).await);
        let mut events = kept.send(&client, Method::GET).await.events();
        let running = begun(kept.post(&client, &call(1, "hold")), &hold).await;
        let began = Instant::now();
        let shutdown = drain(&mut client).await;
        let mut waits = Vec::new();
        while let Some(event) = soon(events.next_event()).await {
            assert_eq!(event.data, "", "{event:?}");
            waits.extend(event.retry);
        }
        assert_eq!(began.elapsed(), Duration::ZERO, "{revision}");
        assert_eq!(waits.last().is_some(), says, "{revision}: {waits:?}");
        assert!(!shutdown.is_finished(), "the call still runs");
        hold.release.add_permits(1);
        assert_eq!(answered(running).await.text().await, "released");
        soon(shutdown).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_outlasts_the_grace_gets_a_terminal_error() {
    let hold = Hold::new();
    let mut client = TestClient::with(builder(&hold).grace(seconds(3)).build());
    let kept = Kept::of(&client.open(NEWEST).await);
    let silent = kept
        .post(&client, &call(1, "hold"))
        .header("accept", "application/json");
    let silent = begun(silent, &hold).await;
    let stream = kept.post(&client, &call(2, "talk")).await;
    hold.begun().await;
    let left = kept.post(&client, &call(3, "talk")).await;
    hold.begun().await;
    drop(left);
    sleep(seconds(1)).await;
    let began = Instant::now();
    let shutdown = drain(&mut client).await;
    let told = soon(stream.events().rest()).await;
    assert_eq!(began.elapsed(), seconds(3));
    for (message, id) in [
        (answered(silent).await.message().await, 1),
        (told[1].clone(), 2),
    ] {
        assert_eq!(message["id"], id);
        assert_eq!(message["error"]["message"], "server shutting down");
    }
    let drained = soon(shutdown).await.unwrap();
    assert_eq!((drained.finished, drained.cut), (0, 3));
    assert_eq!(client.mcp.sessions().count(), 0);
    nothing_left(&client.mcp).await;
}

#[tokio::test]
async fn after_the_end_every_session_is_503_and_a_new_life_knows_none() {
    let mut client = client(&Hold::new());
    let kept = Kept::of(&client.open(NEWEST).await);
    soon(client.take_guard().shutdown()).await;
    for call in [
        kept.post(&client, &call(1, "quick")),
        kept.send(&client, Method::GET),
        kept.send(&client, Method::DELETE),
    ] {
        assert_eq!(call.await.status, 503);
    }
    let _guard = client.mcp.lifespan().start();
    let reply = kept.post(&client, &call(1, "quick")).await;
    assert_eq!(refused(reply, "of another life").await, (404, -32600));
    let session = client.open(NEWEST).await;
    assert!(super::lives(&session).await);
}
