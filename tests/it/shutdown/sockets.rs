//! The same over real sockets, the way a host wires it.

use std::{
    future::{IntoFuture, pending},
    net::SocketAddr,
    time::Duration,
};

use axum::{Router, routing::get};
use mcp_axum::McpService;
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use super::tasks_left;
use crate::{
    lifespan::{Diary, Hold, builder, server},
    support::{
        Call, TestClient,
        wire::{Wire, header, text_of},
    },
};

const GUARD: Duration = Duration::from_secs(10);

async fn bind() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

pub(super) fn messages(text: &str) -> Vec<Value> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data: "));
    // One without data primes the reader, and is no message.
    data.filter(|json| !json.is_empty())
        .map(|json| serde_json::from_str(json).expect("JSON"))
        .collect()
}

pub(super) struct Served {
    pub(super) address: SocketAddr,
    pub(super) stop: oneshot::Sender<()>,
    pub(super) task: JoinHandle<()>,
    pub(super) diary: Diary,
}

/// Serves as the guide says: `with_graceful_shutdown(lifespan.run(signal))`.
pub(super) async fn serve(mcp: &McpService) -> Served {
    serve_noting(mcp, Diary::default()).await
}

/// The same, with a diary that others write, too.
pub(super) async fn serve_noting(mcp: &McpService, diary: Diary) -> Served {
    let (listener, address) = bind().await;
    let app = Router::new().nest("/mcp-server", mcp.router());
    let (stop, stopped) = oneshot::channel::<()>();
    let run = mcp.lifespan().run(stopped);
    let note = diary.clone();
    let task = tokio::spawn(async move {
        axum::serve(listener, app)
            .with_graceful_shutdown(run)
            .await
            .expect("serves");
        note.note("serve returned");
    });
    Served {
        address,
        stop,
        task,
        diary,
    }
}

pub(super) async fn open(address: SocketAddr, call: Call) -> Wire {
    let mut wire = Wire::connect(address).await;
    wire.send(text_of(call.path("/mcp-server/mcp")).await).await;
    wire
}

#[tokio::test]
async fn with_a_listen_stream_and_running_calls_the_exit_is_orderly() {
    let hold = Hold::new();
    let mcp = McpService::new(server(&hold));
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let served = serve(&mcp).await;

    let filter = json!({"notifications": {"toolsListChanged": true}});
    let listen = client.request("subscriptions/listen", filter);
    let mut listen = open(served.address, listen).await;
    assert!(listen.head().await.starts_with("HTTP/1.1 200"));
    let acknowledged = messages(std::str::from_utf8(&listen.chunk().await).unwrap());
    assert_eq!(acknowledged.len(), 1);

    let talk = client.tool("talk", json!({})).progress(json!(1));
    let mut talk = open(served.address, talk).await;
    assert!(talk.head().await.contains("text/event-stream"));
    hold.begun().await;
    let mut json = open(served.address, client.tool("hold", json!({}))).await;
    hold.begun().await;
    let mut idle = open(served.address, client.tool("quick", json!({}))).await;
    idle.response().await;

    served.stop.send(()).unwrap();
    // The listener ends first, the calls when they are done, and `serve` last.
    let ended = timeout(GUARD, listen.chunks()).await.unwrap();
    assert_eq!(messages(&ended)[0]["result"]["resultType"], "complete");
    assert_eq!(served.diary.read(), [] as [&str; 0], "calls are running");
    hold.release.add_permits(2);
    let (head, body) = timeout(GUARD, json.response()).await.unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["result"]["content"][0]["text"], "released");
    let said = timeout(GUARD, talk.chunks()).await.unwrap();
    let said = messages(&said);
    assert_eq!(said[0]["method"], "notifications/progress");
    assert_eq!(said[1]["result"]["content"][0]["text"], "released");
    timeout(GUARD, served.task).await.unwrap().unwrap();
    for wire in [&mut listen, &mut talk, &mut json, &mut idle] {
        assert!(
            !timeout(GUARD, wire.more()).await.unwrap(),
            "nothing follows"
        );
    }
    tasks_left(0).await;
    assert_eq!((mcp.in_flight(), mcp.listeners()), (0, 0));
}

