//! Failures: what is told, what is masked, and what a panic leaves standing.

use std::{error::Error, fmt};

use mcp_axum::{
    BoxError, Context, McpServer, ToolError, blocking,
    extract::{FromContext, Rejection},
    prompt, resource, tool,
};
use serde_json::{Value, json};

use crate::support::{Log, TestClient};

/// An error with a cause.
#[derive(Debug)]
struct Layered<E>(&'static str, E);

impl<E> fmt::Display for Layered<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl<E: Error + 'static> Error for Layered<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.1)
    }
}

async fn layered() -> Result<String, ToolError> {
    let cause = std::io::Error::other("disk on fire");
    Err(Layered("cannot save", Layered("cannot write", cause)))?
}

fn server() -> McpServer {
    McpServer::new("errors", "1")
        .tool(tool("layered", layered))
        .tool(tool("fine", async || "fine"))
}

async fn failed(client: &TestClient, name: &str) -> String {
    let reply = client.tool(name, json!({})).await;
    assert_eq!(reply.status, 200);
    let result = reply.result().await;
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str();
    text.expect("a failure is told as text").to_owned()
}

#[tokio::test]
async fn a_tool_error_is_told_as_written() {
    async fn parse() -> Result<String, ToolError> {
        let number: u8 = "x1".parse().map_err(ToolError::new)?;
        Ok(number.to_string())
    }
    let told = async || Err::<String, _>(ToolError::new("Only 3 \"left\", é."));
    let log = Log::capture();
    let client = TestClient::new(server().tool(tool("told", told)).tool(tool("parse", parse)));
    assert_eq!(failed(&client, "told").await, "Only 3 \"left\", é.");
    assert_eq!(
        failed(&client, "parse").await,
        "invalid digit found in string"
    );
    assert_eq!(log.lines_with("ERROR").len(), 0, "{}", log.text());
}

