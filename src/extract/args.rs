//! The typed input of a handler.

use std::{fmt, ops::Deref};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{
    context::{Context, Input},
    protocol::scan::Member,
    schema,
};

use super::{ArgsInput, Fault, FromContext, Inputs, Rejection, strings};

/// The longest message about an argument, in characters.
const MAX_MESSAGE: usize = 512;
/// The longest path to an argument, which may go through keys of the caller's own.
const MAX_PATH: usize = 256;

/// The typed input of a handler; at most one per handler.
///
/// For a tool it is read from the JSON arguments and its schema is shown to the
/// client. For a prompt, a template or a completion it is read from strings,
/// with numbers and booleans parsed as axum's `Path` does.
///
/// # Examples
///
/// ```
/// use mcp_axum::{Args, tool, Tool};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// /// Adds two numbers.
/// #[derive(Deserialize, JsonSchema)]
/// struct Add { a: i64, b: i64 }
///
/// async fn add(Args(input): Args<Add>) -> String {
///     (input.a + input.b).to_string()
/// }
///
/// let tool: Tool = tool("add", add);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Args<T>(pub T);

impl<T> Deref for Args<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<S, T> FromContext<S> for Args<T>
where
    S: Sync,
    T: DeserializeOwned + JsonSchema,
{
    async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        let read = match ctx.input() {
            None => from_json(ctx.message().text(Member::Arguments)),
            Some(Input::Strings(pairs)) => from_pairs(pairs),
            Some(Input::Completing { arguments, .. }) => from_pairs(arguments),
        };
        read.map(Self).map_err(|why| Fault::Arguments(why).into())
    }

    fn is_absent(ctx: &Context) -> bool {
        match ctx.input() {
            None => !ctx.message().has(Member::Arguments),
            Some(
                Input::Strings(pairs)
                | Input::Completing {
                    arguments: pairs, ..
                },
            ) => pairs.is_empty(),
        }
    }

    fn describe(inputs: &mut Inputs) {
        inputs.args.push(ArgsInput {
            optional: false,
            schema: schema::input_schema::<T>(),
        });
    }
}

fn from_pairs<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, String> {
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    strings::from_strings(pairs).map_err(|error| error.to_string())
}

/// Reads the arguments; only when that fails, once more to learn where.
fn from_json<T: DeserializeOwned>(arguments: Option<&str>) -> Result<T, String> {
    let text = arguments.unwrap_or("{}");
    let read = serde_json::from_str(text).or_else(|error| nothing(text).ok_or(error));
    read.map_err(|error| {
        let mut json = serde_json::Deserializer::from_str(text);
        match serde_path_to_error::deserialize::<_, T>(&mut json) {
            Ok(_) => without_position(&error),
            Err(located) if located.path().iter().len() == 0 => without_position(located.inner()),
            Err(located) => {
                let path = located.path().to_string();
                format!(
                    "`{}`: {}",
                    beginning(&path, MAX_PATH),
                    without_position(located.inner())
                )
            }
        }
    })
}

/// Reads an empty object as a unit, which has the schema of one.
fn nothing<T: DeserializeOwned>(text: &str) -> Option<T> {
    let written = text.chars().filter(|char| !char.is_ascii_whitespace());
    let empty = size_of::<T>() == 0 && written.eq("{}".chars());
    empty.then(|| serde_json::from_str("null").ok())?
}

/// The message alone: a position means nothing to a model that wrote no text.
///
/// Serde quotes what did not fit, however long; the beginning will do.
fn without_position(error: &impl fmt::Display) -> String {
    let message = error.to_string();
    let end = message.rfind(" at line ").unwrap_or(message.len());
    beginning(&message[..end], MAX_MESSAGE)
}

/// The peer's own words come back to it, and not all of them.
fn beginning(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}
