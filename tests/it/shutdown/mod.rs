//! The end of a lifespan: what may finish, what is cut, and that nothing is left.

mod cut;
mod drain;
mod sessions;
mod sockets;

use mcp_axum::McpService;
use tokio::runtime::Handle;

/// Waits until only `tasks` tasks are left, those of the test itself.
pub async fn tasks_left(tasks: usize) {
    for _ in 0..1000 {
        if Handle::current().metrics().num_alive_tasks() <= tasks {
            return;
        }
        tokio::task::yield_now().await;
    }
    let alive = Handle::current().metrics().num_alive_tasks();
    panic!("{alive} tasks are left");
}

/// Asserts that a service holds nothing any more.
pub async fn nothing_left(mcp: &McpService) {
    tasks_left(0).await;
    assert_eq!(mcp.in_flight(), 0);
    assert_eq!(mcp.listeners(), 0);
}
