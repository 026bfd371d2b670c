//! The arguments of a handler, each of them an extractor.

use std::future::Future;

use crate::{
    context::Context,
    extract::{FromContext, Inputs, Rejection},
};

use super::arity::all_arities;

/// A tuple of extractors: the arguments of a handler.
///
/// Sealed: implemented for tuples of up to ten [`FromContext`] types.
pub trait Arguments<S>: sealed::Sealed + Sized {
    #[doc(hidden)]
    fn extract(ctx: &Context, state: &S) -> impl Future<Output = Result<Self, Rejection>> + Send;

    #[doc(hidden)]
    fn describe(inputs: &mut Inputs);
}

mod sealed {
    #[expect(unnameable_types, reason = "that is what seals the trait")]
    pub trait Sealed {}
}

macro_rules! implement {
    ($($argument:ident),*) => {
        impl<$($argument,)*> sealed::Sealed for ($($argument,)*) {}

        impl<S, $($argument,)*> Arguments<S> for ($($argument,)*)
        where
            S: Sync,
            $($argument: FromContext<S> + Send,)*
        {
            #[allow(unused_variables, clippy::allow_attributes, reason = "no arguments, no use")]
            async fn extract(ctx: &Context, state: &S) -> Result<Self, Rejection> {
                Ok(($($argument::from_context(ctx, state).await?,)*))
            }

            #[allow(unused_variables, clippy::allow_attributes, reason = "no arguments, no use")]
            fn describe(inputs: &mut Inputs) {
                $($argument::describe(inputs);)*
            }
        }
    };
}

all_arities!(implement);
