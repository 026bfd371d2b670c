//! A synchronous function as a handler.

use mcp_axum::{Tool, tool};

fn hello() -> String {
    "hello".to_owned()
}

fn main() {
    let _: Tool = tool("hello", hello);
}
