//! A page in a browser, on another origin, uses the endpoint.
//!
//! Run `cargo run --example browser [ADDRESS] [ORIGIN]`, with the origin of your page. What it may do is what
//! `scripts/browser/page.mjs` does; a page of any other origin may do nothing.
#![expect(clippy::print_stdout, reason = "tells what to try")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    extract::State,
    http::{StatusCode, header::AUTHORIZATION, request::Parts},
    serve::ListenerExt,
};
use mcp_axum::{
    Args, Context, McpServer, McpService, Principal, Refusal, mount::Cors, shutdown_signal, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// Tells the weather of a city.
#[derive(Deserialize, JsonSchema)]
struct Weather {
    /// Also sent as the header `Mcp-Param-City`, which the browser has to ask about first.
    #[schemars(extend("x-mcp-header" = "City"))]
    city: String,
}

/// A report before the answer: for a client that wants it, the answer is a stream.
async fn weather(
    ctx: Context,
    State(calls): State<Arc<AtomicUsize>>,
    Args(input): Args<Weather>,
) -> String {
    ctx.progress(1.0, Some(2.0), Some("looking out of the window"));
    let call = calls.fetch_add(1, Ordering::Relaxed) + 1;
    format!("sunny in {}, call {call}", input.city)
}

/// Stands for a real login. A page can read this refusal, too.
fn login(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    match parts.headers.get(AUTHORIZATION) {
        Some(token) if token == "Bearer demo" => Ok(Some(Principal::new("demo"))),
        _ => Err(Refusal::new(StatusCode::UNAUTHORIZED)),
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or("127.0.0.1:8000".into());
    let origin = arguments.next().unwrap_or("https://chat.example".into());
    let server = McpServer::new("weather", env!("CARGO_PKG_VERSION"))
        .tool(tool("weather", weather).read_only())
        .with_state(Arc::default());
    let mcp = McpService::builder(server)
        .principal(login)
        .cors(Cors::origins([origin]))
        .health("/health")
        .build();

    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.router())
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
