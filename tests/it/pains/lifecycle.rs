//! P9, P19 and P22: the end of a process, many services in one, and work that blocks.

use std::{
    future::{Future, IntoFuture},
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use axum::Router;
use http::Method;
use mcp_axum::{Lifespan, McpServer, McpService, blocking, tool};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, spawn_blocking},
};

use super::{ERAS, SESSIONFUL, call, reporting, server, started};
use crate::{
    lifespan::{self, Hold, soon},
    support::{
        Call, TestClient,
        wire::{Wire, header, text_of},
    },
};

/// Serves as the guide says, until the signal.
async fn serve<F>(mcp: &McpService, signal: F) -> (SocketAddr, JoinHandle<()>)
where
    F: Future + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app: Router = mcp.router();
    let run = mcp.lifespan().run(signal);
    let serve = axum::serve(listener, app).with_graceful_shutdown(run);
    let serve = async move { serve.await.expect("it serves") };
    (address, tokio::spawn(serve))
}

/// Sends a call over a connection of its own, and reads the head of its answer.
async fn opened(address: SocketAddr, call: Call) -> Wire {
    let mut wire = Wire::connect(address).await;
    wire.send(text_of(call).await).await;
    let head = soon(wire.head()).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(header(&head, "content-type"), Some("text/event-stream"));
    wire
}

/// The streams that wait for whatever comes, one of each era.
async fn waiting(client: &TestClient, address: SocketAddr) -> Vec<Wire> {
    let filter = json!({"notifications": {"toolsListChanged": true}});
    let session = client.open(SESSIONFUL).await;
    let mut wires = Vec::new();
    for call in [
        client.request("subscriptions/listen", filter),
        session.get(),
    ] {
        wires.push(opened(address, call).await);
    }
    wires
}

/// The streams of calls that run until they are released, one of each era.
async fn talking(client: &TestClient, address: SocketAddr, hold: &Hold) -> Vec<Wire> {
    let mut calls = Vec::new();
    for revision in ERAS {
        let talk = reporting(client, revision, "talk").await;
        calls.push(opened(address, talk).await);
        hold.begun().await;
    }
    calls
}

#[tokio::test]
async fn p09_on_the_signal_streams_that_wait_end_then_calls_and_then_the_process() {
    let hold = Hold::new();
    let mcp = McpService::new(lifespan::server(&hold));
    let (stop, stopped) = oneshot::channel::<()>();
    let (address, served) = serve(&mcp, stopped).await;
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let gets = waiting(&client, address).await;
    let calls = talking(&client, address, &hold).await;
    stop.send(()).expect("it listens");
    // A chunk without length ends a body well: `chunks` would not bear less.
    for mut get in gets {
        soon(get.chunks()).await;
    }
    assert!(!served.is_finished(), "calls are still running");
    let late = client.initialize(SESSIONFUL, json!({})).await;
    assert!(late.header("retry-after").is_some());
    assert_eq!(late.refusal().await, (503, -32603));
    hold.release.add_permits(calls.len());
    for mut call in calls {
        let said = soon(call.chunks()).await;
        assert!(said.contains("released"), "{said}");
    }
    soon(served).await.expect("no panic");
}

