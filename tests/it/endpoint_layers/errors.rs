//! Errors of layers are answers.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, pending, ready},
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use http::{Method, Request, Response};
use mcp_axum::{BoxError, McpServer, McpService, mount::Cors, tool};
use serde_json::json;
use tower::{ServiceBuilder, load_shed::LoadShedLayer, timeout::TimeoutLayer};
use tower_layer::layer_fn;
use tower_service::Service;

use super::{EVERYWHERE, builder, everywhere};
use crate::{
    lifespan::poll_once,
    support::{Log, TestClient},
};

/// A service that always fails, as a whole or for each request.
#[derive(Clone)]
struct Fails {
    ready: bool,
}

#[derive(Debug)]
struct Secret;

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the password is hunter2")
    }
}

impl std::error::Error for Secret {}

impl Service<Request<Body>> for Fails {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Ready<Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(if self.ready {
            Ok(())
        } else {
            Err(Box::new(Secret))
        })
    }

    fn call(&mut self, _: Request<Body>) -> Self::Future {
        ready(Err(Box::new(Secret)))
    }
}

#[tokio::test]
async fn an_error_that_nobody_knows_is_503_and_masked() {
    for ready in [true, false] {
        let log = Log::capture();
        let fails = layer_fn(move |_| Fails { ready });
        let cors = Cors::origins(["https://chat.example"]);
        let mcp = builder().layer(fails).cors(cors).build();
        let app = everywhere(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for path in EVERYWHERE.iter().chain(&["/sse", "/messages"]) {
            let call = client.tool("echo", json!({"text": "x"})).path(path);
            let reply = call.header("origin", "https://chat.example").await;
            assert_eq!(reply.status, 503, "{path}");
            assert_eq!(reply.header("retry-after"), Some("1"), "{path}");
            let allowed = reply.header("access-control-allow-origin");
            assert_eq!(allowed, Some("https://chat.example"), "{path}");
            let error = reply.error().await;
            assert_eq!(error["code"], -32603, "{path}");
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
        let told = log.lines_with("hunter2");
        assert_eq!(told.len(), EVERYWHERE.len() + 2, "{told:?}");
    }
}

#[tokio::test]
async fn a_load_that_is_shed_is_503_with_retry_after() {
    let server = McpServer::new("busy", "1").tool(tool("never", pending::<&'static str>));
    let limit = ServiceBuilder::new().load_shed().concurrency_limit(1);
    let mcp = McpService::builder(server)
        .layer(limit.into_inner())
        .build();
    let app = everywhere(&mcp);
    let client = TestClient::mounted(mcp, app, "/mcp");
    let mut first = Box::pin(client.tool("never", json!({})).into_future());
    let reply = client.raw(Method::PUT, "").await;
    assert_eq!(reply.status, 405, "there is room");
    assert!(poll_once(&mut first).is_none());
    for path in EVERYWHERE {
        let reply = client.request("tools/list", json!({})).path(path).await;
        assert_eq!(reply.header("retry-after"), Some("1"), "{path}");
        assert_eq!(reply.refusal().await, (503, -32603), "{path}");
    }
    drop(first);
    let reply = client.request("tools/list", json!({})).await;
    assert_eq!(reply.status, 200, "there is room again");
}

#[tokio::test(start_paused = true)]
async fn a_time_that_ran_out_is_408_and_ends_the_handler() {
    let server = McpServer::new("slow", "1").tool(tool("never", pending::<&'static str>));
    let mcp = McpService::builder(server)
        .commit_after(Duration::from_secs(60))
        .layer(TimeoutLayer::new(Duration::from_secs(2)))
        .build();
    let app = everywhere(&mcp);
    let client = TestClient::mounted(mcp, app, "/");
    for path in EVERYWHERE {
        let reply = client.tool("never", json!({})).path(path).await;
        assert_eq!(reply.refusal().await, (408, -32600), "{path}");
        assert_eq!(client.mcp.in_flight(), 0, "{path}");
    }
}

#[tokio::test]
async fn an_error_within_another_is_found() {
    #[derive(Debug)]
    struct Outer(BoxError);
    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("cannot answer")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&*self.0)
        }
    }
    let stuck = layer_fn(|_| {
        tower::service_fn(async |_: Request<Body>| {
            Ok::<Response<Body>, Infallible>(pending().await)
        })
    });
    let stack = ServiceBuilder::new()
        .map_err(|error: BoxError| Outer(error))
        .layer(LoadShedLayer::new())
        .concurrency_limit(1)
        .layer(stuck);
    let client = TestClient::with(builder().layer(stack.into_inner()).build());
    let mut first = Box::pin(client.raw(Method::GET, "").into_future());
    assert!(poll_once(&mut first).is_none());
    let reply = client.raw(Method::GET, "").await;
    assert_eq!(reply.header("retry-after"), Some("1"));
    let message = reply.error().await["message"].to_string();
    assert!(message.contains("try again"), "{message}");
}
