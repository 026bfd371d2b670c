//! What a client may post, and that the answer never comes with the POST.

use mcp_axum::{McpServer, McpService, Resource, resource, tool};
use serde_json::{Value, json};

use super::{Old, client, connect, mounted, open, post, serving, taken};
use crate::{
    lifespan::{self, Hold},
    support::{Call, TestClient},
};

/// Returns status, code and message of a refusal.
async fn refused(call: Call) -> (u16, i64, String) {
    let reply = call.await;
    let status = reply.status.as_u16();
    assert_eq!(
        reply.header("content-type"),
        Some("application/json"),
        "{reply:?}"
    );
    let error = reply.error().await;
    let message = error["message"].as_str().expect("a message");
    (
        status,
        error["code"].as_i64().expect("a code"),
        message.to_owned(),
    )
}

#[tokio::test]
async fn a_post_is_202_and_empty_and_the_answer_is_a_message_on_the_stream() {
    let client = client();
    let mut old = connect(&client).await;
    for id in [json!(7), json!("seven"), json!(-1), json!("é\"\\")] {
        let message = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": {"name": "greet", "arguments": {}}});
        let reply = old.post(&message).await;
        assert_eq!(reply.status, 202);
        assert_eq!(reply.header("content-length"), Some("0"));
        assert_eq!(reply.header("content-type"), None);
        assert_eq!(reply.header("mcp-session-id"), None);
        assert_eq!(reply.bytes().await, "");
        let event = old.events.next_event().await.unwrap();
        assert_eq!(event.event.as_deref(), Some("message"));
        assert_eq!((event.id.as_deref(), event.retry), (None, None));
        let message = event.message();
        assert_eq!(message["id"], id);
        assert_eq!(message["result"]["content"][0]["text"], "hello");
    }
}

#[tokio::test]
async fn a_message_of_many_lines_is_one_event_of_one_line() {
    fn lines() -> Resource {
        resource(
            "note://lines",
            async || "one\r\ntwo\n\nevent: endpoint\ndata: /elsewhere\n\n",
        )
    }
    let client = TestClient::with(serving(McpServer::new("l", "1").resource(lines())).build());
    let mut old = connect(&client).await;
    taken(old.request("resources/read", json!({"uri": "note://lines"}))).await;
    let block = old.events.block().await.unwrap();
    let data = block.strip_prefix("event: message\ndata: ").unwrap();
    let message: Value = serde_json::from_str(data.trim_end()).unwrap();
    let text = message["result"]["contents"][0]["text"].as_str().unwrap();
    assert_eq!(text, "one\r\ntwo\n\nevent: endpoint\ndata: /elsewhere\n\n");
}

#[tokio::test]
async fn errors_of_the_protocol_come_on_the_stream_with_their_id() {
    let client = client();
    let mut old = connect(&client).await;
    for (method, params, code) in [
        ("no/such", json!({}), -32601),
        ("server/discover", json!({}), -32601),
        ("subscriptions/listen", json!({"notifications": {}}), -32601),
        ("tools/call", json!({"name": "nobody"}), -32602),
        ("tools/call", json!({}), -32602),
        ("resources/read", json!({"uri": "note://two"}), -32002),
        ("logging/setLevel", json!({"level": "loud"}), -32602),
    ] {
        let message = old.call(method, params).await;
        assert_eq!(message["error"]["code"], code, "{method}: {message}");
        assert!(message["id"].is_number(), "{message}");
    }
}

#[tokio::test]
async fn a_post_without_exactly_one_known_session_finds_no_other() {
    let client = client();
    let mut old = connect(&client).await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let ended = connect(&client).await.place;
    let other = client.open("2025-11-25").await;
    let (head, tag) = old.id().rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", tag.chars().rev().collect::<String>());
    for (query, status) in [
        (String::new(), 400),
        ("?".to_owned(), 400),
        ("?sessionId".to_owned(), 400),
        ("?sessionId=".to_owned(), 400),
        (format!("?session_id={}", old.id()), 400),
        (format!("?SessionId={}", old.id()), 400),
        (
            format!("?sessionId={}&sessionId={}", old.id(), old.id()),
            400,
        ),
        (format!("?sessionId=x&sessionId={}", old.id()), 400),
        ("?sessionId=1".to_owned(), 404),
        (
            "?sessionId=1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAA".to_owned(),
            404,
        ),
        (format!("?sessionId={forged}"), 404),
        (format!("?sessionId={}x", old.id()), 404),
        (format!("?sessionId={}", other.id.as_deref().unwrap()), 404),
        (ended.trim_start_matches("/messages").to_owned(), 404),
    ] {
        let call = post(&client, &format!("/messages{query}"), &ping);
        let (found, code, message) = refused(call).await;
        assert_eq!((found, code), (status, -32600), "{query}: {message}");
        // A session header is no session of this transport.
        let call = post(&client, &format!("/messages{query}"), &ping);
        let reply = call.header("mcp-session-id", old.id()).await;
        assert_eq!(reply.status, status, "{query}");
    }
    old.heard_all().await;
}

#[tokio::test]
async fn a_session_of_one_transport_is_none_of_the_other() {
    let client = client();
    let mut old = open(&client, "2025-11-25", json!({})).await;
    let new = client.open("2025-11-25").await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let unknown = client.post_older(&ping).header("mcp-session-id", "x").await;
    let unknown = unknown.bytes().await;
    for call in [
        client.post_older(&ping),
        client
            .raw(http::Method::GET, "")
            .header("accept", "text/event-stream"),
        client.raw(http::Method::DELETE, ""),
        client.initialize("2025-11-25", json!({})),
    ] {
        let reply = call.header("mcp-session-id", old.id()).await;
        assert_eq!(reply.status, 404);
        assert_eq!(reply.bytes().await, unknown);
    }
    let at = |id: &str| post(&client, &format!("/messages?sessionId={id}"), &ping);
    let reply = at(new.id.as_deref().unwrap()).await;
    assert_eq!(reply.status, 404);
    assert_eq!(reply.bytes().await, at("x").await.bytes().await);
    old.heard_all().await;
    assert_eq!(new.request("ping", json!({})).await.status, 200);
    assert_eq!(client.mcp.sessions().count(), 2);
}

