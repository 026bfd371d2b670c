//! The ordinary layers of a host around the service: calls and streams work.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn},
    response::Response,
};
use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use mcp_axum::{Args, Context, McpServer, McpService, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tower::{Layer, ServiceExt};
use tower_http::{
    compression::CompressionLayer,
    cors::CorsLayer,
    decompression::DecompressionLayer,
    limit::RequestBodyLimitLayer,
    timeout::{ResponseBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};

use crate::{
    lifespan::soon,
    support::{TestClient, client::Call},
};

const LONG: Duration = Duration::from_secs(60);

/// Text to send back.
#[derive(Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

async fn echo(Args(echo): Args<Echo>) -> String {
    echo.text
}

/// Reports progress, then waits until the test has seen it.
async fn talk(ctx: Context, State(seen): State<Arc<Semaphore>>) -> &'static str {
    for step in 1..=3_u32 {
        ctx.progress(f64::from(step), None, None);
        seen.acquire().await.expect("open").forget();
    }
    "said"
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(30)).await;
    "slept"
}

fn service(seen: &Arc<Semaphore>) -> McpService {
    let server = McpServer::new("layers", "1")
        .tool(tool("echo", echo))
        .tool(tool("slow", slow))
        .tool(tool("talk", talk))
        .with_state(Arc::clone(seen));
    McpService::builder(server)
        .allowed_origins(["https://page.example"])
        .build()
}

fn plain() -> McpService {
    service(&Arc::new(Semaphore::new(0)))
}

async fn pass(mut request: Request, next: Next) -> Response {
    request
        .headers_mut()
        .insert("x-passed", HeaderValue::from_static("in"));
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert("x-passed", HeaderValue::from_static("out"));
    response
}

type Wrap = fn(Router) -> Router;

fn layers() -> Vec<(&'static str, Wrap)> {
    vec![
        ("compression", |app| app.layer(CompressionLayer::new())),
        ("timeout", |app| {
            let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONG);
            app.layer(timeout)
        }),
        ("body limit", |app| {
            app.layer(RequestBodyLimitLayer::new(100_000))
        }),
        ("trace", |app| app.layer(TraceLayer::new_for_http())),
        ("cors", |app| app.layer(CorsLayer::permissive())),
        ("from_fn", |app| app.layer(from_fn(pass))),
        ("all of them", |app| {
            let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, LONG);
            app.layer(CompressionLayer::new())
                .layer(timeout)
                .layer(RequestBodyLimitLayer::new(100_000))
                .layer(TraceLayer::new_for_http())
                .layer(CorsLayer::permissive())
                .layer(from_fn(pass))
        }),
    ]
}

#[tokio::test]
async fn a_call_is_answered_whole_under_every_layer() {
    for (name, wrap) in layers() {
        let mcp = plain();
        let app = wrap(mcp.router());
        let client = TestClient::mounted(mcp, app, "/mcp");
        let call = client.tool("echo", json!({"text": "whole"}));
        assert_eq!(call.await.text().await, "whole", "{name}");
        let refused = client.post("{").await.refusal().await;
        assert_eq!(refused, (400, -32700), "{name}");
    }
}

#[tokio::test]
async fn a_stream_arrives_event_by_event_under_every_layer() {
    for (name, wrap) in layers() {
        let seen = Arc::new(Semaphore::new(0));
        let mcp = service(&seen);
        let app = wrap(mcp.router());
        let client = TestClient::mounted(mcp, app, "/mcp");
        let call = client.tool("talk", json!({})).progress(json!("p"));
        let reply = call.header("accept-encoding", "gzip").await;
        assert_eq!(reply.header("content-encoding"), None, "{name}");
        let mut events = reply.events();
        for step in 1..=3 {
            let event = events.next().await.expect("progress");
            assert_eq!(
                event["params"]["progress"].as_f64(),
                Some(f64::from(step)),
                "{name}"
            );
            // The handler goes on only now: nothing held the event back.
            seen.add_permits(1);
        }
        let last = events.next().await.expect("the answer");
        assert_eq!(last["result"]["content"][0]["text"], "said", "{name}");
        assert_eq!(events.next().await, None, "{name}");
    }
}

#[tokio::test]
async fn a_listen_stream_opens_and_ends_under_every_layer() {
    for (name, wrap) in layers() {
        let mcp = plain();
        let app = wrap(mcp.router());
        let mut client = TestClient::mounted(mcp, app, "/mcp");
        let filter = json!({"notifications": {"toolsListChanged": true}});
        let mut events = client
            .request("subscriptions/listen", filter)
            .await
            .events();
        assert!(events.next().await.is_some(), "{name}");
        client.mcp.notifier().tools_changed();
        let changed = soon(events.next()).await.expect("the change");
        assert_eq!(
            changed["method"], "notifications/tools/list_changed",
            "{name}"
        );
        drop(client.take_guard());
        assert!(
            soon(events.next()).await.expect("the end")["result"].is_object(),
            "{name}"
        );
        assert_eq!(events.next().await, None, "{name}");
    }
}

