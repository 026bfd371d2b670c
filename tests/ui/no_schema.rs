//! An input that can be read, and whose schema nobody knows.

use mcp_axum::{Args, Tool, tool};
use serde::Deserialize;

#[derive(Deserialize)]
struct NoSchema {
    text: String,
}

async fn search(Args(input): Args<NoSchema>) -> String {
    input.text
}

fn main() {
    let _: Tool = tool("search", search);
}
