//! Extractors: what a handler may take as arguments, in any order.
//!
//! | Extractor | Yields |
//! |---|---|
//! | [`Args<T>`] | the typed input: arguments of a tool or prompt, parameters of a template |
//! | [`Context`] | the request in hand |
//! | [`State<T>`](axum::extract::State) | the server's state, or a part of it |
//! | [`Extension<T>`](axum::Extension) | what an outer layer put into the request |
//! | [`Http<E>`] | any axum extractor of request parts: headers, path parameters, a session |
//! | [`Completing`] | the value to complete, in a completion handler |
//! | [`InputResponses`](crate::peer::InputResponses) | the client's answers, for a handler that asks by hand |
//! | [`Registry`](crate::Registry), [`Notifier`](crate::server::Notifier) | the components on offer, and what tells clients of changes |
//! | `Option<E>` | `None` when there is nothing to extract |
//! | `Result<E, Rejection>` | why an extractor failed |

mod args;
mod completing;
mod context;
mod extension;
mod fault;
mod http;
mod optional;
mod rejection;
mod state;
pub(crate) mod strings;

use std::future::Future;

use crate::{context::Context, schema::SchemaError};

pub(crate) use self::fault::{Fault, correlation_id};
pub use self::{args::Args, completing::Completing, http::Http, rejection::Rejection};

/// Extracts an argument of a handler from the request in hand.
///
/// Open to your own types; see the [module docs](self) for those that exist.
///
/// # Examples
///
/// ```
/// use mcp_axum::{Context, extract::{FromContext, Rejection}};
///
/// struct Language(String);
///
/// impl<S: Sync> FromContext<S> for Language {
///     async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
///         let header = ctx.parts().headers.get("accept-language");
///         let language = header.and_then(|value| value.to_str().ok()).unwrap_or("en");
///         Ok(Self(language.to_owned()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extractor, so a handler cannot take it as an argument",
    label = "not an extractor",
    note = "for the handler's own input take `Args<{Self}>`",
    note = "for an axum extractor of request parts take `Http<{Self}>`"
)]
pub trait FromContext<S>: Sized {
    /// Extracts the argument.
    ///
    /// # Errors
    ///
    /// When the request does not have what is wanted.
    fn from_context(
        ctx: &Context,
        state: &S,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send;

    /// Whether the request leaves this argument out altogether.
    #[doc(hidden)]
    #[must_use]
    fn is_absent(_ctx: &Context) -> bool {
        false
    }

    /// Tells what the handler takes, when it is registered.
    #[doc(hidden)]
    fn describe(_inputs: &mut Inputs) {}
}

/// What a handler takes, gathered when it is registered.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Inputs {
    pub(crate) args: Vec<ArgsInput>,
    pub(crate) completing: bool,
}

/// The type behind an `Args<T>`.
#[derive(Debug)]
pub(crate) struct ArgsInput {
    /// Whether the handler also runs without it.
    pub(crate) optional: bool,
    pub(crate) schema: Result<serde_json::Value, SchemaError>,
}
