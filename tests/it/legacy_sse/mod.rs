//! HTTP+SSE: the stream, the place to post to, and how both end.

mod agreeing;
mod asking;
mod beside;
mod building;
mod draining;
mod ending;
mod limits;
mod methods;
mod owning;
mod places;
mod posting;
mod reading;
mod sockets;
mod telling;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use axum::Router;
use http::{Method, StatusCode};
use mcp_axum::{McpServer, McpService, McpServiceBuilder, resource, tool};
use serde_json::{Value, json};

use crate::support::{Call, Events, Reply, TestClient};

/// Where a stream opens unless a test says otherwise.
pub const STREAM: &str = "/sse";

/// A server with something of each kind.
pub fn server() -> McpServer {
    McpServer::new("old", "1")
        .tool(tool("greet", async || "hello"))
        .resource(resource("note://one", async || "one"))
}

/// Builds a service that serves HTTP+SSE at its usual paths.
pub fn builder() -> McpServiceBuilder {
    serving(server())
}

/// Builds the same for another server.
pub fn serving(server: McpServer) -> McpServiceBuilder {
    McpService::builder(server).legacy_sse()
}

/// A client of a plain service that serves HTTP+SSE.
pub fn client() -> TestClient {
    TestClient::with(builder().build())
}

/// A client of an app that has the service mounted somehow.
pub fn mounted(mcp: &McpService, app: Router) -> TestClient {
    TestClient::mounted(mcp.clone(), app, "/mcp")
}

/// Makes the request that opens a stream: no header but `Host`.
pub fn stream(client: &TestClient) -> Call {
    client.raw(Method::GET, "").path(STREAM)
}

/// Makes a request that posts a message to a place: no `Accept`, no version.
pub fn post(client: &TestClient, place: &str, message: &Value) -> Call {
    let call = client.raw(Method::POST, message.to_string());
    call.header("content-type", "application/json").path(place)
}

/// A client of HTTP+SSE: its stream, and the place it posts to.
pub struct Old<'a> {
    client: &'a TestClient,
    pub events: Events,
    pub place: String,
    next: AtomicU64,
}

/// Opens a stream.
pub async fn connect(client: &TestClient) -> Old<'_> {
    opened(client, stream(client).await).await
}

/// Reads the beginning of a stream: where to post to.
pub async fn opened(client: &TestClient, reply: Reply) -> Old<'_> {
    assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
    let mut events = reply.events();
    let first = events.next_event().await.expect("an event");
    assert_eq!(first.event.as_deref(), Some("endpoint"));
    Old {
        client,
        events,
        place: first.data,
        next: AtomicU64::new(1),
    }
}

/// Opens a stream and agrees on a revision.
pub async fn open<'a>(client: &'a TestClient, revision: &str, capabilities: Value) -> Old<'a> {
    let mut old = connect(client).await;
    let agreed = old.initialize(revision, capabilities).await;
    assert_eq!(agreed["result"]["protocolVersion"], revision, "{agreed}");
    old.tell("notifications/initialized", json!({})).await;
    old
}

/// Opens a stream and says hello, so that it may stay.
pub async fn greet(client: &TestClient) -> Old<'_> {
    open(client, "2024-11-05", json!({})).await
}

impl Old<'_> {
    /// The id of the session, which the client takes for a part of the place.
    pub fn id(&self) -> &str {
        let (_, id) = self.place.split_once("?sessionId=").expect("an id");
        id
    }

    /// Posts a message, or an array of them.
    pub fn post(&self, message: &Value) -> Call {
        post(self.client, &self.place, message)
    }

    /// Makes a request with an id of its own.
    pub fn request(&self, method: &str, params: Value) -> Call {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.post(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
    }

    /// Calls a tool.
    pub fn tool(&self, name: &str) -> Call {
        let params = json!({"name": name, "arguments": {}, "_meta": {"progressToken": "p"}});
        self.request("tools/call", params)
    }

    /// Posts a request, and reads the next message of the stream.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        taken(self.request(method, params)).await;
        self.hear().await
    }

    /// Makes the handshake, and reads its answer.
    pub async fn initialize(&mut self, revision: &str, capabilities: Value) -> Value {
        let info = json!({"name": "test", "version": "1"});
        let params =
            json!({"protocolVersion": revision, "capabilities": capabilities, "clientInfo": info});
        self.call("initialize", params).await
    }

    /// Tells something.
    pub async fn tell(&self, method: &str, params: Value) {
        let message = json!({"jsonrpc": "2.0", "method": method, "params": params});
        taken(self.post(&message)).await;
    }

    /// Answers a question of the server.
    pub fn answer(&self, question: &Value, result: Value) -> Call {
        self.post(&json!({"jsonrpc": "2.0", "id": question["id"], "result": result}))
    }

    /// Reads the next message of the stream.
    pub async fn hear(&mut self) -> Value {
        let event = self.events.next_event().await.expect("a message");
        assert_eq!(event.event.as_deref(), Some("message"), "{event:?}");
        event.message()
    }

    /// Asserts that nothing was said that is not read: the answer to a ping comes next.
    pub async fn heard_all(&mut self) {
        let pong = self.call("ping", json!({})).await;
        assert_eq!(pong["result"], json!({}), "{pong}");
    }
}

/// Sends something that is taken: 202, and nothing else.
pub async fn taken(call: Call) {
    let reply = call.await;
    assert_eq!(reply.status, StatusCode::ACCEPTED, "{reply:?}");
    assert_eq!(reply.bytes().await, "");
}

/// Says when its handler is gone.
pub struct Gone(Arc<AtomicBool>);

impl Gone {
    /// Creates a flag, which is raised when the other half is dropped.
    pub fn new(flag: &Arc<AtomicBool>) -> Self {
        Self(Arc::clone(flag))
    }
}

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}
