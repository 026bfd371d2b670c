//! Prompts: messages that a person picks, with arguments that complete as they are typed.
//!
//! Run `cargo run --example prompts [ADDRESS]`; the endpoint is at `/mcp`.
#![expect(clippy::print_stdout, reason = "tells when it is ready")]

use axum::serve::ListenerExt;
use mcp_axum::{
    Args, McpServer, McpService, extract::Completing, prompt, prompt::PromptError,
    protocol::PromptMessage, shutdown_signal,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;

const LANGUAGES: [&str; 4] = ["go", "python", "ruby", "rust"];

/// Reviews a piece of code.
#[derive(Deserialize, JsonSchema)]
struct Review {
    /// The code to look at.
    code: String,
    /// The language it is written in.
    language: Option<String>,
}

/// Text becomes one message of the person.
async fn review(Args(input): Args<Review>) -> String {
    let language = input.language.as_deref().unwrap_or("");
    format!("Please review:\n```{language}\n{}\n```", input.code)
}

/// Argues a case in a number of rounds.
#[derive(Deserialize, JsonSchema)]
struct Debate {
    /// What the case is about.
    topic: String,
    /// How many rounds, from one to three.
    rounds: u8,
}

/// The string on the wire is parsed into a number. Messages become a conversation, and `PromptError::new` tells what is wrong as written.
async fn debate(Args(input): Args<Debate>) -> Result<Vec<PromptMessage>, PromptError> {
    if !(1..=3).contains(&input.rounds) {
        return Err(PromptError::new("`rounds` goes from 1 to 3"));
    }
    let mut messages = vec![PromptMessage::user(format!("Argue for {}.", input.topic))];
    for round in 1..=input.rounds {
        messages.push(PromptMessage::assistant(format!("My argument {round} is:")));
        messages.push(PromptMessage::user("I am not convinced."));
    }
    Ok(messages)
}

async fn languages(typed: Completing) -> Vec<&'static str> {
    let fitting = |language: &&str| language.starts_with(&typed.value);
    LANGUAGES.into_iter().filter(fitting).collect()
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = McpServer::new("prompts", "1.0.0")
        .prompt(prompt("review", review).complete("language", languages))
        .prompt(prompt("debate", debate).title("Debate a topic"));
    let mcp = McpService::new(server);

    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.router())
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await
}
