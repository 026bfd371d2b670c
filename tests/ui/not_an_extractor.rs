//! A plain value as an argument, instead of `Args`.

use mcp_axum::{Tool, tool};

async fn double(number: u32) -> String {
    (number * 2).to_string()
}

fn main() {
    let _: Tool = tool("double", double);
}