/// Asserts that a body is refused, and that nothing of it ran.
async fn refuses(old: &mut Old<'_>, call: Call, status: u16, code: i64) -> String {
    let (found, found_code, message) = refused(call).await;
    assert_eq!((found, found_code), (status, code), "{message}");
    old.heard_all().await;
    message
}

#[tokio::test]
async fn a_message_that_claims_a_revision_is_told_the_right_url() {
    let mcp = serving(super::server()).build();
    let client = mounted(&mcp, axum::Router::new().nest("/n", mcp.router()));
    let mut old = super::opened(&client, super::stream(&client).path("/n/sse").await).await;
    old.initialize("2025-03-26", json!({})).await;
    let claim = json!({"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}});
    let call = client.tool("greet", json!({})).path(&old.place);
    let message = refuses(&mut old, call, 400, -32600).await;
    assert!(message.contains("`/n/mcp`"), "{message}");
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/x", "params": claim});
    let ping = json!({"jsonrpc": "2.0", "id": 9, "method": "ping"});
    for body in [notice.clone(), json!([ping, notice])] {
        let call = old.post(&body);
        let message = refuses(&mut old, call, 400, -32600).await;
        assert!(message.contains("`/n/mcp`"), "{message}");
    }
    // Behind a proxy the URL is the proxy's.
    let mcp = serving(super::server())
        .public_url("https://notes.example/p")
        .build();
    let client = mounted(&mcp, mcp.router());
    let mut old = connect(&client).await;
    old.place = old.place.trim_start_matches("/p").to_owned();
    let call = client.tool("greet", json!({})).path(&old.place);
    let message = refuses(&mut old, call, 400, -32600).await;
    assert!(message.contains("`/p/mcp`"), "{message}");
}

#[tokio::test]
async fn what_is_not_json_or_no_message_is_refused_in_the_post() {
    let mcp = serving(super::server()).body_limit(1000).build();
    let client = TestClient::with(mcp);
    let mut old = connect(&client).await;
    let long = json!({"jsonrpc": "2.0", "id": 1, "method": "x".repeat(1000)}).to_string();
    for (body, status, code) in [
        ("", 400, -32700),
        ("{", 400, -32700),
        ("{} {}", 400, -32700),
        ("7", 400, -32600),
        ("{}", 400, -32600),
        (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, 400, -32600),
        (
            r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#,
            400,
            -32600,
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#,
            400,
            -32600,
        ),
        (&long, 413, -32600),
    ] {
        let call = old.post(&json!({})).raw_body(body.to_owned());
        refuses(&mut old, call, status, code).await;
    }
}

#[tokio::test]
async fn the_body_must_be_declared_as_json() {
    let client = client();
    let mut old = connect(&client).await;
    let ping = || old.post(&json!({"jsonrpc": "2.0", "id": 1, "method": "ping"}));
    let calls = [
        ping().without("content-type"),
        ping().header("content-type", "text/plain"),
        ping().header("content-type", "application/x-www-form-urlencoded"),
        ping().header("content-type", "application/json; charset=latin1"),
        ping().also_header("content-type", "application/json"),
    ];
    for call in calls {
        refuses(&mut old, call, 415, -32600).await;
    }
    taken(
        old.post(&json!({"jsonrpc": "2.0", "method": "notifications/x"}))
            .header("content-type", "Application/JSON; charset=UTF-8"),
    )
    .await;
}

#[tokio::test]
async fn an_id_in_flight_is_refused_and_free_again_afterwards() {
    let hold = Hold::new();
    let client = TestClient::with(serving(lifespan::server(&hold)).build());
    let mut old = connect(&client).await;
    let call = |id: Value| json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "hold"}});
    taken(old.post(&call(json!(1)))).await;
    hold.begun().await;
    let again = old.post(&call(json!(1)));
    let (status, code, message) = refused(again).await;
    assert_eq!((status, code), (400, -32600), "{message}");
    taken(old.post(&call(json!("1")))).await;
    hold.begun().await;
    hold.release.add_permits(2);
    let mut ids = [old.hear().await["id"].take(), old.hear().await["id"].take()];
    ids.sort_by_key(Value::is_string);
    assert_eq!(ids, [json!(1), json!("1")]);
    hold.release.add_permits(1);
    taken(old.post(&call(json!(1)))).await;
    assert_eq!(old.hear().await["id"], 1);
}

#[tokio::test]
async fn a_handler_that_panics_or_fails_is_answered_on_the_stream() {
    let server = McpServer::new("f", "1")
        .tool(tool("panics", async || -> &'static str {
            panic!("at the desk")
        }))
        .tool(tool("fails", async || {
            Err::<String, _>(mcp_axum::ToolError::new("no luck"))
        }));
    let client = TestClient::with(McpService::builder(server).legacy_sse().build());
    let mut old = connect(&client).await;
    let failed = old.call("tools/call", json!({"name": "fails"})).await;
    assert_eq!(failed["result"]["isError"], true);
    assert_eq!(failed["result"]["content"][0]["text"], "no luck");
    let panicked = old.call("tools/call", json!({"name": "panics"})).await;
    assert!(!panicked.to_string().contains("at the desk"), "{panicked}");
    assert_eq!(panicked["id"], 2);
    old.heard_all().await;
}
