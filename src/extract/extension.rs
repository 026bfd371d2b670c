//! What an outer layer of the host put into the request.

use std::any::type_name;

use axum::Extension;

use crate::context::Context;

use super::{Fault, FromContext, Rejection};

impl<S, T> FromContext<S> for Extension<T>
where
    S: Sync,
    T: Clone + Send + Sync + 'static,
{
    async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        let found = ctx.parts().extensions.get::<T>().cloned();
        found.map(Extension).ok_or_else(|| {
            let missing = format!(
                "extension of type `{}` is missing; insert it with a layer around the mount",
                type_name::<T>()
            );
            Rejection::absent(Fault::masked(missing))
        })
    }
}
