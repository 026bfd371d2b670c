//! The other questions: pages to open, the model, the roots; several at once.

use mcp_axum::{
    BoxError, Context, McpServer, ToolError,
    peer::{AskError, Elicited},
    prompt,
    protocol::{ModelPreferences, Sample},
    resource, tool,
};
use serde_json::json;

use super::{Named, accepted, ada, call, client, name};
use crate::support::{TestClient, accept, asked};

async fn open(ctx: Context) -> Result<String, ToolError> {
    let answer = ctx.elicit_url("pay", "Please pay", "https://pay.example/7");
    Ok(match answer.await? {
        Elicited::Accepted(()) => "agreed".to_owned(),
        Elicited::Declined => "declined".to_owned(),
        Elicited::Cancelled => "cancelled".to_owned(),
    })
}

async fn think(ctx: Context) -> Result<String, ToolError> {
    let preferences = ModelPreferences::default().hint("small");
    let sample = Sample::new(50)
        .system_prompt("Be brief.")
        .user("Capital of France?")
        .assistant("Is it")
        .temperature(0.5)
        .stop_sequence("!")
        .model_preferences(preferences);
    let sampled = ctx.sample("capital", &sample).await?;
    let text = sampled.text().unwrap_or("nothing").to_owned();
    Ok(format!(
        "{} says {text} in {}",
        sampled.model,
        sampled.content.len()
    ))
}

async fn roots(ctx: Context) -> Result<String, ToolError> {
    let roots = ctx.roots().await?;
    let shown = roots
        .iter()
        .map(|root| format!("{} {}", root.uri, root.name.as_deref().unwrap_or("-")));
    Ok(shown.collect::<Vec<_>>().join(", "))
}

#[tokio::test]
async fn a_page_is_agreed_to_or_not() {
    let client = client([tool("open", open)]);
    for (answer, text) in [
        (json!({"action": "accept"}), "agreed"),
        (
            json!({"action": "accept", "content": {"ignored": 1}}),
            "agreed",
        ),
        (json!({"action": "decline"}), "declined"),
        (json!({"action": "cancel"}), "cancelled"),
    ] {
        let round = call(&client, "open").await.round().await;
        let params =
            json!({"mode": "url", "message": "Please pay", "url": "https://pay.example/7"});
        assert_eq!(round["inputRequests"]["pay"]["params"], params);
        let retry = call(&client, "open").answering(&round, json!({"pay": answer}));
        assert_eq!(retry.await.text().await, text);
    }
}

#[tokio::test]
async fn the_model_is_asked_and_answers_in_one_block_or_many() {
    let client = client([tool("think", think)]);
    let round = call(&client, "think").await.round().await;
    assert_eq!(
        round["inputRequests"]["capital"],
        json!({"method": "sampling/createMessage", "params": {
            "messages": [
                {"role": "user", "content": {"type": "text", "text": "Capital of France?"}},
                {"role": "assistant", "content": {"type": "text", "text": "Is it"}}],
            "maxTokens": 50, "systemPrompt": "Be brief.", "temperature": 0.5,
            "stopSequences": ["!"], "modelPreferences": {"hints": [{"name": "small"}]}}})
    );
    let block = json!({"type": "text", "text": "Paris"});
    let image = json!({"type": "image", "data": "", "mimeType": "image/png"});
    for (content, text) in [
        (block.clone(), "m says Paris in 1"),
        (json!([image, block]), "m says Paris in 2"),
    ] {
        let answer = json!({"role": "assistant", "model": "m", "content": content});
        let retry = call(&client, "think").answering(&round, json!({"capital": answer}));
        assert_eq!(retry.await.text().await, text);
    }
    for wrong in [
        json!({}),
        json!({"role": "assistant", "model": "m", "content": "Paris"}),
    ] {
        let retry = call(&client, "think").answering(&round, json!({"capital": wrong}));
        assert_eq!(asked(&retry.await.round().await), ["capital"]);
    }
}

#[tokio::test]
async fn the_roots_are_asked_for() {
    let client = client([tool("roots", roots)]);
    let round = call(&client, "roots").await.round().await;
    let question = json!({"method": "roots/list", "params": {}});
    assert_eq!(round["inputRequests"]["roots"], question);
    let answer = json!({"roots": [{"uri": "file:///a"}, {"uri": "file:///b", "name": "b"}]});
    let retry = call(&client, "roots").answering(&round, json!({"roots": answer}));
    assert_eq!(retry.await.text().await, "file:///a -, file:///b b");
    let retry = call(&client, "roots").answering(&round, json!({"roots": {"roots": "file:///a"}}));
    assert_eq!(asked(&retry.await.round().await), ["roots"]);
}

