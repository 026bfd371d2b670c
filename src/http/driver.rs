//! Runs a handler to its end, wherever the end comes from.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use tracing::Span;

use crate::{
    context::Context,
    peer::StateKeys,
    protocol::{
        ErrorObject,
        jsonrpc::{self, Id},
    },
    server::{
        ServerCore,
        answer::{self, Failure, Outcome},
        dispatch::{Ended, Running},
        rounds,
    },
    telemetry,
};

use super::{body::BodyShare, gate::Inside};

/// A handler that runs, with all that has to live as long.
///
/// Dropping it drops the handler at once and ends the request for whoever else
/// looks at it: the stateless era's cancellation.
pub(crate) struct Driver {
    core: Arc<ServerCore>,
    keys: Arc<StateKeys>,
    ctx: Context,
    span: Span,
    running: Running,
    pub(crate) inside: Inside,
    _share: BodyShare,
}

impl Driver {
    pub(crate) fn new(served: Served, running: Running) -> Self {
        Self {
            core: served.core,
            keys: served.keys,
            ctx: served.ctx,
            span: served.span,
            running,
            inside: served.inside,
            _share: served.share,
        }
    }

    pub(crate) fn ctx(&self) -> &Context {
        &self.ctx
    }

    pub(crate) fn core(&self) -> &ServerCore {
        &self.core
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// Polls the handler; one that waits for nothing but its own questions is over.
    pub(crate) fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<Outcome, Failure>> {
        let _entered = self.span.enter();
        let asks = &self.ctx.request().asks;
        asks.watch(cx);
        let ended = match Pin::new(&mut self.running).poll(cx) {
            Poll::Ready(ended) => ended,
            Poll::Pending => match asks.take_open() {
                Some(required) => Ended::Asks(Box::new(required)),
                None => return Poll::Pending,
            },
        };
        Poll::Ready(match ended {
            Ended::Done(outcome) => Ok(outcome),
            Ended::Failed(failure) => Err(failure),
            Ended::Asks(required) => rounds::close(&self.core, &self.keys, &self.ctx, &required),
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.ctx.end();
    }
}

/// A request on its way to its handler.
pub(crate) struct Served {
    pub(crate) core: Arc<ServerCore>,
    pub(crate) keys: Arc<StateKeys>,
    pub(crate) ctx: Context,
    pub(crate) span: Span,
    pub(crate) inside: Inside,
    pub(crate) share: BodyShare,
}

/// Writes a response to a request, and notes its failure in the span.
pub(crate) fn write_response(
    core: &ServerCore,
    ctx: &Context,
    span: &Span,
    end: &Result<Outcome, ErrorObject>,
) -> Vec<u8> {
    let id = &ctx.request().id;
    let mut out = Vec::with_capacity(256 + end.as_ref().map_or(0, Outcome::room));
    match end {
        Ok(outcome) => {
            if matches!(outcome, Outcome::Tool(result) if result.is_error()) {
                telemetry::record_tool_error(span);
            }
            answer::write(&mut out, core, id, outcome);
        }
        Err(error) => {
            telemetry::record_error(span, error.code());
            jsonrpc::write_error(&mut out, Id::Known(id), error);
        }
    }
    out
}