#[tokio::test]
async fn any_other_error_is_masked_behind_an_id_that_the_log_carries() {
    let log = Log::capture();
    let client = TestClient::new(server());
    let mut ids = Vec::new();
    for _ in 0..2 {
        let text = failed(&client, "layered").await;
        for secret in ["save", "write", "disk"] {
            assert!(!text.contains(secret), "{text}");
        }
        let id = text.rsplit(' ').next().unwrap().to_owned();
        assert_eq!(id.len(), 16, "{text}");
        let lines = log.lines_with(&id);
        assert_eq!(lines.len(), 1, "{}", log.text());
        assert!(lines[0].contains("ERROR"), "{lines:?}");
        assert!(
            lines[0].contains("cannot save: cannot write: disk on fire"),
            "{lines:?}"
        );
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn every_error_that_the_question_mark_takes_is_masked() {
    async fn text() -> Result<String, ToolError> {
        Err("secret text")?
    }
    async fn string() -> Result<String, ToolError> {
        Err(format!("secret {}", "string"))?
    }
    async fn boxed() -> Result<String, BoxError> {
        Err("secret box".into())
    }
    async fn typed() -> Result<String, std::num::ParseIntError> {
        "secret".parse::<u8>().map(|n| n.to_string())
    }
    let log = Log::capture();
    let server = server()
        .tool(tool("text", text))
        .tool(tool("string", string))
        .tool(tool("boxed", boxed))
        .tool(tool("typed", typed));
    let client = TestClient::new(server);
    for (name, logged) in [
        ("text", "secret text"),
        ("string", "secret string"),
        ("boxed", "secret box"),
        ("typed", "invalid digit"),
    ] {
        let text = failed(&client, name).await;
        assert!(!text.contains(logged), "{text}");
        assert_eq!(log.lines_with(logged).len(), 1, "{}", log.text());
    }
}

#[tokio::test]
async fn errors_are_shown_to_developers_who_ask_for_it() {
    let client = TestClient::new(server().expose_errors());
    let text = failed(&client, "layered").await;
    assert!(
        text.contains("cannot save: cannot write: disk on fire"),
        "{text}"
    );
    let read = async || Err::<String, BoxError>("no such table".into());
    let server = server().expose_errors().resource(resource("a://b", read));
    let client = TestClient::new(server);
    let error = client
        .request("resources/read", json!({"uri": "a://b"}))
        .await
        .error()
        .await;
    assert!(
        error["message"].as_str().unwrap().contains("no such table"),
        "{error}"
    );
}

#[tokio::test]
async fn what_an_ask_says_keeps_its_meaning_deep_in_a_chain() {
    async fn ask(ctx: Context) -> Result<String, ToolError> {
        let roots = ctx.roots().await;
        let roots = roots.map_err(|error| Layered("cannot plan", Layered("cannot look", error)))?;
        Ok(roots.len().to_string())
    }
    let client = TestClient::new(server().tool(tool("ask", ask)));
    let reply = client.tool("ask", json!({})).await;
    assert_eq!(reply.status, 400);
    let error = reply.error().await;
    assert_eq!(error["code"], -32021);
    assert_eq!(
        error["data"],
        json!({"requiredCapabilities": {"roots": {}}})
    );
}

/// An extractor with a bug.
struct Panics;

impl<S: Sync> FromContext<S> for Panics {
    async fn from_context(_ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        panic!("secret in an extractor")
    }
}

fn panicking() -> McpServer {
    async fn text() -> String {
        panic!("secret in a text")
    }
    async fn formatted() -> String {
        panic!("secret in {}", "a format")
    }
    async fn value() -> String {
        std::panic::panic_any(7)
    }
    async fn extractor(_: Panics) -> String {
        String::new()
    }
    fn sync() -> std::future::Ready<String> {
        panic!("secret before the future")
    }
    fn thread() -> String {
        panic!("secret in a thread")
    }
    async fn late(ctx: Context) -> String {
        ctx.progress(1.0, None, None);
        tokio::task::yield_now().await;
        panic!("secret behind progress")
    }
    server()
        .tool(tool("text", text))
        .tool(tool("formatted", formatted))
        .tool(tool("value", value))
        .tool(tool("extractor", extractor))
        .tool(tool("sync", sync))
        .tool(tool("thread", blocking(thread)))
        .tool(tool("late", late))
        .prompt(prompt("text", text))
        .resource(resource("a://text", text))
        .resource(
            resource("a://{id}", async || "x").complete("id", async || -> Vec<String> {
                panic!("secret in a completion")
            }),
        )
}

#[tokio::test]
async fn a_panic_is_an_internal_error_without_its_text_and_everything_goes_on() {
    let log = Log::capture();
    let client = TestClient::new(panicking());
    let mut calls: Vec<_> = [
        "text",
        "formatted",
        "value",
        "extractor",
        "sync",
        "thread",
        "late",
    ]
    .map(|name| client.tool(name, json!({})))
    .into();
    let reference = json!({"type": "ref/resource", "uri": "a://{id}"});
    let argument = json!({"name": "id", "value": ""});
    calls.extend([
        client.tool("late", json!({})).progress(json!(1)),
        client.request("prompts/get", json!({"name": "text"})),
        client.request("resources/read", json!({"uri": "a://text"})),
        client.request(
            "completion/complete",
            json!({"ref": reference, "argument": argument}),
        ),
    ]);
    let count = calls.len();
    for (number, call) in calls.into_iter().enumerate() {
        let reply = call.id(json!(number)).await;
        assert_eq!(reply.status, 200);
        let message = reply.message().await;
        assert_eq!(message["id"], number);
        assert_eq!(message["error"]["code"], -32603, "{message}");
        assert!(!message.to_string().contains("secret"), "{message}");
        let id = message["error"]["message"]
            .as_str()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap();
        let lines = log.lines_with(id);
        assert_eq!(lines.len(), 1, "{}", log.text());
        assert!(lines[0].contains("ERROR"), "{lines:?}");
        assert_eq!(client.tool("fine", json!({})).await.text().await, "fine");
    }
    assert_eq!(log.lines_with("panicked").len(), count, "{}", log.text());
    // The developer reads why, except for what no text was said of.
    assert_eq!(log.lines_with("secret").len() + 1, count, "{}", log.text());
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test]
async fn a_panic_leaves_the_calls_beside_it_alone() {
    let (open, gate) = tokio::sync::oneshot::channel::<()>();
    let gate = std::sync::Arc::new(tokio::sync::Mutex::new(Some(gate)));
    let waits = async move || {
        let gate = gate.lock().await.take().expect("called once");
        gate.await.map_or("lost", |()| "waited")
    };
    let client = TestClient::new(panicking().tool(tool("waits", waits)));
    let waiting = client.tool("waits", json!({}));
    let waiting = tokio::spawn(async move { waiting.await.text().await });
    tokio::task::yield_now().await;
    let panicked: Value = client.tool("text", json!({})).await.error().await;
    assert_eq!(panicked["code"], -32603);
    open.send(()).unwrap();
    assert_eq!(waiting.await.unwrap(), "waited");
}
