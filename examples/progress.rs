//! A slow tool reports progress and logs; its answer becomes a stream, and ends when the client leaves.
//!
//! Run `cargo run --example progress [ADDRESS]`; the endpoint is at `/mcp`. Call `import` with a `progressToken` in
//! `_meta`, and press Ctrl-C in the client while it runs.
#![expect(clippy::print_stdout, reason = "shows what the server notices")]

use std::time::Duration;

use axum::serve::ListenerExt;
use mcp_axum::{Args, Context, McpServer, McpService, protocol::Level, shutdown_signal, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::{net::TcpListener, time::sleep};

/// Imports some rows, slowly.
#[derive(Deserialize, JsonSchema)]
struct Import {
    rows: u32,
}

/// Tells the console when it is dropped: finished, or because the client has left.
struct Watch;

impl Drop for Watch {
    fn drop(&mut self) {
        println!("the import is over");
    }
}

/// The first report turns the answer into a stream; without a token and a log level it stays JSON for a second.
async fn import(ctx: Context, Args(input): Args<Import>) -> String {
    let _watch = Watch;
    let total = f64::from(input.rows);
    for row in 1..=input.rows {
        sleep(Duration::from_millis(500)).await;
        let text = format!("row {row} of {}", input.rows);
        ctx.progress(f64::from(row), Some(total), Some(&text));
        if row % 10 == 0 {
            ctx.log(Level::Info, format!("{row} rows so far"));
        }
    }
    format!("imported {} rows", input.rows)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = McpServer::new("progress", "1.0.0").tool(tool("import", import));
    let mcp = McpService::new(server);

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.router())
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
