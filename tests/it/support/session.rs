//! A client of the sessionful era.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{Method, StatusCode};
use mcp_axum::{McpServer, McpService, protocol::Revision};
use serde_json::{Value, json};

use super::{Call, Reply, TestClient};

/// The revisions that open with `initialize`, newest first.
pub const SESSIONFUL: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// A session of a client, or a client without one.
pub struct Session<'a> {
    client: &'a TestClient,
    /// The id, when the server gave one.
    pub id: Option<String>,
    /// The revision that was agreed on.
    pub revision: String,
    next: AtomicU64,
}

impl TestClient {
    /// Serves a server in the stateless era alone.
    pub fn stateless_only(server: McpServer) -> Self {
        let builder = McpService::builder(server);
        Self::with(builder.revisions([Revision::V2026_07_28]).build())
    }

    /// Makes a request of the sessionful era: no claim, no headers of the other era.
    pub fn older(&self, method: &str, params: Value) -> Call {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        self.post_older(&body)
    }

    /// Posts a message of the sessionful era.
    pub fn post_older(&self, body: &Value) -> Call {
        self.raw(Method::POST, body.to_string())
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
    }

    /// Makes the request that opens a session.
    pub fn initialize(&self, revision: &str, capabilities: Value) -> Call {
        let info = json!({"name": "test", "version": "1"});
        let params =
            json!({"protocolVersion": revision, "capabilities": capabilities, "clientInfo": info});
        self.older("initialize", params)
    }

    /// Opens a session of a client that declares nothing.
    pub async fn open(&self, revision: &str) -> Session<'_> {
        self.open_with(revision, json!({})).await
    }

    /// Opens a session, and says `notifications/initialized`.
    pub async fn open_with(&self, revision: &str, capabilities: Value) -> Session<'_> {
        let session = self
            .opened(self.initialize(revision, capabilities).await)
            .await;
        let ready = session.notify("notifications/initialized", json!({})).await;
        assert_eq!(ready.status, StatusCode::ACCEPTED, "{ready:?}");
        session
    }

    /// Reads the answer to `initialize`.
    pub async fn opened(&self, reply: Reply) -> Session<'_> {
        let id = reply.header("mcp-session-id").map(str::to_owned);
        let result = reply.result().await;
        let revision = result["protocolVersion"].as_str();
        Session {
            client: self,
            id,
            revision: revision.expect("a revision").to_owned(),
            next: AtomicU64::new(1),
        }
    }
}

impl Session<'_> {
    /// Makes a request with an id of its own.
    pub fn request(&self, method: &str, params: Value) -> Call {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        self.post(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
    }

    /// Calls a tool.
    pub fn tool(&self, name: &str, arguments: Value) -> Call {
        self.request("tools/call", json!({"name": name, "arguments": arguments}))
    }

    /// Tells something.
    pub fn notify(&self, method: &str, params: Value) -> Call {
        self.post(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// Cancels a request.
    pub fn cancel(&self, id: Value) -> Call {
        self.notify("notifications/cancelled", json!({"requestId": id}))
    }

    /// Answers a question of the server.
    pub fn answer(&self, question: &Value, result: Value) -> Call {
        self.post(&json!({"jsonrpc": "2.0", "id": question["id"], "result": result}))
    }

    /// Answers a question of the server with an error.
    pub fn refuse(&self, question: &Value, code: i64, message: &str) -> Call {
        let error = json!({"code": code, "message": message});
        self.post(&json!({"jsonrpc": "2.0", "id": question["id"], "error": error}))
    }

    /// Posts a message, or an array of them.
    pub fn post(&self, body: &Value) -> Call {
        self.signed(self.client.post_older(body))
    }

    /// Opens the standalone stream.
    pub fn get(&self) -> Call {
        let call = self.client.raw(Method::GET, "");
        self.signed(call.header("accept", "text/event-stream"))
    }

    /// Comes back to a stream behind an event.
    pub fn resume(&self, last_event_id: &str) -> Call {
        self.get().header("last-event-id", last_event_id)
    }

    /// Ends the session.
    pub fn delete(&self) -> Call {
        self.signed(self.client.raw(Method::DELETE, ""))
    }

    /// Adds the headers that a client of this session sends.
    fn signed(&self, mut call: Call) -> Call {
        if let Some(id) = &self.id {
            call = call.header("mcp-session-id", id);
        }
        // The first two revisions know no such header.
        match self.revision.as_str() {
            "2024-11-05" | "2025-03-26" => call,
            revision => call.header("mcp-protocol-version", revision),
        }
    }
}
