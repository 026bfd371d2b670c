//! Several drivers, several services, and a driver that goes away.

use std::{
    future::{IntoFuture, pending},
    io,
    time::Duration,
};

use mcp_axum::{Lifespan, McpService};
use serde_json::json;
use tokio::{sync::oneshot, time::timeout};

use super::{Diary, Hold, builder, poll_once, server, soon, undriven};

#[tokio::test]
async fn drivers_of_one_service_join_and_the_first_signal_drains_for_all() {
    let diary = Diary::default();
    let (starts, ends) = (diary.clone(), diary.clone());
    let mcp = builder(&Hold::new())
        .on_start(move || {
            starts.note("start");
            async { Ok(()) }
        })
        .on_shutdown(move || {
            ends.note("end");
            async { Ok(()) }
        })
        .build();
    let client = undriven(&mcp);
    let (stop, stopped) = oneshot::channel::<()>();
    let first = tokio::spawn(mcp.lifespan().run(pending::<()>()));
    let second = tokio::spawn(mcp.lifespan().run(stopped));
    let third = mcp.lifespan().start();
    assert_eq!(client.tool("quick", json!({})).await.text().await, "quick");
    stop.send(()).unwrap();
    let all = async { (first.await, second.await) };
    let (first, second) = timeout(Duration::from_secs(10), all).await.unwrap();
    first.unwrap();
    second.unwrap();
    third.shutdown().await;
    assert_eq!(diary.read(), ["start", "end"]);
    assert_eq!(client.tool("quick", json!({})).await.status, 503);
}

#[tokio::test]
async fn while_another_driver_is_left_dropping_one_changes_nothing() {
    let hold = Hold::new();
    let mcp = McpService::new(server(&hold));
    let client = undriven(&mcp);
    let guard = mcp.lifespan().start();
    let mut run = Box::pin(mcp.lifespan().run(pending::<()>()));
    assert!(poll_once(&mut run).is_none());
    let call = tokio::spawn(client.tool("hold", json!({})).into_future());
    hold.begun().await;
    drop(run);
    assert_eq!(client.tool("quick", json!({})).await.status, 200);
    hold.release.add_permits(1);
    assert_eq!(call.await.unwrap().text().await, "released");
    drop(guard);
}

#[tokio::test]
async fn dropping_the_future_disarms_and_cuts_what_runs() {
    let hold = Hold::new();
    let mcp = McpService::new(server(&hold));
    let client = undriven(&mcp);
    let mut run = Box::pin(mcp.lifespan().run(pending::<()>()));
    assert!(poll_once(&mut run).is_none());
    let json = tokio::spawn(client.tool("hold", json!({})).into_future());
    hold.begun().await;
    let stream = client.tool("talk", json!({})).progress(json!(1)).await;
    hold.begun().await;
    drop(run);
    for message in [
        soon(json).await.unwrap().message().await,
        soon(stream.message()).await,
    ] {
        assert_eq!(message["id"], 1);
        assert_eq!(message["error"]["code"], -32603);
        assert_eq!(message["error"]["message"], "server shutting down");
    }
    assert_eq!(mcp.in_flight(), 0);
    let error = client.tool("quick", json!({})).await.error().await;
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("lifespan().run(")
    );
}

#[tokio::test]
async fn one_future_drives_several_services() {
    let services: Vec<_> = (0..3)
        .map(|_| McpService::new(server(&Hold::new())))
        .collect();
    let (stop, stopped) = oneshot::channel::<()>();
    let joined = Lifespan::join(services.iter().map(McpService::lifespan));
    let run = tokio::spawn(joined.run(stopped));
    for mcp in &services {
        let reply = undriven(mcp).tool("quick", json!({})).await;
        assert_eq!(reply.text().await, "quick");
    }
    stop.send(()).unwrap();
    run.await.unwrap();
    for mcp in &services {
        let error = undriven(mcp).tool("quick", json!({})).await.error().await;
        assert!(error["message"].as_str().unwrap().contains("shutting down"));
    }
}

#[tokio::test]
async fn a_joined_lifespan_fails_with_any_of_its_services() {
    let fine = builder(&Hold::new()).build();
    let broken = builder(&Hold::new())
        .on_start(async || Err("broken".into()))
        .build();
    let both = || Lifespan::join([fine.lifespan(), broken.lifespan()]);
    let guard = both().start();
    timeout(Duration::from_secs(10), both().failed())
        .await
        .unwrap();
    assert_eq!(undriven(&fine).tool("quick", json!({})).await.status, 200);
    assert_eq!(undriven(&broken).tool("quick", json!({})).await.status, 503);
    guard.shutdown().await;
}

#[tokio::test]
async fn a_lifespan_of_no_service_waits_for_its_signal() {
    let (stop, stopped) = oneshot::channel::<()>();
    let mut run = Box::pin(Lifespan::join([]).run(stopped));
    assert!(poll_once(&mut run).is_none());
    stop.send(()).unwrap();
    run.await;
}

#[tokio::test]
async fn whatever_the_signal_yields_is_a_signal() {
    let mcp = McpService::new(server(&Hold::new()));
    let failed = async { Err::<(), _>(io::Error::other("no signals here")) };
    mcp.lifespan().run(failed).await;
    mcp.lifespan().run(async { 7 }).await;
}

#[tokio::test]
async fn a_run_after_the_end_is_fresh_though_a_driver_of_before_was_not_polled() {
    let hold = Hold::new();
    let mcp = builder(&hold).build();
    let client = undriven(&mcp);
    let (stop, stopped) = oneshot::channel::<()>();
    let mut idle = Box::pin(mcp.lifespan().run(pending::<()>()));
    assert!(poll_once(&mut idle).is_none());
    let first = tokio::spawn(mcp.lifespan().run(stopped));
    stop.send(()).unwrap();
    soon(first).await.unwrap();
    let second = tokio::spawn(mcp.lifespan().run(pending::<()>()));
    soon(idle).await;
    let text = client.tool("quick", json!({})).await.text().await;
    assert_eq!(
        text, "quick",
        "the driver of before ended its own life only"
    );
    second.abort();
}
