//! Sessions: how they open, whose they are, and what keeps them.

use std::time::Duration;

use http::Method;
use mcp_axum::{
    Context, McpServer, Principal,
    session::{SessionLimits, Sessions},
    tool,
};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    lifespan::{Hold, builder, soon},
    support::{SESSIONFUL, TestClient},
};

const NEWEST: &str = "2025-11-25";

fn client(hold: &Hold) -> TestClient {
    TestClient::with(builder(hold).build())
}

/// A call that asks for its progress.
fn call(id: u64, name: &str) -> Value {
    let params = json!({"name": name, "_meta": {"progressToken": id}});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

#[tokio::test]
async fn t01_a_handshake_that_asks_for_the_stateless_era_is_offered_the_newest_before_it() {
    let client = client(&Hold::new());
    for requested in ["2026-07-28", "2027-01-01", "9999-12-31"] {
        let reply = client.initialize(requested, json!({})).await;
        assert_eq!(reply.status, 200);
        let session = client.opened(reply).await;
        assert_eq!(session.revision, NEWEST, "{requested}");
        // The session is of that revision, not of one that has none.
        let result = session.tool("quick", json!({})).await.result().await;
        assert_eq!(result.get("resultType"), None, "{result}");
    }
    let listed = client.mcp.sessions().list();
    assert!(
        listed
            .iter()
            .all(|session| session.revision.as_str() == NEWEST)
    );
}

#[tokio::test]
async fn t16_an_unknown_method_is_404_in_the_stateless_era_and_never_in_a_session() {
    let client = client(&Hold::new());
    let stateless = client.request("no/such", json!({})).await;
    assert_eq!(stateless.refusal().await, (404, -32601));
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for method in [
            "no/such",
            "server/discover",
            "subscriptions/listen",
            "tasks/get",
        ] {
            for accept in ["application/json", "text/event-stream"] {
                let reply = session
                    .request(method, json!({}))
                    .header("accept", accept)
                    .await;
                assert_eq!(
                    reply.refusal().await,
                    (200, -32601),
                    "{method} in {revision}"
                );
            }
        }
    }
}

#[tokio::test]
async fn t50_a_missing_version_header_means_the_sessions_and_an_invalid_one_is_400() {
    let client = client(&Hold::new());
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let ping = || session.request("ping", json!({}));
        assert_eq!(
            ping().without("mcp-protocol-version").await.status,
            200,
            "{revision}"
        );
        for invalid in ["1.0", "2025-11-24", ""] {
            let reply = ping().header("mcp-protocol-version", invalid).await;
            assert_eq!(
                reply.refusal().await,
                (400, -32600),
                "{invalid} in {revision}"
            );
        }
        // What only the session's own revision has is there without the header, too.
        let batch = json!([{"jsonrpc": "2.0", "id": 1, "method": "ping"}]);
        let batch = session.post(&batch).without("mcp-protocol-version").await;
        let expected = if revision == "2025-03-26" { 200 } else { 400 };
        assert_eq!(batch.status, expected, "{revision}");
    }
}

/// Asks the client for its roots, and counts them.
async fn count_roots(ctx: Context) -> String {
    match ctx.roots().await {
        Ok(roots) => format!("{} roots", roots.len()),
        Err(error) => error.to_string(),
    }
}

fn asking() -> TestClient {
    TestClient::new(McpServer::new("t", "1").tool(tool("count", count_roots)))
}

#[tokio::test]
async fn t54_an_answer_finds_its_question_by_session_and_id_though_the_stream_died() {
    let client = asking();
    for revision in SESSIONFUL {
        let session = client.open_with(revision, json!({"roots": {}})).await;
        let other = client.open_with(revision, json!({"roots": {}})).await;
        let mut events = session.post(&call(1, "count")).await.events();
        let question = soon(events.next()).await.unwrap();
        drop(events);
        let roots = || json!({"roots": [{"uri": "file:///a"}]});
        // Of another session, unknown, and twice: taken, and nothing comes of it.
        assert_eq!(
            other.answer(&question, json!({"roots": []})).await.status,
            202
        );
        let unknown = json!({"id": "never asked"});
        assert_eq!(
            session.answer(&unknown, json!({"roots": []})).await.status,
            202
        );
        assert_eq!(
            session.answer(&question, roots()).await.status,
            202,
            "{revision}"
        );
        assert_eq!(
            session.answer(&question, json!({"roots": []})).await.status,
            202
        );
        let told = soon(session.resume("1.1").await.events().rest()).await;
        let text = &told.last().unwrap()["result"]["content"][0]["text"];
        assert_eq!(text, "1 roots", "{revision}");
    }
}

#[tokio::test]
async fn t55_a_session_that_is_not_there_is_404_and_never_400() {
    let client = client(&Hold::new());
    let ended = client.open(NEWEST).await;
    assert_eq!(ended.delete().await.status, 204);
    let ended = ended.id.as_deref().unwrap();
    for id in [ended, "1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAA", "made-up"] {
        for call in [
            client.older("ping", json!({})),
            client.initialize(NEWEST, json!({})),
            client.post_older(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})),
            client.raw(Method::GET, ""),
            client.raw(Method::DELETE, ""),
        ] {
            let reply = call.header("mcp-session-id", id).await;
            assert_eq!(reply.refusal().await, (404, -32600), "{id}");
        }
    }
}

