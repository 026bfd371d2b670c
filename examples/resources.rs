//! Resources: fixed ones, templates with typed parameters and completion, and news of changes.
//!
//! Run `cargo run --example resources [ADDRESS]`; the endpoint is at `/mcp`. Read `city://2/weather?days=3`, list what
//! a client can complete `id` to, or subscribe to `city://list` and call the tool `found`.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, extract::State, serve::ListenerExt};
use mcp_axum::{
    Args, McpServer, McpService, extract::Completing, protocol::CacheHint, resource,
    resource::ResourceError, server::Notifier, shutdown_signal, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;

type Cities = Arc<Mutex<Vec<String>>>;

async fn list(State(cities): State<Cities>) -> Json<Vec<String>> {
    Json(cities.lock().expect("no holder panics").clone())
}

#[derive(Deserialize, JsonSchema)]
struct Weather {
    id: usize,
    days: Option<u8>,
}

/// The parameters of the template arrive parsed; one that does not fit is "not found".
async fn weather(
    State(cities): State<Cities>,
    Args(asked): Args<Weather>,
) -> Result<String, ResourceError> {
    let cities = cities.lock().expect("no holder panics");
    let city = cities.get(asked.id).ok_or_else(ResourceError::not_found)?;
    let days = asked.days.unwrap_or(1);
    Ok(format!("{city}: sunny for the next {days} days"))
}

async fn ids(State(cities): State<Cities>, typed: Completing) -> Vec<String> {
    let count = cities.lock().expect("no holder panics").len();
    let ids = (0..count).map(|id| id.to_string());
    ids.filter(|id| id.starts_with(&typed.value)).collect()
}

/// Founds a city, and tells those who subscribed to the list.
async fn found(State(cities): State<Cities>, notifier: Notifier) -> &'static str {
    let mut cities = cities.lock().expect("no holder panics");
    cities.push("Newtown".to_owned());
    notifier.resource_updated("city://list");
    "founded Newtown"
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let weather = resource("city://{id}/weather{?days}", weather)
        .title("Weather of a city")
        .mime_type("text/plain")
        .complete("id", ids)
        .cache(CacheHint::public(Duration::from_secs(600)));
    let cities = ["Rome", "Oslo", "Lima"].map(str::to_owned);
    let server = McpServer::new("resources", "1.0.0")
        .resource(resource("city://list", list).title("All cities"))
        .resource(weather)
        .tool(tool("found", found).description("Founds a city"))
        .with_state(Arc::new(Mutex::new(Vec::from(cities))));
    let mcp = McpService::new(server);

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.router())
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
