//! The ways into a service that stand behind its layers.

use std::{fmt, sync::Arc};

use axum::{body::Body, routing::MethodRouter};
use http::{Request, Response};
use tower::ServiceExt;

use crate::http::{
    endpoint::Endpoint,
    legacy_sse::Door as LegacyDoor,
    refuse::{self, Refused},
};

/// A way into a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// The MCP endpoint.
    Endpoint,
    /// One of the two endpoints of HTTP+SSE.
    Legacy(LegacyDoor),
    /// A protected route, by its number.
    Route(usize),
}

/// The ways into a service that stand behind its layers.
pub(crate) struct Doors {
    pub(crate) endpoint: Arc<Endpoint>,
    /// The routes that want the endpoint's layers and its principal.
    pub(super) protected: Vec<MethodRouter>,
}

impl Doors {
    /// Answers a request at the door that it names, which layers have let through.
    pub(super) async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        // A layer that builds the request anew loses the name; there is one door that all have.
        let door = request.extensions_mut().remove::<Door>();
        self.answer_at(door.unwrap_or(Door::Endpoint), request)
            .await
    }

    pub(super) async fn answer_at(&self, door: Door, request: Request<Body>) -> Response<Body> {
        match door {
            Door::Endpoint => self.endpoint.answer(request).await,
            Door::Legacy(door) => self.endpoint.answer_legacy(door, request).await,
            Door::Route(at) => self.answer_route(at, request).await,
        }
    }

    /// Answers at a route of the host's, which gets the principal as an extension.
    async fn answer_route(&self, at: usize, request: Request<Body>) -> Response<Body> {
        let unknown = refuse::unknown_id(request.headers());
        let Some(route) = self.protected.get(at) else {
            return refuse::not_found().into_response(unknown);
        };
        let (mut parts, body) = request.into_parts();
        match self.endpoint.find_principal(&parts) {
            Ok(Some(principal)) => {
                parts.extensions.insert(principal);
            }
            Ok(None) => {}
            Err(refused) => return Refused::into_response(refused, unknown),
        }
        let answer = route
            .clone()
            .oneshot(Request::from_parts(parts, body))
            .await;
        answer.unwrap_or_else(|never| match never {})
    }
}

impl fmt::Debug for Doors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doors")
            .field("endpoint", &self.endpoint)
            .field("protected", &self.protected.len())
            .finish()
    }
}
