//! Batches: of 2025-03-26 alone, all or nothing, and nothing hides in one.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{NEWEST, call, client, hello, refused, text_of};
use crate::{
    lifespan::{Hold, soon},
    support::{Reply, SESSIONFUL},
};

const BATCHES: &str = "2025-03-26";

fn request(id: impl Into<Value>, method: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id.into(), "method": method})
}

fn notice() -> Value {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
}

fn answer() -> Value {
    json!({"jsonrpc": "2.0", "id": "late", "result": {}})
}

/// Returns the answers of a batch by the text of their ids.
async fn answers(reply: Reply) -> BTreeMap<String, Value> {
    assert_eq!(reply.status, 200);
    let all = match reply.is_stream() {
        true => soon(reply.events().rest()).await,
        false => serde_json::from_slice(&reply.bytes().await).expect("an array"),
    };
    let answers = all
        .into_iter()
        .filter(|message| message.get("id").is_some());
    let mut by_id = BTreeMap::new();
    for answer in answers {
        assert_eq!(answer["jsonrpc"], "2.0");
        let before = by_id.insert(answer["id"].to_string(), answer);
        assert!(before.is_none(), "one answer each: {before:?}");
    }
    by_id
}

#[tokio::test]
async fn each_request_is_answered_once_and_notifications_are_not() {
    let client = client(&Hold::new());
    let session = client.open(BATCHES).await;
    let batch = json!([
        request(1, "ping"),
        notice(),
        call(2, "quick"),
        request("3", "tools/list"),
        answer(),
        request(4, "no/such"),
        call(5, "no such tool"),
        request(6, "logging/setLevel"),
    ]);
    let reply = session.post(&batch).await;
    assert!(!reply.is_stream());
    let answers = answers(reply).await;
    assert_eq!(
        answers.keys().collect::<Vec<_>>(),
        ["\"3\"", "1", "2", "4", "5", "6"]
    );
    assert_eq!(answers["1"]["result"], json!({}));
    assert_eq!(text_of(&answers["2"]), "quick");
    assert!(answers["\"3\""]["result"]["tools"].is_array());
    assert_eq!(answers["4"]["error"]["code"], -32601);
    assert_eq!(answers["5"]["error"]["code"], -32602);
    assert_eq!(answers["6"]["error"]["code"], -32602);
}

#[tokio::test]
async fn one_request_is_answered_with_an_array_of_one() {
    let client = client(&Hold::new());
    let session = client.open(BATCHES).await;
    for message in [request(1, "ping"), call(1, "quick")] {
        let answers = session.post(&json!([message])).await.message().await;
        assert_eq!(answers.as_array().map(Vec::len), Some(1), "{answers}");
    }
}

#[tokio::test]
async fn without_requests_it_is_202() {
    let client = client(&Hold::new());
    let session = client.open(BATCHES).await;
    for batch in [
        json!([notice()]),
        json!([answer()]),
        json!([notice(), answer(), notice()]),
    ] {
        let reply = session.post(&batch).await;
        assert_eq!(reply.status, 202, "{batch}");
        assert!(reply.bytes().await.is_empty(), "{batch}");
    }
}

#[tokio::test]
async fn one_that_speaks_makes_it_a_stream_with_every_answer_that_ends_after_the_last() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(BATCHES).await;
    let batch = json!([
        call(1, "quick"),
        call(2, "talk"),
        request(3, "ping"),
        call(4, "hold")
    ]);
    let mut events = session.post(&batch).await.events();
    hold.begun().await;
    hold.begun().await;
    let mut told = vec![soon(events.next()).await.unwrap()];
    hold.release.add_permits(2);
    told.extend(soon(events.rest()).await);
    let reports = told.iter().filter(|message| message["method"].is_string());
    assert_eq!(reports.count(), 1);
    let mut ids: Vec<_> = told
        .iter()
        .filter_map(|message| message["id"].as_u64())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_client_that_takes_streams_alone_gets_one() {
    let client = client(&Hold::new());
    let session = client.open(BATCHES).await;
    let batch = json!([call(1, "quick"), request(2, "ping")]);
    let reply = session
        .post(&batch)
        .header("accept", "text/event-stream")
        .await;
    assert!(reply.is_stream());
    assert_eq!(answers(reply).await.len(), 2);
}

