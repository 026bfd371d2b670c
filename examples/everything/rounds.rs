//! Tools whose questions travel in rounds: the client calls again with its answers.
//!
//! A handler reads as if it waited for each answer. In truth it runs again from
//! the top with every round, so what comes before a question only reads.

use mcp_axum::{
    Context, McpServer,
    peer::{AskError, Elicited, InputRequired, InputResponses},
    protocol::{ElicitResult, InputRequest, Root, Sample, Sampled},
    tool,
};
use serde_json::json;
use tokio::try_join;

use crate::forms::{Color, Confirmation, Name};

/// Adds the tools that the suite answers round by round.
pub(crate) fn add(server: McpServer) -> McpServer {
    let server = server
        .tool(
            tool("test_input_required_result_elicitation", greet)
                .description("Asks the person for a name"),
        )
        .tool(
            tool("test_input_required_result_sampling", capital)
                .description("Asks the model for a capital"),
        )
        .tool(
            tool("test_input_required_result_list_roots", roots)
                .description("Asks the client for its roots"),
        )
        .tool(
            tool("test_input_required_result_capabilities", capable)
                .description("Asks only what the client can answer"),
        );
    server
        .tool(
            tool("test_input_required_result_multiple_inputs", together)
                .description("Asks the person, the model and the client at once"),
        )
        .tool(
            tool("test_input_required_result_multi_round", one_by_one)
                .description("Asks one question after the other"),
        )
        .tool(
            tool("test_input_required_result_tampered_state", confirm)
                .description("Refuses a state that was tampered with"),
        )
        .tool(
            tool("test_input_required_result_request_state", by_hand)
                .description("Keeps a state of its own between the rounds"),
        )
}

async fn greet(ctx: Context) -> Result<String, AskError> {
    Ok(match ask_name(&ctx, "user_name").await? {
        Elicited::Accepted(answer) => format!("Hello, {}!", answer.name),
        Elicited::Declined | Elicited::Cancelled => "Hello, stranger!".to_owned(),
    })
}

async fn capital(ctx: Context) -> Result<String, AskError> {
    let answer = ask_capital(&ctx).await?;
    Ok(format!("The model says: {}", told(&answer)))
}

async fn roots(ctx: Context) -> Result<String, AskError> {
    let roots = ctx.roots().await?;
    Ok(format!("{} roots: {}", roots.len(), listed(&roots)))
}

async fn capable(ctx: Context) -> Result<String, AskError> {
    let client = ctx.client_capabilities();
    if client.samples() {
        return capital(ctx).await;
    }
    if client.elicits_forms() {
        return greet(ctx).await;
    }
    Ok("Nobody to ask".to_owned())
}

async fn together(ctx: Context) -> Result<String, AskError> {
    // Questions that are awaited together travel together.
    let (person, answer, roots) =
        try_join!(ask_name(&ctx, "user_name"), ask_capital(&ctx), ctx.roots())?;
    let name = person
        .accepted()
        .map_or("stranger".to_owned(), |form| form.name);
    Ok(format!("{name}; {}; {} roots", told(&answer), roots.len()))
}

async fn one_by_one(ctx: Context) -> Result<String, AskError> {
    let Some(person) = ask_name(&ctx, "step1").await?.accepted() else {
        return Ok("No name, no color".to_owned());
    };
    let message = format!("Which color does {} like?", person.name);
    let color = ctx.elicit::<Color>("step2", &message).await?;
    let color = color
        .accepted()
        .map_or("no color".to_owned(), |form| form.color);
    Ok(format!("{} likes {color}", person.name))
}

async fn confirm(ctx: Context) -> Result<&'static str, AskError> {
    let answer = ctx.elicit::<Confirmation>("confirm", "Really?").await?;
    Ok(match answer.accepted() {
        Some(Confirmation { ok: true }) => "confirmed",
        Some(_) | None => "not confirmed",
    })
}

/// Asks as the wire does: ends with its questions and reads the answers itself.
///
/// The state is sealed; the client can neither read nor change it.
async fn by_hand(responses: InputResponses) -> Result<String, InputRequired> {
    let answer: Option<ElicitResult> = responses.read("confirm");
    let step: Option<u32> = responses.state();
    match (answer, step) {
        (Some(answer), Some(step)) => Ok(format!("state-ok: step {step}, {:?}", answer.action)),
        _ => {
            let form = json!({
                "type": "object",
                "properties": {"ok": {"type": "boolean"}},
                "required": ["ok"],
            });
            let question = InputRequest::form("Please confirm", &form);
            Err(InputRequired::new().request("confirm", question).state(&1))
        }
    }
}

async fn ask_name(ctx: &Context, key: &str) -> Result<Elicited<Name>, AskError> {
    ctx.elicit(key, "What is your name?").await
}

async fn ask_capital(ctx: &Context) -> Result<Sampled, AskError> {
    let sample = Sample::new(100).user("What is the capital of France?");
    ctx.sample("capital_question", &sample).await
}

fn told(answer: &Sampled) -> &str {
    answer.text().unwrap_or("(no text)")
}

fn listed(roots: &[Root]) -> String {
    let uris: Vec<&str> = roots.iter().map(|root| root.uri.as_str()).collect();
    uris.join(", ")
}
