//! Hooks: in order, around every request, and what becomes of a failure.

use std::{
    future::{IntoFuture, pending},
    time::Duration,
};

use mcp_axum::McpServiceBuilder;
use serde_json::json;
use tokio::{sync::oneshot, time::timeout};

use super::{Diary, Hold, builder, poll_once, undriven};
use crate::support::TestClient;

fn starts(mcp: McpServiceBuilder, diary: &Diary, what: &'static str) -> McpServiceBuilder {
    let diary = diary.clone();
    mcp.on_start(move || {
        let diary = diary.clone();
        async move {
            tokio::task::yield_now().await;
            diary.note(what);
            Ok(())
        }
    })
}

fn ends(mcp: McpServiceBuilder, diary: &Diary, what: &'static str) -> McpServiceBuilder {
    let diary = diary.clone();
    mcp.on_shutdown(move || {
        let diary = diary.clone();
        async move {
            tokio::task::yield_now().await;
            diary.note(what);
            Ok(())
        }
    })
}

#[tokio::test]
async fn hooks_run_in_order_before_the_first_and_after_the_last_request() {
    let diary = Diary::default();
    let hold = Hold::new();
    let mcp = starts(builder(&hold), &diary, "first start");
    let mcp = starts(mcp, &diary, "second start");
    let mcp = ends(mcp, &diary, "first end");
    let mut client = TestClient::with(ends(mcp, &diary, "second end").build());
    let guard = client.take_guard();
    let call = tokio::spawn(client.tool("hold", json!({})).into_future());
    hold.begun().await;
    assert_eq!(diary.read(), ["first start", "second start"]);
    let shutdown = tokio::spawn(guard.shutdown());
    while client.tool("quick", json!({})).await.status == 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(diary.read().len(), 2, "a request is still running");
    diary.note("last request");
    hold.release.add_permits(1);
    assert_eq!(call.await.unwrap().text().await, "released");
    shutdown.await.unwrap();
    assert_eq!(
        diary.read()[2..],
        ["last request", "first end", "second end"]
    );
}

#[tokio::test]
async fn a_failing_start_hook_keeps_the_service_closed_and_tells_the_host() {
    let diary = Diary::default();
    let mcp = starts(builder(&Hold::new()), &diary, "before");
    let mcp = mcp.on_start(async || Err("no database at db.internal".into()));
    let mcp = starts(mcp, &diary, "after").build();
    let client = undriven(&mcp);
    let (stop, stopped) = oneshot::channel::<()>();
    let mut run = tokio::spawn(mcp.lifespan().run(stopped));
    timeout(Duration::from_secs(10), mcp.lifespan().failed())
        .await
        .unwrap();
    assert_eq!(diary.read(), ["before"]);
    for _ in 0..2 {
        let reply = client.tool("quick", json!({})).await;
        assert_eq!(reply.status, 503);
        assert!(reply.header("retry-after").is_some());
        let error = reply.error().await;
        assert_eq!(error["code"], -32603);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("failed to start"), "{message}");
        assert!(!message.contains("db.internal"), "{message}");
    }
    let early = timeout(Duration::ZERO, &mut run).await;
    assert!(early.is_err(), "`run` ended without its signal");
    stop.send(()).unwrap();
    run.await.unwrap();
}

#[tokio::test]
async fn without_a_failure_failed_never_resolves() {
    let client = TestClient::with(builder(&Hold::new()).build());
    client.tool("quick", json!({})).await;
    let lifespan = client.mcp.lifespan();
    let mut failed = Box::pin(lifespan.failed());
    assert!(poll_once(&mut failed).is_none());
}

#[tokio::test]
async fn a_failing_shutdown_hook_does_not_stop_the_others() {
    let diary = Diary::default();
    let mcp = builder(&Hold::new()).on_shutdown(async || Err("disk full".into()));
    let mut client = TestClient::with(ends(mcp, &diary, "the other").build());
    client.tool("quick", json!({})).await;
    client.take_guard().shutdown().await;
    assert_eq!(diary.read(), ["the other"]);
}

#[tokio::test]
async fn the_signal_is_heard_while_start_hooks_run() {
    let diary = Diary::default();
    let mcp = builder(&Hold::new()).on_start(pending);
    let mcp = ends(mcp, &diary, "end").build();
    let client = undriven(&mcp);
    let (stop, stopped) = oneshot::channel::<()>();
    let run = tokio::spawn(mcp.lifespan().run(stopped));
    let early = tokio::spawn(client.tool("quick", json!({})).into_future());
    tokio::task::yield_now().await;
    stop.send(()).unwrap();
    timeout(Duration::from_secs(10), run)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(early.await.unwrap().status, 503);
    assert_eq!(diary.read(), ["end"]);
}

#[tokio::test]
async fn each_run_after_the_end_is_a_fresh_start() {
    let diary = Diary::default();
    let mcp = starts(builder(&Hold::new()), &diary, "start");
    let mcp = ends(mcp, &diary, "end").build();
    let client = undriven(&mcp);
    for round in 1..=3 {
        let guard = mcp.lifespan().start();
        let reply = client.tool("quick", json!({})).await;
        assert_eq!(reply.text().await, "quick", "round {round}");
        guard.shutdown().await;
        let reply = client.tool("quick", json!({})).await;
        assert_eq!(reply.status, 503, "round {round}");
        assert_eq!(diary.read().len(), round * 2);
    }
}
