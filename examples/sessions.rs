//! Sessions of older clients: with limits of their own, shown and ended by a page of the host's beside them.
//!
//! Run `cargo run --example sessions [ADDRESS]`; the endpoint is at `/mcp`, HTTP+SSE at `/sse`, and `GET /sessions` lists who is there.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use std::time::Duration;

use axum::{
    Router,
    extract::State,
    routing::{delete, get},
    serve::ListenerExt,
};
use mcp_axum::{
    Context, McpServer, McpService,
    session::{OpenSessions, SessionInfo, SessionLimits, Sessions},
    shutdown_signal, tool,
};
use tokio::{net::TcpListener, time::sleep};

/// Works for long; a client that can poll hangs up meanwhile and comes back for the answer.
async fn brew(ctx: Context) -> &'static str {
    ctx.progress(0.0, Some(2.0), Some("grinding"));
    ctx.close_stream(Duration::from_secs(2));
    sleep(Duration::from_secs(3)).await;
    ctx.progress(1.0, Some(2.0), Some("pouring"));
    "coffee"
}

async fn list(State(sessions): State<OpenSessions>) -> String {
    sessions.list().iter().map(line).collect()
}

/// The id stays out of it: whoever has it can use the session.
fn line(session: &SessionInfo) -> String {
    let name = session.client.as_ref().map_or("?", |client| &client.name);
    let (revision, idle, running) = (session.revision, session.idle, session.in_flight);
    format!("{name}, {revision}, idle for {idle:?}, {running} running\n")
}

async fn close_idle(State(sessions): State<OpenSessions>) -> String {
    let closed = sessions.close_where(|session| session.idle > Duration::from_secs(60));
    format!("{closed} closed\n")
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = McpServer::new("sessions", "1.0.0")
        .tool(tool("brew", brew).description("Brews coffee, which takes a while"));
    let limits = SessionLimits::default()
        .anonymous(1_000)
        .idle(Duration::from_secs(10 * 60));
    let mcp = McpService::builder(server)
        .sessions(Sessions::InMemory(limits))
        .legacy_sse()
        .build();

    let app = Router::new()
        .route("/sessions", get(list))
        .route("/sessions/idle", delete(close_idle))
        .with_state(mcp.sessions())
        .merge(mcp.router());

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, app)
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
