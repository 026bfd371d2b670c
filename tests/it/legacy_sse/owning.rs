//! Who may open a stream, and who may post to it.

use http::{HeaderMap, HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts};
use mcp_axum::{Context, McpServer, Principal, Refusal, tool};
use serde_json::json;

use super::{builder, client, connect, opened, post, serving, stream, taken};
use crate::support::{Call, TestClient};

const GOOD: (&str, &str) = ("host", "localhost");

/// Headers, and what they are answered.
type Row = (&'static [(&'static str, &'static str)], u16);

const GUARDED: [Row; 9] = [
    (&[], 400),
    (&[("host", "evil.example")], 403),
    (&[("host", "a b")], 400),
    (&[GOOD, ("origin", "https://evil.example")], 403),
    (&[GOOD, ("origin", "null")], 403),
    (&[GOOD, ("origin", "http://localhost.evil.example")], 403),
    (&[GOOD, ("sec-fetch-site", "cross-site")], 403),
    (&[GOOD, ("origin", "http://localhost:3000")], 200),
    (&[GOOD], 200),
];

fn with(mut call: Call, headers: &[(&str, &str)]) -> Call {
    call.headers = call.headers.clone();
    call = call.without("host");
    headers
        .iter()
        .fold(call, |call, (name, value)| call.header(name, value))
}

#[tokio::test]
async fn host_and_origin_are_checked_at_both_endpoints() {
    let client = client();
    let mut old = connect(&client).await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    for (headers, status) in GUARDED {
        let opening = with(stream(&client), headers).await;
        assert_eq!(opening.status, status, "GET {headers:?}");
        let posting = with(post(&client, &old.place, &ping), headers).await;
        if status == 200 {
            assert_eq!(posting.status, 202, "POST {headers:?}");
            assert_eq!(old.hear().await["id"], 1);
            drop(opening);
        } else {
            assert_eq!(opening.refusal().await, (status, -32600), "GET {headers:?}");
            assert_eq!(
                posting.refusal().await,
                (status, -32600),
                "POST {headers:?}"
            );
        }
        assert_eq!(client.mcp.sessions().count(), 1, "{headers:?}");
    }
    old.heard_all().await;
}

#[tokio::test]
async fn the_guard_comes_before_everything_else() {
    let client = client();
    for (method, path) in [("PUT", "/sse"), ("GET", "/messages"), ("POST", "/messages")] {
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        let call = client
            .raw(method, "")
            .path(path)
            .header("host", "evil.example");
        assert_eq!(call.await.status, 403, "{path}");
    }
}

/// A login that knows `x-user` and turns `mallory` away.
fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let user = parts.headers.get("x-user");
    match user.and_then(|user| user.to_str().ok()) {
        Some("mallory") => Err(Refusal::new(StatusCode::UNAUTHORIZED)
            .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        user => Ok(user.map(Principal::new)),
    }
}

async fn whoami(ctx: Context) -> String {
    let key = ctx.principal().map(|principal| principal.key().to_owned());
    key.unwrap_or_else(|| "nobody".to_owned())
}

fn logged_in() -> TestClient {
    let server = McpServer::new("own", "1").tool(tool("whoami", whoami));
    TestClient::with(serving(server).principal(log_in).build())
}

fn by(call: Call, user: Option<&str>) -> Call {
    match user {
        Some(user) => call.header("x-user", user),
        None => call,
    }
}

#[tokio::test]
async fn the_login_may_turn_away_at_both_endpoints() {
    let client = logged_in();
    let opening = by(stream(&client), Some("mallory"));
    let posting = by(
        post(&client, "/messages?sessionId=x", &json!({})),
        Some("mallory"),
    );
    for call in [opening, posting] {
        let reply = call.await;
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        assert_eq!(reply.refusal().await, (401, -32600));
    }
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test]
async fn to_anybody_else_the_session_does_not_exist() {
    let client = logged_in();
    let whoami = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "whoami"}});
    let unknown = |user| by(post(&client, "/messages?sessionId=unknown", &whoami), user);
    for owner in [Some("ada"), Some("bob"), None] {
        let mut old = opened(&client, by(stream(&client), owner).await).await;
        for user in [Some("ada"), Some("bob"), Some("ada2"), None] {
            let reply = by(old.post(&whoami), user).await;
            if user == owner {
                assert_eq!(reply.status, 202);
                let answer = old.hear().await;
                let text = &answer["result"]["content"][0]["text"];
                assert_eq!(*text, owner.unwrap_or("nobody"));
                continue;
            }
            // The same bytes and headers as for an id that never was.
            let strange = unknown(user).await;
            assert_eq!(
                (reply.status, strange.status),
                (StatusCode::NOT_FOUND, strange.status)
            );
            let headers = |headers: &HeaderMap| headers.clone();
            assert_eq!(headers(&reply.headers), headers(&strange.headers));
            assert_eq!(
                reply.bytes().await,
                strange.bytes().await,
                "{owner:?} {user:?}"
            );
        }
    }
}

#[tokio::test]
async fn at_the_other_endpoint_neither_the_owner_nor_anybody_else_finds_it() {
    let client = logged_in();
    let old = opened(&client, by(stream(&client), Some("ada")).await).await;
    let get = |id: &str, user| {
        let get = client
            .raw(http::Method::GET, "")
            .header("accept", "text/event-stream");
        by(get.header("mcp-session-id", id), user)
    };
    let unknown = get("unknown", None).await.bytes().await;
    for user in [Some("ada"), Some("bob"), None] {
        let reply = get(old.id(), user).await;
        assert_eq!(reply.status, 404, "{user:?}");
        assert_eq!(reply.bytes().await, unknown, "{user:?}");
    }
    assert_eq!(client.mcp.sessions().count(), 1);
}

#[tokio::test]
async fn another_principals_get_opens_a_stream_of_its_own() {
    let client = logged_in();
    let mut ada = opened(&client, by(stream(&client), Some("ada")).await).await;
    let path = ada.place.replace("/messages", "/sse");
    let bob = by(stream(&client).path(&path), Some("bob")).await;
    let bob = opened(&client, bob).await;
    assert_ne!(
        ada.id(),
        bob.id(),
        "an id that a client proposes is never adopted"
    );
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    taken(by(ada.post(&ping), Some("ada"))).await;
    assert_eq!(ada.hear().await["id"], 1, "her stream was not taken over");
}

#[tokio::test]
async fn a_principal_among_the_extensions_counts_without_a_login() {
    let mcp = builder().build();
    let layered = axum::Extension(Principal::new("layered"));
    let app = axum::Router::new()
        .merge(mcp.router())
        .nest("/in", mcp.router().layer(layered));
    let client = super::mounted(&mcp, app);
    let mut old = opened(&client, stream(&client).path("/in/sse").await).await;
    old.heard_all().await;
    let outside = old.place.trim_start_matches("/in").to_owned();
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    assert_eq!(post(&client, &outside, &ping).await.status, 404);
    let sessions = client.mcp.sessions().list();
    assert_eq!(sessions[0].principal.as_deref(), Some("layered"));
}
