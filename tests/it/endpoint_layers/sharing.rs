//! One layer for all requests, wherever they come in.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::extract::State;
use mcp_axum::{McpServer, McpService, McpServiceBuilder, tool};
use serde_json::json;
use tower::limit::ConcurrencyLimitLayer;

use super::{EVERYWHERE, everywhere};
use crate::support::TestClient;

/// How many run, and how many ever ran at the same time.
#[derive(Default)]
struct Running {
    now: AtomicUsize,
    most: AtomicUsize,
}

async fn busy(State(running): State<Arc<Running>>) -> &'static str {
    let now = running.now.fetch_add(1, Ordering::SeqCst) + 1;
    running.most.fetch_max(now, Ordering::SeqCst);
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    running.now.fetch_sub(1, Ordering::SeqCst);
    "done"
}

/// Sends calls through every door at once, and counts how many ran at the same time.
async fn most(set_up: fn(McpServiceBuilder) -> McpServiceBuilder) -> usize {
    let running = Arc::<Running>::default();
    let server = McpServer::new("busy", "1").tool(tool("busy", busy));
    let server = server.with_state(Arc::clone(&running));
    let mcp = set_up(McpService::builder(server)).build();
    let app = everywhere(&mcp);
    let client = TestClient::mounted(mcp, app, "/");
    let paths = EVERYWHERE.iter().chain(&EVERYWHERE);
    let calls = paths.map(|path| client.tool("busy", json!({})).path(path).into_future());
    for reply in futures_util::future::join_all(calls).await {
        assert_eq!(reply.text().await, "done");
    }
    running.most.load(Ordering::SeqCst)
}

#[tokio::test]
async fn a_limit_of_concurrency_is_one_limit_for_all_doors_and_mounts() {
    for (limit, set_up) in [
        (
            1,
            (|it| it.layer(ConcurrencyLimitLayer::new(1)))
                as fn(McpServiceBuilder) -> McpServiceBuilder,
        ),
        (3, |it| it.layer(ConcurrencyLimitLayer::new(3))),
        (2 * EVERYWHERE.len(), |it| it),
    ] {
        assert_eq!(most(set_up).await, limit);
    }
}

#[tokio::test]
async fn who_gives_up_waiting_takes_no_place() {
    let running = Arc::<Running>::default();
    let server = McpServer::new("busy", "1").tool(tool("busy", busy));
    let builder = McpService::builder(server.with_state(running));
    let client = TestClient::with(builder.layer(ConcurrencyLimitLayer::new(1)).build());
    let call = || Box::pin(client.tool("busy", json!({})).into_future());
    for _ in 0..3 {
        let (mut first, mut second, mut third) = (call(), call(), call());
        assert!(crate::lifespan::poll_once(&mut first).is_none());
        assert!(crate::lifespan::poll_once(&mut second).is_none());
        assert!(crate::lifespan::poll_once(&mut third).is_none());
        // One waits for the limit, the other behind it.
        drop((second, first));
        assert_eq!(crate::lifespan::soon(third).await.text().await, "done");
    }
}
