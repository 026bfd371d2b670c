//! Prompts: plain, with arguments and their completion, with content, with a question.

use mcp_axum::{
    Args, Context, McpServer,
    extract::Completing,
    peer::AskError,
    prompt,
    protocol::{ContentBlock, PromptMessage, ResourceContents},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{content::PIXEL, forms::Topic};

/// Adds the prompts.
pub(crate) fn add(server: McpServer) -> McpServer {
    server
        .prompt(prompt("test_simple_prompt", simple).description("A prompt without arguments"))
        .prompt(prompt("test_prompt_with_arguments", with_arguments).complete("arg1", complete))
        .prompt(prompt("test_prompt_with_embedded_resource", with_resource))
        .prompt(prompt("test_prompt_with_image", with_image).description("A prompt with an image"))
        .prompt(
            prompt("test_input_required_result_prompt", with_question)
                .description("A prompt that asks before it answers"),
        )
}

async fn simple() -> &'static str {
    "This is a simple prompt for testing."
}

/// A prompt with two arguments
#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// The first argument
    arg1: String,
    /// The second argument
    arg2: String,
}

async fn with_arguments(Args(Arguments { arg1, arg2 }): Args<Arguments>) -> String {
    format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")
}

async fn complete(completing: Completing) -> Vec<&'static str> {
    let mut values = vec!["test1", "test2", "other"];
    values.retain(|value| value.starts_with(&completing.value));
    values
}

/// A prompt with a resource in it
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Embedded {
    /// The URI of the resource
    resource_uri: String,
}

async fn with_resource(Args(embedded): Args<Embedded>) -> Vec<PromptMessage> {
    let text = "Embedded resource content for testing.";
    let resource = ResourceContents::text(embedded.resource_uri, text).mime_type("text/plain");
    vec![
        PromptMessage::user(ContentBlock::resource(resource)),
        PromptMessage::user("Please process the embedded resource above."),
    ]
}

async fn with_image() -> Vec<PromptMessage> {
    vec![
        PromptMessage::user(ContentBlock::image(PIXEL, "image/png")),
        PromptMessage::user("Please analyze the image above."),
    ]
}

async fn with_question(ctx: Context) -> Result<String, AskError> {
    let question = "What should the prompt be about?";
    let topic = ctx.elicit::<Topic>("user_context", question).await?;
    let topic = topic
        .accepted()
        .map_or("anything".to_owned(), |form| form.context);
    Ok(format!("Please write about {topic}."))
}
