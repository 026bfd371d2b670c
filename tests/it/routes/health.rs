//! The route that tells how the service is.

use http::Method;
use mcp_axum::{BoxError, McpService};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{MOUNTS, builder, get};
use crate::{
    lifespan::soon,
    support::{Reply, TestClient},
};

async fn told(reply: Reply) -> (u16, Option<String>, Value) {
    let status = reply.status.as_u16();
    let retry = reply.header("retry-after").map(str::to_owned);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    (
        status,
        retry,
        serde_json::from_slice(&reply.bytes().await).expect("JSON"),
    )
}

/// Asks for the health, and reads it.
async fn check(client: &TestClient, path: &str, word: &str, sessions: usize) {
    let (status, retry, body) = told(get(client, path).await).await;
    let ok = word == "ok";
    assert_eq!(status, if ok { 200 } else { 503 }, "{word}");
    assert_eq!(retry.is_some(), !ok, "{word}");
    let draining = word == "draining";
    let expected = json!({"status": word, "sessions": sessions, "draining": draining});
    assert_eq!(body, expected);
}

#[tokio::test]
async fn it_follows_the_service_through_its_life_under_every_mount() {
    for (app, mount) in MOUNTS {
        let release = std::sync::Arc::new(Notify::new());
        let waiting = std::sync::Arc::clone(&release);
        let mcp = builder()
            .health("/health")
            .on_start(move || {
                let waiting = std::sync::Arc::clone(&waiting);
                async move {
                    waiting.notified().await;
                    Ok(())
                }
            })
            .build();
        let path = format!("{mount}/health");
        let router = app(&mcp);
        let idle = TestClient::undriven(mcp.clone(), router.clone(), "/");
        check(&idle, &path, "not driven", 0).await;
        let endpoint = format!("{mount}/mcp");
        let mut client = TestClient::mounted(mcp, router, &endpoint);
        check(&client, &path, "starting", 0).await;
        release.notify_one();
        client.open("2025-11-25").await;
        let session = client.open("2025-11-25").await;
        check(&client, &path, "ok", 2).await;
        assert_eq!(session.delete().await.status, 204);
        check(&client, &path, "ok", 1).await;
        soon(client.take_guard().shutdown()).await;
        check(&client, &path, "closed", 0).await;
    }
}

#[tokio::test]
async fn it_tells_of_a_drain_while_it_lasts() {
    let release = std::sync::Arc::new(Notify::new());
    let waiting = std::sync::Arc::clone(&release);
    let mcp = builder()
        .health("/health")
        .on_shutdown(move || {
            let waiting = std::sync::Arc::clone(&waiting);
            async move {
                waiting.notified().await;
                Ok(())
            }
        })
        .build();
    let mut client = TestClient::with(mcp);
    client.open("2025-11-25").await;
    let mut shutdown = Box::pin(client.take_guard().shutdown());
    assert!(crate::lifespan::poll_once(&mut shutdown).is_none());
    tokio::task::yield_now().await;
    let (status, retry, body) = told(get(&client, "/health").await).await;
    assert_eq!((status, retry.as_deref()), (503, Some("5")));
    assert_eq!(
        (&body["status"], &body["draining"]),
        (&json!("draining"), &json!(true))
    );
    release.notify_one();
    soon(shutdown).await;
    check(&client, "/health", "closed", 0).await;
}

#[tokio::test]
async fn a_start_that_failed_is_no_health() {
    let fails = async || Err::<(), BoxError>("no database".into());
    let mcp = builder().health("/health").on_start(fails).build();
    let client = TestClient::with(mcp);
    soon(client.tool("ok", json!({})).into_future()).await;
    check(&client, "/health", "failed", 0).await;
}

#[tokio::test]
async fn a_platform_asks_with_whatever_host_and_method_it_has() {
    let client = TestClient::with(builder().health("/health").build());
    client.tool("ok", json!({})).await;
    let by_address = get(&client, "/health").header("host", "10.0.0.7:8000");
    assert_eq!(by_address.await.status, 200);
    assert_eq!(get(&client, "/health").without("host").await.status, 200);
    let head = client.raw(Method::HEAD, "").path("/health").await;
    assert_eq!(head.status, 200);
    let post = client.raw(Method::POST, "").path("/health").await;
    assert_eq!(post.status, 405);
}

#[tokio::test]
async fn unasked_there_is_none() {
    let client = TestClient::with(McpService::new(mcp_axum::McpServer::new("routes", "1")));
    assert_eq!(get(&client, "/health").await.status, 404);
}
