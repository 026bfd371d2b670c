//! Prompts: what they return, and arguments that are text on the wire.

use mcp_axum::{
    Args, BoxError, McpServer, Prompt, prompt,
    prompt::PromptError,
    protocol::{ContentBlock, ErrorObject, GetPromptResult, Icon, Meta, PromptMessage, Role},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Call, Log, TestClient};

/// Reviews a text.
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "shown as a whole")]
struct Review {
    /// What to look at.
    text: String,
    depth: u8,
    /// Whether to be strict.
    #[schemars(title = "Strictness")]
    strict: Option<bool>,
    #[serde(default)]
    tone: Tone,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Tone {
    #[default]
    Kind,
    Harsh,
}

async fn review(Args(review): Args<Review>) -> String {
    format!("{review:?}")
}

fn client(prompts: impl IntoIterator<Item = Prompt>) -> TestClient {
    let server = McpServer::new("prompts", "1");
    TestClient::new(prompts.into_iter().fold(server, McpServer::prompt))
}

fn get(client: &TestClient, name: &str, arguments: Value) -> Call {
    client.request("prompts/get", json!({"name": name, "arguments": arguments}))
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": {"type": "text", "text": text}})
}

#[tokio::test]
async fn each_form_becomes_its_messages() {
    let client = client([
        prompt("string", async || "a".to_owned()),
        prompt("str", async || "a"),
        prompt("message", async || PromptMessage::user("a")),
        prompt("messages", async || vec![PromptMessage::user("a")]),
        prompt("whole", async || {
            GetPromptResult::new([PromptMessage::user("a")])
        }),
        prompt("ok", async || Ok::<_, PromptError>("a")),
        prompt("boxed", async || {
            Ok::<_, BoxError>(PromptMessage::user("a"))
        }),
    ]);
    for name in [
        "string", "str", "message", "messages", "whole", "ok", "boxed",
    ] {
        let reply = get(&client, name, json!({})).await;
        assert_eq!(reply.status, 200);
        assert_eq!(
            reply.result().await["messages"],
            json!([user("a")]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_whole_result_carries_description_blocks_and_meta() {
    let whole = async || {
        let image = ContentBlock::image([0], "image/png");
        let link = PromptMessage::new(Role::Assistant, ContentBlock::resource_link("a://b", "b"));
        GetPromptResult::new([PromptMessage::user(image), link])
            .description("filled in")
            .meta(Meta::from_iter([("example.com/a".to_owned(), json!(1))]))
    };
    let client = client([prompt("whole", whole)]);
    let result = get(&client, "whole", json!({})).await.result().await;
    assert_eq!(result["description"], "filled in");
    assert_eq!(result["_meta"]["example.com/a"], 1);
    assert_eq!(
        result["messages"],
        json!([
            {"role": "user", "content": {"type": "image", "data": "AA==", "mimeType": "image/png"}},
            {"role": "assistant", "content": {"type": "resource_link", "uri": "a://b", "name": "b"}}
        ])
    );
}

#[tokio::test]
async fn the_list_names_the_fields_of_the_input_as_arguments() {
    let said = prompt("said", async || "x")
        .title("Said")
        .description("By itself.")
        .icon(Icon::new("https://x.example/i.png"))
        .meta("example.com/rank", 1);
    let client = client([prompt("review", review), said]);
    let list = client
        .request("prompts/list", json!({}))
        .await
        .result()
        .await;
    assert_eq!(list["prompts"][0]["description"], "Reviews a text.");
    assert_eq!(
        list["prompts"][0]["arguments"],
        json!([
            {"name": "text", "description": "What to look at.", "required": true},
            {"name": "depth", "required": true},
            {"name": "strict", "title": "Strictness", "description": "Whether to be strict."},
            {"name": "tone"}
        ])
    );
    assert_eq!(
        list["prompts"][1],
        json!({"name": "said", "title": "Said", "description": "By itself.",
            "icons": [{"src": "https://x.example/i.png"}], "_meta": {"example.com/rank": 1}})
    );
}

#[tokio::test]
async fn texts_are_read_as_the_types_say() {
    let client = client([prompt("review", review)]);
    for (arguments, expected) in [
        (
            json!({"text": "7", "depth": "7"}),
            r#"Review { text: "7", depth: 7, strict: None, tone: Kind }"#,
        ),
        (
            json!({"text": "", "depth": "0", "strict": "true", "tone": "harsh"}),
            r#"Review { text: "", depth: 0, strict: Some(true), tone: Harsh }"#,
        ),
        (
            json!({"text": "x", "depth": "255", "more": "ignored"}),
            r#"Review { text: "x", depth: 255, strict: None, tone: Kind }"#,
        ),
    ] {
        let result = get(&client, "review", arguments).await.result().await;
        assert_eq!(result["messages"], json!([user(expected)]));
    }
}

#[tokio::test]
async fn an_argument_that_is_missing_or_does_not_fit_is_named() {
    let client = client([prompt("review", review)]);
    for (arguments, parts) in [
        (json!({}), vec!["`review`", "`text`"]),
        (json!({"text": "x"}), vec!["`review`", "`depth`"]),
        (
            json!({"text": "x", "depth": "deep"}),
            vec!["`depth`", "`deep`"],
        ),
        (
            json!({"text": "x", "depth": "256"}),
            vec!["`depth`", "`256`", "0 to 255"],
        ),
        (
            json!({"text": "x", "depth": "1", "strict": "yes"}),
            vec!["`strict`", "`yes`", "`true`"],
        ),
        (
            json!({"text": "x", "depth": "1", "tone": "loud"}),
            vec!["`tone`", "`loud`", "`harsh`"],
        ),
        (json!({"text": "x", "depth": 1}), vec!["strings"]),
        (json!([]), vec!["strings"]),
    ] {
        let reply = get(&client, "review", arguments.clone()).await;
        assert_eq!(reply.status, 200);
        let error = reply.error().await;
        assert_eq!(error["code"], -32602, "{arguments}");
        for part in parts {
            assert!(
                error["message"].as_str().unwrap().contains(part),
                "{part}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn optional_input_is_none_only_when_it_is_absent() {
    async fn maybe(input: Option<Args<Review>>) -> &'static str {
        input.map_or("none", |_| "some")
    }
    let client = client([prompt("maybe", maybe)]);
    let list = client.request("prompts/list", json!({})).await;
    let arguments = list.result().await["prompts"][0]["arguments"].take();
    let required = |argument: &Value| argument.get("required").is_some();
    assert!(!arguments.as_array().unwrap().iter().any(required));
    let absent = client.request("prompts/get", json!({"name": "maybe"}));
    assert_eq!(
        absent.await.result().await["messages"],
        json!([user("none")])
    );
    let part = get(&client, "maybe", json!({"text": "x"})).await;
    assert_eq!(part.refusal().await, (200, -32602));
    let some = get(&client, "maybe", json!({"text": "x", "depth": "1"})).await;
    assert_eq!(some.result().await["messages"], json!([user("some")]));
}

#[tokio::test]
async fn failures_are_told_masked_or_not_found() {
    let log = Log::capture();
    let client = client([
        prompt("told", async || {
            Err::<String, _>(PromptError::new("closed today"))
        }),
        prompt("gone", async || Err::<String, _>(PromptError::not_found())),
        prompt("own", async || {
            Err::<String, _>(PromptError::protocol(ErrorObject::new(99, "own")))
        }),
        prompt("broken", async || {
            Err::<String, BoxError>("secret cause".into())
        }),
    ]);
    for (name, code, part) in [
        ("told", -32603, "closed today"),
        ("gone", -32602, "not found"),
        ("own", 99, "own"),
        ("unknown", -32602, "unknown prompt `unknown`"),
    ] {
        let reply = get(&client, name, json!({})).await;
        assert_eq!(reply.status, 200);
        let error = reply.error().await;
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().contains(part), "{error}");
    }
    let error = get(&client, "broken", json!({})).await.error().await;
    assert_eq!(error["code"], -32603);
    let message = error["message"].as_str().unwrap();
    assert!(!message.contains("secret"), "{message}");
    let lines = log.lines_with("secret cause");
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].contains(message.rsplit(' ').next().unwrap()),
        "{lines:?}"
    );
}
