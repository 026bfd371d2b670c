//! Which era a message belongs to, where one endpoint serves both.

use http::Method;
use serde_json::{Value, json};

use super::{NEWEST, client, refused};
use crate::{
    lifespan::Hold,
    support::{Call, Reply, Session, TestClient},
};

/// Which session a message names.
#[derive(Clone, Copy, Debug)]
enum Names {
    Nobody,
    Own,
    Unknown,
}

use Names::{Nobody, Own, Unknown};

const UNKNOWN: &str = "1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAA";

/// A body, its version header, its session, and its status and error code; 0 is no error.
type Row = (&'static str, Option<&'static str>, Names, u16, i64);

const CLAIMED: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":@CLAIM}}"#;
const BARE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
const ANSWER: &str = r#"{"jsonrpc":"2.0","id":"q","result":{}}"#;
const REFUSAL: &str = r#"{"jsonrpc":"2.0","id":"q","error":{"code":-1,"message":"no"}}"#;
const NOTICE: &str = r#"{"jsonrpc":"2.0","method":"notifications/roots/list_changed"}"#;
const CLAIMED_NOTICE: &str =
    r#"{"jsonrpc":"2.0","method":"notifications/x","params":{"_meta":@CLAIM}}"#;
const NEW: Option<&str> = Some("2026-07-28");
const NEWER: Option<&str> = Some("2027-01-01");
const OLD: Option<&str> = Some("2025-11-25");

const NOT_JSON: &[Row] = &[
    ("{", None, Own, 400, -32700),
    ("", None, Own, 400, -32700),
    ("{", NEW, Nobody, 400, -32700),
    ("{\"jsonrpc\":\"2.0\"}", OLD, Own, 400, -32600),
];

const ARRAYS: &[Row] = &[
    ("[]", None, Own, 400, -32600),
    ("[1]", None, Own, 400, -32600),
    ("[[]]", None, Own, 400, -32600),
    ("[@BARE,null]", None, Own, 400, -32600),
    ("[@CLAIMED]", None, Own, 400, -32600),
    ("[@CLAIMED]", NEW, Nobody, 400, -32600),
    ("[@BARE,@CLAIMED]", None, Own, 400, -32600),
    ("[@BARE,@CLAIMED_NOTICE]", None, Own, 400, -32600),
    ("[@BARE]", NEW, Own, 400, -32600),
    ("[@BARE]", NEWER, Own, 400, -32600),
    ("[@BARE]", None, Nobody, 400, -32600),
    ("[@BARE]", None, Unknown, 404, -32600),
    // The session is of a revision without batches.
    ("[@BARE]", None, Own, 400, -32600),
    ("[@NOTICE]", OLD, Own, 400, -32600),
];

const ANSWERS: &[Row] = &[
    (ANSWER, None, Own, 202, 0),
    (REFUSAL, OLD, Own, 202, 0),
    (ANSWER, None, Nobody, 400, -32600),
    (ANSWER, None, Unknown, 404, -32600),
    (ANSWER, NEW, Own, 400, -32600),
    (REFUSAL, NEWER, Nobody, 400, -32600),
];

const CLAIMS: &[Row] = &[
    (CLAIMED, NEW, Nobody, 200, 0),
    // Whatever session a request of the stateless era names is ignored.
    (CLAIMED, NEW, Own, 200, 0),
    (CLAIMED, NEW, Unknown, 200, 0),
    (CLAIMED, None, Own, 400, -32020),
    (CLAIMED, OLD, Own, 400, -32020),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":@OF(1)}}"#,
        NEW,
        Own,
        400,
        -32602,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":@OF(null)}}"#,
        None,
        Own,
        400,
        -32602,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":@OF("2025-11-25")}}"#,
        OLD,
        Own,
        400,
        -32022,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":@OF("2025-03-26")}}"#,
        None,
        Own,
        400,
        -32022,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":@OF("2099-01-01")}}"#,
        None,
        Own,
        400,
        -32022,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#,
        NEW,
        Own,
        400,
        -32602,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"_meta":@CLAIM}}"#,
        NEW,
        Own,
        404,
        -32601,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"_meta":@CLAIM}}"#,
        NEW,
        Own,
        404,
        -32601,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"info","_meta":@CLAIM}}"#,
        NEW,
        Own,
        404,
        -32601,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"resources/subscribe","params":{"uri":"a:b","_meta":@CLAIM}}"#,
        NEW,
        Own,
        404,
        -32601,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"resources/unsubscribe","params":{"uri":"a:b","_meta":@CLAIM}}"#,
        NEW,
        Own,
        404,
        -32601,
    ),
];

const BARES: &[Row] = &[
    (BARE, None, Own, 200, 0),
    (BARE, OLD, Own, 200, 0),
    (BARE, None, Nobody, 400, -32600),
    (BARE, OLD, Unknown, 404, -32600),
    (BARE, NEW, Own, 400, -32602),
    (BARE, NEW, Nobody, 400, -32602),
    (BARE, NEWER, Unknown, 400, -32602),
    // Other members of `_meta` claim nothing.
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{}}}}"#,
        None,
        Own,
        200,
        0,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#,
        None,
        Own,
        200,
        -32601,
    ),
    (
        r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen"}"#,
        None,
        Own,
        200,
        -32601,
    ),
];