#[tokio::test]
async fn p09_what_does_not_end_within_the_grace_period_is_cut_with_an_answer() {
    let hold = Hold::new();
    let mcp = lifespan::builder(&hold).grace(Duration::ZERO).build();
    let (stop, stopped) = oneshot::channel::<()>();
    let (address, served) = serve(&mcp, stopped).await;
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    let calls = talking(&client, address, &hold).await;
    stop.send(()).expect("it listens");
    for mut call in calls {
        let said = soon(call.chunks()).await;
        assert!(said.contains("server shutting down"), "{said}");
    }
    soon(served).await.expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn p09_a_stream_that_nobody_reads_delays_the_end_by_less_than_a_second() {
    let mut client = TestClient::with(lifespan::builder(&Hold::new()).build());
    let filter = json!({"notifications": {"toolsListChanged": true}});
    let session = client.open(SESSIONFUL).await;
    let _unread = [
        client.request("subscriptions/listen", filter).await,
        session.get().await,
    ];
    drop(session);
    let began = tokio::time::Instant::now();
    client.take_guard().shutdown().await;
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[cfg(unix)]
#[tokio::test]
async fn p09_the_signal_of_the_guide_is_sigterm() {
    use tokio::signal::unix::{SignalKind, signal};

    // Whoever listens keeps the signal from ending the process of the tests.
    let mut heard = signal(SignalKind::terminate()).expect("a signal");
    let mcp = McpService::new(server());
    let (address, served) = serve(&mcp, mcp_axum::shutdown_signal()).await;
    let client = TestClient::undriven(mcp.clone(), mcp.router(), "/mcp");
    assert_eq!(client.tool("echo", json!({"text": "x"})).await.status, 200);
    let gets = waiting(&client, address).await;
    let mut kill = std::process::Command::new("sh");
    kill.args(["-c", "kill -TERM $PPID"]);
    let killed = spawn_blocking(move || kill.status()).await;
    assert!(killed.expect("no panic").expect("a shell").success());
    soon(heard.recv()).await;
    for mut get in gets {
        soon(get.chunks()).await;
    }
    soon(served).await.expect("no panic");
}

#[tokio::test]
async fn p19_a_service_may_be_driven_again_and_again_and_its_clones_are_one() {
    let mcp = McpService::new(server());
    for _ in 0..3 {
        let mut client = TestClient::with(mcp.clone());
        for revision in ERAS {
            let echo = call(&client, revision, "echo").await;
            assert_eq!(echo.await.text().await, "whole", "{revision}");
        }
        assert_eq!(mcp.sessions().count(), 1, "of the clone");
        client.take_guard().shutdown().await;
        assert_eq!(mcp.sessions().count(), 0, "each life begins without any");
        let echo = client.tool("echo", json!({"text": "x"})).await;
        assert_eq!(echo.status, 503);
    }
}

#[tokio::test]
async fn p19_services_of_one_process_know_nothing_of_each_other_and_join_into_one_lifespan() {
    let services = ["/a", "/b", "/c"].map(|path| (path, McpService::new(server())));
    let app = services.iter().fold(Router::new(), |app, (path, mcp)| {
        app.nest(path, mcp.router())
    });
    let at = |path: &str, mcp: &McpService| {
        TestClient::undriven(mcp.clone(), app.clone(), &format!("{path}/mcp"))
    };
    let alone = services[0].1.lifespan().start();
    for (path, mcp) in &services {
        let echo = at(path, mcp).tool("echo", json!({"text": "x"})).await;
        let status = if *path == "/a" { 200 } else { 503 };
        assert_eq!(echo.status, status, "{path}");
    }
    drop(alone);
    let all = Lifespan::join(services.each_ref().map(|(_, mcp)| mcp.lifespan()));
    let all = all.start();
    for (path, mcp) in &services {
        let client = at(path, mcp);
        for revision in ERAS {
            let echo = call(&client, revision, "echo").await;
            assert_eq!(echo.await.text().await, "whole", "{path}");
        }
        assert_eq!(mcp.sessions().count(), 1, "{path}");
    }
    all.shutdown().await;
    for (path, mcp) in &services {
        let echo = at(path, mcp).tool("echo", json!({"text": "x"})).await;
        assert_eq!(echo.status, 503, "{path}");
    }
}

/// A server whose tool `work` blocks its thread, one call at a time, until it is told.
fn working() -> (McpServer, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (enter, entered) = mpsc::channel();
    let (leave, left) = mpsc::channel();
    let left = Arc::new(Mutex::new(left));
    let work = move || {
        enter.send(()).expect("the test listens");
        let left = left.lock().expect("no panic");
        left.recv().expect("the test answers");
        "worked"
    };
    let server = McpServer::new("blocking", "1")
        .tool(tool("work", blocking(work).limit(1)))
        .tool(tool("quick", async || "quick"));
    (server, entered, leave)
}

// On one thread: whoever blocks it stops the test, too.
#[tokio::test]
async fn p22_work_that_blocks_is_bounded_and_stops_neither_health_nor_other_calls() {
    for revision in ERAS {
        let (server, entered, leave) = working();
        let mcp = McpService::builder(server).health("/health").build();
        let client = TestClient::with(mcp);
        let mut running = Vec::new();
        for _ in 0..2 {
            let work = call(&client, revision, "work").await;
            running.push(tokio::spawn(work.into_future()));
        }
        let entered = spawn_blocking(move || {
            entered.recv().expect("one enters");
            entered
        });
        let entered = soon(entered).await.expect("no panic");
        let health = client.raw(Method::GET, "").path("/health").await;
        assert_eq!(health.status, 200, "{revision}");
        for other in ERAS {
            let quick = call(&client, other, "quick").await;
            assert_eq!(quick.await.text().await, "quick", "{revision}");
        }
        assert!(entered.try_recv().is_err(), "two at a time in {revision}");
        for call in running {
            leave.send(()).expect("it waits");
            assert_eq!(soon(call).await.expect("no panic").text().await, "worked");
        }
    }
}

#[tokio::test]
async fn p22_one_line_adds_a_route_for_those_who_check_whether_it_is_well() {
    let mcp = McpService::builder(server()).health("/health").build();
    let app = Router::new().merge(mcp.mount("/n"));
    let mut client = TestClient::mounted(mcp, app, "/n/mcp");
    started(&client).await;
    let health = || client.raw(Method::GET, "").path("/n/health");
    let fine = json!({"status": "ok", "sessions": 0, "draining": false});
    let reply = health().await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.message().await, fine);
    client.open(SESSIONFUL).await;
    assert_eq!(health().await.message().await["sessions"], 1);
    client.take_guard().shutdown().await;
    let health = client.raw(Method::GET, "").path("/n/health").await;
    assert_eq!(health.status, 503);
}
