//! Runs a handler to its end, wherever the end comes from.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use tracing::Span;

use crate::{
    context::Context,
    middleware::{Ended, Failure, Outcome},
    peer::StateKeys,
    protocol::{ErrorObject, jsonrpc},
    server::{
        ServerCore, answer,
        dispatch::{Dispatched, Running, dispatch},
        rounds::{self, Asked, Asking},
    },
    session::{Flight, Stop},
    telemetry,
};

use super::written::{LONG, Written};

/// How a handler ended.
pub(crate) type End = Result<Outcome, Failure>;

/// A handler that runs, with all that has to live as long.
///
/// Dropping it drops the handler at once and ends the request for whoever else
/// looks at it.
pub(crate) struct Driver {
    /// Dropped first: a question that is open is taken back while it can be told.
    stage: Stage,
    served: Served,
}

/// A request on its way to its handler.
pub(crate) struct Served {
    pub(crate) core: Arc<ServerCore>,
    pub(crate) keys: Arc<StateKeys>,
    pub(crate) ctx: Context,
    pub(crate) span: Span,
    /// Its place in its session.
    pub(crate) flight: Option<Flight>,
}

enum Stage {
    Running(Running),
    /// The handler ended with questions, and runs again when they are answered.
    Asking(Asking),
    /// The handler was dropped.
    Over,
}

impl Driver {
    pub(crate) fn new(served: Served, running: Running) -> Self {
        Self {
            served,
            stage: Stage::Running(running),
        }
    }

    pub(crate) fn ctx(&self) -> &Context {
        &self.served.ctx
    }

    /// Polls the handler; one that waits for nothing but its own questions is over.
    pub(crate) fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<End> {
        let span = self.served.span.clone();
        let _entered = span.enter();
        if let Some(flight) = &self.served.flight {
            if let Poll::Ready(stop) = flight.poll_stopped(cx) {
                return Poll::Ready(Err(stopped(stop)));
            }
        }
        loop {
            let end = match &mut self.stage {
                Stage::Running(running) => ready!(poll_running(&self.served, running, cx)),
                Stage::Asking(asking) => match ready!(asking.as_mut().poll(cx)) {
                    Asked::Answered(ctx) => self.served.run_again(*ctx),
                    Asked::Ended(end) => end.map(Next::Outcome),
                },
                Stage::Over => return Poll::Pending,
            };
            match end {
                Ok(Next::Stage(stage)) => self.stage = stage,
                Ok(Next::Outcome(outcome)) => return Poll::Ready(Ok(outcome)),
                Err(failure) => return Poll::Ready(Err(failure)),
            }
        }
    }

    /// Notes in the span of the request that it failed.
    pub(crate) fn record_error(&self, code: i32) {
        telemetry::record_error(&self.served.span, code);
    }

    /// Writes the response.
    pub(crate) fn write(&self, end: Result<Outcome, ErrorObject>) -> Written {
        let Served {
            core, ctx, span, ..
        } = &self.served;
        write_response(core, ctx, span, end)
    }
}

/// What follows when a stage is over.
enum Next {
    Stage(Stage),
    Outcome(Outcome),
}

fn poll_running(
    served: &Served,
    running: &mut Running,
    cx: &mut TaskContext<'_>,
) -> Poll<Result<Next, Failure>> {
    let asks = &served.ctx.request().asks;
    asks.watch(cx);
    let ended = match Pin::new(running).poll(cx) {
        Poll::Ready(ended) => ended,
        Poll::Pending => match asks.take_open() {
            Some(required) => Ended::Asks(Box::new(required)),
            None => return Poll::Pending,
        },
    };
    Poll::Ready(match ended {
        Ended::Done(outcome) => Ok(Next::Outcome(outcome)),
        Ended::Failed(failure) => Err(failure),
        // Settled before there was anything to drive.
        Ended::Listens(_) => Err(ErrorObject::internal("internal error").into()),
        Ended::Asks(required) if served.ctx.request().peer.is_some() => {
            let asking = rounds::put(&served.ctx, *required);
            Ok(Next::Stage(Stage::Asking(asking)))
        }
        Ended::Asks(required) => {
            rounds::close(&served.core, &served.keys, &served.ctx, &required).map(Next::Outcome)
        }
    })
}

impl Served {
    fn run_again(&mut self, ctx: Context) -> Result<Next, Failure> {
        self.ctx = ctx;
        match dispatch(&self.core, &self.ctx)? {
            Dispatched::Running(running) => Ok(Next::Stage(Stage::Running(running))),
            Dispatched::Ready(outcome) => Ok(Next::Outcome(outcome)),
            Dispatched::Listen(_) => Err(ErrorObject::internal("internal error").into()),
        }
    }
}

impl Drop for Driver {
    /// What a handler says when it is dropped belongs to its request.
    fn drop(&mut self) {
        let span = self.served.span.clone();
        let _entered = span.enter();
        self.stage = Stage::Over;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.ctx.end();
    }
}

fn stopped(stop: Stop) -> Failure {
    match stop {
        Stop::Cancelled => Failure::Cancelled,
        Stop::Closed => ErrorObject::internal("the session was closed").into(),
    }
}

/// Writes a response to a request, and notes its failure in the span.
pub(crate) fn write_response(
    core: &ServerCore,
    ctx: &Context,
    span: &Span,
    end: Result<Outcome, ErrorObject>,
) -> Written {
    let id = &ctx.request().id;
    // Hooks of the host's may log.
    let _entered = span.enter();
    let written = match end {
        Ok(Outcome::Prepared(result)) if result.len() >= LONG => Written::around(id, result),
        Ok(outcome) => {
            let mut out = Vec::with_capacity(256 + outcome.room());
            if matches!(&outcome, Outcome::Tool(result) if result.is_error()) {
                telemetry::record_tool_error(span);
            }
            answer::write(&mut out, core, id, outcome, ctx.revision());
            out.into()
        }
        Err(error) => {
            telemetry::record_error(span, error.code());
            jsonrpc::error_text(id, &error).into()
        }
    };
    if core.is_shown_as_written() {
        return written;
    }
    let edited = core.edited(written.whole(), ctx.principal(), ctx.revision());
    edited.into()
}
