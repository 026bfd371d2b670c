//! A layer from an async function.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use tower_layer::Layer;
use tower_service::Service;

use super::{McpRequest, McpResponse, Next};

/// Makes a layer of an async function that takes the request and what comes next.
///
/// # Examples
///
/// ```
/// use mcp_axum::{middleware::{self, McpRequest, Next}, McpServer};
///
/// let server: McpServer = McpServer::new("notes", "1.0.0").layer(middleware::from_fn(
///     async |request: McpRequest, next: Next| {
///         let method = request.method();
///         let response = next.run(request).await;
///         println!("{method}: failed = {}", response.is_error());
///         response
///     },
/// ));
/// ```
pub fn from_fn<F, R>(function: F) -> FromFnLayer<F>
where
    F: Fn(McpRequest, Next) -> R,
    R: Future<Output = McpResponse> + Send + 'static,
{
    FromFnLayer { function }
}

/// A layer from an async function; made by [`from_fn`].
#[derive(Clone)]
#[must_use]
pub struct FromFnLayer<F> {
    function: F,
}

/// The service of a [`FromFnLayer`].
#[derive(Clone)]
pub struct FromFn<F> {
    function: F,
    next: Next,
}

impl<F: Clone> Layer<Next> for FromFnLayer<F> {
    type Service = FromFn<F>;

    fn layer(&self, next: Next) -> FromFn<F> {
        FromFn {
            function: self.function.clone(),
            next,
        }
    }
}

impl<F, R> Service<McpRequest> for FromFn<F>
where
    F: Fn(McpRequest, Next) -> R,
    R: Future<Output = McpResponse> + Send + 'static,
{
    type Response = McpResponse;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<McpResponse, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: McpRequest) -> Self::Future {
        let answer = (self.function)(request, self.next.clone());
        Box::pin(async move { Ok(answer.await) })
    }
}

impl<F> fmt::Debug for FromFnLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFnLayer").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for FromFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromFn").finish_non_exhaustive()
    }
}
