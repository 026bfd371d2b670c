//! Handlers take the parts of the state they need, as they do in axum.
//!
//! Run `cargo run --example state [ADDRESS]`; the endpoint is at `/mcp`.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    extract::{FromRef, State},
    serve::ListenerExt,
};
use mcp_axum::{McpServer, McpService, Tool, shutdown_signal, tool};
use tokio::net::TcpListener;

/// Stands for a pool of connections.
type Visits = Arc<AtomicU64>;

#[derive(Clone)]
struct Settings {
    greeting: &'static str,
}

#[derive(Clone)]
struct App {
    visits: Visits,
    settings: Settings,
}

impl FromRef<App> for Visits {
    fn from_ref(app: &App) -> Self {
        Self::clone(&app.visits)
    }
}

impl FromRef<App> for Settings {
    fn from_ref(app: &App) -> Self {
        app.settings.clone()
    }
}

/// Takes two parts of the state.
async fn greet(State(visits): State<Visits>, State(settings): State<Settings>) -> String {
    let visit = visits.fetch_add(1, Ordering::Relaxed) + 1;
    format!("{}, visitor {visit}", settings.greeting)
}

/// Takes the whole of it.
async fn count(State(app): State<App>) -> String {
    app.visits.load(Ordering::Relaxed).to_string()
}

/// A tool from elsewhere brings a state of its own, and fits every server.
fn version<S>() -> Tool<S> {
    let version = async |State(version): State<&'static str>| version;
    tool("version", version).with_state(env!("CARGO_PKG_VERSION"))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = McpServer::new("state", "1.0.0")
        .tool(tool("greet", greet).description("Greets and counts"))
        .tool(
            tool("count", count)
                .description("Tells the count")
                .read_only(),
        )
        .tool(version())
        .with_state(App {
            visits: Visits::default(),
            settings: Settings { greeting: "Hello" },
        });
    let mcp = McpService::new(server);

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.router())
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
