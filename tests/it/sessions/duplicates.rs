//! Ids of requests that are in flight at once.

use serde_json::{Value, json};

use super::{NEWEST, answered, begun, call, client, refused, text_of};
use crate::{lifespan::Hold, support::SESSIONFUL};

#[tokio::test]
async fn an_id_in_flight_is_refused_and_the_first_call_finishes() {
    for revision in SESSIONFUL {
        let hold = Hold::new();
        let client = client(&hold);
        let session = client.open(revision).await;
        let silent = begun(session.post(&call(1, "hold")), &hold).await;
        let stream = begun(session.post(&call("one", "talk")), &hold).await;
        for id in [json!(1), json!("one")] {
            for name in ["quick", "hold", "talk"] {
                let reply = session.post(&call(id.clone(), name)).await;
                assert_eq!(reply.status, 400, "{id} in {revision}");
                let message = reply.message().await;
                assert_eq!(message["error"]["code"], -32600, "{id} in {revision}");
                assert_eq!(message["id"], id, "{revision}");
            }
        }
        // So with what would be answered at once.
        for method in ["ping", "no/such"] {
            let message = json!({"jsonrpc": "2.0", "id": 1, "method": method});
            assert_eq!(
                session.post(&message).await.status,
                400,
                "{method} in {revision}"
            );
        }
        assert_eq!(client.mcp.sessions().list()[0].in_flight, 2);
        hold.release.add_permits(2);
        for (task, id) in [(silent, json!(1)), (stream, json!("one"))] {
            let message = answered(task).await.message().await;
            assert_eq!((&message["id"], text_of(&message)), (&id, "released"));
        }
        // And then the id is free.
        assert_eq!(session.post(&call(1, "quick")).await.text().await, "quick");
    }
}

#[tokio::test]
async fn the_same_id_spelled_otherwise_is_the_same() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    let running = begun(session.post(&call("a", "hold")), &hold).await;
    let text = call("@", "quick").to_string().replace('@', r"\u0061");
    let reply = session.post(&json!({})).raw_body(text).await;
    assert_eq!(refused(reply, "spelled otherwise").await, (400, -32600));
    hold.release.add_permits(1);
    assert_eq!(answered(running).await.text().await, "released");
}

#[tokio::test]
async fn a_number_and_a_text_that_look_alike_are_two_ids() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    let ids: [Value; 4] = [json!(1), json!("1"), json!("01"), json!(-1)];
    let mut running = Vec::new();
    for id in &ids {
        running.push(begun(session.post(&call(id.clone(), "hold")), &hold).await);
    }
    hold.release.add_permits(ids.len());
    for (task, id) in running.into_iter().zip(&ids) {
        let message = answered(task).await.message().await;
        assert_eq!((&message["id"], text_of(&message)), (id, "released"));
    }
}

#[tokio::test]
async fn the_ids_of_two_sessions_never_meet() {
    let hold = Hold::new();
    let client = client(&hold);
    let mut sessions = Vec::new();
    for revision in SESSIONFUL {
        sessions.push(client.open(revision).await);
    }
    let mut running = Vec::new();
    for session in &sessions {
        running.push(begun(session.post(&call(1, "hold")), &hold).await);
    }
    hold.release.add_permits(running.len());
    for task in running {
        assert_eq!(answered(task).await.text().await, "released");
    }
}

#[tokio::test]
async fn a_batch_that_repeats_an_id_is_refused_whole_and_runs_nothing() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open("2025-03-26").await;
    let running = begun(session.post(&call(1, "hold")), &hold).await;
    for batch in [
        json!([call(2, "hold"), call(2, "hold")]),
        json!([call(3, "hold"), call(1, "quick")]),
    ] {
        let reply = session.post(&batch).await;
        assert_eq!(refused(reply, "a batch").await, (400, -32600), "{batch}");
        assert_eq!(hold.begun.available_permits(), 0, "{batch} ran");
        assert_eq!(client.mcp.sessions().list()[0].in_flight, 1);
    }
    hold.release.add_permits(1);
    assert_eq!(answered(running).await.text().await, "released");
}

#[tokio::test]
async fn a_request_of_the_stateless_era_neither_uses_nor_blocks_an_id_of_the_session() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    let running = begun(session.post(&call(1, "hold")), &hold).await;
    let other = client.tool("quick", json!({})).id(json!(1));
    let other = other.header("mcp-session-id", session.id.as_deref().unwrap());
    assert_eq!(other.await.text().await, "quick");
    assert_eq!(client.mcp.sessions().list()[0].in_flight, 1);
    hold.release.add_permits(1);
    assert_eq!(answered(running).await.text().await, "released");
}
