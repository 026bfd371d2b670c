//! Layers that fail: an answer like any other, and nothing internal in it.

use mcp_axum::{
    BoxError, McpServer, Refusal,
    middleware::{McpRequest, McpResponse, Next, from_fn},
    protocol::ErrorObject,
    tool,
};
use serde_json::json;
use tower::{Service, layer::layer_fn};

use super::client;
use crate::support::Log;

/// A service that fails instead of answering.
#[derive(Clone)]
struct Fails<F>(F);

impl<F: Fn() -> BoxError> Service<McpRequest> for Fails<F> {
    type Response = McpResponse;
    type Error = BoxError;
    type Future = std::future::Ready<Result<McpResponse, BoxError>>;

    fn poll_ready(
        &mut self,
        _cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), BoxError>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: McpRequest) -> Self::Future {
        std::future::ready(Err((self.0)()))
    }
}

fn failing<F>(error: F) -> McpServer
where
    F: Fn() -> BoxError + Clone + Send + Sync + 'static,
{
    let fails = layer_fn(move |_: Next| Fails(error.clone()));
    McpServer::new("fails", "1")
        .tool(tool("t", async || "t"))
        .layer(fails)
}

#[tokio::test]
async fn an_error_of_a_layer_is_masked_and_logged_unless_it_is_one_of_the_protocol() {
    let log = Log::capture();
    let secret = client(failing(|| "the password is 1234".into()));
    let error = secret.tool("t", json!({})).await.error().await;
    assert_eq!(error["code"], -32603);
    assert!(!error.to_string().contains("1234"), "{error}");
    assert_eq!(log.lines_with("the password is 1234").len(), 1);

    let told = client(failing(|| {
        ErrorObject::new(-40000, "not on Sundays").into()
    }));
    let error = told.tool("t", json!({})).await.error().await;
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!(-40000), &json!("not on Sundays"))
    );
}

#[tokio::test]
async fn a_service_that_is_never_ready_again_says_so_to_each() {
    struct Broken;
    impl Service<McpRequest> for Broken {
        type Response = McpResponse;
        type Error = BoxError;
        type Future = std::future::Pending<Result<McpResponse, BoxError>>;

        fn poll_ready(
            &mut self,
            _cx: &mut std::task::Context<'_>,
        ) -> std::task::Poll<Result<(), BoxError>> {
            std::task::Poll::Ready(Err("broken for good".into()))
        }

        fn call(&mut self, _request: McpRequest) -> Self::Future {
            unreachable!("it is never ready")
        }
    }
    let server = McpServer::new("broken", "1").tool(tool("t", async || "t"));
    let client = client(server.layer(layer_fn(|_: Next| Broken)));
    for _ in 0..3 {
        let reply = client.tool("t", json!({})).await;
        assert_eq!(reply.refusal().await, (200, -32603));
    }
}

#[tokio::test]
async fn a_panic_in_a_layer_is_contained() {
    let server = McpServer::new("panics", "1").tool(tool("t", async || "t"));
    let client = client(
        server.layer(from_fn(async |request: McpRequest, next: Next| {
            assert!(request.method() != "tools/call", "a secret reason");
            next.run(request).await
        })),
    );
    let error = client.tool("t", json!({})).await.error().await;
    assert_eq!(error["code"], -32603);
    assert!(!error.to_string().contains("secret"), "{error}");
    client.request("tools/list", json!({})).await.result().await;
}

#[tokio::test]
async fn a_layer_turns_the_http_request_away_in_both_eras() {
    let server = McpServer::new("refuses", "1").tool(tool("t", async || "t"));
    let client = client(
        server.layer(from_fn(async |request: McpRequest, next: Next| {
            if request.method() != "tools/call" {
                return next.run(request).await;
            }
            let refusal = Refusal::new(http::StatusCode::TOO_MANY_REQUESTS);
            let later = http::HeaderValue::from_static("30");
            McpResponse::refuse(refusal.header(http::header::RETRY_AFTER, later))
        })),
    );
    let session = client.open("2025-06-18").await;
    for call in [client.tool("t", json!({})), session.tool("t", json!({}))] {
        let reply = call.await;
        assert_eq!(reply.status, 429);
        assert_eq!(reply.header("retry-after"), Some("30"));
        let message = reply.message().await;
        assert_eq!(message["id"], 1);
        assert_eq!(message["error"]["message"], "too many requests");
    }
}
