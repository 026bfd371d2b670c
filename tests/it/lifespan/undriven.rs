//! A lifespan that nobody drives, or that is still starting.

use std::{
    future::{IntoFuture, pending},
    time::Duration,
};

use http::Method;
use mcp_axum::McpService;
use serde_json::json;
use tokio::{sync::oneshot, time::Instant};

use super::{Hold, builder, poll_once, server, undriven};
use crate::{
    mounting,
    support::{Log, TestClient},
};

#[tokio::test]
async fn until_driven_every_request_under_every_mount_is_told_the_cure() {
    for mount in mounting::mounts() {
        let mcp = McpService::new(mounting::server());
        let app = (mount.app)(&mcp);
        let client = TestClient::undriven(mcp, app, mount.answers[0]);
        let calls = [
            client.tool("echo", json!({"text": "x"})),
            client.request("server/discover", json!({})),
            client.raw(Method::GET, ""),
            client.raw(Method::PUT, ""),
            client.post("not JSON"),
            client
                .tool("echo", json!({"text": "x"}))
                .header("host", "evil.example"),
        ];
        for call in calls {
            let reply = call.await;
            assert_eq!(reply.status, 503, "{}", mount.name);
            assert!(reply.header("retry-after").is_some(), "{}", mount.name);
            let error = reply.error().await;
            assert_eq!(error["code"], -32603);
            let message = error["message"].as_str().unwrap();
            for part in [
                "lifespan().run(",
                "with_graceful_shutdown",
                "lifespan().start()",
            ] {
                assert!(message.contains(part), "{message}");
            }
        }
    }
}

#[tokio::test]
async fn the_log_is_told_once_for_each_service() {
    let log = Log::capture();
    for services in 1..=2 {
        let client = undriven(&McpService::new(server(&Hold::new())));
        for _ in 0..5 {
            client.tool("quick", json!({})).await;
        }
        let lines = log.lines_with("lifespan is not driven");
        assert_eq!(lines.len(), services, "{lines:?}");
    }
}

#[tokio::test]
async fn calling_run_arms_before_the_first_poll() {
    let mcp = McpService::new(server(&Hold::new()));
    let client = undriven(&mcp);
    let (stop, stopped) = oneshot::channel::<()>();
    let run = mcp.lifespan().run(stopped);
    let mut early = client.tool("quick", json!({})).into_future();
    assert!(
        poll_once(&mut early).is_none(),
        "it was refused, not kept waiting"
    );
    let run = tokio::spawn(run);
    assert_eq!(early.await.text().await, "quick");
    drop(stop);
    run.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_early_request_waits_for_the_start_hooks_and_no_longer() {
    let hook = |seconds| {
        move || async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok(())
        }
    };
    for (hook_takes, timeout, waited, status) in [
        (3, None, 3, 200),
        (60, None, 5, 503),
        (60, Some(9), 9, 503),
        (7, Some(9), 7, 200),
    ] {
        let mut mcp = builder(&Hold::new()).on_start(hook(hook_takes));
        if let Some(timeout) = timeout {
            mcp = mcp.start_timeout(Duration::from_secs(timeout));
        }
        let client = TestClient::with(mcp.build());
        let started = Instant::now();
        let reply = client.tool("quick", json!({})).await;
        assert_eq!(started.elapsed().as_secs(), waited);
        assert_eq!(reply.status, status);
        if status == 503 {
            assert!(reply.header("retry-after").is_some());
            let error = reply.error().await;
            assert_eq!(error["code"], -32603);
            assert!(error["message"].as_str().unwrap().contains("starting"));
        }
        assert_eq!(client.mcp.in_flight(), 0);
    }
}

#[tokio::test]
async fn a_request_that_waits_for_a_start_is_told_when_nobody_drives_any_more() {
    let mcp = builder(&Hold::new()).on_start(pending).build();
    let client = undriven(&mcp);
    let mut run = Box::pin(mcp.lifespan().run(pending::<()>()));
    assert!(poll_once(&mut run).is_none());
    let mut early = client.tool("quick", json!({})).into_future();
    assert!(poll_once(&mut early).is_none());
    drop(run);
    let reply = early.await;
    assert_eq!(reply.status, 503);
    let error = reply.error().await;
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("lifespan().run(")
    );
}
