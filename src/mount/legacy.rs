//! The routes of HTTP+SSE, when they are asked for.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    routing::{MethodFilter, on},
};
use http::Request;

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
            let endpoint = Arc::clone(endpoint);
            let answer =
                async move |request: Request<Body>| endpoint.answer_legacy(door, request).await;
            let route = on(method, answer.clone()).fallback(answer);
            router
                .route(path, route.clone())
                .route(&format!("{path}/"), route)
        })
}
