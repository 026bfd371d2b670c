//! Resources: text, bytes, one to watch, and a template.

use std::time::Duration;

use axum::Json;
use mcp_axum::{Args, McpServer, protocol::CacheHint, resource};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::content::PIXEL;

/// The resource that clients may subscribe to.
pub(crate) const WATCHED: &str = "test://watched-resource";

/// Adds the resources and the template.
pub(crate) fn add(server: McpServer) -> McpServer {
    server
        .resource(
            resource("test://static-text", text)
                .name("static-text")
                .title("Static text")
                .description("A text that never changes")
                .mime_type("text/plain")
                .cache(CacheHint::public(Duration::from_secs(60))),
        )
        .resource(
            resource("test://static-binary", binary)
                .name("static-binary")
                .title("Static image")
                .description("A red dot")
                .mime_type("image/png"),
        )
        .resource(
            resource(WATCHED, watched)
                .name("watched-resource")
                .title("Watched text")
                .description("A text that clients may subscribe to")
                .mime_type("text/plain"),
        )
        .resource(
            resource("test://template/{id}/data", data)
                .name("template-data")
                .title("Data by id")
                .description("Data of any id")
                .mime_type("application/json"),
        )
}

async fn text() -> &'static str {
    "This is the content of the static text resource."
}

async fn binary() -> Vec<u8> {
    PIXEL.to_vec()
}

async fn watched() -> &'static str {
    "Watched resource content"
}

#[derive(Deserialize, JsonSchema)]
struct Address {
    id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    id: String,
    template_test: bool,
    data: String,
}

async fn data(Args(address): Args<Address>) -> Json<Data> {
    let id = address.id;
    Json(Data {
        data: format!("Data for ID: {id}"),
        template_test: true,
        id,
    })
}
