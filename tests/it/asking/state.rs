//! The sealed state: keys, owners, time, size.

use std::time::Duration;

use mcp_axum::{Args, Context, Tool, ToolError, peer::StateKeys, tool};
use serde_json::{Map, Value, json};

use super::{Named, ada, call, name, sealed_with};
use crate::support::{Log, TestClient, accept};

const OLD: [u8; 32] = [1; 32];
const NEW: [u8; 32] = [2; 32];

async fn name_for(ctx: Context, _: Args<Map<String, Value>>) -> Result<String, ToolError> {
    name(ctx).await
}

fn tools() -> [Tool; 2] {
    [tool("name", name_for), tool("other", name_for)]
}

fn serve(keys: StateKeys) -> TestClient {
    sealed_with(keys, tools())
}

#[tokio::test]
async fn keys_rotate_without_losing_a_round() {
    // Each step of the rotation, and the one before or behind it on another replica.
    for (asked, answered, opens) in [
        (StateKeys::new(OLD), StateKeys::new(OLD).accept(NEW), true),
        (
            StateKeys::new(OLD).accept(NEW),
            StateKeys::new(NEW).accept(OLD),
            true,
        ),
        (
            StateKeys::new(NEW).accept(OLD),
            StateKeys::new(OLD).accept(NEW),
            true,
        ),
        (StateKeys::new(NEW).accept(OLD), StateKeys::new(NEW), true),
        (StateKeys::new(OLD), StateKeys::new(NEW), false),
        (StateKeys::new(OLD).accept(NEW), StateKeys::new(NEW), false),
    ] {
        let (asked, answered) = (serve(asked), serve(answered));
        let round = call(&asked, "name").await.round().await;
        let retry = call(&answered, "name").answering(&round, ada());
        let reply = retry.await;
        match opens {
            true => assert_eq!(reply.text().await, "hello Ada"),
            false => assert_eq!(reply.refusal().await, (200, -32602)),
        }
    }
}

#[tokio::test]
async fn every_misuse_of_a_state_gets_one_answer_that_tells_nothing() {
    let client = serve(StateKeys::new(OLD));
    let foreign = serve(StateKeys::new(NEW));
    let expired = serve(StateKeys::new(OLD).expiry(Duration::ZERO));
    let call = |client: &TestClient, tool: &str, user: &str| {
        let call = client.tool(tool, json!({"a": 1}));
        call.answers_everything().header("x-user", user)
    };
    let round = call(&client, "name", "ada").await.round().await;
    let stale = call(&expired, "name", "ada").await.round().await;
    let mut messages = Vec::new();
    for misuse in [
        call(&client, "other", "ada").answering(&round, ada()),
        call(&client, "name", "bob").answering(&round, ada()),
        call(&client, "name", "ada")
            .without("x-user")
            .answering(&round, ada()),
        call(&client, "name", "ada")
            .param("arguments", json!({"a": 2}))
            .answering(&round, ada()),
        call(&foreign, "name", "ada").answering(&round, ada()),
        call(&expired, "name", "ada").answering(&stale, ada()),
        call(&client, "name", "ada").answering(&stale, ada()),
        call(&client, "name", "ada").param("requestState", json!("garbage")),
        call(&client, "name", "ada").param("requestState", json!(7)),
        call(&client, "name", "ada").param("requestState", json!("x".repeat(70_000))),
    ] {
        let reply = misuse.await;
        assert_eq!(reply.status, 200);
        messages.push(reply.error().await);
    }
    let stays_expired = messages.remove(6);
    assert_eq!(stays_expired["code"], -32602);
    for message in &messages {
        assert_eq!(
            *message,
            json!({"code": -32602, "message": "Invalid or expired requestState"})
        );
    }
    let right = call(&client, "name", "ada").answering(&round, ada());
    assert_eq!(right.await.text().await, "hello Ada");
}

#[tokio::test]
async fn a_client_of_streams_alone_reads_the_refusal_in_a_stream() {
    let client = serve(StateKeys::new(OLD));
    for state in [json!("garbage"), json!(7)] {
        let call = call(&client, "name").param("requestState", state);
        let reply = call.header("accept", "text/event-stream").await;
        assert_eq!(reply.status, 200);
        let messages = reply.events().rest().await;
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert_eq!(messages[0]["id"], 1);
        assert_eq!(messages[0]["error"]["code"], -32602);
    }
}

