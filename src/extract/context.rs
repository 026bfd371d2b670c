//! The context and what hangs on it, as extractors.

use crate::{context::Context, peer::InputResponses};

use super::{FromContext, Rejection};

impl<S: Sync> FromContext<S> for Context {
    async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        Ok(ctx.clone())
    }
}

impl<S: Sync> FromContext<S> for InputResponses {
    async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        Ok(ctx.input_responses())
    }
}
