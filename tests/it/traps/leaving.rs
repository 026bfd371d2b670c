//! A client that leaves cancels what it asked for.

use std::{
    future::{IntoFuture, pending},
    sync::Arc,
};

use http::StatusCode;
use mcp_axum::{Context, McpServer, McpService, Tool, tool};
use serde_json::json;
use tokio::{
    sync::Notify,
    task::yield_now,
    time::{Duration, Instant, timeout},
};
use tower_http::timeout::TimeoutLayer;

use crate::support::TestClient;

/// Tells when it is dropped.
struct Guard(Arc<Notify>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A tool that speaks if it is listened to, and then never ends.
fn endless(dropped: &Arc<Notify>) -> Tool {
    let dropped = Arc::clone(dropped);
    tool("endless", move |ctx: Context| {
        let guard = Guard(Arc::clone(&dropped));
        async move {
            let _guard = guard;
            ctx.progress(1.0, None, None);
            pending::<&'static str>().await
        }
    })
}

#[tokio::test(start_paused = true)]
async fn t07_a_client_that_leaves_before_the_head_cancels_at_once() {
    let dropped = Arc::new(Notify::new());
    let client = TestClient::new(McpServer::new("t", "1").tool(endless(&dropped)));
    let mut call = client.tool("endless", json!({})).into_future();
    let half = Duration::from_millis(500);
    assert!(timeout(half, &mut call).await.is_err(), "it runs");
    assert_eq!(client.mcp.in_flight(), 1);
    let left = Instant::now();
    drop(call);
    let gone = timeout(Duration::from_secs(60), dropped.notified()).await;
    assert!(gone.is_ok(), "the handler lives on");
    assert_eq!(left.elapsed(), Duration::ZERO);
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn t07_a_client_that_leaves_a_stream_cancels_at_once() {
    // A stream that opened because the handler spoke, and one that opened in silence.
    for token in [Some(json!("p")), None] {
        let dropped = Arc::new(Notify::new());
        let client = TestClient::new(McpServer::new("t", "1").tool(endless(&dropped)));
        let call = client.tool("endless", json!({}));
        let reply = match token {
            Some(token) => call.progress(token).await,
            None => call.await,
        };
        let mut events = reply.events();
        assert!(events.block().await.is_some());
        assert_eq!(client.mcp.in_flight(), 1);
        let left = Instant::now();
        drop(events);
        let gone = timeout(Duration::from_secs(60), dropped.notified()).await;
        assert!(gone.is_ok(), "the handler lives on");
        assert_eq!(left.elapsed(), Duration::ZERO);
        yield_now().await;
        assert_eq!(client.mcp.in_flight(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn t07_work_beside_the_handler_learns_that_the_client_left() {
    let told = Arc::new(Notify::new());
    let tell = Arc::clone(&told);
    let watch = tool("watch", async move |ctx: Context| {
        let mut cancellation = ctx.cancellation();
        tokio::spawn(async move {
            cancellation.cancelled().await;
            assert!(cancellation.is_cancelled());
            // It may hold the request itself, and learns of its end all the same.
            drop(ctx);
            tell.notify_one();
        });
        pending::<&'static str>().await
    });
    let client = TestClient::new(McpServer::new("t", "1").tool(watch));
    let call = client.tool("watch", json!({})).into_future();
    assert!(timeout(Duration::from_millis(500), call).await.is_err());
    let told = timeout(Duration::from_secs(60), told.notified()).await;
    assert!(told.is_ok(), "nobody told it");
}

#[tokio::test(start_paused = true)]
async fn t15_a_host_that_gives_up_before_the_head_cancels_the_handler() {
    let dropped = Arc::new(Notify::new());
    let server = McpServer::new("t", "1").tool(endless(&dropped));
    let mcp = McpService::builder(server)
        .commit_after(Duration::from_secs(2))
        .build();
    let hurried =
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_secs(1));
    let app = mcp.router().layer(hurried);
    let client = TestClient::mounted(mcp, app, "/mcp");
    let reply = client.tool("endless", json!({})).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    let gone = timeout(Duration::ZERO, dropped.notified()).await;
    assert!(gone.is_ok(), "the handler lives on");
    assert_eq!(client.mcp.in_flight(), 0);
}
