//! P21: ids of requests, and streams that are taken up again.

use mcp_axum::{McpService, McpServiceBuilder};
use serde_json::{Value, json};

use super::SESSIONFUL;
use crate::{
    lifespan::{self, Hold, soon},
    support::{Reply, SESSIONFUL as REVISIONS, Session, TestClient},
};

/// A call of a tool that speaks, with this id.
fn call(id: &Value, name: &str) -> Value {
    let params = json!({"name": name, "_meta": {"progressToken": "p"}});
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params})
}

#[tokio::test]
async fn p21_an_id_in_flight_is_refused_by_its_name_and_the_first_call_is_answered() {
    for revision in REVISIONS {
        let hold = Hold::new();
        let client = TestClient::with(lifespan::builder(&hold).build());
        let session = client.open(revision).await;
        // `1` and `"1"` are two ids.
        let ids = [json!(1), json!("1")];
        let mut running = Vec::new();
        for id in &ids {
            running.push(session.post(&call(id, "talk")).await);
            hold.begun().await;
        }
        for id in &ids {
            let again = session.post(&call(id, "quick")).await;
            assert_eq!(again.status, 400, "{id} in {revision}");
            let message = again.message().await;
            assert_eq!(message["error"]["code"], -32600, "{message}");
            assert_eq!(message["id"], *id, "{message}");
        }
        hold.release.add_permits(ids.len());
        for (stream, id) in running.into_iter().zip(&ids) {
            let message = soon(stream.message()).await;
            assert_eq!(message["id"], *id, "{message}");
            assert_eq!(message["result"]["content"][0]["text"], "released");
        }
    }
}

#[tokio::test]
async fn p21_a_stream_ends_when_its_answer_has_been_told_again() {
    let hold = Hold::new();
    let client = TestClient::with(lifespan::builder(&hold).build());
    let session = client.open(SESSIONFUL).await;
    let stream = session.post(&call(&json!(7), "talk")).await;
    hold.release.add_permits(1);
    assert_eq!(soon(stream.events().rest()).await.len(), 2);
    for (seen, left) in [("1.0", 2), ("1.1", 1)] {
        let again = session.resume(seen).await;
        let told = soon(again.events().rest()).await;
        assert_eq!(told.len(), left, "{seen}: {told:?}");
        let last = told.last().expect("the answer");
        assert_eq!(last["id"], 7, "{seen}: {last}");
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Resumed {
    /// A stream that was not there before.
    Fresh,
    /// 400: the client gives its request up.
    Refused,
}

/// Returns what became of an id that leads nowhere; the session lives on.
async fn resumed(client: &TestClient, session: &Session<'_>, id: &str) -> Resumed {
    let reply: Reply = session.resume(id).await;
    let quick = session.tool("quick", json!({})).await;
    assert_eq!(quick.text().await, "quick", "{id}");
    if !reply.is_stream() {
        assert_eq!(reply.refusal().await, (400, -32600), "{id}");
        return Resumed::Refused;
    }
    let mut events = reply.events();
    client.mcp.notifier().tools_changed();
    // It is open, and no empty 200 that would be asked for again and again.
    assert!(soon(events.next()).await.is_some(), "{id}");
    Resumed::Fresh
}

#[tokio::test]
async fn p21_an_id_that_leads_nowhere_is_a_fresh_standalone_stream_or_400() {
    let builds: [(&str, fn(McpServiceBuilder) -> McpService); 2] = [
        ("with an event log", McpServiceBuilder::build),
        ("without one", |mcp| mcp.without_event_log().build()),
    ];
    for (what, build) in builds {
        let client = TestClient::with(build(lifespan::builder(&Hold::new())));
        for revision in REVISIONS {
            let session = client.open(revision).await;
            for (id, expected) in [
                ("0.0", Resumed::Fresh),
                ("0.99", Resumed::Fresh),
                ("1.0", Resumed::Refused),
                ("99.1", Resumed::Refused),
                ("somebody else's", Resumed::Refused),
            ] {
                let found = resumed(&client, &session, id).await;
                assert_eq!(found, expected, "{id} {what} in {revision}");
            }
        }
    }
}

#[tokio::test]
async fn p21_the_stateless_era_resumes_nothing_and_ignores_the_header() {
    let client = TestClient::with(lifespan::builder(&Hold::new()).build());
    let quick = client.tool("quick", json!({}));
    let reply = quick.header("last-event-id", "1.0").await;
    assert_eq!(reply.text().await, "quick");
}
