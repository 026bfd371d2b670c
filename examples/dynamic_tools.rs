//! Tools come and go while the server answers; clients that listen are told.
//!
//! Run `cargo run --example dynamic_tools [ADDRESS]`; the endpoint is at `/mcp`. Call `teach` with a word, list the
//! tools again, call the one that has appeared, and `forget` them all.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use axum::serve::ListenerExt;
use mcp_axum::{Args, McpServer, McpService, Registry, Tool, ToolError, shutdown_signal, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;

/// Teaches the server a word, which becomes a tool.
#[derive(Deserialize, JsonSchema)]
struct Teach {
    #[schemars(regex(pattern = "^[a-z]{1,20}$"))]
    word: String,
    meaning: String,
}

async fn teach(registry: Registry, Args(input): Args<Teach>) -> Result<String, ToolError> {
    let Teach { word, meaning } = input;
    if word.is_empty() || word.len() > 20 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Err(ToolError::new(
            "`word` has one to twenty letters from a to z",
        ));
    }
    let explain: Tool = tool(format!("explain_{word}"), async move || meaning);
    // A word that is known already is an error, which the model may read.
    let added = registry.add_tool(explain.description(format!("Explains {word}")));
    added.map_err(ToolError::new)?;
    Ok(format!("there is a tool `explain_{word}` now"))
}

/// Forgets some words.
#[derive(Deserialize, JsonSchema)]
struct Forget {
    words: Vec<String>,
}

/// Makes several changes at once: clients hear of one.
async fn forget(registry: Registry, Args(input): Args<Forget>) -> Result<String, ToolError> {
    let forgotten = registry.update(|draft| {
        let known = |word: &&String| draft.tools.remove(&format!("explain_{word}"));
        Ok(input.words.iter().filter(known).count())
    })?;
    Ok(format!("forgot {forgotten} words"))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = McpServer::new("dynamic-tools", "1.0.0")
        .tool(tool("teach", teach))
        .tool(tool("forget", forget));
    let mcp = McpService::new(server);

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.router())
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
