//! Layers that change bodies, and the ordinary ones.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn, map_response},
    response::Response,
};
use http::{HeaderValue, Response as HttpResponse, StatusCode};
use http_body_util::BodyExt;
use mcp_axum::{Context, McpService, McpServiceBuilder, tool};
use serde_json::json;
use tokio::sync::Semaphore;
use tower::{ServiceBuilder, util::MapResponseLayer};
use tower_http::{
    compression::CompressionLayer,
    decompression::RequestDecompressionLayer,
    limit::RequestBodyLimitLayer,
    timeout::{RequestBodyTimeoutLayer, ResponseBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};

use super::{mark, passed, server};
use crate::support::TestClient;

const LONG: Duration = Duration::from_secs(60);

async fn pass(request: Request, next: Next) -> Response {
    next.run(request).await
}

async fn touch(mut response: Response) -> Response {
    let touched = HeaderValue::from_static("touched");
    response.headers_mut().append("x-passed", touched);
    response
}

fn timeout() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONG)
}

type SetUp = fn(McpServiceBuilder) -> McpServiceBuilder;

const LAYERS: [(&str, SetUp); 12] = [
    ("compression", |it| it.layer(CompressionLayer::new())),
    ("decompression", |it| {
        it.layer(RequestDecompressionLayer::new())
    }),
    ("body limit", |it| {
        it.layer(RequestBodyLimitLayer::new(10_000))
    }),
    ("timeout", |it| it.layer(timeout())),
    ("request body timeout", |it| {
        it.layer(RequestBodyTimeoutLayer::new(LONG))
    }),
    ("response body timeout", |it| {
        it.layer(ResponseBodyTimeoutLayer::new(LONG))
    }),
    ("trace", |it| it.layer(TraceLayer::new_for_http())),
    ("from_fn", |it| it.layer(from_fn(pass))),
    ("map_response", |it| it.layer(map_response(touch))),
    ("another body", |it| {
        it.layer(MapResponseLayer::new(|response: HttpResponse<Body>| {
            response.map(BodyExt::boxed_unsync)
        }))
    }),
    ("tower's timeout", |it| {
        it.layer(tower::timeout::TimeoutLayer::new(LONG))
    }),
    ("a stack", |it| {
        it.layer(
            ServiceBuilder::new()
                .layer(TraceLayer::new_for_http())
                .layer(timeout())
                .load_shed()
                .concurrency_limit(10)
                .layer(RequestBodyLimitLayer::new(10_000))
                .layer(CompressionLayer::new()),
        )
        .layer(mark("outermost"))
    }),
];

/// Reports progress, then waits until the test has seen it.
async fn talk(ctx: Context, State(seen): State<Arc<Semaphore>>) -> &'static str {
    for step in 1..=3_u32 {
        ctx.progress(f64::from(step), None, None);
        seen.acquire().await.expect("open").forget();
    }
    "said"
}

#[tokio::test]
async fn answers_come_whole_and_streams_event_by_event() {
    for (name, set_up) in LAYERS {
        let seen = Arc::new(Semaphore::new(0));
        let server = server().tool(tool("talk", talk));
        let server = server.with_state(Arc::clone(&seen));
        let client = TestClient::with(set_up(McpService::builder(server)).build());
        let reply = client.tool("echo", json!({"text": "whole"})).await;
        assert_eq!(reply.text().await, "whole", "{name}");
        let refused = client.post("{").await.refusal().await;
        assert_eq!(refused, (400, -32700), "{name}");
        let call = client.tool("talk", json!({})).progress(json!("p"));
        let mut events = call.header("accept-encoding", "gzip").await.events();
        for step in 1..=3 {
            let event = events.next().await.expect("progress");
            let progress = event["params"]["progress"].as_f64();
            assert_eq!(progress, Some(f64::from(step)), "{name}");
            seen.add_permits(1);
        }
        let last = events.next().await.expect("the answer");
        assert_eq!(last["result"]["content"][0]["text"], "said", "{name}");
        assert_eq!(events.next().await, None, "{name}");
    }
}

#[tokio::test]
async fn what_a_layer_does_to_a_body_is_done() {
    let text = "again and again ".repeat(500);
    for (name, set_up) in LAYERS {
        let client = TestClient::with(set_up(McpService::builder(server())).build());
        let call = client.tool("echo", json!({ "text": text }));
        let reply = call.header("accept-encoding", "gzip").await;
        let compressed = matches!(name, "compression" | "a stack");
        let encoding = compressed.then_some("gzip");
        assert_eq!(reply.header("content-encoding"), encoding, "{name}");
        let big = client.tool("echo", json!({"text": "x".repeat(20_000)}));
        let limited = matches!(name, "body limit" | "a stack");
        let reply = big.header("content-length", "20000").await;
        let expected = if limited { 413 } else { 200 };
        assert_eq!(reply.status, expected, "{name}");
        let marks = match name {
            "map_response" => vec!["touched"],
            "a stack" => vec!["outermost"],
            _ => vec![],
        };
        assert_eq!(passed(&reply.headers), marks, "{name}");
    }
}
