//! A handler whose type was erased: one boxed future a call.

use std::{future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use crate::{context::Context, extract::Fault};

use super::{Arguments, AsyncHandler};

/// The future of an erased handler.
pub(crate) type BoxFuture<R> = Pin<Box<dyn Future<Output = Result<R, Fault>> + Send>>;

/// A handler of state `S` that ends with an `R`.
pub(crate) trait ErasedHandler<S, R>: Send + Sync {
    fn call(&self, ctx: Context, state: S) -> BoxFuture<R>;
}

/// Turns what a handler returns into what its kind of component answers.
type Convert<O, R> = fn(O, &Context) -> Result<R, Fault>;

struct Typed<H: AsyncHandler<A>, A, R> {
    handler: H,
    convert: Convert<H::Output, R>,
    arguments: PhantomData<fn(A)>,
}

/// Erases the type of a handler.
pub(crate) fn erase<S, H, A, R>(
    handler: H,
    convert: Convert<H::Output, R>,
) -> Arc<dyn ErasedHandler<S, R>>
where
    S: Clone + Send + Sync + 'static,
    H: AsyncHandler<A>,
    H::Future: Send,
    H::Output: 'static,
    A: Arguments<S> + Send + 'static,
    R: 'static,
{
    Arc::new(Typed {
        handler,
        convert,
        arguments: PhantomData,
    })
}

impl<S, H, A, R> ErasedHandler<S, R> for Typed<H, A, R>
where
    S: Clone + Send + Sync + 'static,
    H: AsyncHandler<A>,
    H::Future: Send,
    H::Output: 'static,
    A: Arguments<S> + Send + 'static,
    R: 'static,
{
    fn call(&self, ctx: Context, state: S) -> BoxFuture<R> {
        let (handler, convert) = (self.handler.clone(), self.convert);
        Box::pin(async move {
            let arguments = A::extract(&ctx, &state).await?;
            let output = handler.call(arguments).await;
            convert(output, &ctx)
        })
    }
}

/// A handler that brings its state along.
struct Provided<S, R> {
    handler: Arc<dyn ErasedHandler<S, R>>,
    state: S,
}

/// Gives a handler its state; the result fits any other.
pub(crate) fn with_state<S, S2, R>(
    handler: Arc<dyn ErasedHandler<S, R>>,
    state: S,
) -> Arc<dyn ErasedHandler<S2, R>>
where
    S: Clone + Send + Sync + 'static,
    R: 'static,
{
    Arc::new(Provided { handler, state })
}

impl<S, S2, R> ErasedHandler<S2, R> for Provided<S, R>
where
    S: Clone + Send + Sync + 'static,
{
    fn call(&self, ctx: Context, _state: S2) -> BoxFuture<R> {
        self.handler.call(ctx, self.state.clone())
    }
}
