//! An async function as a handler.

use std::future::Future;

use super::arity::all_arities;

/// An async function of up to ten arguments.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an async function",
    label = "not an async function",
    note = "a handler is an `async fn`, or a closure that returns a future, of up to ten arguments",
    note = "wrap a synchronous function in `blocking(..)`"
)]
pub trait AsyncHandler<A>: Clone + Send + Sync + 'static {
    /// What the function returns.
    type Output;
    /// The future of it.
    type Future: Future<Output = Self::Output>;

    /// Calls the function.
    fn call(self, arguments: A) -> Self::Future;
}

macro_rules! implement {
    ($($argument:ident),*) => {
        impl<F, R, $($argument,)*> AsyncHandler<($($argument,)*)> for F
        where
            F: FnOnce($($argument),*) -> R + Clone + Send + Sync + 'static,
            R: Future,
        {
            type Output = R::Output;
            type Future = R;

            #[allow(non_snake_case, clippy::allow_attributes, reason = "type and value share a name")]
            fn call(self, ($($argument,)*): ($($argument,)*)) -> R {
                self($($argument),*)
            }
        }
    };
}

all_arities!(implement);
