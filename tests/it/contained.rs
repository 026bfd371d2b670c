//! Panics while an answer is put together, or a handler is dropped: contained like those of a handler.

use std::{
    error::Error,
    fmt,
    future::{IntoFuture, pending},
};

use futures_util::FutureExt;
use mcp_axum::{BoxError, Context, McpServer, ToolError, prompt, protocol::Level, resource, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::support::{Call, Log, TestClient, asked};

/// An error that cannot be written down.
#[derive(Debug)]
struct Unspeakable;

impl fmt::Display for Unspeakable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a bug in an error's text")
    }
}

impl Error for Unspeakable {}

async fn at_once() -> Result<String, BoxError> {
    Err(Unspeakable.into())
}

async fn in_a_stream(ctx: Context) -> Result<String, BoxError> {
    ctx.log(Level::Info, "word");
    tokio::task::yield_now().await;
    Err(Unspeakable.into())
}

fn server() -> McpServer {
    McpServer::new("t", "1")
        .tool(tool("now", at_once))
        .tool(tool("late", in_a_stream))
        .prompt(prompt("now", at_once))
        .prompt(prompt("late", in_a_stream))
        .resource(resource("a://now", at_once))
        .resource(resource("a://late", in_a_stream))
}

fn calls(client: &TestClient, when: &str) -> [Call; 3] {
    let uri = format!("a://{when}");
    [
        client.tool(when, json!({})),
        client.request("prompts/get", json!({"name": when})),
        client.request("resources/read", json!({"uri": uri})),
    ]
    .map(|call| call.meta("io.modelcontextprotocol/logLevel", json!("debug")))
}

#[tokio::test]
async fn an_error_whose_text_panics_is_an_internal_error() {
    // The log alone writes it, or the answer too.
    for server in [server(), server().expose_errors()] {
        let _log = Log::capture();
        let client = TestClient::new(server);
        for (when, streams) in [("now", false), ("late", true)] {
            for call in calls(&client, when) {
                let reply = call.await;
                assert_eq!(reply.status, 200);
                assert_eq!(reply.is_stream(), streams);
                let error = reply.error().await;
                assert_eq!(error["code"], -32603);
                assert!(!error.to_string().contains("a bug"), "{error}");
            }
        }
        assert_eq!(client.mcp.in_flight(), 0);
    }
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

/// Panics while it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bug in a drop");
    }
}

async fn asks(ctx: Context) -> Result<String, ToolError> {
    let _bomb = Bomb;
    ctx.elicit::<Nothing>("go", "Go on?").await?;
    Ok("never".to_owned())
}

async fn waits(ctx: Context) -> String {
    let _bomb = Bomb;
    ctx.log(Level::Info, "word");
    pending().await
}

async fn quick() -> &'static str {
    "quick"
}

fn bombs() -> McpServer {
    McpServer::new("t", "1")
        .tool(tool("asks", asks))
        .tool(tool("waits", waits))
        .tool(tool("quick", quick))
}

/// Asserts that so many panics were logged.
fn assert_contained(log: &Log, panics: usize) {
    let lines = log.lines_with("a bug in a drop");
    assert_eq!(lines.len(), panics, "{}", log.text());
    assert!(lines.iter().all(|line| line.contains("ERROR")), "{lines:?}");
}

#[tokio::test]
async fn a_local_that_panics_while_a_parked_handler_is_dropped_spoils_nothing() {
    let log = Log::capture();
    let client = TestClient::new(bombs());
    for accept in ["application/json", "text/event-stream"] {
        let call = client.tool("asks", json!({})).answers_everything();
        let round = call.header("accept", accept).await.round().await;
        assert_eq!(asked(&round), ["go"]);
    }
    assert_contained(&log, 2);
    let quick = client.tool("quick", json!({})).await;
    assert_eq!(quick.text().await, "quick");
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_local_that_panics_while_a_handler_is_cut_spoils_nothing() {
    let log = Log::capture();
    let mut client = TestClient::new(bombs());
    let guard = client.take_guard();
    let only = client
        .tool("waits", json!({}))
        .header("accept", "application/json");
    let only = tokio::spawn(only.into_future());
    let waits = client.tool("waits", json!({}));
    let stream = waits
        .meta("io.modelcontextprotocol/logLevel", json!("debug"))
        .await;
    assert!(stream.is_stream());
    tokio::task::yield_now().await;
    let drained = guard.shutdown().await;
    assert_eq!((drained.finished, drained.cut), (0, 2));
    for reply in [only.await.unwrap(), stream] {
        let error = reply.error().await;
        assert_eq!(error["message"], "server shutting down");
    }
    assert_contained(&log, 2);
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test]
async fn a_local_that_panics_while_its_client_leaves_spoils_nothing() {
    let log = Log::capture();
    let client = TestClient::new(bombs());
    // The service has started, so the next request reaches its handler at once.
    client.tool("quick", json!({})).await;
    let mut left = Box::pin(client.tool("waits", json!({})).into_future());
    assert!((&mut left).now_or_never().is_none());
    assert_eq!(client.mcp.in_flight(), 1);
    drop(left);
    assert_contained(&log, 1);
    let quick = client.tool("quick", json!({})).await;
    assert_eq!(quick.text().await, "quick");
    assert_eq!(client.mcp.in_flight(), 0);
}
