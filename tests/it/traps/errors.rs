//! Errors: their statuses, codes, ids and data.

use http::Method;
use mcp_axum::{
    Args, Context, McpServer, McpService, ToolError,
    protocol::{ErrorObject, Sample},
    resource, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{Duration, sleep};

use crate::support::{Call, TestClient};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

#[derive(Deserialize, JsonSchema)]
struct Slow {
    seconds: f64,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "never answered")]
struct Name {
    name: String,
}

/// Needs the client's model, after a while.
async fn needs_sampling(ctx: Context, Args(slow): Args<Slow>) -> Result<(), ToolError> {
    sleep(Duration::from_secs_f64(slow.seconds)).await;
    ctx.sample("capital", &Sample::new(100).user("Which?"))
        .await?;
    Ok(())
}

async fn needs_form(ctx: Context) -> Result<(), ToolError> {
    ctx.elicit::<Name>("name", "Who?").await?;
    Ok(())
}

async fn needs_url(ctx: Context) -> Result<(), ToolError> {
    ctx.elicit_url("pay", "Pay", "https://pay.example").await?;
    Ok(())
}

async fn needs_roots(ctx: Context) -> Result<(), ToolError> {
    ctx.roots().await?;
    Ok(())
}

async fn fails() -> Result<(), ToolError> {
    Err(ToolError::protocol(ErrorObject::new(7, "of my own")))
}

fn server() -> McpServer {
    McpServer::new("t", "1")
        .tool(tool("sampling", needs_sampling))
        .tool(tool("form", needs_form))
        .tool(tool("url", needs_url))
        .tool(tool("roots", needs_roots))
        .tool(tool("fails", fails))
        .resource(resource("note://one", async || "one"))
}

fn client() -> TestClient {
    TestClient::new(server())
}

/// Every way in which a request with a readable id fails.
fn failures(client: &TestClient) -> Vec<Call> {
    let list = || client.request("tools/list", json!({}));
    let without_envelope = {
        let mut call = list();
        call.body["params"] = json!({});
        call
    };
    let wrong_jsonrpc = {
        let mut call = list();
        call.body["jsonrpc"] = json!("1.0");
        call
    };
    let positional = {
        let mut call = list();
        call.body["params"] = json!([]);
        call
    };
    vec![
        without_envelope,
        wrong_jsonrpc,
        positional,
        list().without("mcp-method"),
        list().header("mcp-protocol-version", "2027-01-01"),
        list()
            .meta(VERSION, json!("v9"))
            .header("mcp-protocol-version", "v9"),
        list().meta("io.modelcontextprotocol/logLevel", json!("loud")),
        list().param("cursor", json!("!")),
        client.request("no/such/method", json!({})),
        client.request("prompts/list", json!({})),
        client.tool("nobody", json!({})),
        client.tool("sampling", json!({"seconds": 0.0})),
        client.tool("fails", json!({})),
        client.request("resources/read", json!({"uri": "note://none"})),
        client.request("subscriptions/listen", json!({})),
        client
            .request("subscriptions/listen", json!({"notifications": {}}))
            .header("accept", "application/json"),
    ]
}

