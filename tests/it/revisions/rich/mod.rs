//! A server that says everything the protocol can say, in its newest form.

mod asking;
mod contents;

use axum::Json;
use mcp_axum::{
    Args, Context, McpServer, ToolError,
    protocol::{CallToolResult, ErrorObject, Icon, Level},
    tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Makes the server.
pub fn server() -> McpServer {
    let server = McpServer::new("rich", "1.2.3")
        .title("Rich")
        .description("Says everything there is to say.")
        .icon(icon())
        .website("https://rich.example")
        .instructions("Try everything.");
    let server = asking::add(contents::add(tools(server)));
    server.with_state(())
}

fn icon() -> Icon {
    let icon = Icon::new("https://rich.example/icon.png").mime_type("image/png");
    icon.size("48x48").theme("light")
}

/// A trip to be booked.
#[derive(Deserialize, JsonSchema)]
struct Trip {
    /// Where to.
    city: String,
    nights: Option<u32>,
    #[schemars(title = "Window seat")]
    #[serde(default)]
    window: bool,
    /// Whatever else is wished.
    wish: Option<Value>,
}

/// A trip that was booked.
#[derive(Serialize, JsonSchema)]
struct Booking {
    city: String,
    nights: u32,
    extras: Vec<String>,
}

async fn book(Args(trip): Args<Trip>) -> Json<Booking> {
    let wish = trip.wish.map(|wish| wish.to_string());
    let window = trip.window.then(|| "window".to_owned());
    Json(Booking {
        city: trip.city,
        nights: trip.nights.unwrap_or(1),
        extras: wish.into_iter().chain(window).collect(),
    })
}

/// Ways to fail.
#[derive(Deserialize, JsonSchema)]
struct Failure {
    how: How,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum How {
    Told,
    Masked,
    Application,
    Reserved,
    Missing,
    Panic,
}

async fn fail(Args(failure): Args<Failure>) -> Result<String, ToolError> {
    let lacks = json!({"requiredCapabilities": {"sampling": {}}});
    Err(match failure.how {
        How::Told => ToolError::new("the city is closed"),
        How::Masked => std::io::Error::other("the password is swordfish").into(),
        How::Application => {
            let data = json!({"retryAfter": 3});
            ToolError::protocol(ErrorObject::new(1001, "the hotel is full").data(data))
        }
        How::Reserved => ToolError::protocol(ErrorObject::new(-32_050, "not mine to use")),
        How::Missing => ToolError::protocol(ErrorObject::new(-32_021, "lacks it").data(lacks)),
        How::Panic => panic!("swordfish"),
    })
}

/// Speaks before it answers.
async fn tell(ctx: Context) -> &'static str {
    ctx.progress(1.0, Some(3.0), Some("packing"));
    ctx.progress(2.5, None, None);
    ctx.progress(2.0, Some(3.0), Some("never said: it does not increase"));
    ctx.log(Level::Debug, "never said: nobody asked for it");
    ctx.log(Level::Info, json!({"packed": ["hat", "map"]}));
    ctx.log_as(Level::Warning, "weather", "it rains");
    "told"
}

fn tools(server: McpServer) -> McpServer {
    let bare = json!({"type": "object", "properties": {"ok": {"type": "boolean"}, "more": true}});
    let loose = json!({"type": "object", "properties": {"any": true, "none": false}});
    server
        .tool(
            tool("book", book)
                .title("Book a trip")
                .icon(icon())
                .read_only()
                .additive()
                .idempotent()
                .closed_world()
                .meta("example.com/tier", "gold"),
        )
        .tool(tool("numbers", async || Json(vec![1, 2, 3])).description("A list"))
        .tool(tool("number", async || Json(42)))
        .tool(
            tool("bare", async || {
                CallToolResult::new([] as [String; 0]).structured_content(&json!({"ok": true}))
            })
            .input_schema(loose)
            .output_schema(bare),
        )
        .tool(tool("nothing", async || ()))
        .tool(tool("fail", fail))
        .tool(tool("tell", tell).description("Speaks before it answers"))
}
