//! The version header, which must be valid but decides nothing.

use http::Method;
use serde_json::json;

use super::{client, refused};
use crate::{
    lifespan::Hold,
    support::{Call, SESSIONFUL, Session, TestClient},
};

/// A request of each method, in this session, without a version header.
fn of_each_method(client: &TestClient, session: &Session<'_>) -> [Call; 3] {
    let id = session.id.as_deref().expect("an id");
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    [
        client.post_older(&list),
        client
            .raw(Method::GET, "")
            .header("accept", "text/event-stream"),
        client.raw(Method::DELETE, ""),
    ]
    .map(|call| call.header("mcp-session-id", id))
}

#[tokio::test]
async fn a_header_that_names_no_revision_of_ours_is_400_and_lists_what_is_served() {
    let client = client(&Hold::new());
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for version in [
            "1.0",
            "2025-11-24",
            "2024-10-07",
            "v2025-11-25",
            "",
            "2025-11-25, 2025-06-18",
        ] {
            for call in of_each_method(&client, &session) {
                let reply = call.header("mcp-protocol-version", version).await;
                assert_eq!(reply.status, 400, "{version}");
                let error = reply.error().await;
                assert_eq!(error["code"], -32600, "{version}");
                let supported = error["data"]["supported"].as_array().unwrap();
                assert_eq!(supported.len(), 5, "{error}");
                assert_eq!(supported[0], "2026-07-28");
                assert_eq!(error["data"]["requested"], version);
            }
        }
        assert!(super::lives(&session).await, "{revision}");
    }
}

#[tokio::test]
async fn a_header_that_comes_twice_is_400() {
    let client = client(&Hold::new());
    let session = client.open("2025-11-25").await;
    for call in of_each_method(&client, &session) {
        let call = call.header("mcp-protocol-version", "2025-11-25");
        let reply = call.also_header("mcp-protocol-version", "2025-11-25").await;
        assert_eq!(refused(reply, "twice").await, (400, -32600));
    }
}

#[tokio::test]
async fn a_missing_header_means_the_revision_of_the_session() {
    let client = client(&Hold::new());
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let [post, get, delete] = of_each_method(&client, &session);
        assert_eq!(post.await.status, 200, "{revision}");
        assert!(get.await.is_stream(), "{revision}");
        assert_eq!(delete.await.status, 204, "{revision}");
    }
}

#[tokio::test]
async fn another_revision_in_the_header_is_taken_and_changes_nothing() {
    let client = client(&Hold::new());
    let batch = json!([{"jsonrpc": "2.0", "id": 1, "method": "ping"}]);
    for (revision, takes_batches) in [("2025-11-25", false), ("2025-03-26", true)] {
        let session = client.open(revision).await;
        for header in SESSIONFUL {
            let ping = session.request("ping", json!({}));
            let reply = ping.header("mcp-protocol-version", header).await;
            assert_eq!(reply.status, 200, "{header} in {revision}");
            let reply = session
                .post(&batch)
                .header("mcp-protocol-version", header)
                .await;
            let expected = if takes_batches { 200 } else { 400 };
            assert_eq!(reply.status, expected, "{header} in {revision}");
        }
    }
}

#[tokio::test]
async fn a_refusal_spells_an_unknown_id_as_the_revision_of_the_header_wants_it() {
    let client = client(&Hold::new());
    for (header, null) in [
        // Who names a session and no revision is of the first ones, or as good as.
        (None, true),
        (Some("2025-11-25"), false),
        (Some("2025-06-18"), true),
        (Some("2025-03-26"), true),
        (Some("2024-11-05"), true),
    ] {
        let mut call = client.older("ping", json!({}));
        if let Some(header) = header {
            call = call.header("mcp-protocol-version", header);
        }
        let message = call.header("mcp-session-id", "gone").await.message().await;
        let expected = null.then_some(&serde_json::Value::Null);
        assert_eq!(message.get("id"), expected, "{header:?}");
    }
    let message = client.older("ping", json!({})).await.message().await;
    assert_eq!(message.get("id"), None, "nobody knows whose it is");
}
