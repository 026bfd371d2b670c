//! The stateless era: one request, answered for itself.

use std::{pin::pin, sync::Arc};

use axum::body::Body;
use futures_util::future::{Either, select};
use http::{Response, StatusCode, request::Parts};
use tracing::{Instrument, Span};

use crate::{
    context::{Context, Request},
    middleware::{Ended, Failure, Outcome},
    peer::{ask::Asks, outbox::Outbox, replay::Replay},
    principal::Principal,
    protocol::{ErrorObject, ListenFilter, jsonrpc::Message, method::Method},
    server::{
        ServerCore,
        dispatch::{Dispatched, Running, dispatch},
        rounds::{self, Brought},
    },
    telemetry,
};

use super::{
    begun::Begun,
    body::BodyShare,
    classify::Head,
    driver::{Driver, Served, write_response},
    endpoint::Endpoint,
    gate::{Inside, Phase},
    listen,
    negotiate::Accepts,
    refuse::Refused,
    reply::{self, Stay},
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

/// Begins a request that stands alone.
pub(crate) fn begin(
    endpoint: &Endpoint,
    arrived: Arrived,
    message: Message,
    head: Head,
) -> Result<Begun<'_>, Refused> {
    let (method, revision) = (head.method.as_str(), head.revision.as_str());
    let version = arrived.parts.version;
    let span = telemetry::request_span(method, revision, head.id.as_str(), version);
    let begun = span.in_scope(|| begin_in(endpoint, arrived, message, head, &span));
    begun.inspect_err(|refused| telemetry::record_error(&span, refused.code()))
}

fn begin_in<'a>(
    endpoint: &'a Endpoint,
    arrived: Arrived,
    message: Message,
    head: Head,
    span: &Span,
) -> Result<Begun<'a>, Refused> {
    let Arrived {
        parts,
        parties,
        accepts,
        inside,
        share,
    } = arrived;
    let core = Arc::clone(&parties.core);
    let keys = &endpoint.keys;
    let opened = rounds::open(&core, keys, &message, head.method, parties.principal());
    let (brought, bad_state) = match opened {
        Ok(brought) => (brought, None),
        Err(error) => (Brought::default(), Some(error)),
    };
    let ctx = context(endpoint, message, head, parts, parties, accepts, brought);
    let dispatched = match bad_state {
        Some(error) => Err(Failure::Error(error)),
        None => dispatch(&core, &ctx),
    };
    if dispatched.is_ok() {
        telemetry::record_target(span, ctx.method(), || ctx.target());
    }
    let stay = Stay::new(inside, share);
    let exchange = Exchange {
        endpoint,
        core,
        ctx,
        span: span.clone(),
        accepts,
    };
    let answered = match dispatched {
        Ok(Dispatched::Running(running)) if exchange.listens() => {
            let listening = exchange.listen_behind_layers(running, stay);
            let listening = Box::pin(listening.instrument(span.clone()));
            return Ok(Begun::Listening(listening));
        }
        Ok(Dispatched::Running(running)) => {
            return Ok(Begun::Running(exchange.drive(running), stay));
        }
        Ok(Dispatched::Listen(filter)) => exchange.listen(filter, &stay.inside),
        Ok(Dispatched::Ready(outcome)) => exchange.settle(Ok(outcome)),
        Err(failure) => exchange.settle(Err(failure)),
    };
    answered.map(Begun::Answered)
}

/// A request that was dispatched, with what its answer depends on.
struct Exchange<'a> {
    endpoint: &'a Endpoint,
    core: Arc<ServerCore>,
    ctx: Context,
    span: Span,
    accepts: Accepts,
}

impl Exchange<'_> {
    fn listens(&self) -> bool {
        self.ctx.request().method == Method::SubscriptionsListen
    }

    fn drive(self, running: Running) -> Driver {
        let served = Served {
            core: self.core,
            keys: Arc::clone(&self.endpoint.keys),
            ctx: self.ctx,
            span: self.span,
            flight: None,
        };
        Driver::new(served, running)
    }

    /// Lets a request to listen through its layers before there is a stream.
    async fn listen_behind_layers(
        self,
        running: Running,
        stay: Stay,
    ) -> Result<Response<Body>, Refused> {
        let answered = match select(running, pin!(stay.inside.cut_off())).await {
            Either::Left((Ended::Listens(filter), _)) => self.listen(filter, &stay.inside),
            Either::Left((Ended::Done(outcome), _)) => self.settle(Ok(outcome)),
            Either::Left((Ended::Failed(failure), _)) => self.settle(Err(failure)),
            Either::Left((Ended::Asks(_), _)) => {
                self.settle(Err(ErrorObject::internal("internal error").into()))
            }
            Either::Right(_) => self.settle(Err(reply::shutting_down().into())),
        };
        answered.inspect_err(|refused| telemetry::record_error(&self.span, refused.code()))
    }

    /// Answers a request that has ended before there was a reply to decide on.
    fn settle(&self, end: Result<Outcome, Failure>) -> Result<Response<Body>, Refused> {
        let ctx = &self.ctx;
        let end = match end {
            Ok(outcome) => Ok(outcome),
            Err(Failure::Error(error) | Failure::Unserved(error))
                if reply::status_of(ctx, &error) == StatusCode::OK =>
            {
                Err(error)
            }
            Err(failure) => return Err(refused(failure, ctx)),
        };
        let body = write_response(&self.core, ctx, &self.span, end);
        let (accepts, limits) = (self.accepts, &self.endpoint.limits);
        Ok(reply::settled(ctx, accepts, limits, StatusCode::OK, body))
    }

    /// Opens a stream that listens.
    fn listen(&self, filter: ListenFilter, inside: &Inside) -> Result<Response<Body>, Refused> {
        let (endpoint, ctx) = (self.endpoint, &self.ctx);
        let refused = |refused: Refused| refused.for_request(ctx.request().id.clone());
        if !self.accepts.sse {
            let message = "a listen stream is `text/event-stream`; accept it";
            return Err(refused(Refused::new(StatusCode::NOT_ACCEPTABLE, message)));
        }
        let principal = ctx.principal().map(Principal::key);
        let place = endpoint.listeners.take(principal, &endpoint.limits);
        let place = place.map_err(refused)?;
        let draining = || inside.gate().phase() != Phase::Open;
        let core = &self.core;
        Ok(listen::open(endpoint, core, ctx, filter, place, draining))
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
