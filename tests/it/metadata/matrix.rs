//! Every token against every door of every mount: decided before anything is opened.

use axum::Router;
use http::Method;
use mcp_axum::{McpService, session::Sessions};
use serde_json::json;

use super::{SCOPES, WELL_KNOWN, builder, client, parameter, resource};
use crate::support::{Call, Reply, SESSIONFUL, TestClient};

/// A mount, and what stands in front of its paths.
const MOUNTS: [(fn(&McpService) -> Router, &str); 3] = [
    (|mcp| mcp.mount(""), ""),
    (|mcp| mcp.mount("/a"), "/a"),
    (
        |mcp| {
            let inner = Router::new().nest("/b", mcp.router());
            let metadata = mcp.well_known_router("/a/b/mcp");
            Router::new().nest("/a", inner).merge(metadata)
        },
        "/a/b",
    ),
];

/// What a token comes to, whatever it is sent with.
struct Outcome {
    token: Option<&'static str>,
    status: u16,
    error: Option<&'static str>,
    retry_after: Option<&'static str>,
}

const REFUSED: [Outcome; 4] = [
    Outcome {
        token: None,
        status: 401,
        error: None,
        retry_after: None,
    },
    Outcome {
        token: Some("Bearer stale"),
        status: 401,
        error: Some("invalid_token"),
        retry_after: None,
    },
    Outcome {
        token: Some("Basic YTpi"),
        status: 401,
        error: Some("invalid_token"),
        retry_after: None,
    },
    Outcome {
        token: Some("Bearer down"),
        status: 503,
        error: None,
        retry_after: Some("7"),
    },
];

/// Whatever a client may send, and the path that it sends it to.
fn requests(client: &TestClient) -> Vec<(&'static str, Call, &'static str)> {
    let listen = json!({"notifications": {"toolsListChanged": true}});
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let write = json!({"name": "write", "arguments": {}});
    vec![
        (
            "a call",
            client.request("tools/call", write.clone()),
            "/mcp",
        ),
        ("a list", client.request("tools/list", json!({})), "/mcp/"),
        (
            "listening",
            client.request("subscriptions/listen", listen),
            "/mcp",
        ),
        (
            "initialize",
            client.initialize("2025-11-25", json!({})),
            "/mcp",
        ),
        ("an older call", client.older("tools/call", write), "/mcp"),
        (
            "an older list",
            client.older("tools/list", json!({})),
            "/mcp",
        ),
        ("no JSON", client.post("{"), "/mcp"),
        (
            "GET",
            client
                .raw(Method::GET, "")
                .header("accept", "text/event-stream"),
            "/mcp",
        ),
        ("DELETE", client.raw(Method::DELETE, ""), "/mcp"),
        (
            "a stream",
            client
                .raw(Method::GET, "")
                .header("accept", "text/event-stream"),
            "/sse",
        ),
        (
            "a message",
            client.post_older(&message),
            "/messages?sessionId=x",
        ),
    ]
}

fn with(call: Call, token: Option<&str>) -> Call {
    match token {
        Some(token) => call.header("authorization", token),
        None => call,
    }
}

fn service() -> McpService {
    builder()
        .legacy_sse()
        .protected_resource(resource())
        .build()
}

fn assert_metadata(reply: &Reply, mount: &str, what: &str) {
    let challenge = reply.header("www-authenticate").expect("a challenge");
    let url = format!("http://localhost{WELL_KNOWN}{mount}/mcp");
    let found = parameter(challenge, "resource_metadata");
    assert_eq!(found, Some(url.as_str()), "{what}: {challenge}");
}

async fn check(outcome: &Outcome, reply: Reply, mount: &str, what: &str) {
    assert_eq!(reply.status, outcome.status, "{what}: {reply:?}");
    assert_eq!(reply.header("retry-after"), outcome.retry_after, "{what}");
    assert_eq!(reply.header("mcp-session-id"), None, "{what}");
    match outcome.status {
        401 => {
            assert_metadata(&reply, mount, what);
            let challenge = reply.header("www-authenticate").expect("a challenge");
            assert_eq!(parameter(challenge, "error"), outcome.error, "{what}");
            assert_eq!(parameter(challenge, "scope"), None, "{what}");
        }
        _ => assert_eq!(reply.header("www-authenticate"), None, "{what}"),
    }
    // Not a byte of a stream, even for those who take nothing else.
    assert!(reply.error().await["message"].is_string(), "{what}");
}

#[tokio::test]
async fn who_may_not_ask_is_told_so_at_every_door_and_opens_nothing() {
    for (app, mount) in MOUNTS {
        let mcp = service();
        let client = client(&mcp, app(&mcp));
        for outcome in &REFUSED {
            for (what, call, path) in requests(&client) {
                let call = with(call, outcome.token).path(&format!("{mount}{path}"));
                let what = format!("{mount}{path}: {what} {:?}", outcome.token);
                check(outcome, call.await, mount, &what).await;
                assert_eq!(mcp.sessions().count(), 0, "{what}");
                assert_eq!((mcp.in_flight(), mcp.listeners()), (0, 0), "{what}");
            }
        }
        assert_eq!(mcp.endpoint(), None, "{mount}");
    }
}