#[tokio::test]
async fn questions_asked_together_travel_together() {
    async fn all(ctx: Context) -> Result<String, ToolError> {
        let sample = Sample::new(1).user("?");
        let (named, sampled, roots) = tokio::join!(
            ctx.elicit::<Named>("name", "Who?"),
            ctx.sample("model", &sample),
            ctx.roots(),
        );
        let (named, sampled, roots) = (accepted(named?)?, sampled?, roots?);
        Ok(format!("{} {} {}", named.name, sampled.model, roots.len()))
    }
    let client = client([tool("all", all)]);
    let round = call(&client, "all").await.round().await;
    assert_eq!(asked(&round), ["model", "name", "roots"]);
    // What is missing is asked again; what was answered rides in the state.
    let retry = call(&client, "all").answering(&round, ada());
    let round = retry.await.round().await;
    assert_eq!(asked(&round), ["model", "roots"]);
    let content = json!({"type": "text", "text": "!"});
    let answers = json!({"roots": {"roots": []},
        "model": {"role": "assistant", "model": "m", "content": content}});
    let retry = call(&client, "all").answering(&round, answers);
    assert_eq!(retry.await.text().await, "Ada m 0");
}

#[tokio::test]
async fn what_the_client_cannot_is_refused_before_anything_is_sent() {
    let client = client([
        tool("name", name),
        tool("open", open),
        tool("think", think),
        tool("roots", roots),
    ]);
    for (name, required) in [
        ("name", json!({"elicitation": {"form": {}}})),
        ("open", json!({"elicitation": {"url": {}}})),
        ("think", json!({"sampling": {}})),
        ("roots", json!({"roots": {}})),
    ] {
        let reply = client.tool(name, json!({})).await;
        assert_eq!(reply.status, 400, "{name}");
        let error = reply.error().await;
        assert_eq!(error["code"], -32021, "{name}");
        assert_eq!(error["data"], json!({"requiredCapabilities": required}));
        let able = client.tool(name, json!({})).capable(required);
        able.await.round().await;
    }
}

#[tokio::test]
async fn a_handler_may_do_without_what_the_client_cannot() {
    async fn adapt(ctx: Context) -> Result<String, ToolError> {
        match ctx.elicit::<Named>("name", "Who?").await {
            Err(AskError::MissingCapability { required }) => Ok(format!("without {required}")),
            answer => Ok(accepted(answer?)?.name),
        }
    }
    let client = client([tool("adapt", adapt)]);
    let text = client.tool("adapt", json!({})).await.text().await;
    assert_eq!(text, r#"without {"elicitation":{"form":{}}}"#);
    call(&client, "adapt").await.round().await;
}

#[tokio::test]
async fn prompts_and_resources_ask_as_tools_do() {
    async fn greeting(ctx: Context) -> Result<String, BoxError> {
        let named = ctx.elicit::<Named>("name", "Who?").await?;
        Ok(named
            .accepted()
            .map_or_else(String::new, |named| named.name))
    }
    let server = McpServer::new("t", "1")
        .prompt(prompt("greeting", greeting))
        .resource(resource("note://greeting", greeting));
    let client = TestClient::new(server);
    for (method, params, text) in [
        (
            "prompts/get",
            json!({"name": "greeting"}),
            "/messages/0/content/text",
        ),
        (
            "resources/read",
            json!({"uri": "note://greeting"}),
            "/contents/0/text",
        ),
    ] {
        let call = || client.request(method, params.clone()).answers_everything();
        let round = call().await.round().await;
        let answers = json!({"name": accept(json!({"name": "Ada"}))});
        let result = call().answering(&round, answers).await.result().await;
        assert_eq!(result.pointer(text), Some(&json!("Ada")), "{result}");
        let refusal = client.request(method, params.clone()).await.refusal().await;
        assert_eq!(refusal, (400, -32021));
    }
}

#[tokio::test]
async fn a_completion_cannot_ask() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[expect(dead_code, reason = "only its field's name matters")]
    struct Input {
        name: String,
    }
    async fn suggest(ctx: Context) -> Result<Vec<String>, BoxError> {
        let error = ctx.roots().await.expect_err("a completion cannot ask");
        assert!(matches!(error, AskError::NotHere), "{error:?}");
        Err(error.into())
    }
    let log = crate::support::Log::capture();
    let prompt = prompt("p", async |_: mcp_axum::Args<Input>| "p").complete("name", suggest);
    let client = TestClient::new(McpServer::new("t", "1").prompt(prompt));
    let params = json!({"ref": {"type": "ref/prompt", "name": "p"},
        "argument": {"name": "name", "value": ""}});
    let call = client
        .request("completion/complete", params)
        .answers_everything();
    assert_eq!(call.await.refusal().await, (200, -32603));
    assert_eq!(log.lines_with("only tools, prompts and resources").len(), 1);
}
