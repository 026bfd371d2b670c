//! Layers around MCP requests: around a server, and around one component.

mod components;
mod failing;
mod merging;
mod of_tower;
mod servers;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use mcp_axum::{
    McpServer, McpService,
    middleware::{McpLayer, McpRequest, Next, from_fn},
};
use tower::{Layer, Service};

use crate::support::TestClient;

/// What layers and handlers have noted, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().expect("no test panicked").push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("no test panicked"))
    }

    /// A layer that notes when a request goes in and comes out.
    fn layer(&self, name: &'static str) -> impl McpLayer + use<> {
        let notes = self.clone();
        from_fn(move |request: McpRequest, next: Next| {
            let notes = notes.clone();
            async move {
                notes.note(format!("{name}>"));
                let response = next.run(request).await;
                notes.note(format!("<{name}"));
                response
            }
        })
    }
}

/// A layer that counts how often it is built, and how often its service is called.
#[derive(Clone, Default)]
struct Counting {
    built: Arc<AtomicUsize>,
    called: Arc<AtomicUsize>,
}

impl Counting {
    fn counts(&self) -> (usize, usize) {
        let count = |of: &AtomicUsize| of.load(Ordering::SeqCst);
        (count(&self.built), count(&self.called))
    }
}

impl<S> Layer<S> for Counting {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        self.built.fetch_add(1, Ordering::SeqCst);
        Counted {
            inner,
            called: Arc::clone(&self.called),
        }
    }
}

/// The service of [`Counting`]; on purpose no `Clone`.
struct Counted<S> {
    inner: S,
    called: Arc<AtomicUsize>,
}

impl<S: Service<R>, R> Service<R> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        self.called.fetch_add(1, Ordering::SeqCst);
        self.inner.call(request)
    }
}

fn client(server: McpServer) -> TestClient {
    TestClient::with(McpService::new(server))
}
