//! JSON or a stream: decided as late as possible, in a session too.

use mcp_axum::{
    Context, ToolError,
    peer::Elicited,
    protocol::{InputRequest, Level},
    tool,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{NEWEST, brief, end, millis, serve, silent, stream};
use crate::support::{SESSIONFUL, TestClient, accept};

const BOTH: &str = "application/json, text/event-stream";

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Named {
    name: String,
}

async fn ask(ctx: Context) -> Result<String, ToolError> {
    Ok(match ctx.elicit::<Named>("name", "Who?").await? {
        Elicited::Accepted(named) => named.name,
        Elicited::Declined | Elicited::Cancelled => "nobody".to_owned(),
    })
}

async fn say(ctx: Context) -> &'static str {
    ctx.log(Level::Info, "word");
    sleep(millis(300)).await;
    "done"
}

async fn report(ctx: Context) -> &'static str {
    ctx.progress(1.0, None, None);
    sleep(millis(300)).await;
    "done"
}

fn everything() -> TestClient {
    serve([
        tool("ask", ask),
        tool("say", say),
        tool("report", report),
        silent(1500),
        tool("short", async || {
            sleep(millis(999)).await;
            "done"
        }),
    ])
}

/// `progress` asks for reports, as every call of these tests does.
fn arguments(name: &str) -> Value {
    json!({"name": name, "arguments": {}, "_meta": {"progressToken": "p"}})
}

#[tokio::test(start_paused = true)]
async fn the_first_word_question_or_second_of_silence_makes_a_stream() {
    for revision in SESSIONFUL {
        let client = everything();
        let session = client.open(revision).await;
        for (name, streams, head) in [
            ("quick", false, 0),
            ("say", true, 0),
            ("report", true, 0),
            ("short", false, 999),
            ("silent", true, 1000),
        ] {
            let begun = Instant::now();
            let reply = session.request("tools/call", arguments(name)).await;
            assert_eq!(begun.elapsed(), millis(head), "{revision} {name}");
            assert_eq!(reply.is_stream(), streams, "{revision} {name}");
            assert_eq!(reply.status, 200);
            let text = reply.text().await;
            assert!(text == "done" || text == "quick", "{revision} {name}");
        }
        drop(session);
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_makes_a_stream_at_once() {
    let client = everything();
    let capable = json!({"elicitation": {}});
    let session = client.open_with(NEWEST, capable).await;
    let begun = Instant::now();
    let mut events = stream(&session, "ask").await;
    let question = events.next().await.expect("a question");
    assert_eq!(begun.elapsed(), millis(0));
    assert_eq!(question["method"], "elicitation/create");
    let answer = accept(json!({"name": "Ada"}));
    assert_eq!(session.answer(&question, answer).await.status, 202);
    let answer = events.next().await.expect("an answer");
    assert_eq!(brief(&answer), "Ada");
    assert_eq!(events.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn what_the_client_accepts_decides_the_form() {
    let client = everything();
    let session = client.open(NEWEST).await;
    // Accept, and whether `quick`, `say` and `silent` are answered with a stream.
    let rows = [
        (Some(BOTH), [false, true, true]),
        (
            Some("text/event-stream, application/json"),
            [false, true, true],
        ),
        (Some("*/*"), [false, true, true]),
        (None, [false, true, true]),
        (Some("application/json"), [false, false, false]),
        (Some("application/*"), [false, false, false]),
        (
            Some("application/json, text/event-stream;q=0"),
            [false, false, false],
        ),
        (Some("text/event-stream"), [true, true, true]),
        (
            Some("application/json;q=0, text/event-stream"),
            [true, true, true],
        ),
    ];
    for (accept, expected) in rows {
        for (name, streams) in ["quick", "say", "silent"].into_iter().zip(expected) {
            let mut call = session
                .request("tools/call", arguments(name))
                .without("accept");
            if let Some(accept) = accept {
                call = call.header("accept", accept);
            }
            let reply = call.await;
            assert_eq!(reply.status, 200, "{accept:?} {name}");
            assert_eq!(reply.is_stream(), streams, "{accept:?} {name}");
            let message = reply.message().await;
            assert!(
                message.get("result").is_some(),
                "{accept:?} {name} {message}"
            );
        }
    }
    let neither = session
        .tool("quick", json!({}))
        .header("accept", "text/html");
    assert_eq!(neither.await.refusal().await, (406, -32600));
}

#[tokio::test(start_paused = true)]
async fn a_client_of_streams_alone_gets_every_answer_as_an_event() {
    let client = everything();
    let session = client.open(NEWEST).await;
    let only = |method: &str, params| {
        let call = session.request(method, params);
        call.header("accept", "text/event-stream")
    };
    for (method, params, told) in [
        ("ping", json!({}), json!({})),
        ("logging/setLevel", json!({"level": "info"}), json!({})),
    ] {
        let mut events = only(method, params).await.events().rest().await;
        assert_eq!(events.len(), 1, "{method}");
        assert_eq!(events.remove(0)["result"], told);
    }
    let listed = only("tools/list", json!({})).await;
    assert!(listed.is_stream());
    assert!(listed.result().await["tools"].is_array());
    let unknown = only("no/such", json!({})).await;
    assert_eq!(unknown.error().await["code"], -32601);
    let opened = client.initialize(NEWEST, json!({}));
    let opened = opened.header("accept", "text/event-stream").await;
    assert!(opened.is_stream() && opened.header("mcp-session-id").is_some());
    assert_eq!(opened.result().await["protocolVersion"], NEWEST);
}

#[tokio::test(start_paused = true)]
async fn a_client_of_json_alone_loses_words_but_no_answer() {
    let client = everything();
    let session = client.open_with(NEWEST, json!({"elicitation": {}})).await;
    let only = |name| {
        let call = session.request("tools/call", arguments(name));
        call.header("accept", "application/json")
    };
    for name in ["say", "report", "silent"] {
        assert_eq!(only(name).await.text().await, "done", "{name}");
    }
    let begun = Instant::now();
    let result = only("ask").await.result().await;
    assert_eq!(begun.elapsed(), millis(0), "there is nobody to wait for");
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("no stream"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_fault_found_late_keeps_its_form() {
    let hand = tool("hand", async || {
        mcp_axum::peer::InputRequired::new().request("roots", InputRequest::roots())
    });
    let client = serve([hand]);
    let session = client.open(NEWEST).await;
    let reply = session.tool("hand", json!({})).await;
    assert!(!reply.is_stream(), "nothing was asked");
    assert_eq!(reply.status, 200);
}
