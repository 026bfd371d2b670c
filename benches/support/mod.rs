//! The same request to the same mount: a server of ours, and one written by hand.

pub mod hand_sessions;
pub mod hand_written;
pub mod orders;
mod sample;

use std::fmt;

use axum::{Router, body::Body, routing::MethodRouter};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use mcp_axum::{McpServer, McpService, lifespan::LifespanGuard};
use serde_json::value::RawValue;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

pub use self::sample::Sample;

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
    /// Serves a server of ours.
    pub fn ours(server: McpServer) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let mcp = McpService::new(server);
        let guard = runtime.block_on(async { mcp.lifespan().start() });
        Self {
            runtime,
            router: mcp.router(),
            _guard: guard,
        }
    }

    /// Mounts one side, after both have given the same answer to the request.
    pub fn new(
        side: Side,
        server: McpServer,
        by_hand: impl FnOnce(Box<RawValue>) -> MethodRouter,
        sample: &Sample,
    ) -> Self {
        let ours = Self::ours(server);
        let answer = ours.answer(sample);
        ours.or_by_hand(side, by_hand(result_of(&answer)), sample)
    }

    /// The same in a session, which the request is made for.
    pub fn in_session(
        side: Side,
        server: McpServer,
        by_hand: impl FnOnce(&HeaderValue) -> MethodRouter,
        sample: impl FnOnce(&HeaderValue) -> Sample,
    ) -> (Self, Sample) {
        let ours = Self::ours(server);
        let session = ours.open();
        let sample = sample(&session);
        (ours.or_by_hand(side, by_hand(&session), &sample), sample)
    }

    /// Opens a session and returns its id.
    pub fn open(&self) -> HeaderValue {
        let request = Sample::initialize().request();
        let response = self.runtime.block_on(self.router.clone().oneshot(request));
        let response = response.expect("a router never fails");
        let id = response.headers().get("mcp-session-id");
        id.expect("a session").clone()
    }

    /// Answers a request.
    pub fn answer(&self, sample: &Sample) -> Bytes {
        let answer = send(self.router.clone(), sample.request());
        self.runtime.block_on(answer)
    }

    fn or_by_hand(mut self, side: Side, by_hand: MethodRouter, sample: &Sample) -> Self {
        let answer = self.answer(sample);
        let by_hand = Router::new().route("/mcp", by_hand);
        let same = self
            .runtime
            .block_on(send(by_hand.clone(), sample.request()));
        assert_eq!(answer, same, "both sides answer the same bytes");
        if matches!(side, Side::HandWritten) {
            self.router = by_hand;
        }
        self
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
