//! The lifespan of a service: undriven, starting, driven, failed.

mod driving;
mod hooks;
mod undriven;

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context as TaskContext, Poll, Waker},
    time::Duration,
};

use axum::extract::State;
use mcp_axum::{Context, McpServer, McpService, McpServiceBuilder, tool};
use tokio::{sync::Semaphore, time::timeout};

use crate::support::TestClient;

/// Lets calls of the tools `hold` and `talk` end.
#[derive(Clone)]
pub struct Hold {
    /// One permit for each call that has begun.
    pub begun: Arc<Semaphore>,
    /// One permit lets one call end.
    pub release: Arc<Semaphore>,
}

impl Hold {
    pub fn new() -> Self {
        Self {
            begun: Arc::new(Semaphore::new(0)),
            release: Arc::new(Semaphore::new(0)),
        }
    }

    /// Waits until another call runs.
    pub async fn begun(&self) {
        soon(self.begun.acquire()).await.expect("open").forget();
    }

    async fn until_released(&self) -> &'static str {
        self.begun.add_permits(1);
        self.release.acquire().await.expect("open").forget();
        "released"
    }
}

async fn hold(State(hold): State<Hold>) -> &'static str {
    hold.until_released().await
}

async fn talk(ctx: Context, State(hold): State<Hold>) -> &'static str {
    ctx.progress(1.0, None, None);
    hold.until_released().await
}

async fn quick() -> &'static str {
    "quick"
}

/// A server with the tools `quick`, `hold` and, as a stream, `talk`.
pub fn server(hold_state: &Hold) -> McpServer {
    McpServer::new("lifespan", "1")
        .tool(tool("quick", quick))
        .tool(tool("hold", hold))
        .tool(tool("talk", talk))
        .with_state(hold_state.clone())
}

pub fn builder(hold: &Hold) -> McpServiceBuilder {
    McpService::builder(server(hold))
}

/// A client that leaves the lifespan to the test.
pub fn undriven(mcp: &McpService) -> TestClient {
    TestClient::undriven(mcp.clone(), mcp.router(), "/mcp")
}

/// Waits for what must come: fails where it would hang.
pub async fn soon<F: Future>(future: F) -> F::Output {
    let limit = Duration::from_secs(60);
    timeout(limit, future).await.expect("it never came")
}

/// Polls once; whether it is done.
pub fn poll_once<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Option<F::Output> {
    let mut cx = TaskContext::from_waker(Waker::noop());
    match future.as_mut().poll(&mut cx) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// What happened, in order.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<&'static str>>>);

impl Diary {
    pub fn note(&self, what: &'static str) {
        self.0.lock().expect("no panic").push(what);
    }

    pub fn read(&self) -> Vec<&'static str> {
        self.0.lock().expect("no panic").clone()
    }
}
