//! A return type that no client could be told.

use std::time::Instant;

use mcp_axum::{Tool, tool};

async fn now() -> Instant {
    Instant::now()
}

fn main() {
    let _: Tool = tool("now", now);
}
