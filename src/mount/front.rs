//! The face of a service: from CORS through its layers to its doors.

use std::{convert::Infallible, fmt, future::Future, pin::Pin, sync::Arc};

use axum::{body::Body, routing::MethodRouter};
use http::{Request, Response};

use crate::lifespan::Life;

use super::{
    cors::CorsPolicy,
    doors::{Door, Doors},
    http_service::HttpLayers,
};

/// The face of a service.
pub(crate) struct Front {
    pub(crate) doors: Arc<Doors>,
    pub(super) layers: HttpLayers,
    pub(super) cors: Option<CorsPolicy>,
    pub(super) routes: Vec<Route>,
}

/// A route of the host's beside the endpoint.
pub(super) struct Route {
    pub(super) path: String,
    pub(super) kind: RouteKind,
}

pub(super) enum RouteKind {
    /// Open to everybody.
    Public(Box<MethodRouter>),
    /// Behind the layers and the login of the endpoint; by its number among those.
    Protected(usize),
    /// Tells how the service is.
    Health,
}

impl Front {
    /// Whether nothing stands in front of the doors.
    fn is_plain(&self) -> bool {
        self.layers.is_empty() && self.cors.is_none()
    }

    async fn answer_behind_layers(&self, door: Door, mut request: Request<Body>) -> Response<Body> {
        request.extensions_mut().insert(door);
        let inside =
            |request| -> Answering<'_> { Box::pin(self.layers.answer(&self.doors, request)) };
        match &self.cors {
            Some(cors) => cors.around(door, request, inside).await,
            None => inside(request).await,
        }
    }

    /// Forgets what layers have built: the next life of the service builds it again.
    pub(crate) fn reset_layers(&self) {
        self.layers.reset();
        for core in self.doors.endpoint.servers.all() {
            core.reset_layers();
        }
    }
}

/// A response that is being made.
pub(super) type Answering<'a> = Pin<Box<dyn Future<Output = Response<Body>> + Send + 'a>>;

/// The same as the future of a service.
pub(super) type Served = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

/// Answers a request at a door.
pub(super) fn answer(life: Arc<Life>, door: Door, request: Request<Body>) -> Served {
    if life.front.is_plain() {
        return Box::pin(async move { Ok(life.front.doors.answer_at(door, request).await) });
    }
    Box::pin(async move { Ok(life.front.answer_behind_layers(door, request).await) })
}

impl fmt::Debug for Front {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes = self.routes.iter().map(|route| route.path.as_str());
        f.debug_struct("Front")
            .field("cors", &self.cors)
            .field("layers", &self.layers)
            .field("doors", &self.doors)
            .field("routes", &routes.collect::<Vec<_>>())
            .finish()
    }
}
