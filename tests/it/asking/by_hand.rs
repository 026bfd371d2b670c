//! Handlers that return their questions themselves.

use mcp_axum::{
    Context, ToolError,
    peer::{InputRequired, InputResponses},
    protocol::{ElicitAction, ElicitResult, InputRequest, Sample},
    tool,
};
use serde_json::json;

use super::{Named, accepted, ada, call, client};
use crate::support::{accept, asked};

fn question() -> InputRequest {
    InputRequest::form("Who?", &json!({"type": "object", "properties": {}}))
}

async fn count(responses: InputResponses) -> Result<String, InputRequired> {
    let round: u32 = responses.state().unwrap_or(0);
    let answer: Option<ElicitResult> = responses.read("name");
    match answer {
        Some(answer) if round == 2 => {
            assert_eq!(answer.action, ElicitAction::Accept);
            Ok(format!(
                "after {round}: {}",
                answer.content.unwrap_or_default()["name"]
            ))
        }
        _ => Err(InputRequired::new()
            .request("name", question())
            .state(&(round + 1))),
    }
}

#[tokio::test]
async fn the_state_of_the_round_before_comes_back() {
    let client = client([tool("count", count)]);
    let round = call(&client, "count").await.round().await;
    assert_eq!(asked(&round), ["name"]);
    let round = call(&client, "count")
        .answering(&round, ada())
        .await
        .round()
        .await;
    let retry = call(&client, "count").answering(&round, ada());
    assert_eq!(retry.await.text().await, r#"after 2: "Ada""#);
    let forged = call(&client, "count").param("requestState", json!("v1.Mg"));
    assert_eq!(forged.await.refusal().await, (200, -32602));
}

#[tokio::test]
async fn a_state_alone_means_come_back_later() {
    async fn later(responses: InputResponses) -> Result<String, InputRequired> {
        match responses.state::<String>() {
            Some(state) => Ok(state),
            None => Err(InputRequired::new().state(&"waited")),
        }
    }
    let client = client([tool("later", later)]);
    let round = client.tool("later", json!({})).await.round().await;
    assert!(round.get("inputRequests").is_none(), "{round}");
    let retry = client.tool("later", json!({})).answering(&round, json!({}));
    assert_eq!(retry.await.text().await, "waited");
}

#[tokio::test]
async fn a_question_without_state_needs_none() {
    async fn stateless(responses: InputResponses) -> Result<String, InputRequired> {
        match responses.get("name") {
            Some(answer) => Ok(answer.as_str().to_owned()),
            None => Err(InputRequired::new().request("name", question())),
        }
    }
    let client = client([tool("stateless", stateless)]);
    let round = call(&client, "stateless").await.round().await;
    assert!(round.get("requestState").is_none(), "{round}");
    let retry = call(&client, "stateless").answering(&round, json!({"name": 12345}));
    assert_eq!(retry.await.text().await, "12345");
}

#[tokio::test]
async fn beside_a_state_only_answers_to_what_was_asked_count() {
    async fn strict(responses: InputResponses) -> Result<String, InputRequired> {
        match responses.state::<u32>() {
            Some(_) => Ok(format!(
                "{} {}",
                responses.get("name").is_some(),
                responses.get("other").is_some()
            )),
            None => Err(InputRequired::new().request("name", question()).state(&1)),
        }
    }
    let client = client([tool("strict", strict)]);
    let answer = accept(json!({}));
    for (answers, text) in [
        (json!({"name": answer, "other": answer}), "true false"),
        (json!({"other": answer}), "false false"),
        (json!({"name": answer}), "true false"),
    ] {
        let round = call(&client, "strict").await.round().await;
        let retry = call(&client, "strict").answering(&round, answers);
        assert_eq!(retry.await.text().await, text);
    }
}

#[tokio::test]
async fn every_question_needs_its_capability() {
    async fn many() -> InputRequired {
        let sample = Sample::new(1).user("?");
        InputRequired::new()
            .request("name", question())
            .request("model", InputRequest::sample(&sample))
    }
    let client = client([tool("many", many)]);
    for (capabilities, required) in [
        (json!({}), json!({"elicitation": {"form": {}}})),
        (json!({"elicitation": {}}), json!({"sampling": {}})),
    ] {
        let reply = client.tool("many", json!({})).capable(capabilities).await;
        assert_eq!(reply.status, 400);
        let error = reply.error().await;
        assert_eq!(error["code"], -32021);
        assert_eq!(error["data"], json!({"requiredCapabilities": required}));
    }
    let round = call(&client, "many").await.round().await;
    assert_eq!(asked(&round), ["model", "name"]);
}

#[tokio::test]
async fn an_end_without_questions_or_with_two_of_a_key_is_an_error_of_ours() {
    async fn twice() -> InputRequired {
        let required = InputRequired::new().request("name", question());
        required.request("name", InputRequest::roots())
    }
    let client = client([
        tool("empty", async || InputRequired::new()),
        tool("twice", twice),
    ]);
    for name in ["empty", "twice"] {
        let refusal = call(&client, name).await.refusal().await;
        assert_eq!(refusal, (200, -32603), "{name}");
    }
}

#[tokio::test]
async fn both_forms_of_asking_mix_and_come_to_an_end() {
    async fn mixed(ctx: Context, responses: InputResponses) -> Result<String, ToolError> {
        let first = accepted(ctx.elicit::<Named>("first", "Who?").await?)?;
        let Some(state) = responses.state::<String>() else {
            let asks = InputRequired::new().request("sure", question());
            return Err(asks.state(&"kept").into());
        };
        let last = accepted(ctx.elicit::<Named>("last", "Who else?").await?)?;
        Ok(format!("{} {state} {}", first.name, last.name))
    }
    let client = client([tool("mixed", mixed)]);
    let mut reply = call(&client, "mixed").await;
    for (key, name) in [("first", "Ada"), ("sure", "-"), ("last", "Bob")] {
        let round = reply.round().await;
        assert_eq!(asked(&round), [key]);
        let answers = json!({key: accept(json!({"name": name}))});
        reply = call(&client, "mixed").answering(&round, answers).await;
    }
    assert_eq!(reply.text().await, "Ada kept Bob");
}
