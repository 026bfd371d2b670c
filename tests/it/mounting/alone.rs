//! The service as a tower service: without axum, without a runtime, many at once.

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::State};
use bytes::Bytes;
use http::{Request, Response, StatusCode, request::Parts};
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use mcp_axum::{McpServer, McpService, tool};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Handle, sync::Barrier, time::timeout};
use tower::{Service, ServiceExt};

use super::server;
use crate::support::{
    TestClient,
    wire::{Wire, apart, text_of},
};

/// A host's struct needs no type parameters to hold a service.
#[derive(Clone, Debug)]
struct Host {
    mcp: McpService,
}

async fn call(text: &str) -> (Parts, Bytes) {
    let client = TestClient::undriven(McpService::new(server()), Router::new(), "/mcp");
    apart(client.tool("echo", json!({ "text": text }))).await
}

async fn text(response: Response<Body>) -> String {
    assert_eq!(response.status(), StatusCode::OK);
    let body = response
        .into_body()
        .collect()
        .await
        .expect("a body")
        .to_bytes();
    let message: Value = serde_json::from_slice(&body).expect("JSON");
    message["result"]["content"][0]["text"]
        .as_str()
        .expect("text")
        .to_owned()
}

#[tokio::test]
async fn any_body_type_is_served_without_axum() {
    let host = Host {
        mcp: McpService::new(server()),
    };
    let _guard = host.mcp.lifespan().start();
    let (parts, body) = call("whole").await;
    let full = Request::from_parts(parts.clone(), Full::new(body.clone()));
    assert_eq!(
        text(host.mcp.clone().oneshot(full).await.unwrap()).await,
        "whole"
    );

    let pieces: Vec<_> = body
        .chunks(7)
        .map(|piece| Ok::<_, Infallible>(http_body::Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    let streamed = StreamBody::new(futures_util::stream::iter(pieces));
    let streamed = Request::from_parts(parts.clone(), streamed);
    assert_eq!(
        text(host.mcp.clone().oneshot(streamed).await.unwrap()).await,
        "whole"
    );

    let boxed = Full::new(body).map_err(|never| match never {}).boxed();
    let boxed: http_body_util::combinators::BoxBody<Bytes, std::io::Error> = boxed;
    let boxed = Request::from_parts(parts.clone(), boxed);
    assert_eq!(
        text(host.mcp.clone().oneshot(boxed).await.unwrap()).await,
        "whole"
    );

    let empty = Request::from_parts(parts, Empty::<Bytes>::new());
    let refused = host.mcp.clone().oneshot(empty).await.unwrap();
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_body_that_fails_is_refused() {
    let mcp = McpService::new(server());
    let _guard = mcp.lifespan().start();
    let (parts, body) = call("never").await;
    let frames = [
        Ok(http_body::Frame::data(body.slice(..10))),
        Err(std::io::Error::other("the peer went away")),
    ];
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let response = mcp.oneshot(Request::from_parts(parts, body)).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let message: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(message["error"]["code"], -32600);
    assert!(!message.to_string().contains("went away"), "{message}");
}

#[tokio::test]
async fn plain_hyper_serves_it_at_every_path_with_nothing_of_axum_in_the_request() {
    let mcp = McpService::new(server());
    let _guard = mcp.lifespan().start();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = TowerToHyperService::new(mcp.clone());
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let builder = auto::Builder::new(TokioExecutor::new());
        let _ = builder
            .serve_connection(TokioIo::new(stream), service)
            .await;
    });
    let client = TestClient::undriven(mcp.clone(), Router::new(), "/");
    let mut wire = Wire::connect(address).await;
    for path in ["/mcp", "/", "/any/where"] {
        let call = client.tool("echo", json!({"text": "by hand"})).path(path);
        wire.send(text_of(call).await).await;
        let (head, body) = wire.response().await;
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}");
        let message: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(message["result"]["content"][0]["text"], "by hand", "{path}");
    }
    assert_eq!(mcp.endpoint(), Some("/mcp"));
    drop(wire);
    task.await.unwrap();
}

#[tokio::test]
async fn it_is_ready_at_once_and_for_ever() {
    fn shareable<T: Clone + Send + Sync + 'static>(_: &T) {}
    let mut mcp = McpService::new(server());
    shareable(&mcp);
    let _guard = mcp.lifespan().start();
    let (parts, body) = call("x").await;
    let mut unanswered = Vec::new();
    for _ in 0..100 {
        let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
        let ready = <McpService as Service<Request<Body>>>::poll_ready;
        assert!(ready(&mut mcp, &mut cx).is_ready());
        let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
        unanswered.push(mcp.call(request));
    }
    for response in unanswered {
        assert_eq!(text(response.await.unwrap()).await, "x");
    }
}

#[test]
fn building_needs_no_runtime() {
    let mcp = McpService::builder(server())
        .on_start(async || Ok(()))
        .on_shutdown(async || Ok(()))
        .build();
    let host = Host { mcp: mcp.clone() };
    let _app: Router = host.mcp.router();
    let run = mcp.lifespan().run(pending::<()>());
    drop(run);
    drop(McpService::new(server()));
}

#[tokio::test]
async fn services_that_are_gone_leave_no_task() {
    let alive = || Handle::current().metrics().num_alive_tasks();
    assert_eq!(alive(), 0);
    for _ in 0..10 {
        let mcp = McpService::new(server());
        let _app: Router = mcp.router();
        drop(mcp.lifespan().run(pending::<()>()));
    }
    assert_eq!(alive(), 0, "building spawned something");
    for _ in 0..10 {
        let mut client = TestClient::new(server());
        let reply = client.tool("echo", json!({"text": "x"})).await;
        assert_eq!(reply.text().await, "x");
        assert_eq!(alive(), 1, "only the guard's task");
        client.take_guard().shutdown().await;
    }
    tokio::task::yield_now().await;
    assert_eq!(alive(), 0);
}

async fn meet(State(barrier): State<Arc<Barrier>>) -> &'static str {
    barrier.wait().await;
    "met"
}

#[tokio::test]
async fn fifty_calls_run_at_the_same_time_through_every_door() {
    let server = || {
        let barrier = Arc::new(Barrier::new(50));
        McpServer::new("barrier", "1")
            .tool(tool("meet", meet))
            .with_state(barrier)
    };
    let doors: [fn(&McpService) -> Router; 3] = [
        |mcp| mcp.router(),
        |mcp| Router::new().nest_service("/mcp", mcp.clone()),
        |mcp| Router::new().route_service("/mcp", mcp.clone()),
    ];
    for door in doors {
        for mcp in [
            McpService::new(server()),
            McpService::builder(server()).build(),
        ] {
            let app = door(&mcp);
            let client = TestClient::mounted(mcp, app, "/mcp");
            let calls = (0..50).map(|_| client.tool("meet", json!({})).into_future());
            let all = futures_util::future::join_all(calls);
            let replies = timeout(Duration::from_secs(10), all).await;
            for reply in replies.expect("one call waited for another to end") {
                assert_eq!(reply.text().await, "met");
            }
        }
    }
}