#[tokio::test]
async fn t56_the_owner_is_checked_on_every_request_not_only_the_first() {
    let login = |parts: &http::request::Parts| {
        let user = parts
            .headers
            .get("x-user")
            .and_then(|user| user.to_str().ok());
        Ok(user.map(Principal::new))
    };
    let client = TestClient::with(builder(&Hold::new()).principal(login).build());
    let hello = client
        .initialize(NEWEST, json!({}))
        .header("x-user", "ada")
        .await;
    let id = hello.header("mcp-session-id").unwrap().to_owned();
    for (user, statuses) in [("eve", [404; 3]), ("ada", [200, 200, 204])] {
        let calls = [
            client.older("ping", json!({})),
            client.raw(Method::GET, ""),
            client.raw(Method::DELETE, ""),
        ];
        for (call, status) in calls.into_iter().zip(statuses) {
            let reply = call
                .header("mcp-session-id", &id)
                .header("x-user", user)
                .await;
            assert_eq!(reply.status, status, "{user}");
        }
    }
}

#[tokio::test]
async fn t57_batches_are_of_2025_03_26_alone_and_never_open_a_session() {
    let client = client(&Hold::new());
    let ping = |id: u64| json!({"jsonrpc": "2.0", "id": id, "method": "ping"});
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let answer = json!({"jsonrpc": "2.0", "id": "q", "result": {}});
    let params = json!({"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {}});
    let hello = json!({"jsonrpc": "2.0", "id": 9, "method": "initialize", "params": params});
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for (batch, status) in [
            (json!([ping(1), notice, ping(2)]), 200),
            (json!([notice]), 202),
            (json!([answer]), 202),
            (json!([hello]), 400),
            (json!([ping(1), hello]), 400),
            (json!([]), 400),
        ] {
            let status = if revision == "2025-03-26" {
                status
            } else {
                400
            };
            let reply = session.post(&batch).await;
            assert_eq!(reply.status, status, "{batch} in {revision}");
        }
    }
    assert_eq!(
        client.post_older(&json!([hello])).await.refusal().await,
        (400, -32600)
    );
    assert_eq!(client.mcp.sessions().count(), SESSIONFUL.len());
}

#[tokio::test]
async fn t58_a_get_without_a_session_is_400_or_405_where_there_are_none() {
    let off = builder(&Hold::new()).sessions(Sessions::Off).build();
    let optional = Sessions::Optional(SessionLimits::default());
    let optional = builder(&Hold::new()).sessions(optional).build();
    for (client, status, allow) in [
        (client(&Hold::new()), 400, None),
        (TestClient::with(optional), 400, None),
        (TestClient::with(off), 405, Some("POST")),
        (
            TestClient::stateless_only(McpServer::new("t", "1")),
            405,
            Some("POST"),
        ),
    ] {
        let get = client
            .raw(Method::GET, "")
            .header("accept", "text/event-stream");
        let reply = get.await;
        assert_eq!(reply.header("allow"), allow);
        assert_eq!(reply.refusal().await, (status, -32600));
    }
}

#[tokio::test]
async fn t59_the_id_comes_with_the_handshake_though_it_is_a_stream() {
    let client = client(&Hold::new());
    for revision in SESSIONFUL {
        let hello = client.initialize(revision, json!({}));
        let reply = hello.header("accept", "text/event-stream").await;
        assert!(reply.is_stream());
        let session = client.opened(reply).await;
        assert!(session.id.is_some(), "{revision}");
        let ping = session.request("ping", json!({})).await;
        assert_eq!(ping.header("mcp-session-id"), None, "and with nothing else");
        assert_eq!(ping.result().await, json!({}), "{revision}");
    }
}

#[tokio::test(start_paused = true)]
async fn t60_nobody_is_asked_before_it_says_that_it_is_ready() {
    let client = asking();
    for revision in SESSIONFUL {
        let hello = client.initialize(revision, json!({"roots": {}}));
        let session = client.opened(hello.await).await;
        let mut events = session.post(&call(1, "count")).await.events();
        let early = timeout(Duration::from_secs(60), events.next()).await;
        assert!(early.is_err(), "{revision}: {early:?}");
        let ready = session.notify("notifications/initialized", json!({})).await;
        assert_eq!(ready.status, 202);
        let question = soon(events.next()).await.unwrap();
        assert_eq!(question["method"], "roots/list", "{revision}");
        session.answer(&question, json!({"roots": []})).await;
        let told = soon(events.rest()).await;
        assert_eq!(
            told[0]["result"]["content"][0]["text"], "0 roots",
            "{revision}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn t61_open_streams_and_running_calls_keep_a_session_from_being_idle() {
    let hold = Hold::new();
    let limits = SessionLimits::default().idle(Duration::from_secs(2));
    let sessions = Sessions::InMemory(limits);
    let client = TestClient::with(builder(&hold).sessions(sessions).build());
    let (reads, works, idles) = (
        client.open(NEWEST).await,
        client.open(NEWEST).await,
        client.open(NEWEST).await,
    );
    let stream = reads.get().await;
    let mut running = works.post(&call(1, "talk")).await.events();
    hold.begun().await;
    assert!(soon(running.next()).await.is_some());
    sleep(Duration::from_secs(60)).await;
    assert_eq!(client.mcp.sessions().count(), 2);
    assert_eq!(idles.request("ping", json!({})).await.status, 404);
    hold.release.add_permits(1);
    let answer = soon(running.next()).await.expect("the answer");
    assert_eq!(answer["result"]["content"][0]["text"], "released");
    assert_eq!(reads.request("ping", json!({})).await.status, 200);
    drop(stream);
}