const NOTICES: &[Row] = &[
    (NOTICE, None, Own, 202, 0),
    (NOTICE, OLD, Own, 202, 0),
    (NOTICE, None, Nobody, 400, -32600),
    (NOTICE, OLD, Unknown, 404, -32600),
    (NOTICE, NEW, Nobody, 202, 0),
    (NOTICE, NEWER, Unknown, 202, 0),
    (CLAIMED_NOTICE, None, Nobody, 202, 0),
    (CLAIMED_NOTICE, NEW, Unknown, 202, 0),
    (CLAIMED_NOTICE, OLD, Own, 202, 0),
];

/// Fills in what stands for something longer.
fn fill(text: &str) -> String {
    let of = |claim: &str| {
        format!(
            r#"{{"io.modelcontextprotocol/protocolVersion":{claim},"io.modelcontextprotocol/clientCapabilities":{{}}}}"#
        )
    };
    let text = text.replace("@CLAIMED_NOTICE", CLAIMED_NOTICE);
    let text = text.replace("@CLAIMED", CLAIMED).replace("@BARE", BARE);
    let text = text
        .replace("@NOTICE", NOTICE)
        .replace("@CLAIM", &of("\"2026-07-28\""));
    match (text.find("@OF("), text.find(")}}")) {
        (Some(start), Some(end)) => {
            let claim = of(&text[start + 4..end]);
            format!("{}{claim}{}", &text[..start], &text[end + 1..])
        }
        _ => text,
    }
}

/// Posts exactly this.
fn post(client: &TestClient, session: &Session<'_>, row: &Row) -> Call {
    let (body, version, names, ..) = row;
    let body = fill(body);
    let parsed: Option<Value> = serde_json::from_str(&body).ok();
    let method = parsed.and_then(|message| Some(message["method"].as_str()?.to_owned()));
    let mut call = client.post_older(&json!({})).raw_body(body);
    if let Some(version) = version {
        call = call.header("mcp-protocol-version", version);
    }
    if let Some(method) = method {
        call = call.header("mcp-method", &method);
    }
    match names {
        Nobody => call,
        Own => call.header("mcp-session-id", session.id.as_deref().expect("an id")),
        Unknown => call.header("mcp-session-id", UNKNOWN),
    }
}

async fn judge(reply: Reply, row: &Row) {
    let (_, _, _, status, code) = row;
    let what = format!("{row:?}");
    assert_eq!(reply.status, *status, "{what}");
    match (status, code) {
        (202, _) => assert!(reply.bytes().await.is_empty(), "{what}"),
        (_, 0) => {
            assert_eq!(reply.header("mcp-session-id"), None, "{what}");
            assert!(reply.result().await["tools"].is_array(), "{what}");
        }
        (_, code) => assert_eq!(refused(reply, &what).await, (*status, *code), "{what}"),
    }
}

#[tokio::test]
async fn every_message_is_told_by_its_body_and_headers_only_corroborate() {
    let client = client(&Hold::new());
    let session = client.open(NEWEST).await;
    for rows in [NOT_JSON, ARRAYS, ANSWERS, CLAIMS, BARES, NOTICES] {
        for row in rows {
            judge(post(&client, &session, row).await, row).await;
        }
    }
    assert_eq!(client.mcp.sessions().count(), 1);
    assert!(super::lives(&session).await);
}

#[tokio::test]
async fn both_eras_take_turns_and_learn_nothing_from_each_other() {
    let client = client(&Hold::new());
    let session = client.open(NEWEST).await;
    let id = session.id.as_deref().expect("an id");
    for _ in 0..5 {
        let older = session.tool("quick", json!({})).await.result().await;
        assert_eq!(older.get("resultType"), None);
        let newer = client.tool("quick", json!({})).header("mcp-session-id", id);
        let newer = newer.header("last-event-id", "1.1").await;
        assert_eq!(newer.header("mcp-session-id"), None);
        assert_eq!(newer.result().await["resultType"], "complete");
    }
    // What the session has ended does not touch the other era.
    session.delete().await;
    let newer = client.tool("quick", json!({})).header("mcp-session-id", id);
    assert_eq!(newer.await.text().await, "quick");
}

#[tokio::test]
async fn get_and_delete_belong_to_the_sessionful_era() {
    let client = client(&Hold::new());
    let session = client.open(NEWEST).await;
    for (method, version, named, status) in [
        (Method::GET, None, true, 200),
        (Method::GET, OLD, true, 200),
        (Method::GET, NEW, true, 400),
        (Method::GET, NEWER, true, 400),
        (Method::GET, None, false, 400),
        (Method::DELETE, NEW, true, 400),
        (Method::DELETE, None, false, 400),
        (Method::DELETE, None, true, 204),
        (Method::GET, None, true, 404),
        (Method::DELETE, None, true, 404),
    ] {
        let mut call = client.raw(method.clone(), "");
        if let Some(version) = version {
            call = call.header("mcp-protocol-version", version);
        }
        if named {
            call = call.header("mcp-session-id", session.id.as_deref().expect("an id"));
        }
        let reply = call.await;
        assert_eq!(reply.status, status, "{method} {version:?} {named}");
        if status >= 400 {
            let refusal = refused(reply, method.as_str()).await;
            assert_eq!(refusal, (status, -32600), "{method} {version:?} {named}");
        }
    }
}
