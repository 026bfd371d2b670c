//! The streams of a session: what rides on them, how they end, how they are resumed.

mod adoption;
mod chains;
mod cursors;
mod drain;
mod event_logs;
mod events;
mod forgotten;
mod hang_up;
mod slow;
mod standalone;
mod takeover;
mod undecided;
mod unread;

use std::sync::Arc;

use mcp_axum::{
    Context, McpServer, McpService, McpServiceBuilder, Tool,
    protocol::Level,
    session::{SessionLimits, Sessions},
    tool,
};
use serde_json::{Value, json};
use tokio::{
    sync::Semaphore,
    task::yield_now,
    time::{Duration, sleep},
};

use crate::{
    shutdown::nothing_left,
    support::{Event, Events, Reply, Session, TestClient},
};

const NEWEST: &str = "2025-11-25";

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Lets a handler go on, one step at a time.
#[derive(Clone)]
struct Steps(Arc<Semaphore>);

impl Steps {
    fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    fn go(&self, steps: usize) {
        self.0.add_permits(steps);
    }

    async fn next(&self) {
        self.0.acquire().await.expect("open").forget();
    }
}

/// Says the numbers up to `last`, one each step, and one step later it is done.
fn counting(steps: &Steps, last: u32) -> Tool {
    let steps = steps.clone();
    tool("count", async move |ctx: Context| {
        for number in 1..=last {
            steps.next().await;
            ctx.log(Level::Info, number);
        }
        steps.next().await;
        "done"
    })
}

/// Says one word and is done after so many seconds.
fn speaks_and_works(seconds: u64) -> Tool {
    tool("work", async move |ctx: Context| {
        ctx.log(Level::Info, "word");
        sleep(secs(seconds)).await;
        "done"
    })
}

/// Says nothing and is done after so many milliseconds.
fn silent(wait: u64) -> Tool {
    tool("silent", async move || {
        sleep(millis(wait)).await;
        "done"
    })
}

fn quick() -> Tool {
    tool("quick", async || "quick")
}

fn builder(tools: impl IntoIterator<Item = Tool>) -> McpServiceBuilder {
    let server = McpServer::new("streams", "1")
        .tool(quick())
        .dynamic_prompts();
    McpService::builder(tools.into_iter().fold(server, McpServer::tool))
}

fn serve(tools: impl IntoIterator<Item = Tool>) -> TestClient {
    TestClient::with(builder(tools).build())
}

/// Serves with these limits of sessions.
fn limited(limits: SessionLimits, tools: impl IntoIterator<Item = Tool>) -> TestClient {
    let builder = builder(tools).sessions(Sessions::InMemory(limits));
    TestClient::with(builder.build())
}

/// Lets everything that can go on go on.
async fn settle() {
    for _ in 0..50 {
        yield_now().await;
    }
}

/// Calls a tool that becomes a stream.
async fn stream(session: &Session<'_>, tool: &str) -> Events {
    session.tool(tool, json!({})).await.events()
}

/// Reads the next event that is a message.
async fn next(events: &mut Events) -> Event {
    loop {
        let event = events.next_event().await.expect("the stream goes on");
        if !event.data.is_empty() {
            return event;
        }
    }
}

/// Reads a stream to its end: the ids and the messages.
async fn rest(events: &mut Events) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    while let Some(event) = events.next_event().await {
        if !event.data.is_empty() {
            let message = brief(&event.message());
            all.push((event.id.unwrap_or_default(), message));
        }
    }
    all
}

/// Returns what a message of these tests is about.
fn brief(message: &Value) -> Value {
    for at in [
        "/params/data",
        "/params/progress",
        "/params/uri",
        "/method",
        "/result/content/0/text",
        "/error/message",
    ] {
        if let Some(found) = message.pointer(at) {
            return found.clone();
        }
    }
    panic!("{message}")
}

/// Writes events as `rest` reads them.
fn told<'a>(events: impl IntoIterator<Item = (&'a str, Value)>) -> Vec<(String, Value)> {
    let events = events.into_iter();
    events.map(|(id, value)| (id.to_owned(), value)).collect()
}

/// Asserts that nothing can be resumed there, and that the session lives on.
async fn not_resumable(session: &Session<'_>, cursor: &str) {
    let reply = session.resume(cursor).await;
    assert!(!reply.is_stream(), "{cursor}: a stream");
    assert_eq!(reply.header("mcp-session-id"), None);
    assert_eq!(reply.refusal().await, (400, -32600), "{cursor}");
    lives(session).await;
}

async fn lives(session: &Session<'_>) {
    let reply: Reply = session.tool("quick", json!({})).await;
    assert_eq!(reply.text().await, "quick");
}

/// Ends the service and asserts that nothing is left of it.
async fn end(mut client: TestClient) {
    client.take_guard().shutdown().await;
    nothing_left(&client.mcp).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}
