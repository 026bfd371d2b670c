//! HTTP+SSE, the transport of the first revision: a stream, and a place to post to.
//!
//! The stream is the session: it opens with the place, carries every message of the
//! server, and what ends it ends everything (2024-11-05 basic/transports).

mod body;
mod paths;
mod post;

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, Response, request::Parts};

use crate::{peer::outbox::Outbox, principal::Principal, protocol::jsonrpc::Id, session::Opening};

pub(crate) use self::paths::Paths;

use super::{
    endpoint::Endpoint,
    follower::Follower,
    gate::{self, Phase},
    refuse::{self, Refused},
    servers::Parties,
    sessionful::{self, SessionSpace},
};

/// The two endpoints of the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Stream,
    Messages,
}

impl Endpoint {
    /// Answers a request to one of the two endpoints of HTTP+SSE, whatever it is.
    pub(crate) async fn answer_legacy(&self, door: Door, request: Request<Body>) -> Response<Body> {
        let answer = match (&self.legacy, &self.sessions) {
            (Some(paths), Some(space)) => self.serve_legacy(paths, space, door, request).await,
            _ => Err(refuse::not_found()),
        };
        answer.unwrap_or_else(|refused| {
            tracing::debug!(error.type = refused.code(), "a request was refused");
            // Its clients are the oldest, and want the member.
            refused.into_response(Id::Null)
        })
    }

    async fn serve_legacy(
        &self,
        paths: &Paths,
        space: &SessionSpace,
        door: Door,
        request: Request<Body>,
    ) -> Result<Response<Body>, Refused> {
        let (parts, body) = request.into_parts();
        let inside = self
            .gate
            .enter(&self.limits, || door == Door::Messages)
            .await?;
        self.check_guard(&parts)?;
        let parties = self.parties(&parts)?;
        match (door, &parts.method) {
            (Door::Stream, &Method::GET) => {
                let draining = || inside.gate().phase() != Phase::Open;
                open(self, paths, space, &parts, &parties, draining)
            }
            (Door::Stream, _) => Err(Refused::method("GET")),
            (Door::Messages, &Method::POST) => {
                post::serve(self, (paths, space), parts, body, parties, inside).await
            }
            (Door::Messages, _) => Err(Refused::method("POST")),
        }
    }
}

/// Opens a stream, and a session with it.
fn open(
    endpoint: &Endpoint,
    paths: &Paths,
    space: &SessionSpace,
    parts: &Parts,
    parties: &Parties,
    draining: impl FnOnce() -> bool,
) -> Result<Response<Body>, Refused> {
    let opening = Opening {
        principal: parties.principal().map(Principal::shared_key),
        server: parties.core.key.clone(),
        // The handshake comes through the other endpoint.
        client: None,
    };
    let opened = space.directory.open(opening);
    let (session, id) = opened.map_err(|_full| refuse::too_many_sessions())?;
    let hold = space
        .directory
        .hold(&session)
        .ok_or_else(refuse::too_many_sessions)?;
    let reading = hold.read(false).ok_or_else(refuse::too_many_sessions)?;
    let edit = parties.core.edit(parties.principal(), hold.revision());
    let mailbox = Arc::new(Outbox::new(endpoint.limits.outbox, true, edit.clone()));
    // Fresh: nobody else knows the session yet.
    let _ = hold.live().mailbox.set(Arc::clone(&mailbox));
    let place = paths.place(endpoint.auth.public_url.prefix(parts), parts, id.as_str());
    let standalone = Arc::clone(sessionful::standalone(endpoint, &parties.core, &hold));
    if hold.is_closed() {
        // By the host, before there was anything to end.
        mailbox.finish(None);
    }
    if draining() {
        space.directory.close(&hold);
        return Err(gate::shutting_down());
    }
    let hears = Follower::new(
        endpoint,
        &parties.core,
        parties.principal(),
        parts,
        hold.revision(),
    )
    .into();
    let stream = body::Stream {
        hold,
        _reading: reading,
        directory: Arc::clone(&space.directory),
        mailbox,
        standalone,
        edit,
        hears,
        lasts: parties.principal().and_then(Principal::lasts),
    };
    Ok(body::response(stream, &place, &endpoint.limits))
}
