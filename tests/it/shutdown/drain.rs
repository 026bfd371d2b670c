//! The drain: nothing new comes in, what runs may finish.

use std::{future::IntoFuture, time::Duration};

use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use super::nothing_left;
use crate::{
    lifespan::{Hold, builder, soon},
    support::{Reply, TestClient},
};

const LISTEN: &str = "subscriptions/listen";

fn tools() -> serde_json::Value {
    json!({"notifications": {"toolsListChanged": true}})
}

/// Waits until the drain has begun.
async fn refused(client: &TestClient) -> Reply {
    loop {
        let reply = client.tool("quick", json!({})).await;
        if reply.status != 200 {
            return reply;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn new_requests_are_503_with_retry_after_while_running_ones_finish() {
    let hold = Hold::new();
    let mut client = TestClient::with(builder(&hold).build());
    let guard = client.take_guard();
    let json = tokio::spawn(client.tool("hold", json!({})).into_future());
    hold.begun().await;
    let stream = client.tool("talk", json!({})).progress(json!(1)).await;
    hold.begun().await;
    let shutdown = tokio::spawn(guard.shutdown());
    let reply = refused(&client).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("retry-after"), Some("5"));
    let error = reply.error().await;
    assert_eq!(error["code"], -32603);
    assert!(error["message"].as_str().unwrap().contains("shutting down"));
    for call in [
        client.request(LISTEN, tools()),
        client.request("server/discover", json!({})),
        client.post(r#"{"jsonrpc":"2.0","method":"notifications/x"}"#),
        client.raw(http::Method::GET, ""),
    ] {
        assert_eq!(call.await.status, 503);
    }
    assert!(!shutdown.is_finished());
    hold.release.add_permits(2);
    assert_eq!(soon(json).await.unwrap().text().await, "released");
    let events = soon(stream.events().rest()).await;
    assert_eq!(events[0]["method"], "notifications/progress");
    assert_eq!(events[1]["result"]["content"][0]["text"], "released");
    let drained = soon(shutdown).await.unwrap();
    assert_eq!((drained.finished, drained.cut), (2, 0));
    nothing_left(&client.mcp).await;
}

#[tokio::test]
async fn an_idle_service_drains_at_once() {
    let mut client = TestClient::with(builder(&Hold::new()).build());
    client.tool("quick", json!({})).await;
    let shutdown = client.take_guard().shutdown();
    let drained = timeout(Duration::from_secs(10), shutdown).await.unwrap();
    assert_eq!((drained.finished, drained.cut), (0, 0));
    nothing_left(&client.mcp).await;
}

#[tokio::test(start_paused = true)]
async fn a_listen_stream_gets_its_result_at_once_while_a_call_still_runs() {
    let hold = Hold::new();
    let mut client = TestClient::with(builder(&hold).build());
    let guard = client.take_guard();
    let call = tokio::spawn(client.tool("hold", json!({})).into_future());
    hold.begun().await;
    let mut listen = client
        .request(LISTEN, tools())
        .id(json!("stream"))
        .await
        .events();
    assert_eq!(
        soon(listen.next()).await.unwrap()["method"],
        "notifications/subscriptions/acknowledged"
    );
    let began = Instant::now();
    let shutdown = tokio::spawn(guard.shutdown());
    let last = soon(listen.next()).await.unwrap();
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert_eq!(last["id"], "stream");
    assert_eq!(last["result"]["resultType"], "complete");
    assert_eq!(
        last["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"],
        "stream"
    );
    assert_eq!(soon(listen.next()).await, None);
    assert!(!shutdown.is_finished(), "the call still runs");
    hold.release.add_permits(1);
    assert_eq!(soon(call).await.unwrap().text().await, "released");
    drop(listen);
    soon(shutdown).await.unwrap();
    nothing_left(&client.mcp).await;
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_until_listeners_have_read_their_last_word() {
    let mut client = TestClient::with(builder(&Hold::new()).build());
    let mut readers = Vec::new();
    for _ in 0..10 {
        let mut listen = client.request(LISTEN, tools()).await.events();
        readers.push(tokio::spawn(async move {
            sleep(Duration::from_millis(100)).await;
            listen.rest().await.len()
        }));
    }
    let began = Instant::now();
    soon(client.take_guard().shutdown()).await;
    assert_eq!(began.elapsed(), Duration::from_millis(100));
    assert_eq!(client.mcp.listeners(), 0);
    for reader in readers {
        assert_eq!(soon(reader).await.unwrap(), 2, "acknowledged and ended");
    }
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_does_not_read_cannot_hold_up_the_end() {
    let mut client = TestClient::with(builder(&Hold::new()).build());
    let listen = client.request(LISTEN, tools()).await;
    let began = Instant::now();
    soon(client.take_guard().shutdown()).await;
    assert_eq!(began.elapsed(), Duration::from_millis(250));
    assert_eq!(client.mcp.listeners(), 1);
    let events = listen.events().rest().await;
    assert_eq!(events.len(), 2, "what it reads later is whole");
    assert_eq!(client.mcp.listeners(), 0);
}
