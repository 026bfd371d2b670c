//! A handler that runs, whatever kind of component it belongs to.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use crate::{
    context::Context,
    extract::Fault,
    handler::BoxFuture,
    peer::InputRequired,
    protocol::{
        CacheHint, CallToolResult, Completion, ErrorObject, GetPromptResult, ReadResourceResult,
        method::Method,
    },
};

use super::{
    answer::{Failure, Outcome},
    methods::{completion, prompts, resources, tools},
};

/// A handler that runs.
///
/// A panic in it is an answer like any other: -32603, logged, and everything
/// else goes on.
pub(crate) struct Running {
    ctx: Context,
    /// Gone once it has ended.
    work: Option<Work>,
}

pub(crate) enum Work {
    Tool(BoxFuture<CallToolResult>),
    Resource {
        future: BoxFuture<ReadResourceResult>,
        mime_type: Option<String>,
        cache: CacheHint,
    },
    Prompt(BoxFuture<GetPromptResult>),
    Completion(BoxFuture<Completion>),
}

/// How a handler ended.
#[derive(Debug)]
pub(crate) enum Ended {
    Done(Outcome),
    Failed(Failure),
    Asks(Box<InputRequired>),
}

impl Running {
    pub(crate) fn new(ctx: Context, work: Work) -> Self {
        Self {
            ctx,
            work: Some(work),
        }
    }
}

impl Future for Running {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Ended> {
        let Self { ctx, work } = &mut *self;
        let Some(running) = work else {
            return Poll::Pending;
        };
        let polled = catch_unwind(AssertUnwindSafe(|| {
            running.poll(ctx, cx).map(|done| end(ctx, done))
        }));
        let ended = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(ended)) => ended,
            Err(panic) => Ended::Failed(panicked(ctx, &*panic)),
        };
        self.drop_work();
        Poll::Ready(ended)
    }
}

impl Running {
    /// Drops the handler, whose own values may panic while they go.
    fn drop_work(&mut self) {
        let work = self.work.take();
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(work))) {
            panicked(&self.ctx, &*panic);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drop_work();
    }
}

impl Work {
    fn poll(&mut self, ctx: &Context, cx: &mut TaskContext<'_>) -> Poll<Result<Outcome, Fault>> {
        match self {
            Self::Tool(future) => future.as_mut().poll(cx).map(|end| tools::finish(ctx, end)),
            Self::Resource {
                future,
                mime_type,
                cache,
            } => future
                .as_mut()
                .poll(cx)
                .map(|end| resources::finish(ctx, end, mime_type.as_deref(), *cache)),
            Self::Prompt(future) => future
                .as_mut()
                .poll(cx)
                .map(|end| prompts::finish(ctx, end)),
            Self::Completion(future) => future
                .as_mut()
                .poll(cx)
                .map(|end| completion::finish(ctx, end)),
        }
    }
}

/// Ends a handler that could not go on asking, as its method ends any other.
pub(crate) fn give_up(ctx: &Context, fault: Fault) -> Result<Outcome, Failure> {
    let done = match ctx.request().method {
        Method::ToolsCall => tools::finish(ctx, Err(fault)),
        _ => Err(fault),
    };
    match end(ctx, done) {
        Ended::Done(outcome) => Ok(outcome),
        Ended::Failed(failure) => Err(failure),
        Ended::Asks(_) => Err(ErrorObject::internal("internal error").into()),
    }
}

/// What is left of a fault once the method has had its say.
fn end(ctx: &Context, done: Result<Outcome, Fault>) -> Ended {
    let fault = match done {
        Ok(outcome) => return Ended::Done(outcome),
        Err(fault) => fault,
    };
    let dialect = ctx.revision().dialect();
    match fault {
        Fault::Protocol(error) if dialect.reserves(&error) => {
            tracing::error!(%error, "a handler returned a code that the protocol reserves");
            failed(ErrorObject::internal("internal error"))
        }
        Fault::Protocol(error) => failed(dialect.error(error)),
        Fault::Refused(refusal) => Ended::Failed(Failure::Refused(refusal)),
        Fault::InputRequired(required) => Ended::Asks(required),
        Fault::Arguments(_) => failed(ErrorObject::invalid_params(fault.to_string())),
        Fault::NotFound => failed(ErrorObject::invalid_params("not found")),
        Fault::Told(text) => failed(ErrorObject::internal(text)),
        Fault::Masked(error) => {
            let expose = ctx.request().expose_errors;
            failed(ErrorObject::internal(Fault::mask(
                &error,
                ctx.method(),
                expose,
            )))
        }
    }
}

fn failed(error: ErrorObject) -> Ended {
    Ended::Failed(Failure::Error(error))
}

fn panicked(ctx: &Context, panic: &(dyn std::any::Any + Send)) -> Failure {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    let id = crate::extract::correlation_id();
    tracing::error!(
        error.id = %id,
        mcp.method.name = ctx.method(),
        panic = message,
        "a handler panicked"
    );
    ErrorObject::internal(format!(
        "internal error; the server's log has the reason under {id}"
    ))
    .into()
}
