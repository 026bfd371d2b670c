//! The routes of HTTP+SSE, when they are asked for.

use std::{
    convert::Infallible,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    body::Body,
    routing::{MethodFilter, on_service},
};
use http::{Request, Response};
use tower_service::Service;

use crate::http::{endpoint::Endpoint, legacy_sse::Door};

/// Adds the two routes, each with and without a slash at the end.
pub(super) fn add_routes<S>(router: Router<S>, endpoint: &Arc<Endpoint>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let Some(paths) = &endpoint.legacy else {
        return router;
    };
    let doors = [
        (&paths.stream, MethodFilter::GET, Door::Stream),
        (&paths.messages, MethodFilter::POST, Door::Messages),
    ];
    doors
        .into_iter()
        .fold(router, |router, (path, method, door)| {
            let service = LegacyService {
                endpoint: Arc::clone(endpoint),
                door,
            };
            let route = on_service(method, service.clone()).fallback_service(service);
            router
                .route(path, route.clone())
                .route(&format!("{path}/"), route)
        })
}

/// One of the two endpoints of HTTP+SSE.
#[derive(Clone)]
struct LegacyService {
    endpoint: Arc<Endpoint>,
    door: Door,
}

impl Service<Request<Body>> for LegacyService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (endpoint, door) = (Arc::clone(&self.endpoint), self.door);
        Box::pin(async move { Ok(endpoint.answer_legacy(door, request).await) })
    }
}