#[tokio::test]
async fn a_json_answer_may_be_compressed() {
    let mcp = plain();
    let app = mcp.router().layer(CompressionLayer::new());
    let client = TestClient::mounted(mcp, app, "/mcp");
    let text = "again and again ".repeat(1000);
    let call = || client.tool("echo", json!({ "text": text }));
    let reply = call().header("accept-encoding", "gzip").await;
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    assert!(reply.bytes().await.len() < 1000);
    let (app, request) = call().build();
    let response = DecompressionLayer::new()
        .layer(app)
        .oneshot(request)
        .await
        .unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let message: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(message["result"]["content"][0]["text"], text);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_bounds_the_head_of_an_answer_and_leaves_a_stream_alone() {
    let mcp = plain();
    let short = Duration::from_secs(2);
    let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, short);
    let app = mcp.router().layer(timeout);
    let client = TestClient::mounted(mcp, app, "/mcp");
    let json = client
        .tool("slow", json!({}))
        .header("accept", "application/json")
        .await;
    assert_eq!(json.status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(
        client.mcp.in_flight(),
        0,
        "the handler went with the request"
    );
    let streamed = client.tool("slow", json!({})).await;
    assert!(streamed.is_stream());
    assert_eq!(streamed.text().await, "slept");
}

#[tokio::test(start_paused = true)]
async fn comments_on_a_quiet_stream_satisfy_a_limit_on_the_gap_between_frames() {
    let mcp = plain();
    let app = mcp
        .router()
        .layer(ResponseBodyTimeoutLayer::new(Duration::from_secs(16)));
    let client = TestClient::mounted(mcp, app, "/mcp");
    let mut events = client.tool("slow", json!({})).await.events();
    let last = events.next().await.expect("the answer");
    assert_eq!(last["result"]["content"][0]["text"], "slept");
    assert!(events.next().await.is_none());
}

fn unannounced(call: Call, pieces: usize) -> Call {
    let piece = Bytes::from(vec![b' '; 1000]);
    let frames = (0..pieces).map(move |_| Ok::<_, Infallible>(Frame::data(piece.clone())));
    call.stream_body(Body::new(StreamBody::new(futures_util::stream::iter(
        frames,
    ))))
}

#[tokio::test]
async fn a_body_over_the_layers_limit_is_413_announced_or_not() {
    let mcp = plain();
    let app = mcp.router().layer(RequestBodyLimitLayer::new(10_000));
    let client = TestClient::mounted(mcp, app, "/mcp");
    let announced = client
        .post(vec![b' '; 20_000])
        .header("content-length", "20000");
    assert_eq!(announced.await.status, StatusCode::PAYLOAD_TOO_LARGE);
    // Nobody knows its length: the layer fails the body while the service reads it.
    let refused = unannounced(client.post(""), 20).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    let error = refused.error().await;
    assert_eq!(error["code"], -32600);
    // Our own limit would not help: whoever reads this looks for the layer.
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("layer") && !message.contains("body_limit"),
        "{message}"
    );
    let fits = client.tool("echo", json!({"text": "fits"}));
    assert_eq!(fits.await.text().await, "fits");
}

#[tokio::test]
async fn a_cors_layer_answers_the_preflight_and_we_add_nothing_of_our_own() {
    let mcp = plain();
    let bare: Router = mcp.router();
    let app = Router::new()
        .nest("/bare", bare)
        .nest("/cors", mcp.router().layer(CorsLayer::permissive()));
    let client = TestClient::mounted(mcp, app, "/cors/mcp");
    let preflight = client
        .raw(Method::OPTIONS, "")
        .header("origin", "https://page.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "mcp-method, mcp-name")
        .await;
    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
    let call = |path: &str, origin: &str| {
        let call = client.tool("echo", json!({"text": "x"})).path(path);
        call.header("origin", origin)
    };
    for (path, origin, status, allowed) in [
        ("/cors/mcp", "https://page.example", 200, Some("*")),
        // A refusal carries the layer's headers too, so that a page can read it.
        ("/cors/mcp", "https://evil.example", 403, Some("*")),
        ("/bare/mcp", "https://page.example", 200, None),
        ("/bare/mcp", "https://evil.example", 403, None),
    ] {
        let reply = call(path, origin).await;
        assert_eq!(reply.status, status, "{path} {origin}");
        assert_eq!(
            reply.header("access-control-allow-origin"),
            allowed,
            "{path} {origin}"
        );
        let ours = reply
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(ours, allowed.is_some(), "{path} {origin}");
    }
}

#[tokio::test]
async fn a_middleware_of_the_host_sees_the_request_before_and_the_answer_after() {
    async fn passed(ctx: Context) -> String {
        let seen = ctx.parts().headers.get("x-passed");
        format!("{seen:?}")
    }
    let mcp = McpService::new(McpServer::new("layers", "1").tool(tool("passed", passed)));
    let app = mcp.router().layer(from_fn(pass));
    let client = TestClient::mounted(mcp, app, "/mcp");
    let reply = client.tool("passed", json!({})).await;
    assert_eq!(reply.header("x-passed"), Some("out"));
    assert_eq!(reply.text().await, r#"Some("in")"#);
}
