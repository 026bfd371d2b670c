//! tower's own layers, around MCP requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::join_all;
use mcp_axum::{McpServer, McpService, ToolError, tool};
use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tower::{
    ServiceBuilder,
    buffer::BufferLayer,
    limit::{ConcurrencyLimitLayer, RateLimitLayer},
    load_shed::LoadShedLayer,
    timeout::TimeoutLayer,
};

use super::client;
use crate::support::TestClient;

/// How many handlers run, and the most that ever did.
#[derive(Clone, Default)]
struct Gauge {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Gauge {
    async fn work(self) -> &'static str {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        "done"
    }

    fn tool(&self, name: &str) -> mcp_axum::Tool {
        let gauge = self.clone();
        tool(name, move || gauge.clone().work())
    }
}

#[tokio::test]
async fn a_limit_of_one_lets_one_request_through_at_a_time_wherever_it_is_mounted() {
    for (height, limited) in [
        ("server", Some(ConcurrencyLimitLayer::new(1))),
        ("tool", None),
    ] {
        let gauge = Gauge::default();
        let tool = gauge.tool("work");
        let server = McpServer::new("limited", "1");
        let server = match limited {
            Some(limit) => server.tool(tool).layer(limit),
            None => server.tool(tool.layer(ConcurrencyLimitLayer::new(1))),
        };
        let mcp = McpService::new(server);
        let app = mcp.router().nest("/again", mcp.router());
        let client = TestClient::mounted(mcp, app, "/mcp");
        let calls = (0..20).map(|at| {
            let call = client.tool("work", json!({}));
            let path = ["/mcp", "/mcp/", "/again/mcp", "/again/mcp/"][at % 4];
            async move { call.path(path).await.text().await }
        });
        assert!(join_all(calls).await.iter().all(|text| text == "done"));
        assert_eq!(gauge.most.load(Ordering::SeqCst), 1, "{height}");
    }
}

#[tokio::test]
async fn without_a_limit_they_run_side_by_side() {
    let gauge = Gauge::default();
    let client = client(McpServer::new("free", "1").tool(gauge.tool("work")));
    let calls = (0..5).map(|_| async { client.tool("work", json!({})).await.text().await });
    join_all(calls).await;
    assert_eq!(gauge.most.load(Ordering::SeqCst), 5);
}

#[tokio::test(start_paused = true)]
async fn a_time_that_runs_out_drops_the_handler_and_is_told() {
    let dropped = Arc::new(Notify::new());
    struct OnDrop(Arc<Notify>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let held = Arc::clone(&dropped);
    let slow = move || {
        let held = OnDrop(Arc::clone(&held));
        async move {
            std::future::pending::<()>().await;
            drop(held);
            "never"
        }
    };
    let server = McpServer::new("slow", "1").tool(tool("slow", slow));
    let timeout = TimeoutLayer::new(Duration::from_millis(500));
    let client = client(server.layer(timeout));
    let error = client.tool("slow", json!({})).await.error().await;
    assert_eq!(error["code"], -32603);
    assert_eq!(error["message"], "the request took too long");
    dropped.notified().await;
}

#[tokio::test]
async fn a_load_that_is_shed_is_503_with_a_time_to_come_back() {
    let started = Arc::new(Semaphore::new(0));
    let free = Arc::new(Semaphore::new(0));
    let (starts, waits) = (Arc::clone(&started), Arc::clone(&free));
    let hold = move || {
        let (starts, waits) = (Arc::clone(&starts), Arc::clone(&waits));
        async move {
            starts.add_permits(1);
            waits.acquire().await.expect("open").forget();
            "held"
        }
    };
    let one = ServiceBuilder::new()
        .layer(LoadShedLayer::new())
        .layer(ConcurrencyLimitLayer::new(1));
    let client = client(McpServer::new("shed", "1").tool(tool("hold", hold).layer(one)));
    let session = client.open("2025-11-25").await;
    let call = client.tool("hold", json!({}));
    let first = tokio::spawn(async move { call.await.text().await });
    started.acquire().await.expect("open").forget();
    for call in [
        client.tool("hold", json!({})),
        session.tool("hold", json!({})),
    ] {
        let shed = call.await;
        assert_eq!(
            (shed.status.as_u16(), shed.header("retry-after")),
            (503, Some("1"))
        );
        assert_eq!(
            shed.error().await["message"],
            "too much is going on; try again"
        );
    }
    free.add_permits(1);
    assert_eq!(first.await.unwrap(), "held");
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_rate_need_not_be_cloned() {
    let rate = RateLimitLayer::new(2, Duration::from_secs(60));
    let server = McpServer::new("rate", "1").tool(tool("t", async || "t").layer(rate));
    let client = client(server);
    let begun = tokio::time::Instant::now();
    for _ in 0..3 {
        client.tool("t", json!({})).await.text().await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(60));
}

#[tokio::test]
async fn a_buffer_finds_its_runtime_and_a_retry_its_request() {
    #[derive(Clone)]
    struct Twice(u32);
    impl
        tower::retry::Policy<
            mcp_axum::middleware::McpRequest,
            mcp_axum::middleware::McpResponse,
            tower::BoxError,
        > for Twice
    {
        type Future = std::future::Ready<()>;

        fn retry(
            &mut self,
            _request: &mut mcp_axum::middleware::McpRequest,
            result: &mut Result<mcp_axum::middleware::McpResponse, tower::BoxError>,
        ) -> Option<Self::Future> {
            let failed = result.as_ref().is_ok_and(|response| response.is_error());
            (failed && self.0 > 0).then(|| {
                self.0 -= 1;
                std::future::ready(())
            })
        }

        fn clone_request(
            &mut self,
            request: &mcp_axum::middleware::McpRequest,
        ) -> Option<mcp_axum::middleware::McpRequest> {
            Some(request.clone())
        }
    }
    let tries = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&tries);
    let third = move || {
        let before = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            match before {
                2 => Ok("third"),
                _ => Err(ToolError::new("again")),
            }
        }
    };
    let stack = ServiceBuilder::new()
        .layer(tower::retry::RetryLayer::new(Twice(2)))
        .layer(BufferLayer::new(8));
    // Outside a runtime: nothing may be spawned before a request comes.
    let mcp = std::thread::spawn(move || {
        McpService::new(
            McpServer::new("retry", "1")
                .tool(tool("t", third))
                .layer(stack),
        )
    });
    let client = TestClient::with(mcp.join().unwrap());
    assert_eq!(client.tool("t", json!({})).await.text().await, "third");
    assert_eq!(tries.load(Ordering::SeqCst), 3);
}
