//! Tools whose client has to wait, and may leave meanwhile.

use std::{
    future::pending,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use mcp_axum::{Context, McpServer, tool};
use tokio::time::sleep;

/// How many calls wait.
static WAITING: AtomicUsize = AtomicUsize::new(0);

/// Adds the tools that take their time.
pub(crate) fn add(server: McpServer) -> McpServer {
    server
        .tool(tool("test_wait", wait).description("Waits until the client cancels it"))
        .tool(
            tool("test_reconnection", reconnection)
                .description("Lets the client come back for the answer"),
        )
        .tool(tool("test_waiting", waiting).description("Returns how many calls wait"))
}

async fn wait() -> &'static str {
    // When the client cancels, the handler is dropped, and what it holds with it.
    let _place = Place::take();
    pending().await
}

async fn reconnection(ctx: Context) -> &'static str {
    // The client need not hold its connection: it comes back after this time, and then finds the answer.
    ctx.close_stream(Duration::from_millis(50));
    sleep(Duration::from_millis(100)).await;
    "Reconnection test completed successfully"
}

async fn waiting() -> String {
    WAITING.load(Ordering::Relaxed).to_string()
}

/// A call that waits, for as long as this lives.
struct Place;

impl Place {
    fn take() -> Self {
        WAITING.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        WAITING.fetch_sub(1, Ordering::Relaxed);
    }
}
