//! The server's state, or a part of it.

use axum::extract::{FromRef, State};

use crate::context::Context;

use super::{FromContext, Rejection};

impl<S, T> FromContext<S> for State<T>
where
    S: Sync,
    T: FromRef<S>,
{
    async fn from_context(_ctx: &Context, state: &S) -> Result<Self, Rejection> {
        Ok(Self(T::from_ref(state)))
    }
}
