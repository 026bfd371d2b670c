//! The ids of sessions: unguessable, and never a reason to guess who was meant.

use std::collections::BTreeSet;

use http::{HeaderValue, Method};
use serde_json::json;

use super::{NEWEST, client, refused};
use crate::{
    lifespan::Hold,
    support::{Call, TestClient},
};

/// A request of each method that names a session, without a name yet.
fn of_each_method(client: &TestClient) -> Vec<(&'static str, Call)> {
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let answer = json!({"jsonrpc": "2.0", "id": "x", "result": {}});
    let get = || {
        client
            .raw(Method::GET, "")
            .header("accept", "text/event-stream")
    };
    vec![
        ("a request", client.older("ping", json!({}))),
        (
            "a call",
            client.older("tools/call", json!({"name": "quick"})),
        ),
        ("a notification", client.post_older(&notice)),
        ("an answer", client.post_older(&answer)),
        ("a batch", client.post_older(&json!([notice]))),
        ("initialize", client.initialize(NEWEST, json!({}))),
        ("GET", get()),
        ("a resume", get().header("last-event-id", "1.0")),
        ("DELETE", client.raw(Method::DELETE, "")),
    ]
}

#[tokio::test]
async fn what_was_never_an_id_and_what_is_none_any_more_read_the_same() {
    let client = client(&Hold::new());
    let alive = client.open(NEWEST).await;
    let over = client.open(NEWEST).await;
    over.delete().await;
    let own = alive.id.clone().unwrap();
    let flipped = |at: usize| {
        let mut bytes = own.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    };
    let ids = [
        over.id.clone().unwrap(),
        flipped(2),
        flipped(20),
        flipped(own.len() - 1),
        own[..own.len() - 1].to_owned(),
        format!("{own}A"),
        format!("{own},{own}"),
        own.to_lowercase(),
        own.replacen("1.", "2.", 1),
        "1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAA".to_owned(),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "x".repeat(10_000),
        String::new(),
    ];
    let mut bodies = BTreeSet::new();
    for id in &ids {
        for (what, call) in of_each_method(&client) {
            let reply = call.header("mcp-session-id", id).await;
            assert_eq!(reply.status, 404, "{what} of {id}");
            let names = reply.headers.keys().map(http::HeaderName::as_str);
            let names: BTreeSet<_> = names.collect();
            assert_eq!(names, ["content-length", "content-type"].into(), "{what}");
            bodies.insert(reply.bytes().await);
        }
    }
    assert_eq!(bodies.len(), 1, "the bytes tell nothing: {bodies:?}");
    assert!(super::lives(&alive).await);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_no_id() {
    let client = client(&Hold::new());
    for (what, mut call) in of_each_method(&client) {
        let bytes = HeaderValue::from_bytes(b"1.\xff\xfe").unwrap();
        call.headers.insert("mcp-session-id", bytes);
        assert_eq!(refused(call.await, what).await, (404, -32600), "{what}");
    }
}

#[tokio::test]
async fn without_an_id_nobody_is_meant_not_even_the_only_one() {
    let client = client(&Hold::new());
    let only = client.open(NEWEST).await;
    for (what, call) in of_each_method(&client) {
        if what == "initialize" {
            continue;
        }
        let reply = call.await;
        let status = refused(reply, what).await;
        assert_eq!(status, (400, -32600), "{what}");
    }
    let info = &client.mcp.sessions().list()[0];
    assert_eq!((client.mcp.sessions().count(), info.streams), (1, 0));
    assert!(super::lives(&only).await);
}

#[tokio::test]
async fn an_id_in_another_place_than_the_header_names_nobody() {
    let client = client(&Hold::new());
    let session = client.open(NEWEST).await;
    let id = session.id.as_deref().unwrap();
    let ping = || client.older("ping", json!({}));
    for (what, call) in [
        ("the query", ping().path(&format!("/mcp?session_id={id}"))),
        (
            "another query",
            ping().path(&format!("/mcp?Mcp-Session-Id={id}")),
        ),
        (
            "a cookie",
            ping().header("cookie", &format!("mcp-session-id={id}")),
        ),
        ("params", client.older("ping", json!({"sessionId": id}))),
        (
            "_meta",
            client.older("ping", json!({"_meta": {"mcp-session-id": id}})),
        ),
    ] {
        assert_eq!(refused(call.await, what).await, (400, -32600), "{what}");
    }
}

#[tokio::test]
async fn two_ids_name_nobody_even_when_they_are_the_same() {
    let client = client(&Hold::new());
    let (one, other) = (client.open(NEWEST).await, client.open(NEWEST).await);
    let (one, other) = (one.id.as_deref().unwrap(), other.id.as_deref().unwrap());
    for second in [one, other, "forged"] {
        for (what, call) in of_each_method(&client) {
            let call = call.header("mcp-session-id", one);
            let reply = call.also_header("mcp-session-id", second).await;
            assert_eq!(refused(reply, what).await, (400, -32600), "{what}");
        }
    }
    assert_eq!(client.mcp.sessions().count(), 2);
}

#[tokio::test]
async fn no_two_sessions_share_an_id_or_its_beginning() {
    let client = client(&Hold::new());
    let mut keys = BTreeSet::new();
    for _ in 0..1000 {
        let reply = client.initialize(NEWEST, json!({})).await;
        let id = reply.header("mcp-session-id").unwrap();
        assert!(id.bytes().all(|byte| byte.is_ascii_graphic()), "{id}");
        let (format, rest) = id.split_once('.').unwrap();
        let (key, tag) = rest.split_once('.').unwrap();
        assert_eq!((format, key.len(), tag.len()), ("1", 22, 14), "{id}");
        keys.insert(key[..8].to_owned());
    }
    assert_eq!(keys.len(), 1000, "48 random bits each");
}

#[tokio::test]
async fn an_id_of_another_service_is_none_here() {
    let hold = Hold::new();
    let (here, there) = (client(&hold), client(&hold));
    let session = there.open(NEWEST).await;
    let id = session.id.as_deref().unwrap();
    let ping = here.older("ping", json!({})).header("mcp-session-id", id);
    assert_eq!(refused(ping.await, "foreign").await, (404, -32600));
    assert!(super::lives(&session).await);
}
