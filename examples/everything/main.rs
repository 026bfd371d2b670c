//! Everything a server can offer: the one that the official conformance suite talks to.
//!
//! Each file adds one kind of component. Run it with
//! `cargo run --example everything -- 127.0.0.1:8000 [embedded]`; with that word the
//! endpoint is where a host might have it: nested, layered, and behind a login.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

mod asking;
mod content;
mod embedded;
mod forms;
mod prompts;
mod resources;
mod rounds;
mod schema;
mod telling;
mod waiting;

use std::{env, io, time::Duration};

use axum::{Router, serve::ListenerExt};
use mcp_axum::{McpServer, McpService, protocol::CacheHint, shutdown_signal};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();

    let (address, place) = (env::args().nth(1), env::args().nth(2));
    let ((mcp, app), mount) = match place.as_deref() {
        Some("embedded") => (embedded::app(server()), embedded::MOUNT),
        _ => (plain(), ""),
    };
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:8000")).await?;
    println!("listening on http://{}{mount}", listener.local_addr()?);

    // A short message must not wait for the next one.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the socket keeps its delay");
        }
    });
    axum::serve(listener, app)
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}

/// What every client speaks at /mcp, and for the oldest ones /sse and /messages.
fn plain() -> (McpService, Router) {
    let mcp = McpService::builder(server()).legacy_sse().build();
    let app = mcp.router();
    (mcp, app)
}

fn server() -> McpServer {
    // The lists never change and are the same for everybody.
    let hour = CacheHint::public(Duration::from_secs(60 * 60));
    let server = McpServer::new("everything", env!("CARGO_PKG_VERSION"))
        .title("Everything")
        .description("One of each kind that the protocol knows.")
        .instructions("Call `test_simple_text` to see that the server is alive.")
        .cache_tools(hour)
        .cache_resources(hour)
        .cache_prompts(hour);

    // The suite calls the first tool of the list with no arguments: content comes first.
    let server = content::add(server);
    let server = telling::add(server);
    let server = waiting::add(server);
    let server = asking::add(server);
    let server = rounds::add(server);
    let server = schema::add(server);
    let server = resources::add(server);
    prompts::add(server)
}
