//! A session belongs to the principal that opened it, and to nobody else.

use std::collections::BTreeSet;

use axum::{Extension, Router};
use http::{Method, request::Parts};
use mcp_axum::{Principal, Refusal};
use serde_json::json;

use super::{NEWEST, begun, by, call, log_in, open_as, ping_as};
use crate::{
    lifespan::{self, Hold},
    support::{Call, TestClient},
};

fn client(hold: &Hold) -> TestClient {
    TestClient::with(lifespan::builder(hold).principal(log_in).build())
}

/// Everything that can be done to a session by its id.
fn verbs(client: &TestClient, id: &str) -> Vec<(&'static str, Call)> {
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": {"requestId": 1}});
    let answer = json!({"jsonrpc": "2.0", "id": "x", "result": {}});
    let get = || {
        client
            .raw(Method::GET, "")
            .header("accept", "text/event-stream")
    };
    let verbs = vec![
        ("a request", client.older("ping", json!({}))),
        (
            "a call",
            client.older("tools/call", json!({"name": "quick"})),
        ),
        ("a cancel", client.post_older(&cancel)),
        ("an answer", client.post_older(&answer)),
        ("a batch", client.post_older(&json!([cancel]))),
        ("GET", get()),
        ("a resume", get().header("last-event-id", "1.0")),
        ("DELETE", client.raw(Method::DELETE, "")),
    ];
    let named = |(what, call): (_, Call)| (what, call.header("mcp-session-id", id));
    verbs.into_iter().map(named).collect()
}

#[tokio::test]
async fn to_anybody_else_it_is_a_session_that_never_was() {
    let hold = Hold::new();
    let client = client(&hold);
    for revision in crate::support::SESSIONFUL {
        for (owner, others) in [
            (Some("ada"), [Some("eve"), None, Some("ADA"), Some("ada2")]),
            (
                None,
                [Some("eve"), Some("ada"), Some("-"), Some("anonymous")],
            ),
        ] {
            let hello = by(owner, client.initialize(revision, json!({}))).await;
            let id = hello.header("mcp-session-id").unwrap().to_owned();
            let post = client.post_older(&call(1, "talk"));
            let stream = by(owner, post.header("mcp-session-id", &id)).await;
            hold.begun().await;
            let mut unknown = BTreeSet::new();
            for (_, call) in verbs(&client, "1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAA") {
                unknown.insert(by(owner, call).await.bytes().await);
            }
            for other in others {
                for (what, call) in verbs(&client, &id) {
                    let reply = by(other, call).await;
                    assert_eq!(reply.status, 404, "{what} by {other:?} of {owner:?}");
                    let bytes = reply.bytes().await;
                    assert!(unknown.contains(&bytes), "{what}: {bytes:?}");
                }
            }
            assert_eq!(unknown.len(), 1);
            hold.release.add_permits(1);
            let told = stream.events().rest().await;
            assert_eq!(super::text_of(told.last().unwrap()), "released");
            let ping = ping_as(&client, owner, &id).await;
            assert_eq!(ping.status, 200, "its owner is untouched");
        }
    }
}

/// A login by tokens `user/number/scope+scope`: who somebody is stays, whatever token says so.
fn by_token(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let token = parts.headers.get("authorization");
    let token = token.and_then(|token| token.to_str().ok());
    let mut pieces = token
        .unwrap_or_default()
        .trim_start_matches("Bearer ")
        .split('/');
    let user = pieces.next().filter(|user| !user.is_empty());
    let principal = |user| Principal::new(format!("https://login.example|{user}"));
    let number = pieces.next().unwrap_or_default();
    let scopes = pieces.next().unwrap_or_default().split('+');
    Ok(user.map(|user| principal(user).display(number).scopes(scopes)))
}

