//! One MCP endpoint: every check before the message, in order.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use axum::{
    body::Body,
    extract::{MatchedPath, NestedPath},
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, request::Parts};

use crate::{
    auth::{Auth, original_path},
    peer::StateKeys,
    principal::{Principal, Refusal},
    protocol::{Revision, jsonrpc::Message},
    store::Service,
};

use super::{
    begun::Begun,
    body::{self, BodyBudget, BodyShare},
    classify::{self, Classified},
    gate::{self, Gate, Inside},
    guard::Guard,
    legacy_sse::Paths,
    limits::Limits,
    listen::Listeners,
    negotiate::{self, Accepts},
    refuse::{self, Refused},
    reply::accepted,
    servers::{Parties, Servers},
    sessionful::{self, Messages, SESSION_ID, SessionSpace},
    stateless::{self, Arrived},
};

/// Finds out who asks, from what the host's layers put into the request.
pub(crate) type FindPrincipal = dyn Fn(&Parts) -> Result<Option<Principal>, Refusal> + Send + Sync;

/// One MCP endpoint.
pub(crate) struct Endpoint {
    pub(crate) servers: Servers,
    /// The revisions that are served, newest first.
    pub(crate) revisions: Arc<[Revision]>,
    pub(crate) auth: Arc<Auth>,
    pub(crate) keys: Arc<StateKeys>,
    pub(crate) limits: Limits,
    pub(crate) gate: Arc<Gate>,
    pub(crate) listeners: Arc<Listeners>,
    /// Where sessions are kept, when clients get any.
    pub(crate) sessions: Option<SessionSpace>,
    /// Where HTTP+SSE is served, when it is.
    pub(crate) legacy: Option<Paths>,
    pub(crate) guard: Guard,
    pub(crate) principal: Option<Box<FindPrincipal>>,
    pub(crate) budget: Arc<BodyBudget>,
    /// What marks the listeners of this service, on whatever bus.
    pub(crate) service: Service,
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
        let (parts, body) = request.into_parts();
        let may_help = || self.sessions.is_some() && parts.headers.contains_key(&SESSION_ID);
        let inside = self.gate.enter(&self.limits, may_help).await?;
        check_path(&parts)?;
        self.check_guard(&parts)?;
        let parties = self.parties(&parts)?;
        match parts.method {
            Method::POST => self.serve_post(parts, body, parties, inside).await,
            Method::GET => sessionful::get::serve(self, &parts, &parties, &inside).await,
            Method::DELETE => sessionful::delete(self, &parts, &parties).await,
            _ => Err(Refused::method(self.methods())),
        }
    }

    /// Returns the methods that work here.
    pub(crate) fn methods(&self) -> &'static str {
        match self.sessions {
            Some(_) => "GET, POST, DELETE",
            None => "POST",
        }
    }

    async fn serve_post(
        &self,
        parts: Parts,
        body: Body,
        parties: Parties,
        inside: Inside,
    ) -> Result<Response<Body>, Refused> {
        let accepts = check_media(&parts)?;
        if inside.is_late() {
            // Nobody else has anything to bring to an end.
            sessionful::check_session(self, &parts, &parties)?;
        }
        let mut share = BodyShare::new(&self.budget);
        let body = body::read(body, &self.limits, &mut share, &inside).await?;
        let arrived = Arrived {
            parts,
            parties,
            accepts,
            inside,
            share,
        };
        let begun = self.begin(arrived, body)?;
        begun.response(self, accepts).await
    }

    fn begin(&self, arrived: Arrived, body: Bytes) -> Result<Begun<'_>, Refused> {
        let message = Message::admit(body)?;
        let parts = &arrived.parts;
        let classified = classify::classify(&message, &parts.headers, &self.revisions)?;
        self.learn_path(parts);
        match classified {
            Classified::Sessionful(batch) => {
                let messages = match batch {
                    Some(messages) => Messages::Batch(messages),
                    None => Messages::One(message),
                };
                sessionful::begin(self, arrived, messages)
            }
            _ if arrived.inside.is_late() => Err(gate::shutting_down()),
            Classified::Notification => Ok(Begun::Answered(accepted())),
            Classified::Request(head) => stateless::begin(self, arrived, message, head),
        }
    }

    /// Finds out who asks, and which server is asked.
    pub(crate) fn parties(&self, parts: &Parts) -> Result<Parties, Refused> {
        let principal = self.find_principal(parts)?;
        let core = self.servers.pick(parts).ok_or_else(refuse::not_found)?;
        Ok(Parties { principal, core })
    }

    /// Ends every stream that waits for changes.
    pub(crate) fn close_listeners(&self) {
        for bus in self.servers.buses() {
            bus.close(self.service);
        }
    }

    /// Ends every session, with all that goes on in it.
    pub(crate) fn close_sessions(&self) {
        if let Some(space) = &self.sessions {
            space.directory.close_all();
        }
    }

    pub(crate) fn check_guard(&self, parts: &Parts) -> Result<(), Refused> {
        self.guard.check(parts).map_err(|refusal| {
            tracing::debug!(reason = %refusal, "the guard refused a request");
            Refused::new(refusal.status(), refusal.to_string())
        })
    }

    pub(crate) fn find_principal(&self, parts: &Parts) -> Result<Option<Principal>, Refused> {
        let refused = |refusal| Refused::by_host(&self.auth.challenged(parts, refusal), None);
        let found = match &self.principal {
            Some(find) => find(parts).map_err(refused)?,
            None => parts.extensions.get::<Principal>().cloned(),
        };
        if found.is_none() && self.auth.is_required() {
            return Err(Refused::by_host(&self.auth.unauthenticated(parts), None));
        }
        if found.as_ref().is_some_and(|found| found.key().is_empty()) {
            // All whom the login could not tell apart would share what is theirs.
            tracing::error!("the login found a principal without a key; nobody is let in so");
            let message = "the login of the application does not say who asks";
            return Err(Refused::new(StatusCode::FORBIDDEN, message));
        }
        Ok(found)
    }

    /// Learns the path that clients use, from the first request that is let in.
    fn learn_path(&self, parts: &Parts) {
        self.path.get_or_init(|| {
            let path = original_path(parts);
            tracing::debug!(path, "the MCP endpoint took its first request");
            path.to_owned()
        });
    }
}

/// Makes sure that JSON comes, and that an answer can go.
fn check_media(parts: &Parts) -> Result<Accepts, Refused> {
    let accepts = negotiate::accepts(&parts.headers);
    if !accepts.json && !accepts.sse {
        let message = "accept `application/json`, `text/event-stream` or both";
        return Err(Refused::new(StatusCode::NOT_ACCEPTABLE, message));
    }
    match negotiate::is_json(&parts.headers) {
        true => Ok(accepts),
        false => Err(refuse::not_json()),
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

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("limits", &self.limits)
            .field("gate", &self.gate)
            .field("guard", &self.guard)
            .finish_non_exhaustive()
    }
}
