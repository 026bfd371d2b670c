//! The same request to the same mount: a server of ours, and one written by hand.

pub mod hand_written;
pub mod orders;

use std::fmt;

use axum::{Router, body::Body, routing::MethodRouter};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use mcp_axum::{McpServer, McpService, lifespan::LifespanGuard};
use serde_json::value::RawValue;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

/// Both sides, as the arguments of a benchmark.
pub const SIDES: [Side; 2] = [Side::McpAxum, Side::HandWritten];

/// Who answers.
#[derive(Clone, Copy)]
pub enum Side {
    McpAxum,
    HandWritten,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::McpAxum => "mcp-axum",
            Self::HandWritten => "by hand",
        })
    }
}

/// An app with an endpoint at `/mcp`, and the thread it runs on.
pub struct App {
    pub runtime: Runtime,
    pub router: Router,
    _guard: LifespanGuard,
}

impl App {
    /// Mounts one side, after both have given the same answer to the request.
    pub fn new(
        side: Side,
        server: McpServer,
        by_hand: impl FnOnce(Box<RawValue>) -> MethodRouter,
        sample: &Sample,
    ) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mcp = McpService::new(server);
        let guard = runtime.block_on(async { mcp.lifespan().start() });
        let ours: Router = mcp.router();
        let answer = runtime.block_on(send(ours.clone(), sample.request()));
        let by_hand = Router::new().route("/mcp", by_hand(result_of(&answer)));
        let same = runtime.block_on(send(by_hand.clone(), sample.request()));
        assert_eq!(answer, same, "both sides answer the same bytes");
        Self {
            runtime,
            router: match side {
                Side::McpAxum => ours,
                Side::HandWritten => by_hand,
            },
            _guard: guard,
        }
    }

    /// Measures requests in process, without the cost of an executor.
    pub fn bench(&mut self, bencher: divan::Bencher<'_, '_>, sample: &Sample) {
        let _entered = self.runtime.enter();
        bencher
            .with_inputs(|| (self.router.clone(), sample.request()))
            .bench_local_values(|(router, request)| {
                let answer = send(router, request).now_or_never();
                answer.expect("nothing here waits")
            });
    }
}

async fn send(router: Router, request: Request<Body>) -> Bytes {
    let response = router.oneshot(request).await;
    let response = response.expect("a router never fails");
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await;
    body.expect("a body").to_bytes()
}

fn result_of(answer: &[u8]) -> Box<RawValue> {
    #[derive(serde::Deserialize)]
    struct Answer {
        result: Box<RawValue>,
    }
    let answer: Answer = serde_json::from_slice(answer).expect("an answer");
    answer.result
}

/// A valid request.
pub struct Sample {
    method: &'static str,
    name: Option<&'static str>,
    body: Bytes,
}

impl Sample {
    /// A request without a name.
    pub fn plain(method: &'static str) -> Self {
        Self::new(method, None, "")
    }

    /// A call of a tool with arguments that are JSON.
    pub fn call(name: &'static str, arguments: &str) -> Self {
        let members = format!(r#""name":"{name}","arguments":{arguments},"#);
        Self::new("tools/call", Some(name), &members)
    }

    fn new(method: &'static str, name: Option<&'static str>, members: &str) -> Self {
        let meta = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}"#;
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{members}"_meta":{meta}}}}}"#
        );
        Self {
            method,
            name,
            body: body.into(),
        }
    }

    /// Builds the HTTP request.
    pub fn request(&self) -> Request<Body> {
        let mut request = Request::post("/mcp")
            .header("host", "localhost")
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", self.method);
        if let Some(name) = self.name {
            request = request.header("mcp-name", name);
        }
        let body = Body::from(self.body.clone());
        request.body(body).expect("a valid request")
    }
}
