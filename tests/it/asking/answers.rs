//! Answers that nobody asked for, of another shape, or too many.

use mcp_axum::{Context, ToolError, tool};
use serde_json::{Map, Value, json};

use super::{Named, accepted, ada, call, client, name};
use crate::support::{accept, asked};

/// Asks twice, and tells both answers.
async fn two(ctx: Context) -> Result<String, ToolError> {
    let first = accepted(ctx.elicit::<Named>("first", "Who?").await?)?;
    let second = accepted(ctx.elicit::<Named>("second", "And who?").await?)?;
    Ok(format!("{} {}", first.name, second.name))
}

fn named(name: &str) -> Value {
    accept(json!({"name": name}))
}

#[tokio::test]
async fn an_answer_to_what_was_not_asked_replaces_no_earlier_one() {
    let client = client([tool("two", two)]);
    let round = call(&client, "two").await.round().await;
    assert_eq!(asked(&round), ["first"]);
    // Not ahead of its question either.
    let answers = json!({"first": named("Ada"), "second": named("Eve")});
    let round = call(&client, "two").answering(&round, answers);
    let round = round.await.round().await;
    assert_eq!(asked(&round), ["second"]);
    let answers = json!({"first": named("Eve"), "second": named("Bob")});
    let end = call(&client, "two").answering(&round, answers);
    assert_eq!(end.await.text().await, "Ada Bob");
}

#[tokio::test]
async fn an_answer_by_position_is_asked_for_again() {
    let client = client([tool("name", name)]);
    let mut round = call(&client, "name").await.round().await;
    for answer in [
        json!(["accept", {"name": "Eve"}]),
        json!(["accept", ["Eve"]]),
        json!({"action": "accept", "content": ["Eve"]}),
        json!(["decline", null]),
        json!(["cancel"]),
    ] {
        let retry = call(&client, "name").answering(&round, json!({"name": answer}));
        round = retry.await.round().await;
        assert_eq!(asked(&round), ["name"], "{answer}");
    }
    let retry = call(&client, "name").answering(&round, ada());
    assert_eq!(retry.await.text().await, "hello Ada");
}

#[tokio::test]
async fn at_most_256_answers_are_taken() {
    let client = client([tool("name", name)]);
    let round = call(&client, "name").await.round().await;
    let answers = |count: usize| {
        let others = (1..count).map(|number| (format!("other{number}"), json!({})));
        let mut answers: Map<String, Value> = others.collect();
        answers.insert("name".to_owned(), named("Ada"));
        Value::Object(answers)
    };
    for (count, fits) in [(256, true), (257, false), (10_000, false)] {
        let reply = call(&client, "name")
            .answering(&round, answers(count))
            .await;
        match fits {
            true => assert_eq!(reply.text().await, "hello Ada"),
            false => assert_eq!(reply.refusal().await, (200, -32602), "{count}"),
        }
    }
}
