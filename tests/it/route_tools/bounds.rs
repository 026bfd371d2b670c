//! Limits, time, and the end of a call before its route's.

use std::{
    future::{IntoFuture, pending},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    http::Method,
    routing::get,
};
use futures_util::stream;
use mcp_axum::route_tool::{RouteTool, route_tool};
use serde_json::{Value, json};
use tokio::{sync::mpsc, time::Instant};

use super::client;

async fn result(route: RouteTool) -> Value {
    let client = client([route.tool("route")]);
    client.tool("route", json!({})).await.result().await
}

fn told(result: &Value) -> &str {
    assert_eq!(result["isError"], true, "{result}");
    result["content"][0]["text"].as_str().expect("a text")
}

fn answering(body: fn() -> Body) -> RouteTool {
    let app = Router::new().route("/", get(async move || body()));
    route_tool(&app, Method::GET, "/")
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_told() {
    let kilobyte = || answering(|| Body::from("x".repeat(1024)));
    let fits = result(kilobyte().response_limit(1024)).await;
    assert_eq!(fits["isError"], Value::Null);
    let beyond = result(kilobyte().response_limit(1023)).await;
    assert_eq!(
        told(&beyond),
        "200 OK: the answer is longer than 1023 bytes; ask for less"
    );

    let megabyte = answering(|| Body::from("x".repeat(1024 * 1024)));
    assert_eq!(result(megabyte).await["isError"], Value::Null);
    // One that never ends is not read to its end.
    let endless = answering(|| {
        let piece = || Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; 4096]));
        Body::from_stream(stream::repeat_with(piece))
    });
    assert!(told(&result(endless).await).contains("1048576 bytes"));
}

#[tokio::test(start_paused = true)]
async fn a_route_that_takes_too_long_is_told_and_dropped() {
    for (route, seconds) in [
        (
            answering(|| Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>())),
            30,
        ),
        (silent(), 30),
        (silent().timeout(Duration::from_secs(5)), 5),
    ] {
        let began = Instant::now();
        let result = result(route).await;
        assert_eq!(
            told(&result),
            format!("the route gave no answer within {seconds}s")
        );
        assert_eq!(began.elapsed().as_secs(), seconds);
    }
}

fn silent() -> RouteTool {
    let app = Router::new().route("/", get(async || pending::<()>().await));
    route_tool(&app, Method::GET, "/")
}

#[tokio::test]
async fn a_call_that_is_dropped_drops_the_request() {
    let (started, mut running) = mpsc::unbounded_channel::<mpsc::UnboundedSender<()>>();
    let handler = async move || {
        let (held, _) = mpsc::unbounded_channel();
        started.send(held.clone()).expect("the test listens");
        pending::<()>().await;
        drop(held);
    };
    let app = Router::new().route("/", get(handler));
    let client = client([route_tool(&app, Method::GET, "/").tool("route")]);
    let mut call = Box::pin(client.tool("route", json!({})).into_future());
    let held = tokio::select! {
        _ = &mut call => panic!("the route never answers"),
        held = running.recv() => held.expect("the route runs"),
    };
    assert_eq!(held.strong_count(), 2);
    drop(call);
    assert_eq!(held.strong_count(), 1);
}

#[tokio::test]
async fn a_route_that_panics_is_contained() {
    let app = Router::new().route("/", get(async || -> String { panic!("a bug in a route") }));
    let client = client([route_tool(&app, Method::GET, "/").tool("route")]);
    let error = client.tool("route", json!({})).await.error().await;
    assert_eq!(error["code"], -32603);
    assert!(!error.to_string().contains("a bug"), "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_masked() {
    let broken = answering(|| {
        let pieces = [Ok(Bytes::from_static(b"x")), Err("the disk caught fire")];
        Body::from_stream(stream::iter(pieces))
    });
    let result = result(broken).await;
    assert!(!told(&result).contains("fire"), "{result}");
}
