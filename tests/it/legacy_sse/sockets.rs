//! The same over real connections.

use std::{future::Future, net::SocketAddr, time::Duration};

use axum::Router;
use mcp_axum::McpService;
use serde_json::json;
use tokio::{net::TcpListener, sync::oneshot, time::timeout};

use super::{client, post, serving};
use crate::{
    lifespan::{self, Hold},
    support::{
        spawn::Spawned,
        wire::{Wire, header, text_of},
    },
};

const OPENING: &str = "GET /old/sse HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// Waits for what must come.
async fn guarded<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(10), future)
        .await
        .expect("it never came")
}

fn app(mcp: &McpService) -> Router {
    Router::new().nest("/old", mcp.router())
}

/// Opens a stream; returns the place to post to.
async fn open(wire: &mut Wire) -> String {
    wire.send(OPENING).await;
    let head = wire.head().await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(header(&head, "content-type"), Some("text/event-stream"));
    event(wire, "endpoint").await
}

/// Reads one event, which comes in one chunk.
async fn event(wire: &mut Wire, name: &str) -> String {
    let chunk = String::from_utf8(guarded(wire.chunk()).await).expect("UTF-8");
    let data = chunk.strip_prefix(&format!("event: {name}\ndata: "));
    data.unwrap_or_else(|| panic!("no {name}: {chunk}"))
        .trim_end()
        .to_owned()
}

/// Calls a tool over a connection of its own.
async fn call(address: SocketAddr, place: &str, tool: &str) {
    let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": tool, "_meta": {"progressToken": 1}}});
    // Only to spell the request.
    let text = text_of(post(&client(), place, &message)).await;
    let mut wire = Wire::connect(address).await;
    wire.send(text).await;
    let (head, body) = guarded(wire.response()).await;
    assert!(head.starts_with("HTTP/1.1 202"), "{head}");
    assert_eq!(body, b"");
}

#[tokio::test]
async fn each_event_is_flushed_and_a_broken_connection_ends_the_session() {
    let hold = Hold::new();
    let mcp = serving(lifespan::server(&hold)).build();
    let _guard = mcp.lifespan().start();
    let spawned = Spawned::new(app(&mcp)).await;
    let mut wire = Wire::connect(spawned.address).await;
    let place = open(&mut wire).await;
    assert!(place.starts_with("/old/messages?sessionId="), "{place}");
    call(spawned.address, &place, "talk").await;
    let told = event(&mut wire, "message").await;
    assert!(told.contains("notifications/progress"), "{told}");
    hold.release.add_permits(1);
    let told = event(&mut wire, "message").await;
    assert!(told.contains("released"), "{told}");
    call(spawned.address, &place, "hold").await;
    hold.begun().await;
    hold.begun().await;
    drop(wire);
    guarded(async {
        while mcp.sessions().count() > 0 || mcp.in_flight() > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_graceful_shutdown_does_not_wait_for_an_open_stream() {
    let hold = Hold::new();
    let mcp = serving(lifespan::server(&hold)).build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let lifespan = mcp.lifespan().run(stopped);
    let served = axum::serve(listener, app(&mcp)).with_graceful_shutdown(lifespan);
    let served = tokio::spawn(async move { served.await });
    let mut idle = Wire::connect(address).await;
    open(&mut idle).await;
    let mut busy = Wire::connect(address).await;
    let place = open(&mut busy).await;
    call(address, &place, "hold").await;
    hold.begun().await;
    stop.send(()).unwrap();
    assert_eq!(guarded(idle.chunk()).await, b"", "it ends at once");
    hold.release.add_permits(1);
    let told = event(&mut busy, "message").await;
    assert!(told.contains("released"), "{told}");
    assert_eq!(guarded(busy.chunk()).await, b"");
    drop((idle, busy));
    guarded(served).await.unwrap().unwrap();
    assert_eq!(mcp.sessions().count(), 0);
}
