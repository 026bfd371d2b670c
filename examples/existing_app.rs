//! An axum application that was there before gets an MCP endpoint, and keeps its state, its page and its login.
//!
//! Run `cargo run --example existing_app [ADDRESS]`, open the page, and paste the `curl` line that it prints.
#![expect(clippy::print_stdout, reason = "tells what to try")]

use std::sync::{Arc, Mutex};

use axum::{
    Extension, Json, Router,
    extract::{Request, State},
    middleware::{self, Next},
    response::{Html, Response},
    routing::get,
    serve::ListenerExt,
};
use mcp_axum::{Args, McpServer, McpService, Principal, prompt, resource, shutdown_signal, tool};
use schemars::JsonSchema;
use serde::Deserialize;

const CURL: &str = r#"-H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' -H 'MCP-Protocol-Version: 2026-07-28' -H 'Mcp-Method: tools/call' -H 'Mcp-Name: search' \
-d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"text":"milk"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"curl","version":"1"}}}}'"#;

/// The state of the application. A handler may take a part of it instead, see the example `state`.
type Notes = Arc<Mutex<Vec<String>>>;

#[derive(Clone)]
struct User {
    name: String,
}

/// Stands for a real login: it believes the name that follows `Authorization: Bearer`.
async fn login(mut request: Request, next: Next) -> Response {
    let header = request.headers().get("authorization");
    let name = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let name = name.unwrap_or("demo").to_owned();
    // What belongs to one person alone, such as an open question, is bound to this key.
    let principal = Principal::new(format!("user/{name}"));
    request.extensions_mut().insert(principal);
    request.extensions_mut().insert(User { name });
    next.run(request).await
}

async fn index(State(notes): State<Notes>) -> Html<String> {
    let count = notes.lock().expect("no holder panics").len();
    Html(format!("<h1>Notes</h1><p>There are {count}."))
}

#[derive(Deserialize, JsonSchema)]
struct Text {
    /// The text of a note, or a part of it.
    text: String,
}

async fn search(State(notes): State<Notes>, Args(input): Args<Text>) -> Json<Vec<String>> {
    let mut found = notes.lock().expect("no holder panics").clone();
    found.retain(|note| note.contains(&input.text));
    Json(found)
}

async fn add(State(notes): State<Notes>, user: Extension<User>, input: Args<Text>) -> String {
    let mut notes = notes.lock().expect("no holder panics");
    notes.push(format!("{} ({})", input.text, user.name));
    format!("It is note://{}.", notes.len() - 1)
}

#[derive(Deserialize, JsonSchema)]
struct Note {
    id: usize,
}

async fn read(State(notes): State<Notes>, Args(note): Args<Note>) -> Option<String> {
    let notes = notes.lock().expect("no holder panics");
    notes.get(note.id).cloned()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let notes: Notes = Arc::new(Mutex::new(vec!["buy milk".to_owned()]));
    let server = McpServer::new("notes", env!("CARGO_PKG_VERSION"))
        .tool(tool("search", search).description("Searches the notes"))
        .tool(tool("add", add).description("Adds a note").additive())
        .resource(resource("note://{id}", read).mime_type("text/plain"))
        .prompt(prompt("tidy", async || "Put my notes in order."))
        .with_state(notes.clone());
    let mcp = McpService::new(server);
    let app = Router::new()
        .route("/", get(index))
        .with_state(notes)
        .nest("/mcp-server", mcp.router())
        .layer(middleware::from_fn(login));

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    println!("listening on http://{address}");
    println!("the MCP endpoint, to try:\ncurl http://{address}/mcp-server/mcp {CURL}");
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, app)
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
