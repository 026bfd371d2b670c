//! The span of a request: what it tells, whose child it is, and what it never tells.

mod recorder;

use http::Version;
use mcp_axum::{
    Args, Context, McpServer, McpService, Principal, ToolError, prompt, protocol::ErrorObject,
    resource, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::ServiceExt;
use tracing::{Instrument, Level};

use self::recorder::{Recorder, Span};
use crate::support::{Call, SESSIONFUL, TestClient, accept, client::REVISION};

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

async fn echo(Args(input): Args<Text>) -> String {
    tracing::debug!("in the handler");
    input.text
}

/// Speaks, so that a stream begins, and goes on in a task of its own.
async fn talk(ctx: Context, Args(input): Args<Text>) -> String {
    ctx.progress(1.0, None, None);
    tokio::task::yield_now().await;
    tracing::debug!("in the handler");
    input.text
}

async fn ask(ctx: Context) -> Result<String, ToolError> {
    let answer = ctx.elicit::<Text>("text", "Which?").await?;
    Ok(answer.accepted().map_or_else(String::new, |text| text.text))
}

async fn fails() -> Result<String, ToolError> {
    Err(ToolError::new("no"))
}

async fn refuses() -> Result<String, ErrorObject> {
    Err(ErrorObject::new(-32602, "not today"))
}

async fn panics() -> String {
    panic!("a bug")
}

fn server() -> McpServer {
    McpServer::new("spans", "1")
        .tool(tool("echo", echo))
        .tool(tool("talk", talk))
        .tool(tool("ask", ask))
        .tool(tool("fails", fails))
        .tool(tool("panics", panics))
        .prompt(prompt("greet", echo))
        .prompt(prompt("refuses", refuses))
        .resource(resource("note://{text}", echo))
}

fn client() -> TestClient {
    TestClient::new(server())
}

fn request_spans(recorder: &Recorder) -> Vec<Span> {
    let spans = recorder.spans().into_iter();
    spans.filter(|span| span.name == "mcp_request").collect()
}

/// Sends a request to its end; the fields of its one span beside those that every request has.
async fn fields_of(call: Call) -> Value {
    let recorder = Recorder::install();
    let method = call.body["method"].clone();
    call.await.bytes().await;
    let mut spans = request_spans(&recorder);
    assert_eq!(spans.len(), 1, "{method}: {spans:?}");
    let span = spans.remove(0);
    assert_eq!(span.level, Level::DEBUG);
    let mut fields = span.fields;
    for (name, value) in [
        ("otel.kind", "server"),
        ("mcp.method.name", method.as_str().expect("a method")),
        ("mcp.protocol.version", REVISION),
        ("jsonrpc.request.id", "7"),
        ("network.transport", "tcp"),
        ("network.protocol.name", "http"),
        ("network.protocol.version", "1.1"),
    ] {
        let told = fields.remove(name);
        assert_eq!(told.as_deref(), Some(value), "{method}: {name}");
    }
    json!(fields)
}

fn get(client: &TestClient, name: &str) -> Call {
    let params = json!({"name": name, "arguments": {"text": "x"}});
    client.request("prompts/get", params)
}

fn read(client: &TestClient, uri: &str) -> Call {
    client.request("resources/read", json!({"uri": uri}))
}

/// What the span of a call of a known tool tells, and more.
fn called(name: &str, more: Value) -> Value {
    with(
        json!({"otel.name": format!("tools/call {name}"),
            "gen_ai.tool.name": name, "gen_ai.operation.name": "execute_tool"}),
        more,
    )
}

/// What an error adds.
fn failed(code: &str, fields: Value) -> Value {
    let error = json!({"error.type": code, "rpc.response.status_code": code});
    with(fields, error)
}

fn with(mut fields: Value, more: Value) -> Value {
    let more = more.as_object().expect("an object").clone();
    fields.as_object_mut().expect("an object").extend(more);
    fields
}

/// Requests that succeed, and what their spans tell.
fn served(client: &TestClient) -> Vec<(Call, Value)> {
    let text = json!({"text": "x"});
    let talk = client.tool("talk", text.clone()).progress(json!(1));
    let ask = client.tool("ask", json!({})).answers_everything();
    vec![
        (client.tool("echo", text), called("echo", json!({}))),
        (talk, called("talk", json!({}))),
        (ask, called("ask", json!({}))),
        (
            get(client, "greet"),
            json!({"otel.name": "prompts/get greet", "gen_ai.prompt.name": "greet"}),
        ),
        (
            read(client, "note://one"),
            json!({"otel.name": "resources/read", "mcp.resource.uri": "note://one"}),
        ),
        (
            client.request("tools/list", json!({})),
            json!({"otel.name": "tools/list"}),
        ),
        (
            client.request("server/discover", json!({})),
            json!({"otel.name": "server/discover"}),
        ),
    ]
}

/// Requests that fail; the last one alone is a fault of the server.
fn failing(client: &TestClient) -> Vec<(Call, Value)> {
    let tool = |name: &str| client.tool(name, json!({}));
    let refuses = json!({"otel.name": "prompts/get refuses", "gen_ai.prompt.name": "refuses"});
    let fault = json!({"otel.status_code": "ERROR"});
    vec![
        (
            tool("fails"),
            called("fails", json!({"error.type": "tool_error"})),
        ),
        (tool("ask"), failed("-32021", called("ask", json!({})))),
        (
            tool("unknown"),
            failed("-32602", json!({"otel.name": "tools/call"})),
        ),
        (get(client, "refuses"), failed("-32602", refuses)),
        (
            get(client, "unknown"),
            failed("-32602", json!({"otel.name": "prompts/get"})),
        ),
        (
            read(client, "other://one"),
            failed("-32602", json!({"otel.name": "resources/read"})),
        ),
        (tool("panics"), failed("-32603", called("panics", fault))),
    ]
}

#[tokio::test]
async fn each_request_has_one_span_that_tells_what_the_conventions_ask_for() {
    let client = client();
    for (call, expected) in served(&client).into_iter().chain(failing(&client)) {
        let fields = fields_of(call.id(json!(7))).await;
        assert_eq!(fields, expected);
    }
}

#[tokio::test]
async fn the_version_of_http_is_that_of_the_request() {
    let client = client();
    for (version, told) in [(Version::HTTP_11, "1.1"), (Version::HTTP_2, "2")] {
        let recorder = Recorder::install();
        let (app, mut request) = client.tool("echo", json!({"text": "x"})).build();
        *request.version_mut() = version;
        assert_eq!(app.oneshot(request).await.unwrap().status(), 200);
        let spans = request_spans(&recorder);
        assert_eq!(spans[0].fields["network.protocol.version"], told);
    }
}

#[tokio::test]
async fn the_hosts_span_is_the_parent_and_the_handler_runs_inside() {
    let client = client();
    for (name, streams) in [("echo", false), ("talk", true)] {
        let recorder = Recorder::install();
        let call = client.tool(name, json!({"text": "x"})).progress(json!(1));
        let host = tracing::info_span!("host");
        let reply = async { call.await }.instrument(host).await;
        assert_eq!(reply.is_stream(), streams);
        // The body is read outside of it.
        reply.text().await;
        let spans = request_spans(&recorder);
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].parents, ["host"]);
        let events = recorder.events();
        let inside = events
            .iter()
            .find(|event| event.text.contains("in the handler"));
        assert_eq!(inside.unwrap().spans, ["mcp_request", "host"], "{name}");
    }
}