/// Asserts that an answer sends the client for more scopes, all that it takes.
async fn assert_too_few(reply: Reply, mount: &str) {
    assert_eq!(reply.status, 403, "{mount}: {reply:?}");
    assert_metadata(&reply, mount, mount);
    let challenge = reply.header("www-authenticate").expect("a challenge");
    assert_eq!(parameter(challenge, "error"), Some("insufficient_scope"));
    let scopes = SCOPES.join(" ");
    assert_eq!(parameter(challenge, "scope"), Some(scopes.as_str()));
    let error = reply.error().await;
    assert!(
        error["message"]
            .as_str()
            .expect("a message")
            .contains(&scopes)
    );
}

#[tokio::test]
async fn too_few_scopes_are_403_with_all_of_them_and_cost_nothing_else() {
    for (app, mount) in MOUNTS {
        let mcp = service();
        let client = client(&mcp, app(&mcp));
        let at = format!("{mount}/mcp");
        let weak = |call: Call| with(call, Some("Bearer weak")).path(&at);
        let list = weak(client.request("tools/list", json!({}))).await;
        assert_eq!(list.status, 200, "{mount}");
        let opened = weak(client.initialize("2025-11-25", json!({}))).await;
        let session = client.opened(opened).await;
        let stream = "text/event-stream";
        let both = "application/json, text/event-stream";
        let calls = || {
            [
                client.tool("write", json!({})),
                session.tool("write", json!({})),
            ]
        };
        for (accept, call) in calls()
            .map(|call| (both, call))
            .into_iter()
            .chain(calls().map(|call| (stream, call)))
        {
            let reply = weak(call).header("accept", accept).await;
            assert_too_few(reply, mount).await;
        }
        assert_eq!(weak(session.get()).await.status, 200, "{mount}");
        assert_eq!(weak(session.delete()).await.status, 204, "{mount}");
    }
}

#[tokio::test]
async fn too_few_scopes_are_403_without_sessions_too() {
    let builder = builder().sessions(Sessions::Off);
    let mcp = builder.protected_resource(resource()).build();
    let client = client(&mcp, mcp.mount(""));
    for revision in SESSIONFUL {
        let write = json!({"name": "write", "arguments": {}});
        let call = client.older("tools/call", write).path("/mcp");
        let call = call.header("mcp-protocol-version", revision);
        let reply = with(call, Some("Bearer weak")).await;
        assert_too_few(reply, "").await;
    }
}

#[tokio::test]
async fn too_few_scopes_are_403_beside_the_stream_of_http_sse() {
    for (app, mount) in MOUNTS {
        let mcp = service();
        let client = client(&mcp, app(&mcp));
        let weak = |call: Call| with(call, Some("Bearer weak"));
        let stream = client.raw(Method::GET, "").path(&format!("{mount}/sse"));
        let mut events = weak(stream).await.events();
        let place = events.next_event().await.expect("the place").data;
        let post = |id: u32, method: &str, params: serde_json::Value| {
            let message = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
            weak(client.post_older(&message)).path(&place)
        };
        let hello = json!({"protocolVersion": "2024-11-05", "capabilities": {},
            "clientInfo": {"name": "old", "version": "1"}});
        assert_eq!(post(1, "initialize", hello).await.status, 202, "{mount}");
        assert!(events.next().await.is_some(), "{mount}");
        let write = json!({"name": "write", "arguments": {}});
        assert_too_few(post(2, "tools/call", write).await, mount).await;
        // Nothing of it is on the stream: the answer to a ping comes next.
        assert_eq!(post(3, "ping", json!({})).await.status, 202, "{mount}");
        let pong = events.next().await.expect("an answer");
        assert_eq!((&pong["id"], &pong["result"]), (&json!(3), &json!({})));
    }
}

#[tokio::test]
async fn a_good_token_opens_every_door() {
    for (app, mount) in MOUNTS {
        let mcp = service();
        let client = client(&mcp, app(&mcp));
        let good = |call: Call, path: &str| {
            with(call, Some("Bearer good")).path(&format!("{mount}{path}"))
        };
        let call = good(client.tool("write", json!({})), "/mcp").await;
        assert_eq!(call.text().await, "written", "{mount}");
        let listen = json!({"notifications": {"toolsListChanged": true}});
        let listen = good(client.request("subscriptions/listen", listen), "/mcp").await;
        assert!(listen.is_stream(), "{mount}");
        let opened = good(client.initialize("2025-11-25", json!({})), "/mcp").await;
        let session = client.opened(opened).await;
        let call = good(session.tool("write", json!({})), "/mcp").await;
        assert_eq!(call.text().await, "written", "{mount}");
        assert!(good(session.get(), "/mcp").await.is_stream(), "{mount}");
        assert_eq!(good(session.delete(), "/mcp").await.status, 204, "{mount}");
        let stream = good(client.raw(Method::GET, ""), "/sse").await;
        let first = stream.events().next_event().await.expect("the place");
        assert!(
            first.data.starts_with(&format!("{mount}/messages?")),
            "{first:?}"
        );
    }
}