#[tokio::test]
async fn a_token_that_is_replaced_keeps_the_session_and_a_weaker_one_reads_no_stream_again() {
    let hold = Hold::new();
    let client = TestClient::with(lifespan::builder(&hold).principal(by_token).build());
    let bearer = |call: Call, token: &str| call.header("authorization", &format!("Bearer {token}"));
    let hello = bearer(client.initialize(NEWEST, json!({})), "ada/1/read+write").await;
    let id = hello.header("mcp-session-id").unwrap().to_owned();
    let named = |call: Call| call.header("mcp-session-id", &id);
    let post = named(client.post_older(&call(1, "talk")));
    let mut events = bearer(post, "ada/1/read+write").await.events();
    hold.begun().await;
    assert!(events.next().await.unwrap()["method"].is_string());
    drop(events);
    for (token, resumes, pings) in [
        ("ada/2/read+write", 200, 200),
        ("ada/3/read", 400, 200),
        ("ada/4", 400, 200),
        ("eve/1/read+write", 404, 404),
        ("", 404, 404),
        ("ada/5/write+read+more", 200, 200),
    ] {
        let get = named(client.raw(Method::GET, "")).header("last-event-id", "1.1");
        assert_eq!(bearer(get, token).await.status, resumes, "{token}");
        let ping = named(client.post_older(&super::ping()));
        assert_eq!(bearer(ping, token).await.status, pings, "{token}");
    }
    hold.release.add_permits(1);
    let end = named(client.raw(Method::DELETE, ""));
    assert_eq!(bearer(end, "ada/6/read").await.status, 204);
}

#[tokio::test]
async fn a_principal_that_a_layer_has_found_owns_the_session_as_well() {
    let mcp = lifespan::builder(&Hold::new()).build();
    let layered = |user: &'static str| mcp.router().layer(Extension(Principal::new(user)));
    let app = Router::new()
        .nest("/ada", layered("ada"))
        .nest("/eve", layered("eve"))
        .nest("/any", mcp.router());
    let client = TestClient::mounted(mcp.clone(), app, "/ada/mcp");
    let session = client.open(NEWEST).await;
    let listed = &mcp.sessions().list()[0];
    assert_eq!(listed.principal.as_deref(), Some("ada"));
    for (path, status) in [("/ada/mcp", 200), ("/eve/mcp", 404), ("/any/mcp", 404)] {
        let reply = session.request("ping", json!({})).path(path).await;
        assert_eq!(reply.status, status, "{path}");
    }
}

#[tokio::test]
async fn requests_of_two_users_with_equal_ids_and_tokens_never_meet() {
    let hold = Hold::new();
    let client = client(&hold);
    let mut streams = Vec::new();
    for user in ["ada", "eve"] {
        let id = open_as(&client, user).await;
        let call = client.post_older(&call(7, "talk")).header("x-user", user);
        let get = client.raw(Method::GET, "").header("x-user", user);
        let get = get.header("accept", "text/event-stream");
        let get = get.header("mcp-session-id", &id).await.events();
        streams.push((call.header("mcp-session-id", &id).await.events(), get));
        hold.begun().await;
    }
    hold.release.add_permits(2);
    for (post, _) in &mut streams {
        let told = post.rest().await;
        assert_eq!(told.len(), 2, "one report and one answer, {told:?}");
        assert_eq!(told[0]["params"]["progressToken"], "p");
        assert_eq!(told[1]["id"], 7);
    }
    client.mcp.sessions().close_all();
    for (_, get) in &mut streams {
        assert!(
            get.rest().await.is_empty(),
            "nothing of a call is told here"
        );
    }
}

#[tokio::test]
async fn a_cancel_by_somebody_else_leaves_the_call_alone() {
    let hold = Hold::new();
    let client = client(&hold);
    let ada = open_as(&client, "ada").await;
    let post = client
        .post_older(&call(7, "hold"))
        .header("mcp-session-id", &ada);
    let running = begun(post.header("x-user", "ada"), &hold).await;
    let cancel = json!({"jsonrpc": "2.0", "method": "notifications/cancelled",
        "params": {"requestId": 7}});
    let eve = open_as(&client, "eve").await;
    let own = client.post_older(&cancel).header("mcp-session-id", &eve);
    assert_eq!(own.header("x-user", "eve").await.status, 202);
    let foreign = client.post_older(&cancel).header("mcp-session-id", &ada);
    assert_eq!(foreign.header("x-user", "eve").await.status, 404);
    assert_eq!(client.post_older(&cancel).await.status, 400);
    let stateless = client
        .post_older(&cancel)
        .header("mcp-protocol-version", "2026-07-28");
    assert_eq!(stateless.await.status, 202);
    hold.release.add_permits(1);
    assert_eq!(super::answered(running).await.text().await, "released");
}
