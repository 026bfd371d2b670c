//! How often they are built: once in each life of the service.

use std::sync::atomic::Ordering;

use serde_json::json;

use super::{Counted, EVERYWHERE, builder, everywhere};
use crate::{lifespan::soon, support::TestClient};

#[tokio::test]
async fn a_layer_is_built_once_for_all_requests_and_mounts_of_one_life() {
    let counted = Counted::default();
    let built = || counted.built.load(Ordering::SeqCst);
    let mcp = builder().layer(counted.clone()).build();
    let app = everywhere(&mcp);
    for life in 1..=3 {
        let mut client = TestClient::mounted(mcp.clone(), app.clone(), "/");
        for path in EVERYWHERE.iter().chain(&EVERYWHERE) {
            let reply = client.tool("echo", json!({"text": "x"})).path(path).await;
            assert_eq!(reply.text().await, "x", "{path}");
            assert_eq!(built(), life, "{path}");
        }
        soon(client.take_guard().shutdown()).await;
    }
}

#[tokio::test]
async fn requests_that_come_at_once_build_it_once() {
    let counted = Counted::default();
    let client = TestClient::with(builder().layer(counted.clone()).build());
    let calls = (0..50).map(|_| client.tool("echo", json!({"text": "x"})).into_future());
    for reply in futures_util::future::join_all(calls).await {
        assert_eq!(reply.text().await, "x");
    }
    assert_eq!(counted.built.load(Ordering::SeqCst), 1);
}