/// Says that it is dropped.
struct Parting;

impl Drop for Parting {
    fn drop(&mut self) {
        tracing::debug!("the handler goes");
    }
}

async fn waits(ctx: Context) -> String {
    let _parting = Parting;
    ctx.progress(1.0, None, None);
    std::future::pending().await
}

#[tokio::test]
async fn a_hook_and_a_handler_that_is_dropped_speak_inside_too() {
    let server = server()
        .tool(tool("waits", waits))
        .outgoing(|_| tracing::debug!("the hook looks"));
    let client = TestClient::new(server);
    let session = client.open(SESSIONFUL[0]).await;
    for (what, call) in [
        ("the hook looks", client.tool("echo", json!({"text": "x"}))),
        ("the hook looks", session.tool("echo", json!({"text": "x"}))),
        (
            "the handler goes",
            client.tool("waits", json!({})).progress(json!(1)),
        ),
    ] {
        let recorder = Recorder::install();
        let reply = call.await;
        match reply.is_stream() {
            true => drop(reply),
            false => drop(reply.text().await),
        }
        // A task that is aborted goes when it is polled next.
        tokio::task::yield_now().await;
        let events = recorder.events();
        let said = events.iter().find(|event| event.text.contains(what));
        assert_eq!(said.expect(what).spans, ["mcp_request"], "{what}");
    }
}

#[tokio::test]
async fn a_request_that_succeeds_says_nothing_that_is_shown_by_default() {
    let client = client();
    let recorder = Recorder::install();
    for (call, _) in served(&client) {
        call.await.result().await;
    }
    let events = recorder.events();
    let loud = |level: Level| level <= Level::INFO;
    // The key of this process is warned of once; nothing else was to say.
    let loud: Vec<_> = events
        .iter()
        .filter(|event| loud(event.level) && !event.text.contains("state_keys"))
        .collect();
    assert!(loud.is_empty(), "{loud:?}");
    assert!(!events.is_empty(), "nothing was recorded");
}

#[tokio::test]
async fn what_is_said_and_who_says_it_is_never_told() {
    let mcp = McpService::builder(server())
        .principal(|_| Ok(Some(Principal::new("s3cret principal"))))
        .build();
    let client = TestClient::with(mcp);
    let recorder = Recorder::install();
    let text = || json!({"text": "s3cret"});
    let params = json!({"name": "greet", "arguments": text()});
    let asks = || {
        client
            .tool("ask", json!({"more": "s3cret"}))
            .answers_everything()
    };
    let round = asks().await.round().await;
    let answers = json!({"text": accept(text())});
    let calls = [
        asks().answering(&round, answers.clone()),
        asks().answering(&round, answers).param("arguments", text()),
        asks().param("requestState", json!("s3cret")),
        client.tool("echo", text()),
        client.tool("talk", text()).progress(json!("s3cret")),
        client.tool("echo", json!({"text": ["s3cret"]})),
        client.tool("fails", text()),
        client.request("prompts/get", params),
        client.tool("unknown-s3cret", text()),
        client.request("resources/read", json!({"uri": "other://s3cret"})),
        client.post("s3cret"),
    ];
    for call in calls {
        let call = call.header("authorization", "Bearer s3cret");
        call.header("cookie", "s3cret").await.bytes().await;
    }
    let told = recorder.text();
    assert!(told.contains("tools/call echo"), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    let state = round["requestState"].as_str().unwrap();
    assert!(!told.contains(state), "{told}");
}
