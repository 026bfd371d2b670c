//! Tools that ask the person or the model behind the client.
//!
//! A client that cannot be asked is told what it lacks: `?` does that.

use mcp_axum::{
    Args, Context, McpServer, ToolError,
    peer::{AskError, Elicited},
    protocol::Sample,
    tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::forms::{Account, Choices, Confirmation, Login};

/// Adds the tools that ask while they run.
pub(crate) fn add(server: McpServer) -> McpServer {
    server
        .tool(tool("test_sampling", sampling))
        .tool(tool("test_elicitation", elicitation))
        .tool(
            tool("test_elicitation_sep1034_defaults", defaults)
                .description("Asks with a form that is filled in already"),
        )
        .tool(
            tool("test_elicitation_sep1330_enums", choices)
                .description("Asks with every kind of choice"),
        )
        .tool(tool("test_elicitation_url", page).description("Asks the person to open a page"))
        .tool(
            tool("test_missing_capability", capital)
                .description("Needs a client that can ask its model"),
        )
        .tool(
            tool("test_streaming_elicitation", confirmed)
                .description("Asks the person for a confirmation"),
        )
}

/// Asks the model
#[derive(Deserialize, JsonSchema)]
struct Question {
    /// What to ask
    prompt: String,
}

async fn sampling(ctx: Context, Args(question): Args<Question>) -> Result<String, AskError> {
    let sample = Sample::new(100).user(question.prompt);
    let answer = ctx.sample("answer", &sample).await?;
    Ok(format!(
        "LLM response: {}",
        answer.text().unwrap_or("(no text)")
    ))
}

/// Asks the person for a user name and an email address
#[derive(Deserialize, JsonSchema)]
struct Request {
    /// What to tell the person
    message: String,
}

async fn elicitation(ctx: Context, Args(request): Args<Request>) -> Result<String, ToolError> {
    let answer = ctx.elicit::<Login>("login", &request.message).await?;
    report("User response", answer)
}

async fn defaults(ctx: Context) -> Result<String, ToolError> {
    let message = "Please review and update the form fields with defaults";
    let answer = ctx.elicit::<Account>("account", message).await?;
    report("Elicitation completed", answer)
}

async fn choices(ctx: Context) -> Result<String, ToolError> {
    let message = "Please select options from the enum fields";
    let answer = ctx.elicit::<Choices>("choices", message).await?;
    report("Elicitation completed", answer)
}

async fn page(ctx: Context) -> Result<String, ToolError> {
    let message = "Please connect your account";
    let url = "https://example.com/connect";
    let answer = ctx.elicit_url("page", message, url).await?;
    let action = match answer {
        // The person agreed to go there; whether they did is for the page to tell.
        Elicited::Accepted(()) => "accept",
        Elicited::Declined => "decline",
        Elicited::Cancelled => "cancel",
    };
    Ok(format!("URL elicitation: action={action}"))
}

async fn capital(ctx: Context) -> Result<String, AskError> {
    let sample = Sample::new(100).user("What is the capital of France?");
    let answer = ctx.sample("capital", &sample).await?;
    Ok(answer.text().unwrap_or("(no text)").to_owned())
}

async fn confirmed(ctx: Context) -> Result<&'static str, AskError> {
    let answer = ctx.elicit::<Confirmation>("confirm", "Really?").await?;
    Ok(match answer {
        Elicited::Accepted(Confirmation { ok: true }) => "confirmed",
        Elicited::Accepted(_) | Elicited::Declined | Elicited::Cancelled => "not confirmed",
    })
}

fn report<T: Serialize>(what: &str, answer: Elicited<T>) -> Result<String, ToolError> {
    let (action, content) = match answer {
        Elicited::Accepted(form) => ("accept", serde_json::to_string(&form)?),
        Elicited::Declined => ("decline", "{}".to_owned()),
        Elicited::Cancelled => ("cancel", "{}".to_owned()),
    };
    Ok(format!("{what}: action={action}, content={content}"))
}
