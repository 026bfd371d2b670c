//! What hurts embedders elsewhere: each known pain has a test that says its number.
//!
//! P6 and P7, sessions on several replicas and after a restart, need a store that is shared.

mod browsers;
mod identity;
mod lifecycle;
mod mounting;
mod resuming;
mod sessions;
mod streaming;
mod urls;

use http::{HeaderMap, header::AUTHORIZATION};
use mcp_axum::{Args, McpServer, extract::Http, tool};
use serde_json::json;

use crate::{
    mounting::Echo,
    support::{Call, TestClient, client::REVISION},
};

/// The newest revision that has sessions.
const SESSIONFUL: &str = "2025-11-25";

/// One revision of each era.
const ERAS: [&str; 2] = [REVISION, SESSIONFUL];

/// A server whose tool `echo` says what it was given, and by which token.
fn server() -> McpServer {
    McpServer::new("pains", "1").tool(tool("echo", echo))
}

async fn echo(Http(headers): Http<HeaderMap>, Args(input): Args<Echo>) -> String {
    let token = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    match token {
        Some(token) => format!("{} by {token}", input.text),
        None => input.text,
    }
}

/// Makes a call as a client of this revision does: in a session, where there are any.
async fn call(client: &TestClient, revision: &str, name: &str) -> Call {
    let arguments = json!({"text": "whole"});
    match revision {
        REVISION => client.tool(name, arguments),
        older => client.open(older).await.tool(name, arguments),
    }
}

/// Makes a call that asks for progress, and so becomes a stream if there is any.
async fn reporting(client: &TestClient, revision: &str, name: &str) -> Call {
    match revision {
        REVISION => client.tool(name, json!({})).progress(json!("p")),
        older => {
            let params = json!({"name": name, "_meta": {"progressToken": "p"}});
            client.open(older).await.request("tools/call", params)
        }
    }
}

/// Waits until a service has started, as every request does but that for its health.
async fn started(client: &TestClient) {
    client.tool("any", json!({})).await;
}
