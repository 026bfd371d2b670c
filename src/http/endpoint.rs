//! One MCP endpoint: every check before the message, in order.

use std::{
    fmt,
    pin::pin,
    sync::{Arc, OnceLock},
};

use axum::{
    body::Body,
    extract::{MatchedPath, NestedPath, OriginalUri},
};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderValue, Method, Request, Response, StatusCode, request::Parts};

use crate::{
    peer::StateKeys,
    principal::{Principal, Refusal},
    protocol::jsonrpc::Message,
    server::ServerCore,
};

use super::{
    body::{self, BodyBudget, BodyShare},
    classify::{self, Classified},
    gate::{self, Gate, Inside},
    guard::Guard,
    limits::Limits,
    listen::Listeners,
    negotiate,
    refuse::{self, Refused},
    stateless::{self, Arrived},
};

/// Finds out who asks, from what the host's layers put into the request.
pub(crate) type FindPrincipal = dyn Fn(&Parts) -> Result<Option<Principal>, Refusal> + Send + Sync;

/// One MCP endpoint.
pub(crate) struct Endpoint {
    pub(crate) core: Arc<ServerCore>,
    pub(crate) keys: Arc<StateKeys>,
    pub(crate) limits: Limits,
    pub(crate) gate: Arc<Gate>,
    pub(crate) listeners: Arc<Listeners>,
    pub(crate) guard: Guard,
    pub(crate) principal: Option<Box<FindPrincipal>>,
    pub(crate) budget: Arc<BodyBudget>,
    /// The path that clients use, learnt from the first request.
    pub(crate) path: OnceLock<String>,
}

impl Endpoint {
    /// Answers a request, whatever it is.
    pub(crate) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let unknown = refuse::unknown_id(request.headers());
        match self.serve(request).await {
            Ok(response) => response,
            Err(refused) => {
                tracing::debug!(error.type = refused.code(), "a request was refused");
                refused.into_response(unknown)
            }
        }
    }

    async fn serve(&self, request: Request<Body>) -> Result<Response<Body>, Refused> {
        let inside = self.gate.enter(&self.limits).await?;
        let (parts, body) = request.into_parts();
        check_path(&parts)?;
        self.guard.check(&parts).map_err(|refusal| {
            tracing::debug!(reason = %refusal, "the guard refused a request");
            Refused::new(refusal.status(), refusal.to_string())
        })?;
        let principal = self.find_principal(&parts)?;
        if parts.method != Method::POST {
            return Err(Refused::method("POST"));
        }
        self.serve_post(parts, body, principal, inside).await
    }

    async fn serve_post(
        &self,
        parts: Parts,
        body: Body,
        principal: Option<Principal>,
        inside: Inside,
    ) -> Result<Response<Body>, Refused> {
        let accepts = negotiate::accepts(&parts.headers);
        if !accepts.json && !accepts.sse {
            let message = "accept `application/json`, `text/event-stream` or both";
            return Err(Refused::new(StatusCode::NOT_ACCEPTABLE, message));
        }
        if !negotiate::is_json(&parts.headers) {
            let message = "send `Content-Type: application/json`";
            return Err(Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let mut share = BodyShare::new(&self.budget);
        let body = self.read(body, &mut share, &inside).await?;
        let message = Message::admit(body).map_err(|refused| {
            Refused::error(StatusCode::BAD_REQUEST, refused.error, refused.id)
        })?;
        match classify::classify(&message, &parts.headers)? {
            Classified::Notification => Ok(accepted()),
            Classified::Request(head) => {
                self.learn_path(&parts);
                let arrived = Arrived {
                    parts,
                    principal,
                    accepts,
                    message,
                    inside,
                    share,
                };
                stateless::serve(self, arrived, head).await
            }
        }
    }

    /// Reads the body, unless the service ends before it is complete.
    async fn read(
        &self,
        body: Body,
        share: &mut BodyShare,
        inside: &Inside,
    ) -> Result<Bytes, Refused> {
        let read = pin!(body::read(body, &self.limits, share));
        match select(read, pin!(inside.cut_off())).await {
            Either::Left((body, _)) => body,
            Either::Right(_) => Err(gate::shutting_down()),
        }
    }

    fn find_principal(&self, parts: &Parts) -> Result<Option<Principal>, Refused> {
        let Some(find) = &self.principal else {
            return Ok(parts.extensions.get::<Principal>().cloned());
        };
        find(parts).map_err(|refusal| Refused::by_host(&refusal, None))
    }

    /// Learns the path that clients use, from the first request that is let in.
    fn learn_path(&self, parts: &Parts) {
        self.path.get_or_init(|| {
            let original = parts.extensions.get::<OriginalUri>();
            let path = original.map_or(parts.uri.path(), |uri| uri.0.path());
            tracing::debug!(path, "the MCP endpoint took its first request");
            path.to_owned()
        });
    }
}

/// Refuses a path below an exact mount.
///
/// `nest_service` hands over everything below its path. There, and only there, a
/// nested request matches no route of its own.
fn check_path(parts: &Parts) -> Result<(), Refused> {
    let nested = parts.extensions.get::<NestedPath>().is_some();
    let matched = parts.extensions.get::<MatchedPath>().is_some();
    if nested && !matched && !matches!(parts.uri.path(), "" | "/") {
        let message = "no MCP endpoint here; it is at the path above";
        return Err(Refused::new(StatusCode::NOT_FOUND, message));
    }
    Ok(())
}

fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    response
        .headers_mut()
        .insert(http::header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("limits", &self.limits)
            .field("gate", &self.gate)
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}
