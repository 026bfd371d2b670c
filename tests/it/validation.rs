//! Feature `schema-validation`: the keywords of a schema are checked before the handler runs.

use std::{sync::mpsc, thread, time::Duration};

use mcp_axum::{Args, Context, McpServer, Tool, ToolError, peer::AskError, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::runtime::Builder;

use crate::support::{TestClient, accept, asked, panics::panic_of};

#[derive(Deserialize, JsonSchema)]
struct Order {
    #[schemars(range(min = 1, max = 9))]
    count: u32,
    #[schemars(regex(pattern = "^[a-z]+$"))]
    item: String,
}

async fn order(Args(order): Args<Order>) -> String {
    format!("{} {}", order.count, order.item)
}

async fn raw(Args(input): Args<Map<String, Value>>) -> String {
    format!("{} members", input.len())
}

fn client(tools: impl IntoIterator<Item = Tool>) -> TestClient {
    let server = McpServer::new("validation", "1");
    TestClient::new(tools.into_iter().fold(server, McpServer::tool))
}

/// A schema by hand with these properties.
fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

/// Calls a tool; its text, and whether it says that the arguments do not fit.
async fn called(client: &TestClient, name: &str, arguments: Value) -> (String, bool) {
    let result = client.tool(name, arguments).await.result().await;
    let text = result["content"][0]["text"].as_str().expect("a text");
    let refused = result["isError"] == true;
    assert_eq!(text.starts_with("invalid arguments: "), refused, "{text}");
    (text.to_owned(), refused)
}

#[tokio::test]
async fn a_schema_by_hand_is_always_checked() {
    let schema = json!({
        "type": "object",
        "required": ["count"],
        "properties": {
            "count": {"type": "integer", "minimum": 1},
            "item": {"type": "string", "pattern": "^[a-z]+$"},
            "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "maxItems": 2}
        },
        "additionalProperties": false,
        "$defs": {"line": {"enum": ["a", "b"]}}
    });
    let client = client([tool("raw", raw).input_schema(schema)]);
    for (arguments, named) in [
        (json!({"count": 1}), None),
        (
            json!({"count": 2, "item": "tea", "lines": ["a", "b"]}),
            None,
        ),
        (json!({}), Some("count")),
        (json!({"count": 0}), Some("`count`")),
        (json!({"count": "1"}), Some("`count`")),
        (json!({"count": 1, "item": "Tea"}), Some("`item`")),
        (json!({"count": 1, "lines": ["a", "c"]}), Some("`lines/1`")),
        (
            json!({"count": 1, "lines": ["a", "a", "a"]}),
            Some("`lines`"),
        ),
        (json!({"count": 1, "more": 1}), Some("more")),
    ] {
        let (text, refused) = called(&client, "raw", arguments.clone()).await;
        assert_eq!(refused, named.is_some(), "{arguments}: {text}");
        assert!(text.contains(named.unwrap_or("members")), "{text}");
    }
    let absent = client.request("tools/call", json!({"name": "raw"}));
    assert_eq!(absent.await.result().await["isError"], true);
}

#[tokio::test]
async fn what_does_not_fit_is_not_repeated_whole() {
    let numbers = json!({"type": "object", "additionalProperties": {"type": "integer"}});
    let closed = json!({"type": "object", "additionalProperties": false});
    let client = client([
        tool("numbers", raw).input_schema(numbers),
        tool("closed", raw).input_schema(closed),
    ]);
    let long = "x".repeat(100_000);
    for name in ["numbers", "closed"] {
        let (text, refused) = called(&client, name, json!({&*long: long})).await;
        assert!(refused && text.len() < 600, "{} bytes", text.len());
    }
}

#[tokio::test]
async fn typed_input_is_checked_only_where_that_was_asked_for() {
    let client = client([
        tool("typed", order),
        tool("checked", order).validated(),
        tool("stated", async |Args(_): Args<Order>| "x")
            .validated()
            .with_state(()),
    ]);
    for (arguments, fits) in [
        (json!({"count": 1, "item": "tea"}), true),
        (json!({"count": 0, "item": "tea"}), false),
        (json!({"count": 10, "item": "tea"}), false),
        (json!({"count": 1, "item": "Tea 1"}), false),
    ] {
        let free = called(&client, "typed", arguments.clone()).await;
        assert!(!free.1, "{free:?}");
        for name in ["checked", "stated"] {
            let checked = called(&client, name, arguments.clone()).await;
            assert_eq!(checked.1, !fits, "{name}: {checked:?}");
        }
    }
}

#[test]
fn a_schema_that_cannot_be_checked_is_refused_where_it_is_written() {
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Bad {
        #[schemars(regex(pattern = "(open"))]
        text: String,
    }
    let by_hand =
        |property: Value| panic_of(|| tool::<(), _, _>("raw", raw).input_schema(object(property)));
    let pattern = |pattern: &str| by_hand(json!({"a": {"type": "string", "pattern": pattern}}));
    for panicked in [
        pattern("(open"),
        // What a linear engine cannot do, and what it would need too much memory for.
        pattern("^(?=a)"),
        pattern("(a{1000}){1000}"),
        by_hand(json!({"a": {"$ref": "https://x.example/schema"}})),
        by_hand(json!({"a": {"$ref": "file:///etc/passwd"}})),
        by_hand(json!({"a": {"$ref": "#/$defs/none"}})),
        by_hand(json!({"a": {"type": "no such type"}})),
    ] {
        assert!(panicked.message.contains("tool `raw`"), "{panicked:?}");
        assert!(panicked.file.ends_with("validation.rs"), "{panicked:?}");
    }
    let typed = || tool::<(), _, _>("typed", async |_: Args<Bad>| "x");
    let panicked = panic_of(|| typed().validated());
    assert!(panicked.message.contains("tool `typed`"), "{panicked:?}");
    assert!(panicked.file.ends_with("validation.rs"), "{panicked:?}");
    assert_eq!(typed().name(), "typed", "unchecked, its pattern is text");
}

#[tokio::test]
async fn an_answer_that_breaks_a_keyword_is_asked_for_again() {
    #[derive(Deserialize)]
    struct Age {
        age: i64,
    }
    async fn ask(ctx: Context) -> Result<String, ToolError> {
        let schema = object(json!({"age": {"type": "integer", "minimum": 18, "maximum": 120}}));
        let age = ctx.elicit_with::<Age>("age", "How old?", schema).await?;
        Ok(age
            .accepted()
            .map_or("nothing".to_owned(), |age| age.age.to_string()))
    }
    let client = client([tool("ask", ask)]);
    let call = || client.tool("ask", json!({})).answers_everything();
    for (age, fits) in [(17, false), (18, true), (121, false), (120, true)] {
        let round = call().await.round().await;
        let answer = json!({"age": accept(json!({"age": age}))});
        let reply = call().answering(&round, answer).await;
        match fits {
            true => assert_eq!(reply.text().await, age.to_string()),
            false => assert_eq!(asked(&reply.round().await), ["age"], "{age}"),
        }
    }
    let round = call().await.round().await;
    let declined = call().answering(&round, json!({"age": {"action": "decline"}}));
    assert_eq!(declined.await.text().await, "nothing");
}

#[tokio::test]
async fn a_form_that_refers_to_another_document_is_not_asked() {
    async fn ask(ctx: Context) -> String {
        let schema = object(json!({"a": {"$ref": "http://127.0.0.1:9/schema"}}));
        let answer = ctx
            .elicit_with::<Map<String, Value>>("a", "?", schema)
            .await;
        matches!(answer, Err(AskError::Form(_))).to_string()
    }
    let client = client([tool("ask", ask)]);
    let call = client.tool("ask", json!({})).answers_everything();
    assert_eq!(call.await.text().await, "true");
}

/// Schemas, and arguments that are costly for a careless check.
fn bombs() -> Vec<(&'static str, Value, Value)> {
    let text = |pattern: &str| object(json!({"a": {"type": "string", "pattern": pattern}}));
    let long = json!({"a": "a".repeat(50_000) + "!"});
    let many: Vec<_> = (0..20_000).map(|number| json!({"n": number})).collect();
    let unlike: Map<String, Value> = (0..20_000)
        .map(|number| (format!("a{number}"), json!(number)))
        .collect();
    let deep = (0..40).fold(json!({}), |inner, _| json!({"a": inner}));
    vec![
        ("nested repetition", text("^(a+)+$"), long.clone()),
        ("alternatives", text("^(a|a)*$"), long.clone()),
        ("a long repetition", text("^a{0,500}b$"), long),
        (
            "unique items",
            object(json!({"a": {"uniqueItems": true}})),
            json!({"a": many}),
        ),
        (
            "patterns of names",
            json!({"type": "object", "patternProperties": {"^(a+)+$": {"type": "null"}}}),
            Value::Object(unlike),
        ),
        (
            "a schema within itself",
            json!({"type": "object", "properties": {"a": {"$ref": "#"}}}),
            deep,
        ),
    ]
}

#[test]
fn a_schema_bomb_costs_a_bounded_time() {
    // A check without a bound would take years: the guard only says so in the end.
    const HANGS: Duration = Duration::from_secs(60);
    for (what, schema, arguments) in bombs() {
        let (done, finished) = mpsc::channel();
        // The check does not yield, so it is watched from another thread.
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_time().build();
            let text = runtime.expect("a runtime").block_on(async {
                let client = client([tool("raw", raw).input_schema(schema)]);
                client.tool("raw", arguments).await.text().await
            });
            done.send(text)
        });
        let text = finished.recv_timeout(HANGS);
        assert!(text.is_ok(), "{what}: {text:?}");
    }
}
