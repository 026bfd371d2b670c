//! The end of a stream is the end of its session, and the other way round.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mcp_axum::{Context, McpServer, tool};
use serde_json::json;
use tokio::sync::mpsc;

use super::{Gone, Old, connect, open, serving, stream, taken};
use crate::{
    lifespan::soon,
    shutdown::{nothing_left, tasks_left},
    support::TestClient,
};

/// A server with the tool `hang`, which says a word, waits for ever, and tells when it is gone.
fn hanging(gone: &Arc<AtomicBool>) -> McpServer {
    let gone = Arc::clone(gone);
    McpServer::new("h", "1").tool(tool("hang", async move |ctx: Context| {
        let _gone = Gone::new(&gone);
        ctx.progress(1.0, None, None);
        pending::<&'static str>().await
    }))
}

/// Calls `hang`, and reads its word.
async fn hang(old: &mut Old<'_>) {
    taken(old.tool("hang")).await;
    assert_eq!(old.hear().await["method"], "notifications/progress");
}

#[tokio::test]
async fn a_client_that_leaves_stops_what_it_asked_for() {
    let gone = Arc::new(AtomicBool::new(false));
    let mut client = TestClient::with(serving(hanging(&gone)).build());
    let mut old = connect(&client).await;
    hang(&mut old).await;
    let (place, mcp) = (old.place.clone(), client.mcp.clone());
    assert!(!gone.load(Ordering::SeqCst));
    drop(old);
    assert_eq!(mcp.sessions().count(), 0, "at once");
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    for _ in 0..2 {
        assert_eq!(
            super::post(&client, &place, &ping).await.refusal().await,
            (404, -32600)
        );
    }
    // One is left, which drives the lifespan.
    tasks_left(1).await;
    assert!(gone.load(Ordering::SeqCst), "the handler was dropped");
    assert_eq!(mcp.in_flight(), 0);
    client.take_guard().shutdown().await;
    nothing_left(&mcp).await;
}

#[tokio::test]
async fn a_handler_hears_that_its_client_has_left() {
    let (sender, mut heard) = mpsc::unbounded_channel();
    let server = McpServer::new("c", "1").tool(tool("watch", async move |ctx: Context| {
        let mut cancellation = ctx.cancellation();
        let sender = sender.clone();
        tokio::spawn(async move {
            cancellation.cancelled().await;
            let _ = sender.send(());
        });
        ctx.progress(1.0, None, None);
        pending::<&'static str>().await
    }));
    let client = TestClient::with(serving(server).build());
    let mut old = connect(&client).await;
    taken(old.tool("watch")).await;
    old.hear().await;
    assert!(heard.try_recv().is_err());
    drop(old);
    assert_eq!(soon(heard.recv()).await, Some(()));
}

#[tokio::test]
async fn a_stream_that_is_never_read_ends_its_session_too() {
    let client = TestClient::with(serving(super::server()).build());
    let reply = stream(&client).await;
    assert_eq!(client.mcp.sessions().count(), 1);
    drop(reply);
    assert_eq!(client.mcp.sessions().count(), 0);
    tasks_left(1).await;
}

#[tokio::test]
async fn closing_one_stream_leaves_the_others_alone() {
    let gone = Arc::new(AtomicBool::new(false));
    let client = TestClient::with(serving(hanging(&gone)).build());
    let mut one = connect(&client).await;
    let mut two = connect(&client).await;
    hang(&mut one).await;
    drop(two.request("ping", json!({})).await);
    assert_eq!(two.hear().await["id"], 1);
    drop(two);
    one.heard_all().await;
    assert!(!gone.load(Ordering::SeqCst));
    assert_eq!(client.mcp.sessions().count(), 1);
}

#[tokio::test]
async fn a_session_that_the_host_closes_ends_its_stream() {
    let gone = Arc::new(AtomicBool::new(false));
    let client = TestClient::with(serving(hanging(&gone)).build());
    let mut old = open(&client, "2025-06-18", json!({})).await;
    hang(&mut old).await;
    assert!(client.mcp.sessions().close(old.id()));
    assert_eq!(soon(old.events.next_event()).await, None);
    assert_eq!(old.request("ping", json!({})).await.status, 404);
    assert!(!client.mcp.sessions().close(old.id()), "once");
    drop(old);
    tasks_left(1).await;
    assert!(gone.load(Ordering::SeqCst));
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test]
async fn an_answer_that_was_given_before_the_end_is_read_before_the_end() {
    let client = TestClient::with(serving(super::server()).build());
    let mut old = connect(&client).await;
    for _ in 0..3 {
        taken(old.request("ping", json!({}))).await;
    }
    assert_eq!(client.mcp.sessions().close_all(), 1);
    for id in 1..=3 {
        assert_eq!(old.hear().await["id"], id);
    }
    assert_eq!(old.events.next_event().await, None);
}

#[tokio::test]
async fn a_hundred_clients_leave_nothing_behind() {
    let gone = Arc::new(AtomicBool::new(false));
    let mut client = TestClient::with(serving(hanging(&gone)).build());
    {
        let mut all = Vec::new();
        for at in 0..100 {
            let mut old = connect(&client).await;
            if at % 2 == 0 {
                hang(&mut old).await;
            }
            all.push(old);
        }
        assert_eq!(client.mcp.sessions().count(), 100);
        assert_eq!(client.mcp.in_flight(), 50);
    }
    assert_eq!(client.mcp.sessions().count(), 0);
    client.take_guard().shutdown().await;
    nothing_left(&client.mcp).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_no_hello_is_let_go_after_thirty_seconds() {
    let client = TestClient::with(serving(super::server()).build());
    let mut silent = connect(&client).await;
    let _greeted = super::greet(&client).await;
    let begun = tokio::time::Instant::now();
    assert_eq!(silent.events.next_event().await, None);
    assert_eq!(begun.elapsed().as_secs(), 30);
    assert_eq!(client.mcp.sessions().count(), 1);
}