#[tokio::test]
async fn equal_arguments_may_be_spelled_in_another_way() {
    let client = serve(StateKeys::new(OLD));
    let post = |arguments: &str, round: Option<&Value>| {
        let mut call = client.tool("name", json!({})).answers_everything();
        if let Some(round) = round {
            call = call.answering(round, ada());
        }
        let body = call
            .body
            .to_string()
            .replace(r#""arguments":{}"#, &format!(r#""arguments":{arguments}"#));
        call.raw_body(body)
    };
    let first = r#"{"a": 1, "b": {"x": [1.5, "é"], "y": null}}"#;
    let round = post(first, None).await.round().await;
    for (same, arguments) in [
        (true, r#"{"b":{"y":null,"x":[1.5,"é"]},"a":1}"#),
        (
            true,
            r#"{"a": 1.0, "b": {"x": [15e-1, "\u00e9"], "y": null}}"#,
        ),
        (false, r#"{"a": 1, "b": {"x": ["é", 1.5], "y": null}}"#),
        (false, r#"{"a": "1", "b": {"x": [1.5, "é"], "y": null}}"#),
        (false, r#"{"a": 1, "b": {"x": [1.5, "é"]}}"#),
        (false, r#"{"a": 1}"#),
    ] {
        let reply = post(arguments, Some(&round)).await;
        match same {
            true => assert_eq!(reply.text().await, "hello Ada", "{arguments}"),
            false => assert_eq!(reply.refusal().await, (200, -32602), "{arguments}"),
        }
    }
}

#[tokio::test]
async fn what_is_about_the_request_alone_is_not_sealed() {
    let client = serve(StateKeys::new(OLD));
    let round = call(&client, "name").await.round().await;
    let retry = call(&client, "name")
        .answering(&round, ada())
        .id(json!("other"));
    let retry = retry
        .meta("example.com/trace", json!("7"))
        .progress(json!(5));
    assert_eq!(retry.await.text().await, "hello Ada");
}

#[tokio::test]
async fn no_arguments_and_empty_ones_are_the_same() {
    let client = serve(StateKeys::new(OLD));
    let round = call(&client, "name").await.round().await;
    let absent = client
        .request("tools/call", json!({"name": "name"}))
        .answers_everything();
    assert_eq!(
        absent.answering(&round, ada()).await.text().await,
        "hello Ada"
    );
}

#[tokio::test]
async fn a_state_hides_what_it_carries() {
    async fn two(ctx: Context) -> Result<String, ToolError> {
        ctx.elicit::<Named>("secret", "Who?").await?;
        ctx.elicit::<Named>("name", "Who?").await?;
        Ok("done".to_owned())
    }
    let client = sealed_with(StateKeys::new(OLD), [tool("two", two)]);
    let round = call(&client, "two").await.round().await;
    let answers = json!({"secret": accept(json!({"name": "xyzzy"}))});
    let log = Log::capture();
    let one = call(&client, "two")
        .answering(&round, answers.clone())
        .await
        .round()
        .await;
    let two = call(&client, "two")
        .answering(&round, answers)
        .await
        .round()
        .await;
    let states = [&one, &two].map(|round| round["requestState"].as_str().unwrap());
    assert_ne!(states[0], states[1], "a nonce is used once");
    for state in states {
        assert!(!state.contains("xyzzy") && !log.text().contains(state));
    }
    assert!(!log.text().contains("xyzzy"), "{}", log.text());
}

#[tokio::test]
async fn a_state_that_grows_too_large_is_an_error_that_the_log_explains() {
    async fn much(ctx: Context) -> Result<String, ToolError> {
        ctx.elicit::<Named>("much", "Tell me all").await?;
        name(ctx).await
    }
    let client = sealed_with(StateKeys::new(OLD), [tool("much", much)]);
    let round = call(&client, "much").await.round().await;
    let log = Log::capture();
    let answer = accept(json!({"name": "x".repeat(70_000)}));
    let retry = call(&client, "much").answering(&round, json!({"much": answer}));
    let reply = retry.await;
    assert_eq!(reply.status, 200);
    let error = reply.error().await;
    assert_eq!(error["code"], -32603);
    let message = error["message"].as_str().unwrap();
    assert!(!message.contains("65536"), "{message}");
    let lines = log.lines_with("65536");
    assert_eq!(lines.len(), 1, "{}", log.text());
    let id = message.rsplit(' ').next().unwrap();
    assert!(
        lines[0].contains(id) && lines[0].contains("ERROR"),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_state_belongs_to_long_arguments_too() {
    let client = serve(StateKeys::new(OLD));
    let long = |end: &str| {
        let arguments = json!({"text": "x".repeat(100_000) + end});
        client.tool("name", arguments).answers_everything()
    };
    let round = long("a").await.round().await;
    let state = round["requestState"].as_str().unwrap();
    assert!(state.len() < 1000, "the arguments are not in it");
    let right = long("a").answering(&round, ada());
    assert_eq!(right.await.text().await, "hello Ada");
    let wrong = long("b").answering(&round, ada());
    assert_eq!(wrong.await.refusal().await, (200, -32602));
}
