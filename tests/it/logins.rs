//! What a login lasts for: sessions outlive tokens, waiting streams do not.

use std::time::{Duration, SystemTime};

use axum::{
    Extension,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use mcp_axum::{McpServer, McpService, Principal, tool};
use serde_json::json;
use tokio::time::Instant;

use crate::support::{Call, TestClient};

const MINUTE: Duration = Duration::from_secs(60);

/// What a layer of the host's found in a token.
#[derive(Clone)]
struct Claims {
    subject: String,
    client: String,
    expires: SystemTime,
}

/// A service whose clients send `subject client minutes` as their token.
fn client() -> TestClient {
    let server = McpServer::new("logins", "1")
        .tool(tool("greet", async || "hello"))
        .dynamic_resources();
    let mcp = McpService::builder(server)
        .legacy_sse()
        .principal_from::<Claims>(|claims| {
            Principal::of_token(
                "https://login.example",
                &claims.subject,
                Some(&claims.client),
            )
            .expires_at(claims.expires)
        })
        .layer(from_fn(log_in))
        .build();
    TestClient::with(mcp)
}

/// Stands in for whatever checks tokens.
async fn log_in(mut request: Request, next: Next) -> Response {
    let token = request.headers().get("authorization");
    let token = token.and_then(|it| it.to_str().ok()).unwrap_or_default();
    let words: Vec<_> = token.split(' ').map(str::to_owned).collect();
    if let [subject, client, minutes] = &words[..] {
        let minutes: u32 = minutes.parse().expect("minutes");
        request.extensions_mut().insert(Claims {
            subject: subject.clone(),
            client: client.clone(),
            expires: SystemTime::now() + MINUTE * minutes,
        });
    }
    next.run(request).await
}

fn with(call: Call, token: &str) -> Call {
    call.header("authorization", token)
}

#[tokio::test]
async fn a_new_token_of_the_same_person_keeps_the_session_and_no_other_does() {
    let client = client();
    for revision in crate::support::SESSIONFUL {
        let opened = with(client.initialize(revision, json!({})), "ada chat 5").await;
        let session = client.opened(opened).await;
        let refreshed = with(session.tool("greet", json!({})), "ada chat 60").await;
        assert_eq!(refreshed.text().await, "hello", "{revision}");
        for other in ["eve chat 60", "ada other 60", ""] {
            for call in [
                session.tool("greet", json!({})),
                session.get(),
                session.delete(),
            ] {
                let reply = with(call, other).await;
                assert_eq!(reply.status, 404, "{revision} {other}");
            }
        }
        assert_eq!(with(session.delete(), "ada chat 1").await.status, 204);
    }
}

#[test]
fn no_two_logins_make_one_key() {
    let of = |issuer, subject, client| Principal::of_token(issuer, subject, client);
    let logins = [
        of("a", "b", None),
        of("a", "b", Some("")),
        of("a", "b", Some("c")),
        of("a", "b|c", None),
        of("a|b", "c", None),
        of("a", "b|", Some("c")),
        of("1.1|a", "b", None),
        of("b", "a", None),
    ];
    for (at, login) in logins.iter().enumerate() {
        assert!(!logins[..at].contains(login), "{}", login.key());
    }
    // Whom the login could not name is nobody, and is turned away.
    assert_eq!(of("a", "", Some("c")).key(), "");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_waits_ends_with_the_login_of_its_reader() {
    let client = client();
    let opened = with(client.initialize("2025-11-25", json!({})), "ada chat 5").await;
    let session = client.opened(opened).await;
    let wanted = json!({"notifications": {"toolsListChanged": true}});
    let listen = || client.request("subscriptions/listen", wanted.clone());
    let legacy = || {
        let get = client.raw(http::Method::GET, "").path("/sse");
        get.header("accept", "text/event-stream")
    };
    for (minutes, call) in [(3, listen()), (2, session.get()), (1, legacy())] {
        let begun = Instant::now();
        let reply = with(call, &format!("ada chat {minutes}")).await;
        let mut events = reply.events();
        while events.block().await.is_some() {}
        let (least, most) = (MINUTE * minutes - MINUTE / 2, MINUTE * minutes);
        let open = begun.elapsed();
        assert!(
            least <= open && open <= most + MINUTE / 60,
            "{minutes}: {open:?}"
        );
    }
    // The session itself is still there, for whoever comes with a new token.
    let again = with(session.tool("greet", json!({})), "ada chat 5").await;
    assert_eq!(again.text().await, "hello");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_listens_ends_with_its_result() {
    let client = client();
    let wanted = json!({"notifications": {"toolsListChanged": true}});
    let listen = client.request("subscriptions/listen", wanted);
    let messages = with(listen, "ada chat 1").await.events().rest().await;
    assert_eq!(
        messages[1]["result"]["resultType"], "complete",
        "{messages:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_let_in_before_is_answered() {
    let slow = async || {
        tokio::time::sleep(MINUTE * 10).await;
        "slept"
    };
    let mcp = McpService::builder(McpServer::new("slow", "1").tool(tool("slow", slow)))
        .principal_from::<Principal>(Clone::clone)
        .layer(Extension(
            Principal::new("ada").expires_at(SystemTime::now() + MINUTE),
        ))
        .build();
    let client = TestClient::with(mcp);
    assert_eq!(client.tool("slow", json!({})).await.text().await, "slept");
}
