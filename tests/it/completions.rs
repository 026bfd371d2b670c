//! Completions of a prompt's arguments and of a template's parameters.

use axum::extract::State;
use mcp_axum::{
    Args, BoxError, McpServer, extract::Completing, prompt, protocol::Completion, resource,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Call, TestClient};

#[derive(Deserialize, JsonSchema)]
struct Place {
    country: Option<String>,
    city: Option<String>,
}

async fn visit(Args(place): Args<Place>) -> String {
    format!("{:?} {:?}", place.country, place.city)
}

async fn countries(completing: Completing) -> Vec<&'static str> {
    let all = ["Austria", "Australia", "Switzerland"];
    let begins = |country: &&str| country.starts_with(&completing.value);
    all.into_iter().filter(begins).collect()
}

/// Completes within what is filled in already, read by type and by name.
async fn cities(Args(place): Args<Place>, completing: Completing) -> Vec<String> {
    let country = place.country.unwrap_or_default();
    vec![format!(
        "{country}/{}/{:?}",
        completing.value, completing.arguments
    )]
}

fn client() -> TestClient {
    let server = McpServer::new("completions", "1")
        .prompt(
            prompt("visit", visit)
                .complete("country", countries)
                .complete("city", cities),
        )
        .resource(resource("place://{country}/{city}", visit).complete("city", cities));
    TestClient::new(server)
}

fn complete(client: &TestClient, reference: Value, argument: (&str, &str)) -> Call {
    let argument = json!({"name": argument.0, "value": argument.1});
    client.request(
        "completion/complete",
        json!({"ref": reference, "argument": argument}),
    )
}

fn a_prompt() -> Value {
    json!({"type": "ref/prompt", "name": "visit"})
}

fn a_template() -> Value {
    json!({"type": "ref/resource", "uri": "place://{country}/{city}"})
}

#[tokio::test]
async fn an_argument_is_completed_by_its_handler() {
    let client = client();
    for (value, values) in [
        ("", json!(["Austria", "Australia", "Switzerland"])),
        ("Aus", json!(["Austria", "Australia"])),
        ("X", json!([])),
    ] {
        let result = complete(&client, a_prompt(), ("country", value))
            .await
            .result()
            .await;
        assert_eq!(result["completion"], json!({"values": values}));
    }
}

#[tokio::test]
async fn what_is_filled_in_already_is_at_hand() {
    let client = client();
    for reference in [a_prompt(), a_template()] {
        let call = complete(&client, reference.clone(), ("city", "Vi"));
        let call = call.param("context", json!({"arguments": {"country": "Austria"}}));
        let expected = r#"Austria/Vi/{"country": "Austria"}"#;
        assert_eq!(
            call.await.result().await["completion"]["values"],
            json!([expected])
        );
        for context in [None, Some(json!({})), Some(json!({"arguments": {}}))] {
            let mut call = complete(&client, reference.clone(), ("city", "Vi"));
            if let Some(context) = context {
                call = call.param("context", context);
            }
            let result = call.await.result().await;
            assert_eq!(result["completion"]["values"], json!(["/Vi/{}"]));
        }
    }
}

#[tokio::test]
async fn at_most_a_hundred_values_travel() {
    let many =
        |count: u32| move || async move { (0..count).map(|n| n.to_string()).collect::<Vec<_>>() };
    let total = async || Completion::new((0..150).map(|n| n.to_string())).total(1000);
    let all = async || Completion::new(["a", "b"]).total(2);
    for (client, count, has_more, total) in [
        (with(many(99)), 99, None, None),
        (with(many(100)), 100, None, None),
        (with(many(101)), 100, Some(true), None),
        (with(total), 100, Some(true), Some(1000)),
        (with(all), 2, Some(false), Some(2)),
    ] {
        let result = complete(&client, a_prompt(), ("city", ""))
            .await
            .result()
            .await;
        let completion = &result["completion"];
        assert_eq!(completion["values"].as_array().unwrap().len(), count);
        assert_eq!(completion["hasMore"].as_bool(), has_more, "{completion}");
        assert_eq!(completion["total"].as_u64(), total);
    }
}

fn with<H, A>(handler: H) -> TestClient
where
    H: mcp_axum::handler::AsyncHandler<A>,
    H::Future: Send,
    H::Output: mcp_axum::completion::IntoCompletion + 'static,
    A: mcp_axum::handler::Arguments<()> + Send + 'static,
{
    let prompt = prompt("visit", visit).complete("city", handler);
    TestClient::new(McpServer::new("t", "1").prompt(prompt))
}

#[tokio::test]
async fn an_argument_without_a_handler_has_no_suggestions() {
    let client = client();
    for (reference, name) in [(a_template(), "country"), (a_prompt(), "other")] {
        let result = complete(&client, reference, (name, ""))
            .await
            .result()
            .await;
        assert_eq!(result["completion"], json!({"values": []}));
    }
}

#[tokio::test]
async fn what_does_not_exist_or_does_not_fit_is_refused() {
    let client = client();
    let argument = json!({"name": "city", "value": ""});
    for params in [
        json!({"ref": {"type": "ref/prompt", "name": "unknown"}, "argument": argument}),
        json!({"ref": {"type": "ref/resource", "uri": "place://a/b"}, "argument": argument}),
        json!({"ref": {"type": "ref/tool", "name": "visit"}, "argument": argument}),
        json!({"ref": {"name": "visit"}, "argument": argument}),
        json!({"ref": "visit", "argument": argument}),
        json!({"argument": argument}),
        json!({"ref": a_prompt()}),
        json!({"ref": a_prompt(), "argument": {"name": "city"}}),
        json!({"ref": a_prompt(), "argument": {"name": "city", "value": 7}}),
        json!({"ref": a_prompt(), "argument": argument, "context": {"arguments": {"a": 1}}}),
        json!({"ref": a_prompt(), "argument": argument, "context": {"arguments": ["a"]}}),
    ] {
        let reply = client.request("completion/complete", params.clone()).await;
        assert_eq!(reply.refusal().await, (200, -32602), "{params}");
    }
}

#[tokio::test]
async fn a_completion_takes_extractors_and_may_fail() {
    async fn from_state(
        State(values): State<Vec<&'static str>>,
    ) -> Result<Vec<&'static str>, BoxError> {
        match values.is_empty() {
            true => Err("secret cause".into()),
            false => Ok(values),
        }
    }
    for (values, code) in [(vec!["a"], None), (vec![], Some(-32603))] {
        let prompt = prompt("visit", visit).complete("city", from_state);
        let server = McpServer::new("t", "1").prompt(prompt).with_state(values);
        let client = TestClient::new(server);
        let message = complete(&client, a_prompt(), ("city", ""))
            .await
            .message()
            .await;
        assert_eq!(message["error"]["code"].as_i64(), code, "{message}");
        assert!(!message.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn optional_input_is_what_is_filled_in_already() {
    async fn maybe(place: Option<Args<Place>>) -> Vec<String> {
        let country = place.map(|place| place.country.clone());
        vec![format!("{country:?}")]
    }
    let client = with(maybe);
    for (context, expected) in [
        (None, "None"),
        (Some(json!({"arguments": {}})), "None"),
        (
            Some(json!({"arguments": {"country": "Austria"}})),
            r#"Some(Some("Austria"))"#,
        ),
        (Some(json!({"arguments": {"city": "Wien"}})), "Some(None)"),
    ] {
        let mut call = complete(&client, a_prompt(), ("city", ""));
        if let Some(context) = context {
            call = call.param("context", context);
        }
        let result = call.await.result().await;
        assert_eq!(result["completion"]["values"], json!([expected]));
    }
}