#[tokio::test]
async fn a_call_that_never_ends_does_not_hold_the_process() {
    let hold = Hold::new();
    let mcp = builder(&hold).grace(Duration::ZERO).build();
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let served = serve(&mcp).await;
    let talk = client.tool("talk", json!({})).progress(json!(1));
    let mut talk = open(served.address, talk).await;
    talk.head().await;
    hold.begun().await;
    let mut json = open(served.address, client.tool("hold", json!({}))).await;
    hold.begun().await;
    served.stop.send(()).unwrap();
    timeout(GUARD, served.task).await.unwrap().unwrap();
    let said = timeout(GUARD, talk.chunks()).await.unwrap();
    assert_eq!(
        messages(&said)[1]["error"]["message"],
        "server shutting down"
    );
    let (head, body) = timeout(GUARD, json.response()).await.unwrap();
    assert!(header(&head, "content-type").is_some_and(|kind| kind == "application/json"));
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["error"]["message"], "server shutting down");
}

#[tokio::test]
async fn while_draining_the_host_still_answers_on_open_connections() {
    let hold = Hold::new();
    let mcp = McpService::new(server(&hold));
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let (listener, address) = bind().await;
    let app = Router::new()
        .route("/health", get(async || "fine"))
        .nest("/mcp-server", mcp.router());
    let (stop, stopped) = oneshot::channel::<()>();
    let serve = axum::serve(listener, app).with_graceful_shutdown(mcp.lifespan().run(stopped));
    let task = tokio::spawn(serve.into_future());
    let mut held = open(address, client.tool("hold", json!({}))).await;
    hold.begun().await;
    stop.send(()).unwrap();
    // Accepting ends only when the drain is over: balancers see the 503 meanwhile.
    loop {
        let mut other = open(address, client.tool("quick", json!({}))).await;
        let (head, _) = timeout(GUARD, other.response()).await.unwrap();
        if head.starts_with("HTTP/1.1 503") {
            assert_eq!(header(&head, "retry-after"), Some("5"));
            break;
        }
    }
    let mut health = Wire::connect(address).await;
    health
        .send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    let (head, _) = timeout(GUARD, health.response()).await.unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    hold.release.add_permits(1);
    timeout(GUARD, held.response()).await.unwrap();
    timeout(GUARD, task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn without_run_the_open_stream_keeps_axum_waiting() {
    let mcp = McpService::new(server(&Hold::new()));
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let (listener, address) = bind().await;
    let app = Router::new().nest("/mcp-server", mcp.router());
    let guard = mcp.lifespan().start();
    let (stop, stopped) = oneshot::channel::<()>();
    let signal = async {
        let _ = stopped.await;
    };
    let serve = axum::serve(listener, app).with_graceful_shutdown(signal);
    let mut task = tokio::spawn(serve.into_future());
    let filter = json!({"notifications": {"toolsListChanged": true}});
    let mut listen = open(address, client.request("subscriptions/listen", filter)).await;
    listen.head().await;
    listen.chunk().await;
    let mut idle = open(address, client.tool("quick", json!({}))).await;
    idle.response().await;
    stop.send(()).unwrap();
    // axum has stopped: it closed the idle connection and takes no more.
    assert!(!timeout(GUARD, idle.more()).await.unwrap());
    let closed = async { while TcpStream::connect(address).await.is_ok() {} };
    timeout(GUARD, closed).await.unwrap();
    // And yet it waits for the stream, which goes on as before.
    for _ in 0..3 {
        mcp.notifier().tools_changed();
        let told = timeout(GUARD, listen.chunk()).await.unwrap();
        let told = messages(std::str::from_utf8(&told).unwrap());
        assert_eq!(told[0]["method"], "notifications/tools/list_changed");
        assert!(!task.is_finished(), "the stream is still open");
    }
    // The guard beside it is the other way to end the streams.
    guard.shutdown().await;
    let ended = timeout(GUARD, listen.chunks()).await.unwrap();
    assert_eq!(messages(&ended).len(), 1);
    timeout(GUARD, &mut task).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn dropping_serve_alone_does_not_end_the_lifespan() {
    let mcp = McpService::new(server(&Hold::new()));
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let (listener, _) = bind().await;
    let app: Router = mcp.router();
    let run = mcp.lifespan().run(pending::<()>());
    let serve = axum::serve(listener, app).with_graceful_shutdown(run);
    let serve = tokio::spawn(serve.into_future());
    let reply = client.tool("quick", json!({})).await;
    assert_eq!(reply.text().await, "quick");
    serve.abort();
    assert!(serve.await.unwrap_err().is_cancelled());
    // axum runs the signal in a task of its own.
    let reply = client.tool("quick", json!({})).await;
    assert_eq!(reply.text().await, "quick");
}
