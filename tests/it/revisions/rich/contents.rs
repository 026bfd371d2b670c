//! Every kind of content: in a tool's result, in resources, in a prompt.

use std::time::Duration;

use mcp_axum::{
    Args, McpServer,
    extract::Completing,
    prompt,
    prompt::PromptError,
    protocol::{
        Annotations, CacheHint, CallToolResult, Completion, ContentBlock, GetPromptResult, Meta,
        PromptMessage, ReadResourceResult, ResourceContents, ResourceLink, Role,
    },
    resource,
    resource::ResourceError,
    tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::icon;

fn meta(value: &str) -> Meta {
    Meta::from_iter([("example.com/k".to_owned(), json!(value))])
}

fn annotations() -> Annotations {
    Annotations {
        audience: vec![Role::User, Role::Assistant],
        priority: Some(0.5),
        last_modified: Some("2026-01-02T03:04:05Z".to_owned()),
    }
}

fn text() -> ResourceContents {
    let text = ResourceContents::text("note://one", "one").mime_type("text/plain");
    text.meta(meta("inner"))
}

fn link() -> ResourceLink {
    ResourceLink::new("note://one", "one")
        .title("Note one")
        .description("The first note")
        .mime_type("text/plain")
        .size(3)
        .icon(icon())
}

/// One block of each kind; tests know them by their places.
fn blocks() -> Vec<ContentBlock> {
    let bytes = ResourceContents::blob("note://bytes", [0, 255]);
    let plain = [
        ContentBlock::text("words"),
        ContentBlock::image([1, 2, 3], "image/png"),
        ContentBlock::audio([4, 5, 6], "audio/wav"),
        ContentBlock::resource(text()),
        ContentBlock::resource(bytes),
        ContentBlock::from(link()),
    ];
    let blocks = plain.into_iter();
    blocks
        .map(|block| block.annotations(annotations()).meta(meta("block")))
        .collect()
}

/// What a reviewer needs.
#[derive(Deserialize, JsonSchema)]
struct Review {
    /// What to look at.
    #[schemars(title = "The code")]
    code: String,
    #[schemars(title = "The tone")]
    tone: Option<String>,
}

async fn review(Args(review): Args<Review>) -> GetPromptResult {
    let tone = review.tone.unwrap_or_else(|| "plain".to_owned());
    let words = format!("Review this in a {tone} tone: {}", review.code);
    let blocks = blocks().into_iter().map(PromptMessage::assistant);
    GetPromptResult::new(std::iter::once(PromptMessage::user(words)).chain(blocks))
        .description("A review")
        .meta(meta("prompt"))
}

/// The arguments that are filled in already narrow the choice.
async fn tones(completing: Completing) -> Completion {
    let code = completing.arguments.get("code").cloned();
    Completion::new([format!("{}-{}", completing.value, code.unwrap_or_default())]).total(7)
}

#[derive(Deserialize, JsonSchema)]
struct By {
    author: String,
}

async fn by(Args(by): Args<By>) -> Result<String, ResourceError> {
    match by.author.as_str() {
        "nobody" => Err(ResourceError::not_found()),
        author => Ok(format!("by {author}")),
    }
}

pub(super) fn add(server: McpServer) -> McpServer {
    let contents = async || CallToolResult::new(blocks()).meta(meta("result"));
    let one = async || ReadResourceResult::new([text()]).meta(meta("result"));
    server
        .tool(tool("contents", contents))
        .resource(
            resource("note://one", one)
                .name("one")
                .title("Note one")
                .description("The first note")
                .mime_type("text/plain")
                .icon(icon())
                .annotations(annotations())
                .size(3)
                .cache(CacheHint::public(Duration::from_secs(60)))
                .meta("example.com/k", "entry"),
        )
        .resource(resource("note://bytes", async || vec![0_u8, 255]))
        .resource(resource("note://empty", async || {
            ReadResourceResult::new([])
        }))
        .resource(resource("note://broken", async || {
            Err::<String, ResourceError>(std::io::Error::other("swordfish").into())
        }))
        .resource(
            resource("note://by/{author}", by)
                .name("by")
                .title("Notes of somebody")
                .description("All notes of an author")
                .mime_type("text/plain")
                .icon(icon())
                .annotations(annotations())
                .meta("example.com/k", "entry")
                .complete("author", async || vec!["ada", "bob"]),
        )
        .prompt(
            prompt("review", review)
                .title("Review code")
                .icon(icon())
                .meta("example.com/k", "entry")
                .complete("tone", tones),
        )
        .prompt(prompt("broken", async || {
            Err::<String, PromptError>(std::io::Error::other("swordfish").into())
        }))
}
