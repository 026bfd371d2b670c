//! The stateless era: one request, answered for itself.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode, request::Parts};
use tracing::Instrument;

use crate::{
    context::{Context, Request},
    peer::{ask::Asks, outbox::Outbox, replay::Replay},
    principal::Principal,
    protocol::jsonrpc::Message,
    server::{
        ListenFilter,
        answer::Failure,
        dispatch::{Dispatched, dispatch},
        rounds::{self, Brought},
    },
    telemetry,
};

use super::{
    body::BodyShare,
    classify::Head,
    driver::{Driver, Served, write_response},
    endpoint::Endpoint,
    gate::{Inside, Phase},
    listen,
    negotiate::Accepts,
    refuse::Refused,
    reply::{self, Reply, Stay},
};

/// A request that was read, with what it holds while it is served.
pub(crate) struct Arrived {
    pub(crate) parts: Parts,
    pub(crate) principal: Option<Principal>,
    pub(crate) accepts: Accepts,
    pub(crate) inside: Inside,
    pub(crate) share: BodyShare,
}

/// Serves a request of the stateless era.
pub(crate) async fn serve(
    endpoint: &Endpoint,
    arrived: Arrived,
    message: Message,
    head: Head,
) -> Result<Response<Body>, Refused> {
    let id = String::from_utf8_lossy(head.id.as_bytes());
    let (method, revision) = (head.method.as_str(), head.revision.as_str());
    let span = telemetry::request_span(method, revision, &id, arrived.parts.version);
    let refused_span = span.clone();
    let answer = serve_in(endpoint, arrived, message, head, span.clone())
        .instrument(span)
        .await;
    answer.inspect_err(|refused| telemetry::record_error(&refused_span, refused.code()))
}

async fn serve_in(
    endpoint: &Endpoint,
    arrived: Arrived,
    message: Message,
    head: Head,
    span: tracing::Span,
) -> Result<Response<Body>, Refused> {
    let Arrived {
        parts,
        principal,
        accepts,
        inside,
        share,
    } = arrived;
    let core = Arc::clone(&endpoint.core);
    let keys = &endpoint.keys;
    let opened = rounds::open(&core, keys, &message, head.method, principal.as_ref());
    let (brought, bad_state) = match opened {
        Ok(brought) => (brought, None),
        Err(error) => (Brought::default(), Some(error)),
    };
    let ctx = context(endpoint, message, head, parts, principal, accepts, brought);
    let reply = Reply {
        accepts,
        limits: &endpoint.limits,
    };
    let dispatched = match bad_state {
        Some(error) => Err(Failure::Error(error)),
        None => dispatch(&core, &ctx),
    };
    if dispatched.is_ok() {
        telemetry::record_target(&span, ctx.method(), ctx.target().as_deref());
    }
    match dispatched {
        Ok(Dispatched::Running(running)) => {
            let served = Served {
                core,
                keys: Arc::clone(keys),
                ctx,
                span,
                flight: None,
            };
            let driver = Driver::new(served, running);
            reply::reply(driver, Stay::new(inside, share), &reply).await
        }
        Ok(Dispatched::Listen(filter)) => listen(endpoint, &ctx, filter, accepts, &inside)
            .map_err(|refused| refused.for_request(ctx.request().id.clone())),
        Ok(Dispatched::Ready(outcome)) => {
            let body = write_response(&core, &ctx, &span, Ok(outcome));
            Ok(reply::settled(&ctx, &reply, StatusCode::OK, body))
        }
        Err(Failure::Error(error)) if reply::status_of(&ctx, &error) == StatusCode::OK => {
            let body = write_response(&core, &ctx, &span, Err(error));
            Ok(reply::settled(&ctx, &reply, StatusCode::OK, body))
        }
        Err(failure) => Err(refused(failure, &ctx)),
    }
}

/// Turns away a request that no handler has seen.
fn refused(failure: Failure, ctx: &Context) -> Refused {
    let id = ctx.request().id.clone();
    match failure {
        Failure::Error(error) => Refused::error(reply::status_of(ctx, &error), error, Some(id)),
        Failure::Refused(refusal) => Refused::by_host(&refusal, Some(id)),
        Failure::Cancelled => Refused::new(StatusCode::BAD_REQUEST, "the request was cancelled"),
    }
}

/// Puts together what a handler may know of its request.
fn context(
    endpoint: &Endpoint,
    message: Message,
    head: Head,
    parts: Parts,
    principal: Option<Principal>,
    accepts: Accepts,
    brought: Brought,
) -> Context {
    let mut rounds = brought.rounds;
    Context::new(Request {
        message,
        id: head.id,
        method: head.method,
        revision: head.revision,
        parts,
        principal,
        level: head.level,
        outbox: Arc::new(Outbox::new(endpoint.limits.outbox, accepts.sse)),
        own_state: rounds.own.take(),
        asks: Asks::Replay(Replay::new(rounds, brought.responses)),
        peer: None,
        shares_outbox: false,
        resumable: false,
        expose_errors: endpoint.core.settings.expose_errors,
        server: endpoint.core.clone(),
    })
}

fn listen(
    endpoint: &Endpoint,
    ctx: &Context,
    filter: ListenFilter,
    accepts: Accepts,
    inside: &Inside,
) -> Result<Response<Body>, Refused> {
    if !accepts.sse {
        let message = "a listen stream is `text/event-stream`; accept it";
        return Err(Refused::new(StatusCode::NOT_ACCEPTABLE, message));
    }
    let principal = ctx.principal().map(Principal::key);
    let place = endpoint.listeners.take(principal, &endpoint.limits)?;
    let draining = || inside.gate().phase() != Phase::Open;
    Ok(listen::open(
        &endpoint.core,
        &ctx.request().id,
        filter,
        place,
        endpoint.limits.keep_alive,
        draining,
    ))
}
