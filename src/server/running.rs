//! A handler that runs, whatever kind of component it belongs to.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use crate::{
    component::Described,
    context::Context,
    extract::Fault,
    handler::BoxFuture,
    middleware::{Ended, Failure, McpRequest, McpResponse, Outcome, Responding},
    protocol::{
        CacheHint, CallToolResult, Completion, ErrorObject, GetPromptResult, ReadResourceResult,
        method::Method,
    },
};

use super::methods::{completion, prompts, resources, tools};

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
    /// Whatever layers are around.
    Layered(Responding),
}

impl Running {
    pub(crate) fn new(ctx: Context, work: Work) -> Self {
        Self {
            ctx,
            work: Some(work),
        }
    }

    /// Runs a component's handler behind the component's layers.
    pub(crate) fn behind_layers<T: Described + 'static>(
        ctx: &Context,
        item: &Arc<T>,
        start: impl Fn(&T, Context) -> Work + Send + Sync + 'static,
    ) -> Self {
        let layers = &item.component().policy.layers;
        if layers.is_empty() {
            return Self::new(ctx.clone(), start(item, ctx.clone()));
        }
        let (layers, item) = (layers.clone(), Arc::clone(item));
        let described: Arc<dyn Described> = item.clone();
        let innermost = Arc::new(move |ctx: Context| -> Responding {
            let running = Self::new(ctx.clone(), start(&item, ctx));
            Box::pin(async move { McpResponse(running.await) })
        });
        let request = McpRequest::new(ctx.clone(), Some(described), layers, innermost);
        Self::layered(request)
    }

    /// Runs a request through its layers.
    pub(crate) fn layered(request: McpRequest) -> Self {
        let ctx = request.context().clone();
        // Not before it is polled: whatever a layer does belongs to the request.
        let work = Work::Layered(Box::pin(async move { request.proceed().await }));
        Self::new(ctx, work)
    }
}

impl Future for Running {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Ended> {
        let Self { ctx, work } = &mut *self;
        let Some(running) = work else {
            return Poll::Pending;
        };
        let polled = catch_unwind(AssertUnwindSafe(|| running.poll(ctx, cx)));
        let ended = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(ended)) => ended,
            Err(panic) => Ended::Failed(Failure::of_panic(ctx, &*panic)),
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
            Failure::of_panic(&self.ctx, &*panic);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.drop_work();
    }
}

impl Work {
    fn poll(&mut self, ctx: &Context, cx: &mut TaskContext<'_>) -> Poll<Ended> {
        let done = match self {
            Self::Tool(future) => tools::finish(ctx, ready!(future.as_mut().poll(cx))),
            Self::Resource {
                future,
                mime_type,
                cache,
            } => {
                let end = ready!(future.as_mut().poll(cx));
                resources::finish(ctx, end, mime_type.as_deref(), *cache)
            }
            Self::Prompt(future) => prompts::finish(ctx, ready!(future.as_mut().poll(cx))),
            Self::Completion(future) => completion::finish(ctx, ready!(future.as_mut().poll(cx))),
            Self::Layered(future) => {
                let McpResponse(ended) = ready!(future.as_mut().poll(cx));
                return Poll::Ready(checked(ctx, ended));
            }
        };
        Poll::Ready(ended(ctx, done))
    }
}

fn ended(ctx: &Context, done: Result<Outcome, Fault>) -> Ended {
    match done {
        Ok(outcome) => Ended::Done(outcome),
        Err(fault) => Ended::of_fault(ctx, fault),
    }
}

/// Lets no layer answer one method with the result of another.
fn checked(ctx: &Context, ended: Ended) -> Ended {
    let method = ctx.request().method;
    let fits = match &ended {
        Ended::Done(Outcome::Tool(_)) => method == Method::ToolsCall,
        Ended::Done(Outcome::Resource(_)) => method == Method::ResourcesRead,
        Ended::Done(Outcome::Prompt(_)) => method == Method::PromptsGet,
        Ended::Done(Outcome::Completion(_)) => method == Method::CompletionComplete,
        Ended::Done(Outcome::Prepared(_) | Outcome::InputRequired { .. })
        | Ended::Failed(_)
        | Ended::Asks(_)
        | Ended::Listens(_) => true,
    };
    if fits {
        return ended;
    }
    let method = ctx.method();
    Ended::of_fault(
        ctx,
        Fault::masked(format!(
            "a layer answered `{method}` with a result of another kind"
        )),
    )
}

/// Ends a handler that could not go on asking, as its method ends any other.
pub(crate) fn give_up(ctx: &Context, fault: Fault) -> Result<Outcome, Failure> {
    let done = match ctx.request().method {
        Method::ToolsCall => tools::finish(ctx, Err(fault)),
        _ => Err(fault),
    };
    match ended(ctx, done) {
        Ended::Done(outcome) => Ok(outcome),
        Ended::Failed(failure) => Err(failure),
        Ended::Asks(_) | Ended::Listens(_) => Err(ErrorObject::internal("internal error").into()),
    }
}
