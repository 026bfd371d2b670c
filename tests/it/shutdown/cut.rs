//! The cut: at the end of the grace period, or at once.

use std::{
    convert::Infallible,
    future::IntoFuture,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body::Frame;
use mcp_axum::{McpServer, McpService, tool};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::nothing_left;
use crate::{
    lifespan::{Hold, builder, soon},
    support::TestClient,
};

/// A body that never comes to its end.
struct Endless(bool);

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"{")))))
    }
}

fn assert_shut_down(message: &Value, id: &Value) {
    assert_eq!(message["id"], *id);
    assert_eq!(message["error"]["code"], -32603);
    assert_eq!(message["error"]["message"], "server shutting down");
    assert!(message.get("result").is_none());
}

#[tokio::test(start_paused = true)]
async fn at_the_end_of_grace_json_and_stream_get_a_terminal_error() {
    for grace in [None, Some(3)] {
        let hold = Hold::new();
        let mut mcp = builder(&hold);
        if let Some(grace) = grace {
            mcp = mcp.grace(Duration::from_secs(grace));
        }
        let mut client = TestClient::with(mcp.build());
        let guard = client.take_guard();
        let only = client.tool("hold", json!({})).id(json!("json"));
        let only = only.header("accept", "application/json").into_future();
        let only = tokio::spawn(only);
        hold.begun().await;
        let stream = client
            .tool("talk", json!({}))
            .id(json!(7))
            .progress(json!(1));
        let mut stream = stream.await.events();
        hold.begun().await;
        let began = Instant::now();
        let shutdown = tokio::spawn(guard.shutdown());
        assert_shut_down(&soon(only).await.unwrap().message().await, &json!("json"));
        let grace = Duration::from_secs(grace.unwrap_or(20));
        assert_eq!(began.elapsed(), grace);
        assert_eq!(
            soon(stream.next()).await.unwrap()["method"],
            "notifications/progress"
        );
        assert_shut_down(&soon(stream.next()).await.unwrap(), &json!(7));
        assert_eq!(stream.next().await, None);
        soon(shutdown).await.unwrap();
        assert_eq!(began.elapsed(), grace);
        drop(stream);
        nothing_left(&client.mcp).await;
    }
}

#[tokio::test(start_paused = true)]
async fn the_guard_counts_what_finished_and_what_was_cut() {
    let hold = Hold::new();
    let mut client = TestClient::with(builder(&hold).build());
    let guard = client.take_guard();
    let mut calls = Vec::new();
    for _ in 0..5 {
        let call = client.tool("hold", json!({}));
        calls.push(tokio::spawn(call.into_future()));
        hold.begun().await;
    }
    let shutdown = tokio::spawn(guard.shutdown());
    while client.tool("quick", json!({})).await.status == 200 {
        tokio::task::yield_now().await;
    }
    hold.release.add_permits(3);
    let drained = soon(shutdown).await.unwrap();
    assert_eq!((drained.finished, drained.cut), (3, 2));
    let mut statuses = Vec::new();
    for call in calls {
        statuses.push(call.await.unwrap().message().await["error"]["code"].as_i64());
    }
    assert_eq!(statuses, [None, None, None, Some(-32603), Some(-32603)]);
    nothing_left(&client.mcp).await;
}

#[tokio::test(start_paused = true)]
async fn dropping_the_guard_cuts_at_once() {
    let hold = Hold::new();
    let mut client = TestClient::with(builder(&hold).build());
    let guard = client.take_guard();
    let json = tokio::spawn(client.tool("hold", json!({})).into_future());
    hold.begun().await;
    let stream = client.tool("talk", json!({})).progress(json!(1)).await;
    hold.begun().await;
    let filter = json!({"notifications": {"toolsListChanged": true}});
    let listen = client.request("subscriptions/listen", filter).await;
    let began = Instant::now();
    drop(guard);
    assert_shut_down(&soon(json).await.unwrap().message().await, &json!(1));
    assert_shut_down(&soon(stream.message()).await, &json!(1));
    let last = soon(listen.message()).await;
    assert_eq!(last["result"]["resultType"], "complete");
    assert_eq!(began.elapsed(), Duration::ZERO);
    nothing_left(&client.mcp).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_still_coming_is_cut_too_and_its_handler_never_runs() {
    for drop_guard in [false, true] {
        let mcp = builder(&Hold::new())
            .grace(Duration::from_secs(2))
            .body_timeouts(Duration::from_secs(600), Duration::from_secs(600))
            .build();
        let mut client = TestClient::with(mcp);
        let guard = client.take_guard();
        let call = client
            .tool("hold", json!({}))
            .stream_body(Body::new(Endless(false)));
        let call = tokio::spawn(call.into_future());
        tokio::task::yield_now().await;
        assert_eq!(client.mcp.in_flight(), 1);
        let began = Instant::now();
        match drop_guard {
            true => drop(guard),
            false => drop(soon(guard.shutdown()).await),
        }
        let reply = soon(call).await.unwrap();
        assert!(began.elapsed() <= Duration::from_secs(2));
        assert_eq!(reply.refusal().await, (503, -32603));
        nothing_left(&client.mcp).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_is_cut_is_dropped() {
    struct Dropped(Arc<tokio::sync::Semaphore>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.add_permits(1);
        }
    }
    let dropped = Arc::new(tokio::sync::Semaphore::new(0));
    let seen = Arc::clone(&dropped);
    let sleeps = move || {
        let dropped = Dropped(Arc::clone(&seen));
        async move {
            let _dropped = dropped;
            sleep(Duration::from_secs(3600)).await;
            "slept"
        }
    };
    let server = McpServer::new("cut", "1").tool(tool("sleeps", sleeps));
    let mut client = TestClient::with(McpService::new(server));
    let guard = client.take_guard();
    let call = tokio::spawn(client.tool("sleeps", json!({})).into_future());
    tokio::task::yield_now().await;
    // Silence made it a stream, which runs in a task of its own.
    let stream = client.tool("sleeps", json!({})).await;
    assert!(stream.is_stream());
    assert_eq!(dropped.available_permits(), 0);
    let drained = soon(guard.shutdown()).await;
    assert_eq!(drained.cut, 2);
    assert_shut_down(&soon(call).await.unwrap().message().await, &json!(1));
    assert_shut_down(&soon(stream.message()).await, &json!(1));
    assert_eq!(dropped.available_permits(), 2);
    nothing_left(&client.mcp).await;
}
