//! The routes of HTTP+SSE, when they are asked for.

use axum::Router;

use crate::http::legacy_sse::Door as LegacyDoor;

use super::{McpService, doors::Door, routes::through};

/// Adds the two routes, each with and without a slash at the end.
pub(super) fn add_routes<S>(router: Router<S>, mcp: &McpService) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let Some(paths) = &mcp.life.endpoint.legacy else {
        return router;
    };
    let doors = [
        (&paths.stream, LegacyDoor::Stream),
        (&paths.messages, LegacyDoor::Messages),
    ];
    doors.into_iter().fold(router, |router, (path, door)| {
        let route = through(mcp, Door::Legacy(door));
        router
            .route(path, route.clone())
            .route(&format!("{path}/"), route)
    })
}
