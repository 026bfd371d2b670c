//! Extractors that may fail.

use crate::context::Context;

use super::{FromContext, Inputs, Rejection};

impl<S, E> FromContext<S> for Option<E>
where
    S: Sync,
    E: FromContext<S> + Send,
{
    async fn from_context(ctx: &Context, state: &S) -> Result<Self, Rejection> {
        if E::is_absent(ctx) {
            return Ok(None);
        }
        match E::from_context(ctx, state).await {
            Ok(extracted) => Ok(Some(extracted)),
            Err(rejection) if rejection.is_absence() => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }

    fn is_absent(ctx: &Context) -> bool {
        E::is_absent(ctx)
    }

    fn describe(inputs: &mut Inputs) {
        let before = inputs.args.len();
        E::describe(inputs);
        for args in inputs.args.iter_mut().skip(before) {
            args.optional = true;
        }
    }
}

impl<S, E> FromContext<S> for Result<E, Rejection>
where
    S: Sync,
    E: FromContext<S> + Send,
{
    async fn from_context(ctx: &Context, state: &S) -> Result<Self, Rejection> {
        Ok(E::from_context(ctx, state).await)
    }

    fn describe(inputs: &mut Inputs) {
        E::describe(inputs);
    }
}
