//! Malformed requests of a session, as data: refused in JSON-RPC, and nothing runs.

use http::Method;
use serde_json::json;

use super::{NEWEST, call, client, lives, refused};
use crate::{lifespan::Hold, support::SESSIONFUL};

/// Bodies, and how they are refused.
const BODIES: &[(&str, u16, i64)] = &[
    ("", 400, -32700),
    ("{", 400, -32700),
    ("not JSON", 400, -32700),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call",}"#,
        400,
        -32700,
    ),
    ("{}", 400, -32600),
    ("null", 400, -32600),
    ("1", 400, -32600),
    (r#"{"hello":1}"#, 400, -32600),
    (
        r#"{"jsonrpc":"1.0","id":1,"method":"tools/call","params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"id":1,"method":"tools/call","params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":true,"method":"tools/call","params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":[],"method":"tools/call","params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":1,"params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":["hold"]}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"quick","name":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"quick","n\u0061me":"hold"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"$serde_json::private::RawValue":"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}"}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"$serde_json::private::RawValue":"{\"name\":\"hold\"}"}}"#,
        400,
        -32600,
    ),
    (
        r#"{"jsonrpc":"2.0","id":null,"method":"notifications/cancelled","params":{"requestId":1}}"#,
        400,
        -32600,
    ),
];

#[tokio::test]
async fn a_body_that_is_no_message_is_refused_briefly_and_runs_nothing() {
    let hold = Hold::new();
    let client = client(&hold);
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for (body, status, code) in BODIES {
            let reply = session.post(&json!({})).raw_body(*body).await;
            assert_eq!(reply.status, *status, "{body}");
            let message = reply.message().await;
            assert_eq!(message["error"]["code"], *code, "{body}: {message}");
            assert!(message.to_string().len() < 200, "{message}");
            assert!(
                message.get("id").is_none_or(|id| id.is_null() || *id == 1),
                "{message}"
            );
            assert_eq!(hold.begun.available_permits(), 0, "{body} ran");
        }
        assert!(lives(&session).await, "{revision}");
    }
}

#[tokio::test]
async fn an_error_without_an_id_spells_it_as_its_revision_wants_it() {
    let client = client(&Hold::new());
    for (revision, null) in [("2025-11-25", false), ("2025-06-18", true)] {
        let session = client.open(revision).await;
        let message = session.post(&json!({})).raw_body("{").await.message().await;
        assert_eq!(message.get("id").is_some(), null, "{revision}: {message}");
    }
}

/// A header of a request in a session, and how GET, POST and DELETE answer to it.
const HEADERS: &[(&str, &str, [u16; 3])] = &[
    ("host", "evil.example", [403; 3]),
    ("host", "user@localhost", [400; 3]),
    ("origin", "https://evil.example", [403; 3]),
    ("origin", "null", [403; 3]),
    ("sec-fetch-site", "cross-site", [403; 3]),
    ("accept", "text/html", [406, 406, 204]),
    ("accept", "application/json", [406, 200, 204]),
    ("accept", "text/event-stream;q=0", [406, 406, 204]),
    (
        "accept",
        "text/event-stream;q=0, application/json",
        [406, 200, 204],
    ),
    ("accept", "*/*", [200, 200, 204]),
    ("accept", "text/*", [200, 200, 204]),
    ("content-type", "text/plain", [200, 415, 204]),
    ("content-type", "", [200, 415, 204]),
];

#[tokio::test]
async fn headers_are_checked_whatever_the_method() {
    let client = client(&Hold::new());
    for (name, value, statuses) in HEADERS {
        let session = client.open(NEWEST).await;
        let calls = [
            session.get(),
            session.request("ping", json!({})),
            session.delete(),
        ];
        for (call, status) in calls.into_iter().zip(statuses) {
            let what = format!("{name}: {value}");
            let reply = call.header(name, value).await;
            assert_eq!(reply.status, *status, "{what}");
            if *status >= 400 {
                assert_eq!(refused(reply, &what).await, (*status, -32600), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_missing_accept_takes_what_comes_and_a_second_host_is_refused() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    assert!(session.get().without("accept").await.is_stream());
    let quick = session.tool("quick", json!({})).without("accept").await;
    assert!(!quick.is_stream());
    assert_eq!(quick.text().await, "quick");
    for call in [
        session.get(),
        session.request("ping", json!({})),
        session.delete(),
    ] {
        let reply = call.also_header("host", "localhost").await;
        assert_eq!(refused(reply, "two hosts").await, (400, -32600));
    }
}

#[tokio::test]
async fn who_takes_no_stream_gets_none_though_the_handler_speaks() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    for accept in [
        "application/json",
        "application/json, text/event-stream;q=0",
    ] {
        hold.release.add_permits(1);
        let reply = session
            .post(&call(1, "talk"))
            .header("accept", accept)
            .await;
        assert!(!reply.is_stream(), "{accept}");
        assert_eq!(reply.text().await, "released");
    }
}

#[tokio::test]
async fn every_other_method_is_405_and_allow_names_those_that_work() {
    let client = client(&Hold::new());
    let session = client.open(NEWEST).await;
    for name in ["HEAD", "PUT", "PATCH", "OPTIONS", "TRACE", "QUERY", "get"] {
        let method = Method::from_bytes(name.as_bytes()).unwrap();
        let reply = session.get().http_method(method).await;
        assert_eq!(reply.status, 405, "{name}");
        assert_eq!(reply.header("allow"), Some("GET, POST, DELETE"), "{name}");
        if name != "HEAD" {
            assert_eq!(refused(reply, name).await, (405, -32600), "{name}");
        }
    }
    assert_eq!(
        client.mcp.sessions().list()[0].streams,
        0,
        "HEAD opens no stream"
    );
}

#[tokio::test]
async fn a_cursor_that_is_none_is_400_never_404_and_never_an_empty_stream() {
    let client = client(&Hold::new());
    let (session, other) = (client.open(NEWEST).await, client.open(NEWEST).await);
    let stream = other.post(&call(1, "talk")).await;
    for cursor in [
        "",
        "1",
        "1.",
        ".1",
        "x",
        "1.x",
        "-1.0",
        "1.1.1",
        "1.1",
        "1.0",
        "99.0",
        "18446744073709551616.0",
    ] {
        let reply = session.resume(cursor).await;
        assert_eq!(refused(reply, cursor).await, (400, -32600), "{cursor}");
    }
    assert!(
        session.resume("0.99").await.is_stream(),
        "its own standalone one begins anew"
    );
    drop(stream);
}

#[tokio::test]
async fn both_spellings_of_the_path_are_one_endpoint() {
    let client = client(&Hold::new());
    let hello = client.initialize(NEWEST, json!({})).path("/mcp/");
    let session = client.opened(hello.await).await;
    for path in ["/mcp", "/mcp/"] {
        let ping = session.request("ping", json!({})).path(path).await;
        assert_eq!(ping.status, 200, "{path}");
        assert!(session.get().path(path).await.is_stream(), "{path}");
    }
    assert_eq!(session.delete().path("/mcp/").await.status, 204);
}