/// Every way in which a request fails whose id nobody could read.
fn unreadable(client: &TestClient) -> Vec<Call> {
    let list = || client.request("tools/list", json!({}));
    vec![
        client.post(""),
        client.post("{"),
        client.post("\"text\""),
        client.post("[]"),
        client.post(b"{\"id\":1,\"x\":\"\xff\"}".to_vec()),
        list().id(Value::Null),
        list().id(json!(1.5)),
        list().id(json!({})),
        list().id(json!(true)),
        list().id(json!("x".repeat(300))),
        client.post(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#),
        list().header("content-type", "text/plain"),
        list().header("accept", "text/html"),
        list().header("host", "evil.example"),
        list().header("origin", "https://evil.example"),
        list().http_method(Method::GET),
        list().http_method(Method::DELETE),
        list().http_method(Method::PUT),
    ]
}

#[tokio::test]
async fn t17_every_failure_has_a_json_rpc_body() {
    let client = client();
    for call in failures(&client).into_iter().chain(unreadable(&client)) {
        let sent = call.body.clone();
        let reply = call.await;
        let status = reply.status;
        let message = reply.message().await;
        assert_eq!(message["jsonrpc"], "2.0", "{status} for {sent}");
        assert!(message["error"]["code"].is_i64(), "{status} for {sent}");
        let text = message["error"]["message"].as_str().unwrap();
        assert!(!text.is_empty(), "{status} for {sent}");
    }
}

#[tokio::test]
async fn t17_a_service_that_nobody_drives_says_so_in_json() {
    let mut client = client();
    drop(client.take_guard());
    tokio::task::yield_now().await;
    let reply = client.request("tools/list", json!({})).await;
    assert_eq!(reply.status, 503);
    assert!(reply.header("retry-after").is_some());
    assert_eq!(reply.error().await["code"], -32603);
}

#[tokio::test]
async fn t18_required_capabilities_are_an_object() {
    let client = client();
    for (name, required) in [
        ("sampling", json!({"sampling": {}})),
        ("form", json!({"elicitation": {"form": {}}})),
        ("url", json!({"elicitation": {"url": {}}})),
        ("roots", json!({"roots": {}})),
    ] {
        let reply = client.tool(name, json!({"seconds": 0.0})).await;
        assert_eq!(reply.status, 400, "{name}");
        let error = reply.error().await;
        assert_eq!(error["code"], -32021, "{name}");
        assert_eq!(error["data"]["requiredCapabilities"], required);
    }
}

#[tokio::test(start_paused = true)]
async fn t19_a_lack_found_in_the_handler_is_400_while_the_head_is_unsent() {
    let client = client();
    for seconds in [0.0, 0.9] {
        let reply = client.tool("sampling", json!({"seconds": seconds})).await;
        assert_eq!(reply.refusal().await, (400, -32021), "after {seconds} s");
    }
    let late = client.tool("sampling", json!({"seconds": 1.5})).await;
    assert!(late.is_stream());
    assert_eq!(late.refusal().await, (200, -32021));
}

#[tokio::test]
async fn t20_every_error_echoes_the_id_that_could_be_read() {
    let client = client();
    for id in [json!(7), json!(-7), json!(0), json!("seven"), json!("")] {
        for call in failures(&client) {
            let sent = call.body.clone();
            let message = call.id(id.clone()).await.message().await;
            assert_eq!(message["id"], id, "{message} for {sent}");
        }
    }
}

#[tokio::test]
async fn t20_a_listen_stream_that_is_one_too_many_is_refused_with_its_id() {
    let mcp = McpService::builder(server()).listen_limits(0, 0).build();
    let client = TestClient::with(mcp);
    let call = client.request("subscriptions/listen", json!({"notifications": {}}));
    let reply = call.id(json!("mine")).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.message().await["id"], "mine");
}

#[tokio::test]
async fn t21_an_id_that_cannot_be_read_is_left_out_or_null_for_those_who_need_it() {
    let client = client();
    for (version, null) in [
        ("2026-07-28", false),
        ("2025-11-25", false),
        ("2025-06-18", true),
        ("2025-03-26", true),
        ("2024-11-05", true),
        ("nonsense", false),
    ] {
        for call in unreadable(&client) {
            let sent = call.body.clone();
            let call = call.header("mcp-protocol-version", version);
            let message = call.await.message().await;
            let expected = null.then_some(&Value::Null);
            assert_eq!(
                message.get("id"),
                expected,
                "{message} for {sent} at {version}"
            );
        }
    }
    for call in unreadable(&client) {
        let message = call.without("mcp-protocol-version").await.message().await;
        assert_eq!(message.get("id"), None, "{message}");
    }
}

#[tokio::test]
async fn t22_no_error_has_a_code_of_older_revisions_or_a_private_one() {
    let client = client();
    let asking = ["form", "url", "roots"].map(|name| client.tool(name, json!({})));
    let calls = failures(&client).into_iter().chain(unreadable(&client));
    for call in calls.chain(asking) {
        let sent = call.body.clone();
        let code = call.await.error().await["code"].as_i64().unwrap();
        let reserved = (-32099..=-32000).contains(&code);
        let allowed = (-32022..=-32020).contains(&code);
        assert!(!reserved || allowed, "{code} for {sent}");
    }
    let missing = client.request("resources/read", json!({"uri": "note://none"}));
    assert_eq!(missing.await.refusal().await, (200, -32602));
}

#[tokio::test]
async fn t23_the_pages_of_the_specification_win_over_superseded_proposals() {
    let client = client();
    for method in ["messages/listen", "tasks/input_response", "server/info"] {
        let reply = client.request(method, json!({})).await;
        assert_eq!(reply.refusal().await, (404, -32601), "{method}");
    }
    let list = || client.request("tools/list", json!({}));
    let info = "io.modelcontextprotocol/clientInfo";
    assert!(list().body["params"]["_meta"].get(info).is_none());
    assert_eq!(list().await.status, 200, "`clientInfo` is optional");
    let mismatch = list().header("mcp-method", "tools/call").await;
    assert_eq!(mismatch.refusal().await.1, -32020, "not -32001");
    let lacking = client.tool("roots", json!({})).await;
    assert_eq!(lacking.refusal().await.1, -32021, "not -32003");
    let unknown = list()
        .meta(VERSION, json!("v9"))
        .header("mcp-protocol-version", "v9");
    assert_eq!(unknown.await.refusal().await.1, -32022, "not -32004");
    let discovered = client.request("server/discover", json!({})).await;
    let discovered = discovered.result().await;
    assert_eq!(discovered.get("serverInfo"), None);
    let card = &discovered["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(*card, json!({"name": "t", "version": "1"}));
}
