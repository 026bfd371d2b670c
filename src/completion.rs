//! Completions of a prompt's arguments and a template's parameters.

use std::sync::Arc;

use crate::{
    error::BoxError,
    extract::{Fault, Inputs},
    handler::{Arguments, AsyncHandler, ErasedHandler, erase, with_state},
    protocol::Completion,
};

/// What a completion handler may return: values, a [`Completion`], or a `Result` of one.
#[diagnostic::on_unimplemented(
    message = "a completion cannot return `{Self}`",
    label = "not a completion",
    note = "return a `Vec` of strings, `Completion`, or a `Result` of one of those"
)]
pub trait IntoCompletion {
    /// Turns the value into a completion.
    ///
    /// # Errors
    ///
    /// The handler's own error; it is logged and masked.
    fn into_completion(self) -> Result<Completion, BoxError>;
}

impl IntoCompletion for Completion {
    fn into_completion(self) -> Result<Completion, BoxError> {
        Ok(self)
    }
}

impl<T: Into<String>> IntoCompletion for Vec<T> {
    fn into_completion(self) -> Result<Completion, BoxError> {
        Ok(Completion::new(self))
    }
}

impl<T: IntoCompletion, E: Into<BoxError>> IntoCompletion for Result<T, E> {
    fn into_completion(self) -> Result<Completion, BoxError> {
        self.map_err(Into::into)?.into_completion()
    }
}

/// The handler that completes one argument.
pub(crate) struct Completer<S> {
    pub(crate) argument: String,
    pub(crate) handler: Arc<dyn ErasedHandler<S, Completion>>,
}

impl<S: Clone + Send + Sync + 'static> Completer<S> {
    /// Creates the completer of an argument.
    ///
    /// # Panics
    ///
    /// When the handler takes two `Args`.
    #[track_caller]
    pub(crate) fn new<H, A>(argument: String, handler: H) -> Self
    where
        H: AsyncHandler<A>,
        H::Future: Send,
        H::Output: IntoCompletion + 'static,
        A: Arguments<S> + Send + 'static,
    {
        described::<S, A>(&format!("the completion of `{argument}`"));
        let handler = erase(handler, |output: H::Output, _ctx| {
            output.into_completion().map_err(Fault::from_error)
        });
        Self { argument, handler }
    }

    pub(crate) fn with_state<S2>(self, state: S) -> Completer<S2> {
        Completer {
            argument: self.argument,
            handler: with_state(self.handler, state),
        }
    }
}

/// Refuses a second handler for one argument.
///
/// # Panics
///
/// When there is one already.
#[track_caller]
pub(crate) fn assert_once<S>(completers: &[Completer<S>], argument: &str, what: &str) {
    let taken = completers.iter().any(|other| other.argument == argument);
    assert!(!taken, "{what} completes `{argument}` twice");
}

/// Returns what a handler takes, and its one `Args` if it has any.
///
/// # Panics
///
/// When the handler takes two `Args`, or `Completing` outside a completion.
#[track_caller]
pub(crate) fn inputs_of<S, A: Arguments<S>>(what: &str) -> Inputs {
    let inputs = described::<S, A>(what);
    assert!(
        !inputs.completing,
        "{what} takes `Completing`, which only completion handlers have"
    );
    inputs
}

#[track_caller]
fn described<S, A: Arguments<S>>(what: &str) -> Inputs {
    let mut inputs = Inputs::default();
    A::describe(&mut inputs);
    assert!(
        inputs.args.len() <= 1,
        "{what} takes two `Args`; put all its input into one struct"
    );
    inputs
}
