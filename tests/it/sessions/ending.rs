//! DELETE: the client ends its session, and with it all that goes on in it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use mcp_axum::{Context, McpServer, tool};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{NEWEST, answered, begun, call, client, lives};
use crate::{
    lifespan::{Hold, soon},
    shutdown::tasks_left,
    support::{SESSIONFUL, TestClient},
};

#[tokio::test]
async fn it_is_204_without_a_body_and_404_from_then_on() {
    let client = client(&Hold::new());
    for revision in SESSIONFUL {
        let (session, other) = (client.open(revision).await, client.open(revision).await);
        let reply = session.delete().await;
        assert_eq!(reply.status, 204, "{revision}");
        assert_eq!(reply.header("content-type"), None);
        assert_eq!(reply.header("mcp-session-id"), None);
        assert!(reply.bytes().await.is_empty());
        for (what, call) in [
            ("DELETE", session.delete()),
            ("GET", session.get()),
            ("a resume", session.resume("0.0")),
            ("a request", session.request("ping", json!({}))),
            ("a notification", session.cancel(json!(1))),
            ("an answer", session.answer(&json!({"id": "q"}), json!({}))),
        ] {
            assert_eq!(call.await.status, 404, "{what} in {revision}");
        }
        assert!(lives(&other).await, "{revision}");
    }
}

#[tokio::test]
async fn whatever_the_client_accepts_it_may_leave() {
    let client = client(&Hold::new());
    for accept in [None, Some("application/json"), Some("text/html")] {
        let session = client.open(NEWEST).await;
        let call = session.delete();
        let call = match accept {
            Some(accept) => call.header("accept", accept),
            None => call,
        };
        assert_eq!(call.await.status, 204, "{accept:?}");
    }
}

fn assert_over(message: &Value, id: u64) {
    assert_eq!(message["id"], id, "{message}");
    assert_eq!(message["error"]["code"], -32603, "{message}");
    assert!(message.get("result").is_none(), "{message}");
}

#[tokio::test]
async fn during_a_silent_call_the_call_is_answered_with_an_error() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open(NEWEST).await;
    let running = begun(session.post(&call(7, "hold")), &hold).await;
    assert_eq!(session.delete().await.status, 204);
    let reply = answered(running).await;
    assert_eq!(reply.status, 200, "neither 404 nor 500");
    assert_over(&reply.message().await, 7);
}

#[tokio::test]
async fn during_a_call_that_streams_its_stream_ends_with_an_error_event() {
    let hold = Hold::new();
    for revision in SESSIONFUL {
        let client = client(&hold);
        let session = client.open(revision).await;
        let stream = session.post(&call(7, "talk")).await;
        hold.begun().await;
        let mut get = session.get().await.events();
        assert_eq!(session.delete().await.status, 204);
        let told = soon(stream.events().rest()).await;
        assert_eq!(told[0]["method"], "notifications/progress", "{revision}");
        assert_over(told.last().unwrap(), 7);
        assert_eq!(told.len(), 2, "{revision}");
        assert!(soon(get.rest()).await.is_empty(), "it ends without a word");
        assert_eq!(session.resume("1.1").await.status, 404);
    }
}

#[tokio::test]
async fn every_request_of_a_batch_is_answered_with_an_error() {
    let hold = Hold::new();
    let client = client(&hold);
    let session = client.open("2025-03-26").await;
    let batch = json!([call(1, "hold"), call(2, "hold")]);
    let running = begun(session.post(&batch), &hold).await;
    session.delete().await;
    let answers = answered(running).await.message().await;
    let answers = answers.as_array().expect("an array");
    assert_eq!(answers.len(), 2);
    for answer in answers {
        assert_over(answer, answer["id"].as_u64().unwrap());
    }
}

#[tokio::test]
async fn sessions_that_come_and_go_while_the_registry_changes_leave_no_task() {
    let client = client(&Hold::new());
    tokio::task::yield_now().await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    let registry = client.mcp.registry();
    for number in 0..100 {
        let session = client.open(NEWEST).await;
        let mut stream = session.get().await.events();
        let added = tool("added", async || "added");
        registry.add_tool(added).expect("the name is free");
        let told = soon(stream.next()).await.expect("the stream is open");
        assert_eq!(told["method"], "notifications/tools/list_changed");
        assert_eq!(session.tool("added", json!({})).await.text().await, "added");
        assert!(registry.remove_tool("added"));
        if number % 2 == 0 {
            session.delete().await;
        } else {
            client.mcp.sessions().close_all();
        }
        soon(stream.rest()).await;
    }
    tasks_left(tasks).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}

/// Notes that it was dropped.
struct Noted(Arc<AtomicBool>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn what_it_ran_is_dropped_even_when_its_client_had_left() {
    let dropped = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&dropped);
    let endless = tool("endless", async move |ctx: Context| {
        let _noted = Noted(Arc::clone(&note));
        ctx.progress(1.0, None, None);
        std::future::pending::<()>().await;
        "never"
    });
    let client = TestClient::new(McpServer::new("t", "1").tool(endless));
    let session = client.open(NEWEST).await;
    drop(session.post(&call(1, "endless")).await);
    tokio::task::yield_now().await;
    assert_eq!(client.mcp.sessions().list()[0].in_flight, 1);
    session.delete().await;
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(dropped.load(Ordering::SeqCst));
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test]
async fn who_waits_for_an_answer_of_the_client_is_told_that_none_comes() {
    let asking = tool("ask", async |ctx: Context| match ctx.roots().await {
        Ok(_) => "answered".to_owned(),
        Err(error) => error.to_string(),
    });
    let client = TestClient::new(McpServer::new("t", "1").tool(asking));
    let session = client.open_with(NEWEST, json!({"roots": {}})).await;
    let mut events = session.post(&call(1, "ask")).await.events();
    let question = events.next().await.unwrap();
    assert_eq!(question["method"], "roots/list");
    session.delete().await;
    let told = soon(events.rest()).await;
    assert_over(told.last().unwrap(), 1);
    assert_eq!(
        session.answer(&question, json!({"roots": []})).await.status,
        404
    );
}
