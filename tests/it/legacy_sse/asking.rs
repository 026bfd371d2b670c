//! Questions of the server over HTTP+SSE, and the answers to them.

use std::time::Duration;

use mcp_axum::{
    Context, McpServer, ToolError,
    peer::{AskError, Elicited},
    protocol::Sample,
    session::{SessionLimits, Sessions},
    tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{Old, connect, open, serving, taken};
use crate::{lifespan::soon, support::TestClient};

#[derive(Debug, Deserialize, JsonSchema)]
struct Named {
    name: String,
}

async fn name(ctx: Context) -> Result<String, ToolError> {
    Ok(match ctx.elicit::<Named>("name", "Who are you?").await? {
        Elicited::Accepted(named) => format!("hello {}", named.name),
        Elicited::Declined => "declined".to_owned(),
        Elicited::Cancelled => "cancelled".to_owned(),
    })
}

async fn think(ctx: Context) -> Result<String, ToolError> {
    let sampled = ctx.sample("q", &Sample::new(9).user("?")).await?;
    Ok(sampled.text().unwrap_or_default().to_owned())
}

async fn roots(ctx: Context) -> Result<String, ToolError> {
    let roots = ctx.roots().await?;
    Ok(roots.into_iter().map(|root| root.uri).collect())
}

fn server() -> McpServer {
    McpServer::new("asking", "1")
        .tool(tool("name", name))
        .tool(tool("think", think))
        .tool(tool("roots", roots))
}

fn client() -> TestClient {
    TestClient::with(serving(server()).build())
}

fn everything() -> Value {
    json!({"elicitation": {}, "sampling": {}, "roots": {}})
}

/// Returns the text of a tool's answer.
fn text(answer: &Value) -> &str {
    let text = answer["result"]["content"][0]["text"].as_str();
    text.unwrap_or_else(|| panic!("no text in {answer}"))
}

/// Calls a tool, and reads what it asks.
async fn asked(old: &mut Old<'_>, tool: &str) -> Value {
    taken(old.tool(tool)).await;
    let question = old.hear().await;
    assert!(question["id"].is_string(), "{question}");
    question
}

#[tokio::test]
async fn questions_go_out_on_the_stream_and_answers_come_in_by_post() {
    let sampled = json!({"role": "assistant", "model": "m",
        "content": {"type": "text", "text": "because"}});
    for (tool, method, answer, expected) in [
        (
            "name",
            "elicitation/create",
            json!({"action": "accept", "content": {"name": "Ada"}}),
            "hello Ada",
        ),
        (
            "name",
            "elicitation/create",
            json!({"action": "decline"}),
            "declined",
        ),
        ("think", "sampling/createMessage", sampled, "because"),
        (
            "roots",
            "roots/list",
            json!({"roots": [{"uri": "file:///a"}]}),
            "file:///a",
        ),
    ] {
        let client = client();
        let mut old = open(&client, "2025-11-25", everything()).await;
        let question = asked(&mut old, tool).await;
        assert_eq!(question["method"], method);
        assert_eq!(question["jsonrpc"], "2.0");
        taken(old.answer(&question, answer)).await;
        let answered = old.hear().await;
        assert_eq!((text(&answered), &answered["id"]), (expected, &json!(2)));
    }
}

#[tokio::test]
async fn the_first_revision_asks_for_samples_and_roots_but_shows_no_form() {
    let client = client();
    let mut old = open(&client, "2024-11-05", everything()).await;
    let question = asked(&mut old, "think").await;
    let answer = json!({"role": "assistant", "model": "m",
        "content": {"type": "text", "text": "then as now"}});
    taken(old.answer(&question, answer)).await;
    assert_eq!(text(&old.hear().await), "then as now");
    taken(old.tool("name")).await;
    let refused = old.hear().await;
    assert_eq!(refused["result"]["isError"], true, "{refused}");
}

#[tokio::test]
async fn a_client_that_declared_nothing_is_not_asked() {
    let client = client();
    let mut old = open(&client, "2025-11-25", json!({})).await;
    for tool in ["name", "think", "roots"] {
        taken(old.tool(tool)).await;
        let refused = old.hear().await;
        assert_eq!(refused["result"]["isError"], true, "{refused}");
    }
}

#[tokio::test]
async fn a_question_waits_until_the_client_is_initialized() {
    let client = client();
    let mut old = connect(&client).await;
    old.initialize("2025-06-18", everything()).await;
    taken(old.tool("roots")).await;
    old.heard_all().await;
    old.tell("notifications/initialized", json!({})).await;
    let question = old.hear().await;
    assert_eq!(question["method"], "roots/list");
    taken(old.answer(&question, json!({"roots": []}))).await;
    assert_eq!(text(&old.hear().await), "");
}

#[tokio::test]
async fn an_error_is_an_answer_and_a_strange_answer_is_none() {
    let client = client();
    let mut old = open(&client, "2025-06-18", everything()).await;
    let question = asked(&mut old, "roots").await;
    for strange in [json!("s-x"), json!(1), json!(2)] {
        taken(old.answer(&json!({"id": strange}), json!({"roots": []}))).await;
    }
    old.heard_all().await;
    let error = json!({"code": -1, "message": "not today"});
    let refusal = json!({"jsonrpc": "2.0", "id": question["id"], "error": error});
    taken(old.post(&refusal)).await;
    let answered = old.hear().await;
    assert_eq!(answered["result"]["isError"], true);
    assert!(text(&answered).contains("not today"), "{answered}");
    taken(old.answer(&question, json!({"roots": []}))).await;
    old.heard_all().await;
}

#[tokio::test]
async fn another_client_cannot_answer() {
    let client = client();
    let mut old = open(&client, "2025-06-18", everything()).await;
    let mut other = open(&client, "2025-06-18", everything()).await;
    let streamable = client.open("2025-06-18").await;
    let question = asked(&mut old, "roots").await;
    let forged = json!({"roots": [{"uri": "file:///forged"}]});
    taken(other.answer(&question, forged.clone())).await;
    assert_eq!(streamable.answer(&question, forged).await.status, 202);
    other.heard_all().await;
    old.heard_all().await;
    taken(old.answer(&question, json!({"roots": [{"uri": "file:///own"}]}))).await;
    assert_eq!(text(&old.hear().await), "file:///own");
}

#[tokio::test]
async fn answers_may_come_in_a_batch() {
    let client = client();
    let mut old = open(&client, "2025-03-26", everything()).await;
    let one = asked(&mut old, "roots").await;
    let two = asked(&mut old, "roots").await;
    let answer =
        |question: &Value| json!({"jsonrpc": "2.0", "id": question["id"], "result": {"roots": []}});
    taken(old.post(&json!([answer(&one), answer(&two)]))).await;
    let mut ids = [
        old.hear().await["id"].as_u64(),
        old.hear().await["id"].as_u64(),
    ];
    ids.sort_unstable();
    assert_eq!(ids, [Some(2), Some(3)]);
}

#[tokio::test(start_paused = true)]
async fn a_question_that_nobody_answers_is_taken_back() {
    let limits = SessionLimits::default().ask_timeout(Duration::from_secs(5));
    let builder = serving(server()).sessions(Sessions::InMemory(limits));
    let client = TestClient::with(builder.build());
    let mut old = open(&client, "2025-06-18", everything()).await;
    let question = asked(&mut old, "roots").await;
    let off = old.hear().await;
    assert_eq!(off["method"], "notifications/cancelled");
    assert_eq!(off["params"]["requestId"], question["id"]);
    let answered = old.hear().await;
    assert_eq!(answered["result"]["isError"], true, "{answered}");
}

/// Asks from a task of its own, which outlives the request.
fn asks_aside(told: mpsc::UnboundedSender<AskError>) -> McpServer {
    McpServer::new("aside", "1").tool(tool("aside", async move |ctx: Context| {
        let aside = ctx.clone();
        let asking = tokio::spawn(async move {
            if let Err(error) = aside.roots().await {
                let _ = told.send(error);
            }
        });
        ctx.progress(1.0, None, None);
        let _ = asking.await;
        "asked"
    }))
}

#[tokio::test]
async fn a_question_ends_with_the_stream_wherever_it_waits() {
    let (sender, mut told) = mpsc::unbounded_channel();
    let client = TestClient::with(serving(asks_aside(sender)).build());
    for initialized in [true, false] {
        let mut old = connect(&client).await;
        old.initialize("2025-06-18", everything()).await;
        taken(old.tool("aside")).await;
        assert_eq!(old.hear().await["method"], "notifications/progress");
        if initialized {
            old.tell("notifications/initialized", json!({})).await;
            assert_eq!(old.hear().await["method"], "roots/list");
        }
        drop(old);
        let error = soon(told.recv()).await.expect("an error");
        assert!(matches!(error, AskError::RequestEnded), "{error:?}");
    }
}
