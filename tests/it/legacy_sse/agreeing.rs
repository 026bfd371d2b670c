//! The handshake over HTTP+SSE, and what depends on the revision that it agrees on.

use mcp_axum::protocol::Revision;
use serde_json::{Value, json};

use super::{builder, client, connect, open, taken};
use crate::support::{SESSIONFUL, TestClient};

fn ping(id: u32) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "ping"})
}

#[tokio::test]
async fn every_revision_with_a_handshake_is_agreed_on() {
    let client = client();
    for revision in SESSIONFUL {
        let mut old = connect(&client).await;
        let agreed = old.initialize(revision, json!({})).await;
        let result = &agreed["result"];
        assert_eq!(result["protocolVersion"], revision, "{agreed}");
        assert_eq!(result["serverInfo"]["name"], "old");
        assert_eq!(
            result["capabilities"]["tools"]["listChanged"], true,
            "{agreed}"
        );
        assert_eq!(
            result["capabilities"]["resources"]["subscribe"], true,
            "{agreed}"
        );
        assert!(result["capabilities"]["logging"].is_object(), "{agreed}");
        let [session] = &client.mcp.sessions().list()[..] else {
            panic!("one session");
        };
        assert_eq!(session.revision.as_str(), revision);
        assert_eq!(session.id, old.id());
        assert_eq!(session.client.as_ref().unwrap().name, "test");
    }
}

#[tokio::test]
async fn any_other_revision_is_countered_with_the_newest_of_ours() {
    let some = [
        Revision::V2024_11_05,
        Revision::V2026_07_28,
        Revision::V2025_03_26,
    ];
    for (served, newest) in [(&Revision::ALL[..], "2025-11-25"), (&some, "2025-03-26")] {
        let client = TestClient::with(builder().revisions(served.iter().copied()).build());
        for wanted in ["2026-07-28", "1999-01-01", "2099-12-31", "", "x"] {
            let mut old = connect(&client).await;
            let agreed = old.initialize(wanted, json!({})).await;
            assert_eq!(agreed["result"]["protocolVersion"], newest, "{wanted}");
        }
    }
}

#[tokio::test]
async fn a_bad_handshake_is_an_error_on_the_stream_and_may_be_repeated() {
    let client = client();
    let mut old = connect(&client).await;
    for params in [
        json!({}),
        json!({"protocolVersion": 7, "capabilities": {}, "clientInfo": {}}),
        json!({"protocolVersion": "2025-06-18", "clientInfo": {"name": "t", "version": "1"}}),
        json!({"protocolVersion": "2025-06-18", "capabilities": []}),
    ] {
        let refused = old.call("initialize", params).await;
        assert_eq!(refused["error"]["code"], -32602, "{refused}");
    }
    let agreed = old.initialize("2025-06-18", json!({})).await;
    assert_eq!(agreed["result"]["protocolVersion"], "2025-06-18");
}

#[tokio::test]
async fn the_first_handshake_counts() {
    let client = client();
    let mut old = open(&client, "2025-03-26", json!({})).await;
    let again = old.initialize("2025-11-25", json!({"sampling": {}})).await;
    assert_eq!(again["error"]["code"], -32600, "{again}");
    let sessions = client.mcp.sessions().list();
    assert_eq!(sessions[0].revision, Revision::V2025_03_26);
}

#[tokio::test]
async fn what_comes_before_the_handshake_is_served_as_the_first_revision() {
    let client = client();
    let mut old = connect(&client).await;
    old.heard_all().await;
    let listed = old.call("tools/list", json!({})).await;
    assert_eq!(listed["result"]["tools"][0]["name"], "greet");
    assert_eq!(
        client.mcp.sessions().list()[0].revision,
        Revision::V2024_11_05
    );
}

#[tokio::test]
async fn a_version_header_changes_nothing() {
    let client = client();
    let mut old = open(&client, "2025-03-26", json!({})).await;
    for version in ["2024-11-05", "2025-11-25", "2026-07-28", "nonsense", ""] {
        // Batches tell the revision: this one alone has them.
        let call = old
            .post(&json!([ping(1)]))
            .header("mcp-protocol-version", version);
        taken(call).await;
        assert_eq!(old.hear().await["id"], 1, "{version}");
    }
}

#[tokio::test]
async fn batches_are_of_one_revision_and_answered_one_by_one() {
    for revision in SESSIONFUL {
        let client = client();
        let mut old = open(&client, revision, json!({})).await;
        let call = json!({"jsonrpc": "2.0", "id": "c", "method": "tools/call",
            "params": {"name": "greet", "arguments": {}}});
        let notice = json!({"jsonrpc": "2.0", "method": "notifications/x"});
        let batch = json!([ping(1), notice, call, ping(2)]);
        if revision != "2025-03-26" {
            assert_eq!(
                old.post(&batch).await.refusal().await,
                (400, -32600),
                "{revision}"
            );
            old.heard_all().await;
            continue;
        }
        taken(old.post(&batch)).await;
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(old.hear().await["id"].take().to_string());
        }
        ids.sort();
        assert_eq!(ids, ["\"c\"", "1", "2"]);
        taken(old.post(&json!([notice, notice]))).await;
        old.heard_all().await;
    }
}

#[tokio::test]
async fn a_batch_that_may_not_be_is_refused_as_a_whole() {
    let client = client();
    let mut old = connect(&client).await;
    let refused = old.post(&json!([ping(1)])).await.refusal().await;
    assert_eq!(refused, (400, -32600), "before the handshake");
    old.initialize("2025-03-26", json!({})).await;
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params":
        {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {}}});
    let many = |count: u32| Value::from_iter((0..count).map(ping));
    let hold = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call",
        "params": {"name": "greet", "arguments": {}}});
    for batch in [
        json!([]),
        json!([[ping(1)]]),
        json!([ping(1), 7]),
        json!([ping(1), initialize]),
        json!([hold, hold]),
        many(33),
    ] {
        let reply = old.post(&batch).await;
        assert_eq!(reply.status, 400, "{batch}");
        assert_eq!(reply.refusal().await, (400, -32600), "{batch}");
        old.heard_all().await;
    }
    taken(old.post(&many(32))).await;
    for _ in 0..32 {
        assert_eq!(old.hear().await["result"], json!({}));
    }
    assert_eq!(client.mcp.in_flight(), 0);
}
