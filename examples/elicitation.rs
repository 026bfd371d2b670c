//! A tool asks the person two questions at once, and a third one when the answers call for it.
//!
//! Run `cargo run --example elicitation [ADDRESS]`; the endpoint is at `/mcp`. Call `book` with a client that declares
//! the capability `elicitation`.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use axum::serve::ListenerExt;
use mcp_axum::{
    Context, McpServer, McpService,
    peer::{AskError, Elicited},
    shutdown_signal, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;

#[derive(Deserialize, JsonSchema)]
struct Table {
    /// How many people come.
    #[schemars(range(min = 1, max = 20))]
    people: u8,
}

#[derive(Deserialize, JsonSchema)]
struct Place {
    place: Room,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Room {
    Inside,
    Terrace,
}

#[derive(Deserialize, JsonSchema)]
struct Consent {
    /// Whether to ask the kitchen for a menu for the group.
    menu: bool,
}

/// Code before an ask runs twice: nothing is booked before the last answer is in.
async fn book(ctx: Context) -> Result<String, AskError> {
    let (table, place) = tokio::try_join!(
        ctx.elicit::<Table>("table", "A table for how many?"),
        ctx.elicit::<Place>("place", "Where do you want to sit?"),
    )?;
    let (Elicited::Accepted(table), Elicited::Accepted(place)) = (table, place) else {
        return Ok("nothing is booked".to_owned());
    };
    let mut menu = false;
    if table.people > 8 {
        let consent = ctx
            .elicit::<Consent>("menu", "A menu for the group?")
            .await?;
        menu = consent.accepted().is_some_and(|consent| consent.menu);
    }
    // From here on everything runs once.
    let (people, place) = (table.people, place.place);
    Ok(format!(
        "booked for {people}, {place:?}, with a menu: {menu}"
    ))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = McpServer::new("elicitation", "1.0.0")
        .tool(tool("book", book).description("Books a table"));
    // Several replicas need a key that they share: `McpService::builder(server).state_keys(..)`.
    let mcp = McpService::new(server);

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.router())
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
