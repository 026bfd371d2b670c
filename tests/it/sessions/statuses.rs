//! Errors in a session are told in band: 404 says that the session is gone, and nothing else.

use axum::Json;
use mcp_axum::{
    Args, BoxError, Context, McpServer, ToolError, prompt, protocol::Level, resource, tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{NEWEST, call, lives};
use crate::support::{Log, SESSIONFUL, Session, TestClient};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Count {
    count: u8,
}

async fn count(Args(count): Args<Count>) -> Json<Count> {
    Json(count)
}

async fn boom(ctx: Context) -> &'static str {
    if ctx.target().as_deref() == Some("late") {
        ctx.log(Level::Error, "about to fail");
        tokio::task::yield_now().await;
    }
    panic!("the secret of the panic")
}

async fn fail() -> Result<String, BoxError> {
    Err("the secret of the failure".into())
}

async fn told() -> Result<String, ToolError> {
    Err(ToolError::new("meant to be read"))
}

fn client() -> TestClient {
    TestClient::new(
        McpServer::new("statuses", "1")
            .tool(tool("count", count))
            .tool(tool("boom", boom))
            .tool(tool("late", boom))
            .tool(tool("fail", fail))
            .tool(tool("told", told))
            .prompt(prompt("boom", boom))
            .prompt(prompt("fail", fail))
            .resource(resource("a://boom", boom))
            .resource(resource("a://fail", fail)),
    )
}

/// A method, its parameters and the code that they deserve.
const ERRORS: &[(&str, &str, i64)] = &[
    ("no/such", "{}", -32601),
    ("", "{}", -32601),
    ("tools/Call", "{}", -32601),
    ("server/discover", "{}", -32601),
    (
        "subscriptions/listen",
        r#"{"notifications":{"toolsListChanged":true}}"#,
        -32601,
    ),
    ("tasks/list", "{}", -32601),
    ("sampling/createMessage", "{}", -32601),
    ("notifications/cancelled", r#"{"requestId":1}"#, -32601),
    ("completion/complete", "{}", -32601),
    ("tools/call", "{}", -32602),
    ("tools/call", r#"{"name":1}"#, -32602),
    ("tools/call", r#"{"name":null}"#, -32602),
    ("tools/call", r#"{"name":"no such"}"#, -32602),
    ("tools/call", r#"{"name":"count","arguments":[]}"#, -32602),
    ("tools/call", r#"{"name":"boom"}"#, -32603),
    ("tools/call", r#"{"name":"late"}"#, -32603),
    ("tools/list", r#"{"cursor":"garbage"}"#, -32602),
    ("prompts/get", "{}", -32602),
    ("prompts/get", r#"{"name":1}"#, -32602),
    ("prompts/get", r#"{"name":"no such"}"#, -32602),
    ("prompts/get", r#"{"name":"boom"}"#, -32603),
    ("prompts/get", r#"{"name":"fail"}"#, -32603),
    ("resources/read", "{}", -32602),
    ("resources/read", r#"{"uri":"a://none"}"#, -32002),
    ("resources/read", r#"{"uri":"a://boom"}"#, -32603),
    ("resources/read", r#"{"uri":"a://fail"}"#, -32603),
];

#[tokio::test]
async fn an_error_is_200_with_its_code_and_the_session_lives() {
    let _log = Log::capture();
    let client = client();
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for (method, params, code) in ERRORS {
            let params: Value = serde_json::from_str(params).unwrap();
            let what = format!("{method} {params} in {revision}");
            let reply = session.request(method, params).await;
            assert_eq!(reply.status, 200, "{what}");
            let message = reply.message().await;
            assert_eq!(message["error"]["code"], *code, "{what}: {message}");
            assert!(message["id"].is_u64(), "{what}: {message}");
            assert!(!message.to_string().contains("secret"), "{what}: {message}");
            assert!(lives(&session).await, "{what}");
        }
    }
}

/// Calls a tool, and returns what its error result says.
async fn failure(session: &Session<'_>, name: &str, arguments: Value) -> String {
    let reply = session.tool(name, arguments).await;
    assert_eq!(reply.status, 200, "{name}");
    let result = reply.result().await;
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str();
    text.expect("a text").to_owned()
}

#[tokio::test]
async fn what_a_tool_or_its_arguments_do_wrong_is_a_result_in_every_revision() {
    let _log = Log::capture();
    let client = client();
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for arguments in [json!({}), json!({"count": -1}), json!({"count": "1"})] {
            let text = failure(&session, "count", arguments).await;
            assert!(text.contains("count"), "{text}");
        }
        assert_eq!(
            failure(&session, "told", json!({})).await,
            "meant to be read"
        );
        let masked = failure(&session, "fail", json!({})).await;
        assert!(masked.starts_with("the tool failed"), "{masked}");
        assert!(!masked.contains("secret"), "{masked}");
    }
}

#[tokio::test]
async fn a_failure_is_found_in_the_log_by_the_id_that_the_client_was_told() {
    let log = Log::capture();
    let client = client();
    let session = client.open(NEWEST).await;
    let first = failure(&session, "fail", json!({})).await;
    let second = failure(&session, "fail", json!({})).await;
    assert_ne!(first, second, "each has its own");
    let text = log.text();
    for told in [first, second] {
        let id = told
            .rsplit([' ', '('])
            .next()
            .unwrap()
            .trim_end_matches([')', '.']);
        assert!(id.len() >= 8, "{told}");
        let lines = log.lines_with(id);
        assert!(
            lines
                .iter()
                .any(|line| line.contains("the secret of the failure")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_panic_is_answered_and_the_session_goes_on() {
    let _log = Log::capture();
    let client = client();
    let session = client.open("2025-03-26").await;
    for id in 1..=3 {
        for name in ["boom", "late"] {
            let reply = session.post(&call(id, name)).await;
            assert_eq!(reply.is_stream(), name == "late");
            let message = reply.message().await;
            assert_eq!(message["error"]["code"], -32603);
            assert_eq!(message["id"], id);
        }
    }
    let batch = json!([call(1, "boom"), call(2, "count"), call(3, "boom")]);
    let answers = session.post(&batch).await.message().await;
    let panicked = |answer: &&Value| answer["error"]["code"] == -32603;
    assert_eq!(
        answers.as_array().unwrap().iter().filter(panicked).count(),
        2
    );
    assert!(!answers.to_string().contains("secret"));
    let info = &client.mcp.sessions().list()[0];
    assert_eq!((info.in_flight, info.streams), (0, 0));
    let counted = session.tool("count", json!({"count": 1})).await;
    assert_eq!(counted.text().await, r#"{"count":1}"#);
}
