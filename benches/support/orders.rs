//! A server of small tools.

use http::HeaderValue;
use mcp_axum::{Args, McpServer, tool};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Sample;

/// A number of things.
#[derive(Deserialize, JsonSchema)]
pub struct Order {
    what: String,
    count: u32,
}

/// What each of the tools does.
pub fn run(order: &Order) -> String {
    format!("{} {}", order.count, order.what)
}

/// A server of 50 such tools.
pub fn server() -> McpServer {
    let order = async |Args(order): Args<Order>| run(&order);
    let tools = (0..50).map(|n| tool(format!("order_{n}"), order));
    tools.fold(McpServer::new("bench", "1.0.0"), McpServer::tool)
}

/// A call of one of them.
pub fn call() -> Sample {
    Sample::call("order_7", r#"{"what":"apples","count":3}"#)
}

/// The same call in a session.
pub fn call_in(session: &HeaderValue) -> Sample {
    Sample::call_in(session, "order_7", r#"{"what":"apples","count":3}"#)
}
