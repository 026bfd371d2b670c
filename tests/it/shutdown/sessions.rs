//! The end of a lifespan that has sessions, over real sockets.

use std::{net::SocketAddr, time::Duration};

use mcp_axum::McpService;
use serde_json::{Value, json};

use super::{
    sockets::{Served, messages, open, serve, serve_noting},
    tasks_left,
};
use crate::{
    lifespan::{Diary, Hold, builder, soon},
    support::{
        Call, SESSIONFUL, Session, TestClient,
        wire::{Wire, header},
    },
};

/// A client of a service that is driven already.
async fn client(mcp: &McpService, served: &Served) -> TestClient {
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let mut wire = open(served.address, client.tool("quick", json!({}))).await;
    let (head, _) = soon(wire.response()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    client
}

/// Opens the standalone stream, and reads what it begins with.
async fn listen(address: SocketAddr, session: &Session<'_>) -> Wire {
    let mut wire = open(address, session.get()).await;
    let head = soon(wire.head()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    soon(wire.chunk()).await;
    wire
}

/// Calls the tool that says a word before it waits.
fn talk(session: &Session<'_>) -> Call {
    let params = json!({"name": "talk", "_meta": {"progressToken": 1}});
    session.request("tools/call", params)
}

async fn json(wire: &mut Wire) -> Value {
    let (head, body) = soon(wire.response()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(header(&head, "content-type"), Some("application/json"));
    serde_json::from_slice(&body).expect("JSON")
}

/// Reads a stream to its end.
async fn rest(wire: &mut Wire) -> String {
    soon(wire.chunks()).await
}

fn retry(text: &str) -> Option<u64> {
    let time = text.strip_prefix("retry: ")?.strip_suffix("\n\n")?;
    Some(time.parse().expect("a number"))
}

#[tokio::test]
async fn the_standalone_stream_ends_first_then_the_calls_and_serve_last() {
    for revision in SESSIONFUL {
        let (hold, diary) = (Hold::new(), Diary::default());
        let note = diary.clone();
        let mcp = builder(&hold).on_shutdown(move || {
            let note = note.clone();
            async move {
                note.note("the drain is over");
                Ok(())
            }
        });
        let mcp = mcp.build();
        let served = serve_noting(&mcp, diary).await;
        let client = client(&mcp, &served).await;
        let session = client.open(revision).await;
        let mut get = listen(served.address, &session).await;
        let mut talk = open(served.address, talk(&session)).await;
        assert!(talk.head().await.contains("text/event-stream"));
        hold.begun().await;
        let mut held = open(served.address, session.tool("hold", json!({}))).await;
        hold.begun().await;

        served.stop.send(()).unwrap();
        let ended = rest(&mut get).await;
        // Only this revision has clients that know what a time to wait is for.
        let waits = retry(&ended).is_some();
        assert_eq!(waits, revision == SESSIONFUL[0], "{revision}: {ended:?}");
        assert!(waits || ended.is_empty(), "{revision}: {ended:?}");
        assert_eq!(served.diary.read(), [] as [&str; 0], "calls are running");
        assert_eq!(mcp.in_flight(), 2);
        hold.release.add_permits(2);
        let answer = json(&mut held).await;
        assert_eq!(answer["result"]["content"][0]["text"], "released");
        let said = messages(&rest(&mut talk).await);
        assert_eq!(said[0]["method"], "notifications/progress");
        assert_eq!(said[1]["result"]["content"][0]["text"], "released");
        soon(served.task).await.unwrap();
        let order = ["the drain is over", "serve returned"];
        assert_eq!(served.diary.read(), order, "{revision}");
        for wire in [&mut get, &mut talk, &mut held] {
            let more = soon(wire.more()).await;
            assert!(!more, "nothing follows");
        }
        tasks_left(0).await;
        assert_eq!((mcp.in_flight(), mcp.sessions().count()), (0, 0));
    }
}

#[tokio::test]
async fn a_call_of_a_session_that_never_ends_does_not_hold_the_process() {
    for revision in SESSIONFUL {
        let hold = Hold::new();
        let mcp = builder(&hold).grace(Duration::ZERO).build();
        let served = serve(&mcp).await;
        let client = client(&mcp, &served).await;
        let session = client.open(revision).await;
        let mut get = listen(served.address, &session).await;
        let mut talk = open(served.address, talk(&session)).await;
        talk.head().await;
        hold.begun().await;
        let mut held = open(served.address, session.tool("hold", json!({}))).await;
        hold.begun().await;
        served.stop.send(()).unwrap();
        rest(&mut get).await;
        let said = messages(&rest(&mut talk).await);
        assert_eq!(said[1]["error"]["message"], "server shutting down");
        let answer = json(&mut held).await;
        assert_eq!(answer["error"]["message"], "server shutting down");
        soon(served.task).await.unwrap();
        tasks_left(0).await;
        assert_eq!((mcp.in_flight(), mcp.sessions().count()), (0, 0));
    }
}

#[tokio::test]
async fn an_answer_whose_client_is_away_can_be_fetched_while_draining() {
    let hold = Hold::new();
    let mcp = builder(&hold).build();
    let served = serve(&mcp).await;
    let client = client(&mcp, &served).await;
    let session = client.open(SESSIONFUL[0]).await;
    let mut talk = open(served.address, talk(&session)).await;
    talk.head().await;
    hold.begun().await;
    let mut held = open(served.address, session.tool("hold", json!({}))).await;
    hold.begun().await;
    let mut get = listen(served.address, &session).await;
    talk.hang_up().await;
    served.stop.send(()).unwrap();
    rest(&mut get).await;
    // The drain has begun, and this is no new work.
    let mut again = open(served.address, session.resume("1.1")).await;
    assert!(again.head().await.contains("text/event-stream"));
    hold.release.add_permits(2);
    let said = messages(&rest(&mut again).await);
    assert_eq!(said.len(), 1);
    assert_eq!(said[0]["result"]["content"][0]["text"], "released");
    json(&mut held).await;
    soon(served.task).await.unwrap();
}
