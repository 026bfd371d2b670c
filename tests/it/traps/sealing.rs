//! The state between two rounds: whose it is, and who can open it.

use std::time::Duration;

use mcp_axum::{McpService, Principal, peer::StateKeys};
use serde_json::{Value, json};

use super::asking::server;
use crate::support::{Log, TestClient, accept};

/// A service whose requests belong to whom a header names.
fn with_principals(keys: StateKeys) -> McpService {
    McpService::builder(server())
        .state_keys(keys)
        .principal(|parts| {
            let name = parts.headers.get("x-user");
            let name = name.and_then(|name| name.to_str().ok());
            Ok(name.map(|name| Principal::new(name.to_owned())))
        })
        .build()
}

fn answers() -> Value {
    json!({"confirm": accept(json!({"yes": true}))})
}

#[tokio::test]
async fn t44_a_state_that_was_changed_or_belongs_to_another_request_is_refused() {
    let client = TestClient::with(with_principals(StateKeys::new([7; 32])));
    let call = |tool: &str, user: &str, arguments: Value| {
        let call = client.tool(tool, arguments).header("x-user", user);
        call.answers_everything()
    };
    let round = call("delete", "ada", json!({"id": 1})).await.round().await;
    let state = round["requestState"].as_str().unwrap();

    let mut changed = vec![
        format!("{state}x"),
        format!("{state}AAAA"),
        state[1..].to_owned(),
    ];
    for at in [0, 3, 10, state.len() / 2, state.len() - 1] {
        let other = if &state[at..=at] == "A" { "B" } else { "A" };
        changed.push([&state[..at], other, &state[at + 1..]].concat());
    }
    changed.extend(["", "v1.", "{}", "v1.AAAA"].map(str::to_owned));
    let mut messages = Vec::new();
    for state in changed {
        let retry = call("delete", "ada", json!({"id": 1})).answering(&round, answers());
        messages.push(
            retry
                .param("requestState", json!(state))
                .await
                .error()
                .await,
        );
    }
    for (tool, user, arguments) in [
        ("erase", "ada", json!({"id": 1})),
        ("delete", "bob", json!({"id": 1})),
        ("delete", "-", json!({"id": 1})),
        ("delete", "ada", json!({"id": 2})),
        ("delete", "ada", json!({})),
    ] {
        let retry = call(tool, user, arguments).answering(&round, answers());
        messages.push(retry.await.error().await);
    }
    let anonymous = call("delete", "ada", json!({"id": 1})).without("x-user");
    messages.push(anonymous.answering(&round, answers()).await.error().await);
    // Another method with the same name and arguments; nobody, and somebody without a name.
    let bare = call("delete", "-", json!({})).await.round().await;
    let prompt = client.request("prompts/get", json!({"name": "delete", "arguments": {}}));
    let prompt = prompt.header("x-user", "-").answers_everything();
    messages.push(prompt.answering(&bare, answers()).await.error().await);
    let nobody = call("delete", "-", json!({})).without("x-user");
    messages.push(nobody.answering(&bare, answers()).await.error().await);
    for message in &messages {
        assert_eq!(message["code"], -32602);
        assert_eq!(message, &messages[0]);
    }

    let retry = call("delete", "ada", json!({"id": 1})).answering(&round, answers());
    assert_eq!(retry.await.text().await, "Some(true)");
}

#[tokio::test]
async fn t44_a_state_that_is_too_old_is_refused() {
    let keys = StateKeys::new([7; 32]).expiry(Duration::ZERO);
    let client = TestClient::with(with_principals(keys));
    let round = client
        .tool("delete", json!({}))
        .answers_everything()
        .await
        .round()
        .await;
    let retry = client.tool("delete", json!({})).answers_everything();
    assert_eq!(
        retry.answering(&round, answers()).await.refusal().await,
        (200, -32602)
    );
}

#[tokio::test]
async fn t45_replicas_with_the_same_keys_open_each_others_state() {
    let key = [9; 32];
    let one = TestClient::with(with_principals(StateKeys::new(key)));
    let two = TestClient::with(with_principals(StateKeys::new(key)));
    let round = one
        .tool("delete", json!({}))
        .answers_everything()
        .await
        .round()
        .await;
    let retry = two.tool("delete", json!({})).answers_everything();
    assert_eq!(
        retry.answering(&round, answers()).await.text().await,
        "Some(true)"
    );
}

#[tokio::test]
async fn t45_a_key_of_one_process_alone_is_warned_of_once() {
    let log = Log::capture();
    let (one, two) = (TestClient::new(server()), TestClient::new(server()));
    assert_eq!(log.lines_with("state_keys").len(), 0);
    for _ in 0..3 {
        one.tool("delete", json!({}))
            .answers_everything()
            .await
            .round()
            .await;
    }
    let lines = log.lines_with("state_keys");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("WARN"), "{lines:?}");

    let round = one
        .tool("delete", json!({}))
        .answers_everything()
        .await
        .round()
        .await;
    let retry = two.tool("delete", json!({})).answers_everything();
    assert_eq!(
        retry.answering(&round, answers()).await.refusal().await,
        (200, -32602)
    );
}
