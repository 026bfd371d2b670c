//! Tools that return each kind of content.

use mcp_axum::{
    McpServer, ToolError,
    protocol::{ContentBlock, ResourceContents},
    tool,
};

/// A red dot.
pub(crate) const PIXEL: &[u8] = include_bytes!("pixel.png");
/// Ten milliseconds of silence.
const SILENCE: &[u8] = include_bytes!("silence.wav");

/// Adds a tool for each kind of content.
pub(crate) fn add(server: McpServer) -> McpServer {
    server
        .tool(
            tool("test_simple_text", simple_text)
                .description("Returns text")
                .read_only(),
        )
        .tool(tool("test_image_content", image).description("Returns an image"))
        .tool(tool("test_audio_content", audio).description("Returns a sound"))
        .tool(tool("test_embedded_resource", embedded).description("Returns a resource"))
        .tool(
            tool("test_multiple_content_types", mixed)
                .description("Returns text, an image and a resource"),
        )
        .tool(tool("test_error_handling", failing).description("Always fails"))
}

async fn simple_text() -> &'static str {
    "This is a simple text response for testing."
}

async fn image() -> ContentBlock {
    ContentBlock::image(PIXEL, "image/png")
}

async fn audio() -> ContentBlock {
    ContentBlock::audio(SILENCE, "audio/wav")
}

async fn embedded() -> ContentBlock {
    let text = "This is an embedded resource content.";
    let resource = ResourceContents::text("test://embedded-resource", text);
    ContentBlock::resource(resource.mime_type("text/plain"))
}

async fn mixed() -> Vec<ContentBlock> {
    let json = r#"{"test":"data","value":123}"#;
    let resource = ResourceContents::text("test://mixed-content-resource", json);
    vec![
        ContentBlock::text("Multiple content types test:"),
        ContentBlock::image(PIXEL, "image/png"),
        ContentBlock::resource(resource.mime_type("application/json")),
    ]
}

async fn failing() -> Result<String, ToolError> {
    // The model reads this text; any other error would be logged and masked.
    Err(ToolError::new(
        "This tool intentionally returns an error for testing",
    ))
}
