//! Questions in a session: requests of the server, answered by later POSTs.

use std::collections::BTreeSet;

use mcp_axum::{
    Context, Tool, ToolError,
    peer::Elicited,
    protocol::{Revision, Sample},
    tool,
};
use serde_json::{Value, json};

use super::{Named, accepted, client, name};
use crate::support::{Events, SESSIONFUL, Session, TestClient, accept, asked};

pub(super) const NEWEST: &str = "2025-11-25";

/// What a client declares that can be asked everything.
pub(super) fn everything() -> Value {
    json!({"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}})
}

/// Calls a tool, and reads its first question.
pub(super) async fn question(session: &Session<'_>, tool: &str) -> (Events, Value) {
    let mut events = session.tool(tool, json!({})).await.events();
    let question = events.next().await.expect("a question");
    assert!(question["id"].is_string(), "{question}");
    (events, question)
}

/// Answers, and asserts that the answer is taken.
pub(super) async fn answer(session: &Session<'_>, question: &Value, result: Value) {
    let reply = session.answer(question, result).await;
    assert_eq!(reply.status, 202);
    assert_eq!(reply.bytes().await, "");
}

/// Reads the result of a tool, and that the stream ends behind it.
pub(super) async fn outcome(events: &mut Events) -> (bool, String) {
    let message = events.next().await.expect("a result");
    let result = &message["result"];
    assert!(result.is_object(), "{message}");
    assert_eq!(events.next().await, None, "nothing follows the answer");
    let text = result["content"][0]["text"].as_str().expect("a text");
    (result["isError"] == true, text.to_owned())
}

async fn url(ctx: Context) -> Result<String, ToolError> {
    let asked = ctx
        .elicit_url("visit", "Sign in", "https://a.example/")
        .await?;
    Ok(match asked {
        Elicited::Accepted(()) => "visited",
        Elicited::Declined => "declined",
        Elicited::Cancelled => "cancelled",
    }
    .to_owned())
}

async fn model(ctx: Context) -> Result<String, ToolError> {
    let sample = Sample::new(10).system_prompt("Short").user("Why?");
    let sampled = ctx.sample("why", &sample).await?;
    Ok(format!(
        "{}: {}",
        sampled.model,
        sampled.text().unwrap_or_default()
    ))
}

async fn roots(ctx: Context) -> Result<String, ToolError> {
    let roots = ctx.roots().await?;
    let uris: Vec<_> = roots.into_iter().map(|root| root.uri).collect();
    Ok(uris.join(" "))
}

async fn several(ctx: Context) -> Result<String, ToolError> {
    let (first, last, roots) = tokio::join!(
        ctx.elicit::<Named>("first", "First?"),
        ctx.elicit::<Named>("last", "Last?"),
        ctx.roots(),
    );
    let (first, last): (Named, Named) = (accepted(first?)?, accepted(last?)?);
    Ok(format!("{} {} {}", first.name, last.name, roots?.len()))
}

async fn in_turn(ctx: Context) -> Result<String, ToolError> {
    let first: Named = accepted(ctx.elicit("first", "First?").await?)?;
    let again: Named = accepted(ctx.elicit("first", "First?").await?)?;
    let last: Named = accepted(ctx.elicit("last", &format!("{} and?", first.name)).await?)?;
    Ok(format!("{} {} {}", first.name, again.name, last.name))
}

fn tools() -> [Tool; 6] {
    [
        tool("name", name),
        tool("url", url),
        tool("model", model),
        tool("roots", roots),
        tool("several", several),
        tool("in_turn", in_turn),
    ]
}

/// Answers a question as one person would, whatever era it comes from.
fn reply(question: &Value) -> Value {
    let params = &question["params"];
    match question["method"].as_str().expect("a method") {
        "roots/list" => json!({"roots": [{"uri": "file:///a"}, {"uri": "file:///b", "name": "b"}]}),
        "sampling/createMessage" => json!({"role": "assistant", "model": "m",
            "content": {"type": "text", "text": "Because"}, "stopReason": "endTurn"}),
        "elicitation/create" if params["mode"] == "url" => json!({"action": "accept"}),
        "elicitation/create" => {
            let message = params["message"].as_str().expect("a message");
            accept(json!({"name": message.trim_end_matches('?')}))
        }
        other => panic!("{other}"),
    }
}

/// Calls a tool and answers until it ends.
async fn talk(session: &Session<'_>, tool: &str) -> String {
    let mut events = session.tool(tool, json!({})).await.events();
    loop {
        let message = events.next().await.expect("the stream goes on");
        if message.get("method").is_none() {
            assert_eq!(events.next().await, None);
            let text = message["result"]["content"][0]["text"].as_str();
            return text.unwrap_or_else(|| panic!("{message}")).to_owned();
        }
        answer(session, &message, reply(&message)).await;
    }
}

/// The same in the stateless era.
async fn rounds(client: &TestClient, tool: &str) -> String {
    let mut answer = super::call(client, tool).await.result().await;
    while answer["resultType"] == "input_required" {
        let answers: Value = asked(&answer)
            .into_iter()
            .map(|key| (key.to_owned(), reply(&answer["inputRequests"][key])))
            .collect();
        let retry = super::call(client, tool).answering(&answer, answers);
        answer = retry.await.result().await;
    }
    answer["content"][0]["text"]
        .as_str()
        .expect("a text")
        .to_owned()
}

#[tokio::test(start_paused = true)]
async fn the_same_handler_ends_alike_in_both_eras() {
    let client = client(tools());
    let session = client.open_with(NEWEST, everything()).await;
    for (tool, expected) in [
        ("name", "hello Who are you"),
        ("url", "visited"),
        ("model", "m: Because"),
        ("roots", "file:///a file:///b"),
        ("several", "First Last 2"),
        ("in_turn", "First First First and"),
    ] {
        assert_eq!(talk(&session, tool).await, expected, "{tool} in a session");
        assert_eq!(rounds(&client, tool).await, expected, "{tool} in rounds");
    }
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn each_question_looks_as_its_revision_has_it() {
    let client = client(tools());
    for (revision, tool, method) in [
        (NEWEST, "name", "elicitation/create"),
        ("2025-06-18", "name", "elicitation/create"),
        (NEWEST, "url", "elicitation/create"),
        (NEWEST, "model", "sampling/createMessage"),
        ("2025-06-18", "model", "sampling/createMessage"),
        ("2025-03-26", "model", "sampling/createMessage"),
        ("2024-11-05", "model", "sampling/createMessage"),
        (NEWEST, "roots", "roots/list"),
        ("2025-06-18", "roots", "roots/list"),
        ("2025-03-26", "roots", "roots/list"),
        ("2024-11-05", "roots", "roots/list"),
    ] {
        let session = client.open_with(revision, everything()).await;
        let (mut events, question) = question(&session, tool).await;
        assert_eq!(question["jsonrpc"], "2.0");
        assert_eq!(question["method"], method, "{revision} {tool}");
        let params = &question["params"];
        match tool {
            "name" => {
                let mode = (revision == NEWEST).then_some("form");
                assert_eq!(params.get("mode").and_then(Value::as_str), mode, "{params}");
                assert_eq!(params["message"], "Who are you?");
                let schema = json!({"type": "object", "required": ["name"],
                    "properties": {"name": {"type": "string"}}});
                assert_eq!(params["requestedSchema"], schema);
                assert!(params.get("elicitationId").is_none());
            }
            "url" => {
                assert_eq!(params["mode"], "url");
                assert_eq!(params["url"], "https://a.example/");
                assert!(
                    params["elicitationId"]
                        .as_str()
                        .is_some_and(|id| id.len() > 15)
                );
            }
            "model" => {
                let content = json!({"type": "text", "text": "Why?"});
                assert_eq!(
                    params["messages"],
                    json!([{"role": "user", "content": content}])
                );
                assert_eq!(params["maxTokens"], 10);
                assert_eq!(params["systemPrompt"], "Short");
            }
            _ => {}
        }
        answer(&session, &question, reply(&question)).await;
        assert!(!outcome(&mut events).await.0, "{revision} {tool}");
    }
}

#[tokio::test(start_paused = true)]
async fn several_questions_go_out_at_once_and_are_answered_in_any_order() {
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
        let client = client(tools());
        let session = client.open_with(NEWEST, everything()).await;
        let (mut events, first) = question(&session, "several").await;
        let mut questions = vec![first];
        for _ in 0..2 {
            questions.push(events.next().await.expect("another question"));
        }
        let ids: BTreeSet<_> = questions
            .iter()
            .map(|asked| asked["id"].to_string())
            .collect();
        assert_eq!(ids.len(), 3);
        for at in order {
            answer(&session, &questions[at], reply(&questions[at])).await;
        }
        let expected = (false, "First Last 2".to_owned());
        assert_eq!(outcome(&mut events).await, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn each_end_of_a_question_reaches_the_handler() {
    let client = client(tools());
    let session = client.open_with(NEWEST, everything()).await;
    for (tool, result, text) in [
        (
            "name",
            accept(json!({"name": "Ada", "more": 1})),
            "hello Ada",
        ),
        ("name", json!({"action": "decline"}), "declined"),
        ("name", json!({"action": "cancel"}), "cancelled"),
        ("url", json!({"action": "accept"}), "visited"),
        ("url", json!({"action": "decline"}), "declined"),
        ("url", json!({"action": "cancel"}), "cancelled"),
    ] {
        let (mut events, question) = question(&session, tool).await;
        answer(&session, &question, result).await;
        assert_eq!(
            outcome(&mut events).await,
            (false, text.to_owned()),
            "{tool}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_undeclared_capability_is_an_error_before_anything_is_sent() {
    let client = client(tools());
    for revision in SESSIONFUL {
        let elicits = json!({"elicitation": {}});
        for (declared, tool, needs) in [
            (json!({}), "name", "elicitation"),
            (json!({"elicitation": {"url": {}}}), "name", "form"),
            (json!({"roots": {}, "sampling": {}}), "name", "elicitation"),
            (elicits.clone(), "url", "url"),
            (elicits.clone(), "model", "sampling"),
            (elicits, "roots", "roots"),
        ] {
            let session = client.open_with(revision, declared).await;
            let reply = session.tool(tool, json!({})).await;
            assert!(!reply.is_stream(), "{revision} {tool}: nothing was sent");
            assert_eq!(reply.status, 200);
            let result = reply.result().await;
            assert_eq!(result["isError"], true, "{revision} {tool} {result}");
            let text = result["content"][0]["text"].as_str().expect("a text");
            assert!(text.contains(needs), "{revision} {tool}: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_handler_sees_what_the_session_declared() {
    let sees = tool("sees", async |ctx: Context| {
        let it = ctx.client_capabilities();
        assert_eq!(ctx.revision(), Revision::V2025_11_25);
        let info = ctx.client_info().expect("a name card");
        let can = [
            it.elicits_forms(),
            it.elicits_urls(),
            it.samples(),
            it.lists_roots(),
        ];
        format!("{can:?} {info:?}")
    });
    let client = client([sees]);
    for (declared, seen) in [
        (json!({}), "[false, false, false, false]"),
        (json!({"elicitation": {}}), "[true, false, false, false]"),
        (everything(), "[true, true, true, true]"),
    ] {
        let session = client.open_with(NEWEST, declared).await;
        let text = session.tool("sees", json!({})).await.text().await;
        assert!(
            text.starts_with(seen) && text.contains("\"test\""),
            "{text}"
        );
    }
}
