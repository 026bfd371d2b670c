//! Layers of HTTP around the endpoint, and what they wrap.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use axum::{body::Body, response::IntoResponse};
use http::{Request, Response, StatusCode, header::RETRY_AFTER};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    error::{BoxError, Chain},
    http::refuse::{self, Refused},
    middleware::{Overload, Shared},
    principal::Refusal,
};

use super::{McpServiceBuilder, doors::Doors, into_body};

/// What an HTTP layer around the endpoint wraps: the layers inside it, then the endpoint.
///
/// Always ready and never fails; cheap to clone.
#[derive(Clone)]
pub struct HttpService(Inner);

#[derive(Clone)]
enum Inner {
    Doors(Arc<Doors>),
    Layered(Arc<Shared<Request<Body>, Response<Body>>>),
}

impl HttpService {
    async fn run(self, request: Request<Body>) -> Response<Body> {
        match self.0 {
            Inner::Doors(doors) => doors.answer(request).await,
            Inner::Layered(layered) => {
                let unknown = refuse::unknown_id(request.headers());
                let answer = layered.oneshot(request).await;
                answer.unwrap_or_else(|error| {
                    Refused::by_host(&refusal(&error), None).into_response(unknown)
                })
            }
        }
    }
}

/// What the error of a layer comes to.
fn refusal(error: &BoxError) -> Refusal {
    if let Some(overload) = Overload::of(error) {
        return overload.refusal();
    }
    tracing::error!(error = %Chain(&**error), "a layer around the endpoint has failed");
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE)
        .header(RETRY_AFTER, http::HeaderValue::from_static("1"))
}

impl<B> Service<Request<B>> for HttpService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (service, request) = (self.clone(), request.map(into_body));
        Box::pin(async move { Ok(service.run(request).await) })
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpService").finish_non_exhaustive()
    }
}

/// A layer that was added, its type erased.
type Around = Box<dyn Fn(HttpService) -> HttpService + Send + Sync>;

/// The layers around the doors of a service, built once when a request first needs them.
#[derive(Default)]
pub(crate) struct HttpLayers {
    layers: Vec<Around>,
    built: Mutex<Option<HttpService>>,
}

impl McpServiceBuilder {
    /// Wraps the endpoint in a layer of HTTP; the last one added is outermost.
    ///
    /// Around `/mcp`, HTTP+SSE and [protected routes](Self::protected_route), one for all of
    /// them, and built once; not around the public routes. For a layer around everything
    /// there is axum's own `Router::layer`. An error of the layer is an answer: 503 of a
    /// load that is shed, 408 of a time that ran out. It is done with a request when the head
    /// of the answer is there; what shall bound a handler that streams belongs around
    /// [`McpServer`](crate::McpServer::layer).
    ///
    /// # Examples
    ///
    /// ```
    /// use axum::{extract::Request, http::StatusCode, middleware::{self, Next}, response::Response};
    /// use mcp_axum::{McpServer, McpService};
    ///
    /// async fn key(request: Request, next: Next) -> Result<Response, StatusCode> {
    ///     match request.headers().get("x-api-key") {
    ///         Some(key) if key == "secret" => Ok(next.run(request).await),
    ///         _ => Err(StatusCode::UNAUTHORIZED),
    ///     }
    /// }
    ///
    /// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
    ///     .layer(middleware::from_fn(key))
    ///     .build();
    /// ```
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService> + Send + Sync + 'static,
        L::Service: Service<Request<Body>> + Send + 'static,
        <L::Service as Service<Request<Body>>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request<Body>>>::Error: Into<BoxError>,
        <L::Service as Service<Request<Body>>>::Future: Send + 'static,
    {
        self.layers.layers.push(Box::new(move |inner| {
            let shared = Shared::new(layer.layer(inner), IntoResponse::into_response);
            HttpService(Inner::Layered(Arc::new(shared)))
        }));
        self
    }
}

impl HttpLayers {
    pub(super) fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Answers a request behind all layers.
    pub(super) async fn answer(
        &self,
        doors: &Arc<Doors>,
        request: Request<Body>,
    ) -> Response<Body> {
        if self.layers.is_empty() {
            return doors.answer(request).await;
        }
        self.service(doors).run(request).await
    }

    fn service(&self, doors: &Arc<Doors>) -> HttpService {
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        let build = || {
            let innermost = HttpService(Inner::Doors(Arc::clone(doors)));
            self.layers
                .iter()
                .fold(innermost, |inner, around| around(inner))
        };
        built.get_or_insert_with(build).clone()
    }

    /// Forgets the services: the next request has them built again.
    pub(crate) fn reset(&self) {
        let built = self.built.lock();
        let built = built.unwrap_or_else(PoisonError::into_inner).take();
        drop(built);
    }
}

impl fmt::Debug for HttpLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpLayers")
            .field("layers", &self.layers.len())
            .finish_non_exhaustive()
    }
}
