//! Questions: of whom they may be asked, and what runs again for them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::extract::State;
use mcp_axum::{
    Args, Context, McpServer, ToolError, peer::InputRequired, prompt, protocol::InputRequest,
    resource, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::{TestClient, accept, asked};

#[derive(Debug, Deserialize, JsonSchema)]
struct Confirm {
    yes: bool,
}

type Anything = Args<Map<String, Value>>;

async fn delete(ctx: Context, _: Anything) -> Result<String, ToolError> {
    let confirmed = ctx.elicit::<Confirm>("confirm", "Really?").await?;
    Ok(format!(
        "{:?}",
        confirmed.accepted().map(|confirm| confirm.yes)
    ))
}

async fn delete_prompt(ctx: Context) -> Result<String, mcp_axum::BoxError> {
    ctx.elicit::<Confirm>("confirm", "Really?").await?;
    Ok("deleted".to_owned())
}

/// A server with two tools and a prompt that ask first.
pub(super) fn server() -> McpServer {
    let schema = json!({"type": "object"});
    McpServer::new("t", "1")
        .tool(tool("delete", delete).input_schema(schema.clone()))
        .tool(tool("erase", delete).input_schema(schema))
        .prompt(prompt("delete", delete_prompt))
}

#[tokio::test]
async fn t46_only_what_this_very_request_declares_is_asked_for() {
    let client = TestClient::new(server());
    let round = client
        .tool("delete", json!({}))
        .answers_everything()
        .await
        .round()
        .await;
    assert_eq!(asked(&round), ["confirm"]);
    for capabilities in [
        json!({}),
        json!({"sampling": {}}),
        json!({"elicitation": true}),
    ] {
        let call = client
            .tool("delete", json!({}))
            .capable(capabilities.clone());
        let reply = call
            .param("requestState", round["requestState"].clone())
            .await;
        assert_eq!(reply.status, 400, "{capabilities}");
        let error = reply.error().await;
        assert_eq!(error["code"], -32021);
        assert_eq!(
            error["data"],
            json!({"requiredCapabilities": {"elicitation": {"form": {}}}})
        );
    }
}

#[tokio::test]
async fn t47_nothing_but_tools_prompts_and_resources_ever_asks() {
    async fn complete(ctx: Context) -> Result<Vec<String>, mcp_axum::BoxError> {
        ctx.elicit::<Confirm>("confirm", "Really?").await?;
        Ok(Vec::new())
    }
    let read = async |ctx: Context| match ctx.roots().await {
        Ok(_) => Ok("read".to_owned()),
        Err(error) => Err(mcp_axum::BoxError::from(error)),
    };
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its field's name matters")]
    struct Input {
        name: String,
    }
    async fn late(_: Args<Input>) -> InputRequired {
        InputRequired::new().request("roots", InputRequest::roots())
    }
    let prompt = prompt("late", late).complete("name", complete);
    let client = TestClient::new(server().resource(resource("note://x", read)).prompt(prompt));
    let reference = json!({"type": "ref/prompt", "name": "late"});
    let argument = json!({"name": "name", "value": ""});
    let params = json!({"ref": reference, "argument": argument});
    let reply = client
        .request("completion/complete", params)
        .answers_everything()
        .await;
    assert_eq!(reply.refusal().await, (200, -32603));

    for (method, params) in [
        ("tools/call", json!({"name": "delete", "arguments": {}})),
        (
            "prompts/get",
            json!({"name": "late", "arguments": {"name": "x"}}),
        ),
        ("resources/read", json!({"uri": "note://x"})),
    ] {
        client
            .request(method, params)
            .answers_everything()
            .await
            .round()
            .await;
    }
}

#[tokio::test]
async fn t48_code_before_an_ask_runs_each_round_and_code_behind_it_once() {
    #[derive(Clone, Default)]
    struct Counts {
        before: Arc<AtomicUsize>,
        behind: Arc<AtomicUsize>,
    }
    async fn twice(State(counts): State<Counts>, ctx: Context) -> Result<String, ToolError> {
        counts.before.fetch_add(1, Ordering::SeqCst);
        ctx.elicit::<Confirm>("one", "Sure?").await?;
        ctx.elicit::<Confirm>("two", "Really?").await?;
        counts.behind.fetch_add(1, Ordering::SeqCst);
        Ok("done".to_owned())
    }
    let counts = Counts::default();
    let server = McpServer::new("t", "1").tool(tool("twice", twice));
    let client = TestClient::new(server.with_state(counts.clone()));
    let call = || client.tool("twice", json!({})).answers_everything();
    let count = || {
        (
            counts.before.load(Ordering::SeqCst),
            counts.behind.load(Ordering::SeqCst),
        )
    };

    let first = call().await.round().await;
    assert_eq!(count(), (1, 0));
    let second = call().answering(&first, json!({"one": accept(json!({"yes": true}))}));
    let second = second.await.round().await;
    assert_eq!((asked(&second), count()), (vec!["two"], (2, 0)));
    let last = call().answering(&second, json!({"two": accept(json!({"yes": true}))}));
    assert_eq!(last.await.text().await, "done");
    assert_eq!(count(), (3, 1));
}

#[tokio::test]
async fn t49_an_empty_elicitation_capability_means_forms_only() {
    async fn open(ctx: Context) -> Result<String, ToolError> {
        ctx.elicit_url("page", "Open it", "https://example.com/pay")
            .await?;
        Ok("agreed".to_owned())
    }
    let client = TestClient::new(server().tool(tool("open", open)));
    let call = |tool: &str, modes: Value| {
        client
            .tool(tool, json!({}))
            .capable(json!({"elicitation": modes}))
    };
    call("delete", json!({})).await.round().await;
    call("delete", json!({"form": {}})).await.round().await;
    for modes in [json!({}), json!({"form": {}})] {
        let reply = call("open", modes).await;
        assert_eq!(reply.status, 400);
        let error = reply.error().await;
        assert_eq!(error["code"], -32021);
        let required = json!({"requiredCapabilities": {"elicitation": {"url": {}}}});
        assert_eq!(error["data"], required);
    }
    assert_eq!(
        call("delete", json!({"url": {}})).await.refusal().await,
        (400, -32021)
    );
    let round = call("open", json!({"url": {}})).await.round().await;
    let question = json!({"method": "elicitation/create", "params":
        {"mode": "url", "message": "Open it", "url": "https://example.com/pay"}});
    assert_eq!(round["inputRequests"]["page"], question);
}
