//! Routes of an application become tools: one by hand, the rest from the document that utoipa writes of them.
//!
//! Run `cargo run --features openapi --example routes_as_tools [ADDRESS]`; the endpoint is at `/mcp`. Call `add_note`
//! with a text, then `note` with the number that it answers.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{Method, StatusCode},
    routing::get,
    serve::ListenerExt,
};
use mcp_axum::{
    McpServer, McpService,
    route_tool::{openapi::Import, route_tool},
    shutdown_signal,
};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

type Notes = Arc<Mutex<Vec<String>>>;

#[derive(Deserialize, ToSchema)]
struct NewNote {
    /// What to remember.
    text: String,
}

#[derive(Serialize, ToSchema)]
struct Note {
    id: usize,
    text: String,
}

/// Adds a note
#[utoipa::path(post, path = "/notes", request_body = NewNote, responses((status = 201, body = Note)))]
async fn add_note(
    State(notes): State<Notes>,
    Json(new): Json<NewNote>,
) -> (StatusCode, Json<Note>) {
    let mut notes = notes.lock().expect("no holder panics");
    notes.push(new.text.clone());
    let (id, text) = (notes.len() - 1, new.text);
    (StatusCode::CREATED, Json(Note { id, text }))
}

/// Reads a note
#[utoipa::path(get, path = "/notes/{id}", operation_id = "note", params(("id" = usize, Path)), responses((status = 200, body = Note)))]
async fn read_note(
    State(notes): State<Notes>,
    Path(id): Path<usize>,
) -> Result<Json<Note>, StatusCode> {
    let notes = notes.lock().expect("no holder panics");
    let text = notes.get(id).cloned().ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(Note { id, text }))
}

#[derive(OpenApi)]
#[openapi(paths(add_note, read_note))]
struct Api;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let app = Router::new()
        .route("/health", get(async || "well"))
        .route("/notes", axum::routing::post(add_note))
        .route("/notes/{id}", get(read_note))
        .with_state(Notes::default());

    let health = route_tool(&app, Method::GET, "/health").tool("health");
    let server = McpServer::new("notes", env!("CARGO_PKG_VERSION"))
        .tool(health.description("Tells how the application is"))
        .tools(Import::new(&app, &Api::openapi())?.tools()?);
    let mcp = McpService::new(server);
    let app = app.merge(mcp.router());

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, app)
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await?;
    Ok(())
}
