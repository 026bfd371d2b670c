//! What stands on the streams of requests: ids, priming, and whose words they are.

use std::collections::BTreeSet;

use mcp_axum::{Context, protocol::Level, tool};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{NEWEST, Steps, brief, builder, counting, end, next, rest, secs, serve, stream, told};
use crate::support::{SESSIONFUL, TestClient};

#[tokio::test(start_paused = true)]
async fn ids_count_from_one_on_each_stream_and_are_unique_in_the_session() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 3)]);
    let session = client.open(NEWEST).await;
    let mut streams = Vec::new();
    for _ in 0..3 {
        streams.push(stream(&session, "count").await);
    }
    steps.go(12);
    let mut seen = BTreeSet::new();
    for (events, number) in streams.iter_mut().zip(1..) {
        let ids: Vec<_> = rest(events).await.into_iter().map(|(id, _)| id).collect();
        let expected: Vec<_> = (1..=4).map(|seq| format!("{number}.{seq}")).collect();
        assert_eq!(ids, expected);
        seen.extend(ids);
    }
    let mut standalone = session.get().await.events();
    client.mcp.notifier().tools_changed();
    seen.insert(next(&mut standalone).await.id.unwrap());
    assert_eq!(seen.len(), 13, "{seen:?}");
    drop((streams, standalone, session));
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn t51_only_2025_11_25_with_a_log_is_primed() {
    for (revision, logged) in SESSIONFUL
        .into_iter()
        .flat_map(|it| [(it, true), (it, false)])
    {
        let steps = Steps::new();
        steps.go(9);
        let builder = builder([counting(&steps, 2)]);
        let client = TestClient::with(match logged {
            true => builder.build(),
            false => builder.without_event_log().build(),
        });
        let session = client.open(revision).await;
        let primed = revision == NEWEST && logged;
        for (call, id) in [
            (session.tool("count", json!({})), "1.0"),
            (session.get(), "0.0"),
        ] {
            let mut events = call.await.events();
            if id == "0.0" {
                client.mcp.notifier().tools_changed();
            }
            let first = events.next_event().await.expect("an event");
            let is_priming = first.has_data && first.data.is_empty();
            assert_eq!(is_priming, primed, "{revision} {logged} {id}");
            assert_eq!(first.retry.is_some(), primed, "{revision} {logged} {id}");
            match primed {
                true => assert_eq!(first.id.as_deref(), Some(id)),
                false => assert_eq!(first.id.is_some(), logged, "{revision}"),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_to_wait_is_spread_around_a_second() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 1)]);
    let session = client.open(NEWEST).await;
    let mut times = BTreeSet::new();
    for _ in 0..14 {
        let mut events = stream(&session, "count").await;
        steps.go(2);
        let first = events.next_event().await.unwrap();
        let retry = first.retry.expect("a time to wait");
        assert!((500..=1500).contains(&retry), "{retry}");
        times.insert(retry);
        assert_eq!(rest(&mut events).await.len(), 2);
    }
    assert!(times.len() > 3, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_words_carries_neither_priming_nor_ids() {
    let client = serve([]);
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let reply = session.tool("quick", json!({})).await;
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("mcp-session-id"), None);
        let text = String::from_utf8(reply.bytes().await.to_vec()).unwrap();
        assert!(text.starts_with("{\"jsonrpc\""), "{text}");
    }
}

/// Tells its own name in both ways, twice.
async fn tells(ctx: Context, name: &'static str) -> &'static str {
    for step in 1..=2 {
        ctx.log(Level::Warning, name);
        ctx.progress(f64::from(step), Some(2.0), Some(name));
        sleep(secs(2)).await;
    }
    name
}

fn telling() -> TestClient {
    serve([
        tool("one", async |ctx: Context| tells(ctx, "one").await),
        tool("two", async |ctx: Context| tells(ctx, "two").await),
    ])
}

fn asking_for_progress(name: &str, token: Value) -> Value {
    json!({"name": name, "arguments": {}, "_meta": {"progressToken": token}})
}

#[tokio::test(start_paused = true)]
async fn words_ride_on_the_post_that_caused_them_and_nowhere_else() {
    for revision in SESSIONFUL {
        let client = telling();
        let session = client.open(revision).await;
        let mut standalone = session.get().await.events();
        let call = |name| session.request("tools/call", asking_for_progress(name, json!(name)));
        let (mut one, mut two) = (call("one").await.events(), call("two").await.events());
        client.mcp.notifier().tools_changed();
        for (events, name) in [(&mut one, "one"), (&mut two, "two")] {
            let messages = events.rest().await;
            assert_eq!(messages.len(), 5, "{revision} {messages:?}");
            for message in &messages[..4] {
                match message["method"].as_str().unwrap() {
                    "notifications/message" => assert_eq!(message["params"]["data"], name),
                    "notifications/progress" => {
                        assert_eq!(message["params"]["progressToken"], name);
                    }
                    other => panic!("{revision}: {other}"),
                }
            }
            assert_eq!(brief(&messages[4]), name, "{revision}");
        }
        drop((one, two, session));
        let mut client = client;
        client.take_guard().shutdown().await;
        let left = standalone.rest().await;
        let left: Vec<_> = left.iter().map(brief).collect();
        assert_eq!(left, ["notifications/tools/list_changed"], "{revision}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_keeps_its_type_and_without_one_nothing_is_reported() {
    let client = telling();
    let session = client.open(NEWEST).await;
    session
        .request("logging/setLevel", json!({"level": "emergency"}))
        .await;
    for (token, reports) in [
        (json!("7"), 2),
        (json!(7), 2),
        (json!(""), 2),
        (Value::Null, 0),
        (json!(1.5), 0),
        (json!([7]), 0),
    ] {
        let call = session.request("tools/call", asking_for_progress("one", token.clone()));
        let messages = call.await.events().rest().await;
        let told: Vec<_> = messages
            .iter()
            .filter_map(|message| message["params"].get("progressToken"))
            .collect();
        assert_eq!(told, vec![&token; reports], "{token}");
        assert_eq!(messages.len(), reports + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_level_belongs_to_the_session_and_counts_from_the_next_word() {
    let client = telling();
    let (loud, quiet) = (client.open(NEWEST).await, client.open(NEWEST).await);
    let level = |level: &str| quiet.request("logging/setLevel", json!({"level": level}));
    assert_eq!(level("error").await.result().await, json!({}));
    let heard = rest(&mut stream(&loud, "one").await).await;
    assert_eq!(heard.len(), 3, "{heard:?}");
    let mut events = stream(&quiet, "one").await;
    level("debug").await;
    assert_eq!(
        rest(&mut events).await,
        told([("1.1", json!("one")), ("1.2", json!("one"))]),
        "the second word and the answer"
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_said_after_the_answer() {
    let late = tool("late", async |ctx: Context| {
        ctx.log(Level::Info, "word");
        tokio::spawn(async move {
            sleep(secs(1)).await;
            ctx.log(Level::Info, "late");
            ctx.progress(1.0, None, None);
        });
        "done"
    });
    let client = serve([late]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "late").await;
    sleep(secs(2)).await;
    let expected = told([("1.1", json!("word")), ("1.2", json!("done"))]);
    assert_eq!(rest(&mut events).await, expected);
    let mut again = session.resume("1.0").await.events();
    assert_eq!(rest(&mut again).await, expected);
}
