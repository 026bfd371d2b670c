//! Prompts: messages that a person picks, filled in with arguments.
//!
//! | A prompt returns | The client gets |
//! |---|---|
//! | `String`, `&'static str` | one message of the person |
//! | [`PromptMessage`](crate::protocol::PromptMessage), a `Vec` of them | themselves |
//! | [`GetPromptResult`] | itself |
//! | [`InputRequired`](crate::peer::InputRequired) | the questions |
//! | `Result<T, E>` of one of these | as above, or what becomes of [`PromptError`] |

mod error;
mod policy;
mod result;

use std::sync::Arc;

use serde::Serialize;

use crate::{
    completion::{Completer, IntoCompletion, assert_once, inputs_of},
    component::Policy,
    error::or_panic,
    handler::{Arguments, AsyncHandler, ErasedHandler, erase, with_state},
    protocol::{GetPromptResult, Icon, Meta, PromptArgument, PromptEntry},
    schema,
};

pub use self::{error::PromptError, result::IntoPromptResult};

/// A prompt: a handler with a name and arguments.
///
/// Made by [`prompt`].
#[must_use]
pub struct Prompt<S = ()> {
    pub(crate) entry: PromptEntry,
    pub(crate) completers: Vec<Completer<S>>,
    pub(crate) handler: Arc<dyn ErasedHandler<S, GetPromptResult>>,
    pub(crate) policy: Policy,
}

/// Makes a prompt of an async function.
///
/// Its arguments are the fields of the handler's [`Args`](crate::Args). On the
/// wire they are strings; numbers and booleans are parsed.
///
/// # Panics
///
/// When the name is not 1 to 128 of `A-Z a-z 0-9 _ . -`, or when the handler
/// takes two `Args`.
///
/// # Examples
///
/// ```
/// use mcp_axum::{prompt, Args, Prompt};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Review {
///     /// The code to look at.
///     code: String,
/// }
///
/// async fn review(Args(input): Args<Review>) -> String {
///     format!("Please review:\n{}", input.code)
/// }
///
/// let prompt: Prompt = prompt("review", review);
/// ```
#[track_caller]
pub fn prompt<S, H, A>(name: impl Into<String>, handler: H) -> Prompt<S>
where
    S: Clone + Send + Sync + 'static,
    H: AsyncHandler<A>,
    H::Future: Send,
    H::Output: IntoPromptResult + 'static,
    A: Arguments<S> + Send + 'static,
{
    let name: String = name.into();
    or_panic(schema::check_name(&name), format_args!("prompt `{name}`"));
    let mut inputs = inputs_of::<S, A>(&format!("prompt `{name}`"));
    let mut entry = PromptEntry::default();
    if let Some(args) = inputs.args.pop() {
        let schema = or_panic(args.schema, format_args!("prompt `{name}`"));
        entry.description = schema::description(&schema);
        let fields = schema::fields(&schema).into_iter();
        entry.arguments = fields.map(|field| argument(field, args.optional)).collect();
    }
    entry.name = name;
    Prompt {
        entry,
        completers: Vec::new(),
        handler: erase(handler, |output: H::Output, _ctx| {
            output.into_prompt_result().map_err(PromptError::into_fault)
        }),
        policy: Policy::default(),
    }
}

fn argument(field: schema::Field, optional: bool) -> PromptArgument {
    PromptArgument {
        name: field.name,
        title: field.title,
        description: field.description,
        required: field.required && !optional,
    }
}

impl<S> Prompt<S> {
    /// Sets the name for people.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.entry.title = Some(title.into());
        self
    }

    /// Sets what the prompt is for.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.entry.description = Some(description.into());
        self
    }

    /// Adds an icon.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.entry.icons.push(icon);
        self
    }

    /// Sets a member of `_meta`.
    ///
    /// # Panics
    ///
    /// When `value` cannot be written as JSON.
    #[track_caller]
    pub fn meta(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).expect("a `_meta` value can be written as JSON");
        let meta = self.entry.meta.get_or_insert_with(Meta::new);
        meta.insert(key.into(), value);
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entry.name
    }
}

impl<S: Clone + Send + Sync + 'static> Prompt<S> {
    /// Completes an argument.
    ///
    /// # Panics
    ///
    /// When the prompt has no such argument or completes it already, or when the
    /// handler takes two `Args`.
    #[track_caller]
    pub fn complete<H, A>(mut self, argument: impl Into<String>, handler: H) -> Self
    where
        H: AsyncHandler<A>,
        H::Future: Send,
        H::Output: IntoCompletion + 'static,
        A: Arguments<S> + Send + 'static,
    {
        let argument: String = argument.into();
        let known = self
            .entry
            .arguments
            .iter()
            .any(|known| known.name == argument);
        assert!(
            known,
            "prompt `{}` has no argument `{argument}` to complete",
            self.name()
        );
        assert_once(
            &self.completers,
            &argument,
            &format!("prompt `{}`", self.name()),
        );
        self.completers.push(Completer::new(argument, handler));
        self
    }

    /// Gives the prompt its state; the result fits a server of any other.
    pub fn with_state<S2>(self, state: S) -> Prompt<S2> {
        let completers = self.completers.into_iter();
        Prompt {
            entry: self.entry,
            completers: completers
                .map(|completer| completer.with_state(state.clone()))
                .collect(),
            handler: with_state(self.handler, state),
            policy: self.policy,
        }
    }
}

impl<S> std::fmt::Debug for Prompt<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prompt")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}
