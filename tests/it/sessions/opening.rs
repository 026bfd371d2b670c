//! What opens no session: nothing but a complete and valid `initialize` does.

use http::Method;
use serde_json::{Value, json};

use super::{NEWEST, client, hello, refused};
use crate::{lifespan::Hold, support::TestClient};

/// Members of `params` that do not fit; a member that is left out is `None`.
const MEMBERS: &[(&str, Option<&str>)] = &[
    ("protocolVersion", None),
    ("protocolVersion", Some("null")),
    ("protocolVersion", Some("20251125")),
    ("protocolVersion", Some(r#"["2025-11-25"]"#)),
    ("capabilities", None),
    ("capabilities", Some("null")),
    ("capabilities", Some("[]")),
    ("capabilities", Some("true")),
    ("clientInfo", None),
    ("clientInfo", Some("null")),
    ("clientInfo", Some(r#""me""#)),
    ("clientInfo", Some("[]")),
];

#[tokio::test]
async fn parameters_that_do_not_fit_are_told_in_band_and_open_nothing() {
    let client = client(&Hold::new());
    for (member, value) in MEMBERS {
        let mut hello = hello(NEWEST);
        let params = hello["params"].as_object_mut().unwrap();
        params.remove(*member);
        if let Some(value) = value {
            params.insert((*member).to_owned(), serde_json::from_str(value).unwrap());
        }
        for accept in ["application/json", "text/event-stream"] {
            let reply = client.post_older(&hello).header("accept", accept).await;
            assert_eq!(reply.status, 200, "{hello}");
            assert_eq!(reply.header("mcp-session-id"), None, "{hello}");
            let message = reply.message().await;
            assert_eq!(message["id"], 1, "{hello}");
            assert_eq!(message["error"]["code"], -32602, "{hello}");
            let text = message["error"]["message"].as_str().unwrap();
            assert!(text.contains(member), "`{text}` does not name `{member}`");
        }
    }
    assert_eq!(client.mcp.sessions().count(), 0);
}

/// Changes the message, and says how it is refused.
type Change = (&'static str, fn(&mut Value), u16, i64);

const CHANGES: &[Change] = &[
    ("no params", |hello| remove(hello, "params"), 200, -32602),
    (
        "an array",
        |hello| hello["params"] = json!([NEWEST]),
        400,
        -32600,
    ),
    ("no jsonrpc", |hello| remove(hello, "jsonrpc"), 400, -32600),
    ("id null", |hello| hello["id"] = Value::Null, 400, -32600),
    ("id true", |hello| hello["id"] = json!(true), 400, -32600),
    ("id 1.5", |hello| hello["id"] = json!(1.5), 400, -32600),
    ("no id", |hello| remove(hello, "id"), 400, -32600),
    ("a batch", |hello| *hello = json!([hello]), 400, -32600),
    ("twice", |hello| *hello = json!([hello, hello]), 400, -32600),
    (
        "a claim",
        |hello| {
            hello["params"]["_meta"] = json!({
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            });
        },
        // Its headers are compared before its method is looked up.
        400,
        -32020,
    ),
];

fn remove(message: &mut Value, member: &str) {
    let message = message.as_object_mut().expect("an object");
    message.remove(member);
}

#[tokio::test]
async fn a_message_that_is_no_handshake_opens_nothing() {
    let client = client(&Hold::new());
    for (what, change, status, code) in CHANGES {
        let mut hello = hello(NEWEST);
        change(&mut hello);
        let refusal = refused(client.post_older(&hello).await, what).await;
        assert_eq!(refusal, (*status, *code), "{what}");
    }
    assert_eq!(client.mcp.sessions().count(), 0);
}

/// Headers of an otherwise valid handshake, and how it is refused for them.
const HEADERS: &[(&str, &str, u16, i64)] = &[
    ("host", "evil.example", 403, -32600),
    ("origin", "https://evil.example", 403, -32600),
    ("accept", "text/html", 406, -32600),
    ("content-type", "text/plain", 415, -32600),
    ("mcp-protocol-version", "1.0", 400, -32600),
    ("mcp-protocol-version", "2026-07-28", 400, -32020),
    ("mcp-session-id", "my-own", 404, -32600),
];

const BODIES: &[(&str, u16, i64)] = &[
    ("", 400, -32700),
    (r#"{"jsonrpc":"2.0","id":1"#, 400, -32700),
    ("[]", 400, -32600),
    ("{}", 400, -32600),
];

const METHODS: &[(Method, u16, i64)] = &[
    (Method::PUT, 405, -32600),
    (Method::GET, 400, -32600),
    (Method::DELETE, 400, -32600),
];

#[tokio::test]
async fn what_is_turned_away_opens_nothing_however_often() {
    let client = client(&Hold::new());
    let hello = || client.initialize(NEWEST, json!({}));
    for _ in 0..50 {
        for (name, value, status, code) in HEADERS {
            let refusal = refused(hello().header(name, value).await, name).await;
            assert_eq!(refusal, (*status, *code), "{name}: {value}");
        }
        for (body, status, code) in BODIES {
            let refusal = refused(hello().raw_body(*body).await, body).await;
            assert_eq!(refusal, (*status, *code), "{body}");
        }
        for (method, status, code) in METHODS {
            let reply = hello().http_method(method.clone()).await;
            let refusal = refused(reply, method.as_str()).await;
            assert_eq!(refusal, (*status, *code), "{method}");
        }
        assert_eq!(client.mcp.sessions().count(), 0);
    }
}

#[tokio::test]
async fn a_login_that_turns_away_opens_nothing() {
    let mcp = crate::lifespan::builder(&Hold::new());
    let client = TestClient::with(
        mcp.principal(|_| Err(mcp_axum::Refusal::new(http::StatusCode::UNAUTHORIZED)))
            .build(),
    );
    for _ in 0..50 {
        let reply = client.initialize(NEWEST, json!({})).await;
        assert_eq!(refused(reply, "no login").await, (401, -32600));
    }
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test]
async fn an_id_that_a_client_proposes_is_never_adopted() {
    let client = client(&Hold::new());
    let other = client.open(NEWEST).await;
    let id = other.id.as_deref().unwrap();
    let hello = client.initialize(NEWEST, json!({}));
    let reply = hello
        .header("mcp-session", id)
        .header("last-event-id", "1.1")
        .await;
    let session = client.opened(reply).await;
    assert_ne!(session.id.as_deref(), Some(id));
    assert_eq!(client.mcp.sessions().count(), 2);
}
