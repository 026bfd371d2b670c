//! `notifications/cancelled`: a client takes a request back.

use std::time::Duration;

use mcp_axum::{Context, McpServer, tool};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{NEWEST, answered, begun, call, client, hello, lives, seconds};
use crate::{
    lifespan::{Hold, soon},
    support::{SESSIONFUL, Session, TestClient},
};

async fn cancel(session: &Session<'_>, id: Value) {
    let reply = session.cancel(id).await;
    assert_eq!(reply.status, 202);
    assert!(reply.bytes().await.is_empty());
}

#[tokio::test]
async fn a_silent_call_ends_without_an_answer() {
    for revision in SESSIONFUL {
        let hold = Hold::new();
        let client = client(&hold);
        let session = client.open(revision).await;
        let running = begun(session.post(&call(7, "hold")), &hold).await;
        cancel(&session, json!(7)).await;
        let reply = answered(running).await;
        assert_eq!(reply.status, 202, "{revision}");
        assert!(reply.bytes().await.is_empty(), "{revision}");
        assert_eq!(client.mcp.sessions().list()[0].in_flight, 0, "{revision}");
        assert_eq!(client.mcp.in_flight(), 0);
        assert!(lives(&session).await, "{revision}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_at_once_without_an_answer() {
    for revision in SESSIONFUL {
        let hold = Hold::new();
        let client = client(&hold);
        let session = client.open(revision).await;
        let mut events = session.post(&call(7, "talk")).await.events();
        hold.begun().await;
        let told = events.next().await.unwrap();
        assert_eq!(told["method"], "notifications/progress", "{revision}");
        cancel(&session, json!(7)).await;
        let began = Instant::now();
        assert!(soon(events.rest()).await.is_empty(), "{revision}");
        assert!(began.elapsed() < Duration::from_millis(250), "{revision}");
        assert_eq!(client.mcp.sessions().list()[0].in_flight, 0, "{revision}");
        // Nothing is left to come back to, either.
        assert_eq!(session.resume("1.1").await.status, 400, "{revision}");
        assert!(lives(&session).await, "{revision}");
    }
}

/// Says something from a task that outlives its request.
async fn haunt(ctx: Context) -> &'static str {
    let ghost = ctx.clone();
    tokio::spawn(async move {
        for step in 1..100_u32 {
            sleep(Duration::from_millis(100)).await;
            ghost.progress(f64::from(step), None, None);
        }
    });
    std::future::pending::<()>().await;
    "never"
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_for_it_afterwards_by_whoever_still_tries() {
    let client = TestClient::new(McpServer::new("t", "1").tool(tool("haunt", haunt)));
    let session = client.open(NEWEST).await;
    let mut get = session.get().await.events();
    let mut events = session.post(&call(7, "haunt")).await.events();
    events.next().await.unwrap();
    cancel(&session, json!(7)).await;
    let rest = soon(events.rest()).await;
    assert!(rest.is_empty(), "{rest:?}");
    sleep(seconds(10)).await;
    session.delete().await;
    let elsewhere = soon(get.rest()).await;
    assert!(elsewhere.is_empty(), "{elsewhere:?}");
}

#[tokio::test]
async fn a_cancel_that_fits_nothing_harms_nothing() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    let running = begun(session.post(&call(7, "hold")), &hold).await;
    for id in [
        json!(8),
        json!("7"),
        json!(7.0),
        json!(-7),
        json!(null),
        json!(true),
        json!([7]),
        json!({"id": 7}),
        json!("x".repeat(10_000)),
    ] {
        cancel(&session, id).await;
    }
    for params in [
        json!({}),
        json!({"id": 7}),
        json!({"reason": "7"}),
        json!({"requestID": 7}),
    ] {
        let reply = session.notify("notifications/cancelled", params).await;
        assert_eq!(reply.status, 202);
    }
    let bare = json!({"jsonrpc": "2.0", "method": "notifications/cancelled"});
    assert_eq!(session.post(&bare).await.status, 202);
    hold.release.add_permits(1);
    assert_eq!(answered(running).await.text().await, "released");
    // Too late is no fault.
    cancel(&session, json!(7)).await;
    assert!(lives(&session).await);
}

#[tokio::test]
async fn ids_are_compared_by_what_they_say_not_how_they_are_spelled() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    let running = begun(session.post(&call("a/b", "hold")), &hold).await;
    let text = r#"{"jsonrpc":"2.0","method":"notifications/cancelled",
        "params":{"reason":"enough","requestId":"\u0061\/b"}}"#;
    let reply = session.post(&json!({})).raw_body(text).await;
    assert_eq!(reply.status, 202);
    assert_eq!(answered(running).await.status, 202);
}

#[tokio::test]
async fn the_id_is_free_again() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    for _ in 0..3 {
        let running = begun(session.post(&call(7, "hold")), &hold).await;
        cancel(&session, json!(7)).await;
        cancel(&session, json!(7)).await;
        assert_eq!(answered(running).await.status, 202);
    }
    assert_eq!(session.post(&call(7, "quick")).await.text().await, "quick");
}

#[tokio::test]
async fn a_call_of_another_session_with_the_same_id_goes_on() {
    let hold = Hold::new();
    let client = client(&hold);
    let (one, other) = (client.open(NEWEST).await, client.open(NEWEST).await);
    let running = begun(one.post(&call(7, "hold")), &hold).await;
    let same = begun(other.post(&call(7, "hold")), &hold).await;
    cancel(&other, json!(7)).await;
    assert_eq!(answered(same).await.status, 202);
    hold.release.add_permits(1);
    assert_eq!(answered(running).await.text().await, "released");
}

#[tokio::test]
async fn the_handshake_cannot_be_taken_back() {
    let client = client(&Hold::new());
    let session = client.opened(client.post_older(&hello(NEWEST)).await).await;
    cancel(&session, json!(1)).await;
    assert!(lives(&session).await);
    let mut gone = hello(NEWEST);
    gone["method"] = json!("notifications/cancelled");
    gone["params"] = json!({"requestId": 1});
    gone.as_object_mut().unwrap().remove("id");
    assert_eq!(
        client.post_older(&gone).await.status,
        400,
        "nobody is meant"
    );
    assert_eq!(client.mcp.sessions().count(), 1);
}

#[tokio::test]
async fn one_of_a_batch_is_left_out_and_the_others_are_answered() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open("2025-03-26").await;
    let batch = json!([call(1, "hold"), call(2, "hold"), call(3, "quick")]);
    let running = begun(session.post(&batch), &hold).await;
    hold.begun().await;
    cancel(&session, json!(1)).await;
    hold.release.add_permits(1);
    let answers = answered(running).await.message().await;
    let ids = answers
        .as_array()
        .expect("an array")
        .iter()
        .map(|it| it["id"].as_u64());
    assert_eq!(ids.collect::<Vec<_>>(), [Some(2), Some(3)]);
}

#[tokio::test]
async fn when_all_of_a_batch_are_taken_back_there_is_nothing_to_answer() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open("2025-03-26").await;
    let running = begun(
        session.post(&json!([call(1, "hold"), call(2, "hold")])),
        &hold,
    )
    .await;
    let cancelled = |id: u64| json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": id}});
    let reply = session.post(&json!([cancelled(1), cancelled(2)])).await;
    assert_eq!(reply.status, 202);
    let reply = answered(running).await;
    assert_eq!(reply.status, 202);
    assert!(reply.bytes().await.is_empty());
}
