//! The stateless era: one request, answered for itself.

use std::{pin::pin, sync::Arc};

use axum::body::Body;
use futures_util::future::{Either, select};
use http::{Response, StatusCode, request::Parts};
use tracing::Instrument;

use crate::{
    context::{Context, Request},
    middleware::{Ended, Failure},
    peer::{ask::Asks, outbox::Outbox, replay::Replay},
    principal::Principal,
    protocol::{ErrorObject, ListenFilter, jsonrpc::Message, method::Method},
    server::{
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
    servers::Parties,
};

/// A request that was read, with what it holds while it is served.
pub(crate) struct Arrived {
    pub(crate) parts: Parts,
    pub(crate) parties: Parties,
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
    let (method, revision) = (head.method.as_str(), head.revision.as_str());
    let span = telemetry::request_span(method, revision, head.id.as_str(), arrived.parts.version);
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
        parties,
        accepts,
        inside,
        share,
    } = arrived;
    let core = Arc::clone(&parties.core);
    let asking = parties.clone();
    let keys = &endpoint.keys;
    let opened = rounds::open(&core, keys, &message, head.method, parties.principal());
    let (brought, bad_state) = match opened {
        Ok(brought) => (brought, None),
        Err(error) => (Brought::default(), Some(error)),
    };
    let ctx = context(endpoint, message, head, parts, parties, accepts, brought);
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
    match settled_first(&ctx, dispatched, &inside).await {
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
        Ok(Dispatched::Listen(filter)) => listen(endpoint, &asking, &ctx, filter, accepts, &inside)
            .map_err(|refused| refused.for_request(ctx.request().id.clone())),
        Ok(Dispatched::Ready(outcome)) => {
            let body = write_response(&core, &ctx, &span, Ok(outcome));
            Ok(reply::settled(&ctx, &reply, StatusCode::OK, body))
        }
        Err(Failure::Error(error) | Failure::Unserved(error))
            if reply::status_of(&ctx, &error) == StatusCode::OK =>
        {
            let body = write_response(&core, &ctx, &span, Err(error));
            Ok(reply::settled(&ctx, &reply, StatusCode::OK, body))
        }
        Err(failure) => Err(refused(failure, &ctx)),
    }
}

/// Lets a request to listen through its layers before there is a reply to decide on.
async fn settled_first(
    ctx: &Context,
    dispatched: Result<Dispatched, Failure>,
    inside: &Inside,
) -> Result<Dispatched, Failure> {
    let running = match dispatched? {
        Dispatched::Running(running) if ctx.request().method == Method::SubscriptionsListen => {
            running
        }
        other => return Ok(other),
    };
    let Either::Left((ended, _)) = select(running, pin!(inside.cut_off())).await else {
        return Err(reply::shutting_down().into());
    };
    match ended {
        Ended::Listens(filter) => Ok(Dispatched::Listen(filter)),
        Ended::Done(outcome) => Ok(Dispatched::Ready(outcome)),
        Ended::Failed(failure) => Err(failure),
        Ended::Asks(_) => Err(ErrorObject::internal("internal error").into()),
    }
}

/// Turns away a request that no handler has seen.
fn refused(failure: Failure, ctx: &Context) -> Refused {
    let id = ctx.request().id.clone();
    match failure {
        Failure::Error(error) | Failure::Unserved(error) => {
            Refused::error(reply::status_of(ctx, &error), error, Some(id))
        }
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
    parties: Parties,
    accepts: Accepts,
    brought: Brought,
) -> Context {
    let Parties { principal, core } = parties;
    let edit = core.edit(principal.as_ref(), head.revision);
    let mut rounds = brought.rounds;
    Context::new(Request {
        message,
        id: head.id,
        method: head.method,
        revision: head.revision,
        parts,
        principal,
        level: head.level,
        outbox: Arc::new(Outbox::new(endpoint.limits.outbox, accepts.sse, edit)),
        own_state: rounds.own.take(),
        asks: Asks::Replay(Replay::new(rounds, brought.responses)),
        peer: None,
        shares_outbox: false,
        resumable: false,
        expose_errors: core.settings.expose_errors,
        auth: Arc::clone(&endpoint.auth),
        served: Arc::clone(&endpoint.revisions),
        server: core,
    })
}

fn listen(
    endpoint: &Endpoint,
    parties: &Parties,
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
        endpoint, parties, ctx, filter, place, draining,
    ))
}
