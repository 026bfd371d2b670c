//! A layer, built when a request first needs it.

use std::sync::{Arc, Mutex, PoisonError};

use tower_layer::Layer;
use tower_service::Service;

use crate::error::BoxError;

use super::{McpRequest, McpResponse, Next, ended::Ended, shared::Shared};

/// A layer for MCP requests: any tower layer whose service answers them.
///
/// Neither the layer nor its service has to be `Clone`, and the service may fail.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer for MCP requests",
    label = "not a layer around `Service<McpRequest, Response = McpResponse>`",
    note = "make one of an async function with `middleware::from_fn`"
)]
pub trait McpLayer:
    Layer<
        Next,
        Service: Service<
            McpRequest,
            Response = McpResponse,
            Error: Into<BoxError>,
            Future: Send + 'static,
        > + Send
                     + 'static,
    > + Send
    + Sync
    + 'static
{
}

impl<L> McpLayer for L
where
    L: Layer<Next> + Send + Sync + 'static,
    L::Service: Service<McpRequest, Response = McpResponse> + Send + 'static,
    <L::Service as Service<McpRequest>>::Error: Into<BoxError>,
    <L::Service as Service<McpRequest>>::Future: Send + 'static,
{
}

type Built = Shared<McpRequest, McpResponse>;

/// A layer, and its service once it was needed.
///
/// Built inside the runtime, since a layer may spawn, once for all requests, and
/// again after a lifespan has ended.
pub(crate) struct Layered {
    build: Box<dyn Fn() -> Built + Send + Sync>,
    built: Mutex<Option<Arc<Built>>>,
}

impl Layered {
    pub(crate) fn new(layer: impl McpLayer) -> Arc<Self> {
        Arc::new(Self {
            build: Box::new(move || Shared::new(layer.layer(Next::new()), |response| response)),
            built: Mutex::default(),
        })
    }

    /// Runs a request through the layer; its error is an answer like any other.
    pub(super) async fn run(&self, request: McpRequest) -> McpResponse {
        let ctx = request.context().clone();
        let answer = self.built().oneshot(request).await;
        answer.unwrap_or_else(|error| McpResponse(Ended::of_error(&ctx, error)))
    }

    fn built(&self) -> Arc<Built> {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(built.get_or_insert_with(|| Arc::new((self.build)())))
    }

    /// Forgets the service: the next request has it built again.
    pub(crate) fn reset(&self) {
        let built = self.built.lock();
        let built = built.unwrap_or_else(PoisonError::into_inner).take();
        drop(built);
    }
}

/// Layers in the order they were added: the last one is outermost.
#[derive(Clone, Default)]
pub(crate) struct Layers(Arc<Vec<Arc<Layered>>>);

impl Layers {
    pub(crate) fn push(&mut self, layer: Arc<Layered>) {
        Arc::make_mut(&mut self.0).push(layer);
    }

    pub(crate) fn extend(&mut self, others: &Self) {
        Arc::make_mut(&mut self.0).extend(others.0.iter().cloned());
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&Arc<Layered>> {
        self.0.get(at)
    }

    pub(crate) fn reset(&self) {
        self.0.iter().for_each(|layer| layer.reset());
    }
}
