//! API keys: a header says which client asks, and what it may do.
//!
//! Run `cargo run --example auth_api_key [ADDRESS]`; the endpoint at `/mcp` wants the header `x-api-key: let-me-read` or `let-me-write`.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use std::collections::HashMap;

use axum::{Router, http::StatusCode, serve::ListenerExt};
use mcp_axum::{Context, McpServer, McpService, Principal, Refusal, shutdown_signal, tool};
use sha2::{Digest, Sha256};

/// The keys that were given out, by their hashes: who reads this table has no key, and how long a look into it takes tells
/// nothing of one. Keys are long and random, so a fast hash without salt will do; for passwords it would not.
type Keys = HashMap<[u8; 32], Principal>;

fn hash(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

fn service(keys: Keys) -> McpService {
    let whoami = async |ctx: Context| {
        let name = ctx.principal().and_then(Principal::name);
        name.unwrap_or("nobody").to_owned()
    };
    let server = McpServer::new("keys", "1.0.0")
        .tool(tool("whoami", whoami).read_only())
        .tool(tool("write", async || "written").requires_scope("write"));
    McpService::builder(server)
        .principal(move |parts| {
            let key = parts.headers.get("x-api-key");
            let known = key.and_then(|key| keys.get(&hash(key.as_bytes())));
            let refusal = || Refusal::new(StatusCode::UNAUTHORIZED).message("send an `x-api-key`");
            known.cloned().map(Some).ok_or_else(refusal)
        })
        .build()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    // A real table holds what `hash` made of keys that were shown once, when they were given out.
    let keys = Keys::from([
        (
            hash(b"let-me-read"),
            Principal::new("key/1").display("reader"),
        ),
        (
            hash(b"let-me-write"),
            Principal::new("key/2").display("writer").scopes(["write"]),
        ),
    ]);
    let mcp = service(keys);
    let app: Router = mcp.router();

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, app)
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}

#[cfg(test)]
mod tests {
    use axum::{body::Body, http::Request};
    use serde_json::json;
    use tower::ServiceExt;

    use super::*;

    const REVISION: &str = "2026-07-28";

    async fn call(mcp: &McpService, tool: &str, key: Option<&str>) -> StatusCode {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": REVISION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        });
        let params = json!({"name": tool, "_meta": meta});
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
        let request = Request::post("/mcp")
            .header("host", "localhost")
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", REVISION)
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool);
        let request = key
            .into_iter()
            .fold(request, |request, key| request.header("x-api-key", key));
        let request = request.body(Body::from(message.to_string())).unwrap();
        mcp.clone().oneshot(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_key_opens_what_it_was_given_for() {
        let mcp = service(Keys::from([
            (hash(b"one"), Principal::new("key/1")),
            (hash(b"two"), Principal::new("key/2").scopes(["write"])),
        ]));
        let lifespan = mcp.lifespan().start();
        assert_eq!(call(&mcp, "whoami", None).await, 401);
        assert_eq!(call(&mcp, "whoami", Some("three")).await, 401);
        assert_eq!(call(&mcp, "whoami", Some("one")).await, 200);
        assert_eq!(call(&mcp, "write", Some("one")).await, 403);
        assert_eq!(call(&mcp, "write", Some("two")).await, 200);
        lifespan.shutdown().await;
    }
}
