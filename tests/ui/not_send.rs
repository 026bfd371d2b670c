//! Something that stays on its thread, held across an `await`.

use std::rc::Rc;

use mcp_axum::{Tool, tool};

async fn count() -> String {
    let shared = Rc::new(1);
    std::future::ready(()).await;
    shared.to_string()
}

fn main() {
    let _: Tool = tool("count", count);
}