/// Arrays that no session takes, and that run nothing.
fn refused_arrays() -> Vec<(&'static str, Value)> {
    let claim = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let mut claimed = call(2, "hold");
    claimed["params"]["_meta"] = claim.clone();
    let mut claimed_notice = notice();
    claimed_notice["params"] = json!({"_meta": claim});
    let held = || call(1, "hold");
    let many = |count: u64| Value::Array((1..=count).map(|id| call(id, "hold")).collect());
    vec![
        ("nothing", json!([])),
        ("a number", json!([held(), 1])),
        ("null", json!([held(), null])),
        ("an array inside", json!([held(), [call(2, "hold")]])),
        ("only an array inside", json!([[held()]])),
        ("an empty array inside", json!([held(), []])),
        ("a claim", json!([held(), claimed])),
        ("a claim first", json!([claimed, held()])),
        ("a claim in an array inside", json!([[claimed]])),
        ("a claim of a notification", json!([held(), claimed_notice])),
        ("initialize", json!([hello(BATCHES)])),
        ("initialize beside others", json!([held(), hello(BATCHES)])),
        (
            "an id that is none",
            json!([held(), request(Value::Null, "ping")]),
        ),
        ("no envelope", json!([held(), {"hello": 1}])),
        (
            "params that are none",
            json!([held(), {"jsonrpc": "2.0", "id": 2, "method": "ping", "params": 1}]),
        ),
        ("33 messages", many(33)),
        ("thousands", Value::Array(vec![notice(); 5000])),
    ]
}

#[tokio::test]
async fn what_hides_something_or_is_too_long_is_refused_whole_and_runs_nothing() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(BATCHES).await;
    for (what, batch) in refused_arrays() {
        let reply = session.post(&batch).await;
        assert_eq!(refused(reply, what).await, (400, -32600), "{what}");
        assert_eq!(hold.begun.available_permits(), 0, "{what} ran");
        assert_eq!(client.mcp.sessions().list()[0].in_flight, 0, "{what}");
    }
    assert_eq!(client.mcp.sessions().count(), 1);
    assert!(super::lives(&session).await);
}

#[tokio::test]
async fn a_key_that_comes_twice_in_a_message_of_it_is_refused() {
    let client = client(&Hold::new());
    let session = client.open(BATCHES).await;
    for text in [
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/list"}]"#,
        r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"id":3,"method":"ping"}]"#,
        r#"[{"$serde_json::private::RawValue":"1"}]"#,
    ] {
        let reply = session.post(&json!({})).raw_body(text).await;
        assert_eq!(refused(reply, text).await, (400, -32600), "{text}");
    }
}

#[tokio::test]
async fn thirty_two_messages_are_taken() {
    let client = client(&Hold::new());
    let session = client.open(BATCHES).await;
    let batch = Value::Array((1..=32).map(|id| call(id, "quick")).collect());
    assert_eq!(answers(session.post(&batch).await).await.len(), 32);
}

#[tokio::test]
async fn no_other_revision_takes_one() {
    let hold = Hold::new();
    let client = client(&hold);
    for revision in SESSIONFUL
        .into_iter()
        .filter(|revision| *revision != BATCHES)
    {
        let session = client.open(revision).await;
        for batch in [
            json!([call(1, "hold")]),
            json!([notice()]),
            json!([answer()]),
        ] {
            let reply = session.post(&batch).await;
            assert_eq!(
                refused(reply, revision).await,
                (400, -32600),
                "{revision}: {batch}"
            );
            let reply = session
                .post(&batch)
                .header("mcp-protocol-version", BATCHES)
                .await;
            assert_eq!(reply.status, 400, "{revision}: the header decides nothing");
        }
        assert!(super::lives(&session).await, "{revision}");
    }
    assert_eq!(hold.begun.available_permits(), 0);
}

#[tokio::test]
async fn without_a_session_nobody_takes_one() {
    let client = client(&Hold::new());
    let batch = json!([request(1, "ping")]);
    let reply = client
        .post_older(&batch)
        .header("mcp-protocol-version", BATCHES)
        .await;
    assert_eq!(refused(reply, "no session").await, (400, -32600));
    let reply = client
        .post_older(&batch)
        .header("mcp-session-id", "gone")
        .await;
    assert_eq!(
        refused(reply, "a session that is gone").await,
        (404, -32600)
    );
    let session = client.open(NEWEST).await;
    let reply = session
        .post(&batch)
        .header("mcp-protocol-version", "2026-07-28")
        .await;
    assert_eq!(refused(reply, "a stateless header").await, (400, -32600));
}
