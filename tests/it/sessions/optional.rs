//! Sessions for those who name theirs, and service for those who do not.

use http::Method;
use mcp_axum::session::{SessionLimits, Sessions};
use serde_json::json;
use tokio::runtime::Handle;

use super::{NEWEST, call, hello, refused};
use crate::{
    lifespan::{self, Hold},
    shutdown::tasks_left,
    support::TestClient,
};

fn client(hold: &Hold) -> TestClient {
    let sessions = Sessions::Optional(SessionLimits::default());
    TestClient::with(lifespan::builder(hold).sessions(sessions).build())
}

#[tokio::test]
async fn a_handshake_gives_an_id_and_who_names_it_has_a_session() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    assert!(session.id.is_some());
    assert_eq!(client.mcp.sessions().count(), 1);
    let level = session
        .request("logging/setLevel", json!({"level": "debug"}))
        .await;
    assert_eq!(level.result().await, json!({}));
    assert!(session.get().await.is_stream());
    hold.release.add_permits(1);
    let mut events = session.post(&call(1, "talk")).await.events();
    let first = events.next_event().await.unwrap();
    assert_eq!(first.id.as_deref(), Some("1.0"), "it can be resumed");
    drop(events);
    assert_eq!(session.delete().await.status, 204);
    assert!(
        !super::lives(&session).await,
        "it is not served without its session"
    );
}

#[tokio::test]
async fn who_names_none_is_served_where_the_method_allows() {
    let client = client(&Hold::new());
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let answer = json!({"jsonrpc": "2.0", "id": 1, "result": {}});
    let request = |method: &str| json!({"jsonrpc": "2.0", "id": 1, "method": method});
    for (message, status, code) in [
        (call(1, "quick"), 200, None),
        (request("tools/list"), 200, None),
        (request("ping"), 200, None),
        (request("logging/setLevel"), 200, Some(-32601)),
        (request("resources/subscribe"), 200, Some(-32601)),
        (request("no/such"), 200, Some(-32601)),
        (json!([request("ping")]), 400, Some(-32600)),
        (json!([notice]), 400, Some(-32600)),
        (notice, 202, None),
        (answer, 202, None),
    ] {
        let what = message.to_string();
        let reply = client.post_older(&message).await;
        assert_eq!(reply.header("mcp-session-id"), None, "{what}");
        assert_eq!(reply.status, status, "{what}");
        match code {
            Some(code) => assert_eq!(refused(reply, &what).await, (status, code), "{what}"),
            None if status == 200 => assert!(reply.message().await["result"].is_object(), "{what}"),
            None => assert!(reply.bytes().await.is_empty(), "{what}"),
        }
    }
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test]
async fn who_names_one_that_is_not_there_is_not_served_without() {
    let client = client(&Hold::new());
    for message in [call(1, "quick"), hello(NEWEST), json!([call(1, "quick")])] {
        let reply = client
            .post_older(&message)
            .header("mcp-session-id", "gone")
            .await;
        assert_eq!(refused(reply, "gone").await, (404, -32600), "{message}");
    }
}

#[tokio::test]
async fn a_stream_and_an_end_need_a_session() {
    let client = client(&Hold::new());
    for method in [Method::GET, Method::DELETE] {
        let reply = client.raw(method.clone(), "").await;
        assert_eq!(
            refused(reply, method.as_str()).await,
            (400, -32600),
            "{method}"
        );
    }
    for method in [Method::PUT, Method::HEAD] {
        let reply = client.raw(method, "").await;
        assert_eq!(reply.status, 405);
        assert_eq!(reply.header("allow"), Some("GET, POST, DELETE"));
    }
}

#[tokio::test]
async fn service_without_a_session_leaves_nothing_behind() {
    let hold = Hold::new();
    let client = client(&hold);
    tokio::task::yield_now().await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    hold.release.add_permits(500);
    for number in 0..500 {
        let name = if number % 2 == 0 { "talk" } else { "quick" };
        client.post_older(&call(1, name)).await.text().await;
    }
    tasks_left(tasks).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}
