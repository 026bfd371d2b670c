//! Sessions through the public door: who gets one, whose it is, and when it ends.

#[cfg(target_os = "linux")]
mod aborting;
mod batches;
mod building;
mod cancelling;
mod caps;
mod draining;
mod duplicates;
mod ending;
mod eras;
mod expiry;
mod handle;
mod handshake;
mod http2;
mod ids;
mod leaving;
mod malformed;
mod opening;
mod optional;
mod own;
mod principals;
mod sessionless;
mod sockets;
mod statuses;
mod versions;

use std::{future::IntoFuture, time::Duration};

use http::request::Parts;
use mcp_axum::{
    McpServiceBuilder, Principal, Refusal,
    session::{SessionLimits, Sessions},
};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::{
    lifespan::{self, Hold, soon},
    support::{Call, Reply, Session, TestClient},
};

/// The newest revision that has sessions.
const NEWEST: &str = "2025-11-25";

/// A service with the tools `quick`, `hold` and `talk`, and these limits of its sessions.
fn limited(hold: &Hold, limits: SessionLimits) -> McpServiceBuilder {
    lifespan::builder(hold).sessions(Sessions::InMemory(limits))
}

/// A client of a service with the tools `quick`, `hold` and `talk`.
fn client(hold: &Hold) -> TestClient {
    TestClient::with(lifespan::builder(hold).build())
}

/// A login that believes `x-user`; whoever does not say is anonymous.
fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let user = parts.headers.get("x-user");
    let user = user.and_then(|user| user.to_str().ok());
    Ok(user.map(Principal::new))
}

/// Sends a call in a task of its own, and waits until its handler runs.
async fn begun(call: Call, hold: &Hold) -> JoinHandle<Reply> {
    let task = tokio::spawn(call.into_future());
    hold.begun().await;
    task
}

/// Reads the answer to a call that was sent in a task of its own.
async fn answered(task: JoinHandle<Reply>) -> Reply {
    soon(task).await.expect("no panic")
}

/// The message that opens a session.
fn hello(revision: &str) -> Value {
    let info = json!({"name": "test", "version": "1"});
    let params = json!({"protocolVersion": revision, "capabilities": {}, "clientInfo": info});
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})
}

/// A message that calls a tool, and asks for its progress.
fn call(id: impl Into<Value>, name: &str) -> Value {
    let params = json!({"name": name, "arguments": {}, "_meta": {"progressToken": "p"}});
    json!({"jsonrpc": "2.0", "id": id.into(), "method": "tools/call", "params": params})
}

/// Opens a session for a user; only its id counts from then on.
async fn open_as(client: &TestClient, user: &str) -> String {
    let reply = client
        .initialize(NEWEST, json!({}))
        .header("x-user", user)
        .await;
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.header("mcp-session-id").expect("an id").to_owned()
}

/// A request of the session with this id, by this user.
fn ping_as(client: &TestClient, user: Option<&str>, id: &str) -> Call {
    by(
        user,
        client.post_older(&ping()).header("mcp-session-id", id),
    )
}

/// A request with an id that no other here has.
fn ping() -> Value {
    json!({"jsonrpc": "2.0", "id": "ping", "method": "ping"})
}

/// Says who sends a request.
fn by(user: Option<&str>, call: Call) -> Call {
    match user {
        Some(user) => call.header("x-user", user),
        None => call,
    }
}

/// Whether the session is still there.
async fn lives(session: &Session<'_>) -> bool {
    match session.post(&ping()).await.status.as_u16() {
        200 => true,
        404 => false,
        status => panic!("neither there nor gone: {status}"),
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Asserts that the body is a JSON-RPC error, and that no id of a session came with it.
async fn refused(reply: Reply, what: &str) -> (u16, i64) {
    assert_eq!(reply.header("mcp-session-id"), None, "{what}");
    let kind = reply.header("content-type");
    assert_eq!(kind, Some("application/json"), "{what}");
    let status = reply.status.as_u16();
    let message = reply.message().await;
    assert_eq!(message["jsonrpc"], "2.0", "{what}");
    assert!(message.get("result").is_none(), "{what}: {message}");
    let code = message["error"]["code"].as_i64();
    (status, code.unwrap_or_else(|| panic!("{what}: {message}")))
}

/// Returns the text of the first block of a tool's result.
fn text_of(message: &Value) -> &str {
    let text = message["result"]["content"][0]["text"].as_str();
    text.unwrap_or_else(|| panic!("no text in {message}"))
}
