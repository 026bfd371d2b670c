//! What a layer wraps.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use tower_service::Service;

use super::{McpRequest, McpResponse};

/// What a layer wraps: the layers inside it, and the server or component at last.
///
/// Always ready and never fails; cheap to clone. So load is shed, or a queue
/// bounded, within one layer: `ServiceBuilder::new().load_shed().concurrency_limit(8)`.
#[derive(Clone, Debug)]
pub struct Next(());

impl Next {
    pub(super) fn new() -> Self {
        Self(())
    }

    /// Runs the rest of the request.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the handler.
    pub async fn run(self, request: McpRequest) -> McpResponse {
        request.proceed().await
    }
}

impl Service<McpRequest> for Next {
    type Response = McpResponse;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<McpResponse, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: McpRequest) -> Self::Future {
        Box::pin(async move { Ok(request.proceed().await) })
    }
}
