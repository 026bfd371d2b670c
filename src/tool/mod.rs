//! Tools: what a model may call.
//!
//! | A tool returns | The client gets |
//! |---|---|
//! | `()` | empty content |
//! | `String`, `&'static str`, `Cow<'static, str>` | a block of text |
//! | [`ContentBlock`](crate::protocol::ContentBlock), a `Vec` of them | the blocks |
//! | [`Json<T>`](axum::Json) | structured content, repeated as text; `T` gives the output schema |
//! | [`CallToolResult`] | itself |
//! | [`InputRequired`](crate::peer::InputRequired) | the questions |
//! | `Result<T, E>` of one of these | as above, or what becomes of [`ToolError`] |

mod error;
mod policy;
mod result;
#[cfg(feature = "schema-validation")]
mod validated;

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::{
    completion::inputs_of,
    component::Policy,
    error::or_panic,
    handler::{Arguments, AsyncHandler, ErasedHandler, erase, with_state},
    protocol::{CallToolResult, Icon, Meta, ToolAnnotations, ToolEntry},
    schema::{self, ParamHeaders, Validator},
};

pub use self::{error::ToolError, result::IntoToolResult};

/// A tool: a handler with a name, a schema and a description.
///
/// Made by [`tool`].
#[must_use]
pub struct Tool<S = ()> {
    pub(crate) entry: ToolEntry,
    pub(crate) handler: Arc<dyn ErasedHandler<S, CallToolResult>>,
    pub(crate) headers: ParamHeaders,
    /// Checks the keywords of the schema, where that was asked for.
    pub(crate) validator: Option<Validator>,
    pub(crate) policy: Policy,
}

/// Makes a tool of an async function.
///
/// The schema of its input and the description come from the function's
/// [`Args`](crate::Args), the output schema from a returned
/// [`Json`](axum::Json).
///
/// # Panics
///
/// When the name is not 1 to 128 of `A-Z a-z 0-9 _ . -`, when the handler takes
/// two `Args`, or when the input's schema is not that of an object or has a
/// misplaced `x-mcp-header`.
#[track_caller]
pub fn tool<S, H, A>(name: impl Into<String>, handler: H) -> Tool<S>
where
    S: Clone + Send + Sync + 'static,
    H: AsyncHandler<A>,
    H::Future: Send,
    H::Output: IntoToolResult + 'static,
    A: Arguments<S> + Send + 'static,
{
    let name: String = name.into();
    or_panic(schema::check_name(&name), format_args!("tool `{name}`"));
    let mut inputs = inputs_of::<S, A>(&format!("tool `{name}`"));
    let input_schema = match inputs.args.pop() {
        Some(args) => or_panic(args.schema, format_args!("tool `{name}`")),
        None => schema::no_input(),
    };
    let description = schema::description(&input_schema);
    let input = or_panic(Input::new(input_schema), format_args!("tool `{name}`"));
    Tool {
        entry: ToolEntry {
            description,
            input_schema: input.schema,
            output_schema: H::Output::output_schema(),
            name,
            title: None,
            icons: Vec::new(),
            annotations: None,
            meta: None,
        },
        handler: erase(handler, |output: H::Output, _ctx| {
            output.into_tool_result().map_err(ToolError::into_fault)
        }),
        headers: input.headers,
        validator: None,
        policy: Policy::default(),
    }
}

/// What follows from the schema of a tool's input.
struct Input {
    schema: Value,
    headers: ParamHeaders,
}

impl Input {
    fn new(mut schema: Value) -> Result<Self, String> {
        schema::inline_header_paths(&mut schema);
        let headers = ParamHeaders::from_schema(&schema).map_err(|error| error.to_string())?;
        Ok(Self { schema, headers })
    }
}

impl<S> Tool<S> {
    /// Replaces the schema of the input by one written by hand.
    ///
    /// With [`Args`](crate::Args) of a `serde_json::Map` the handler gets the
    /// arguments as they come. With feature `schema-validation` its keywords are
    /// checked before the handler runs; without it they are for the handler to keep.
    ///
    /// # Panics
    ///
    /// When the schema's root is not `type: object`, when it refers to another
    /// document, or when it has a misplaced `x-mcp-header`.
    #[track_caller]
    pub fn input_schema(self, input_schema: Value) -> Self {
        let name = self.entry.name.clone();
        or_panic(
            self.try_input_schema(input_schema),
            format_args!("tool `{name}`"),
        )
    }

    /// Replaces the schema of the input, unless no tool can have it.
    pub(crate) fn try_input_schema(mut self, input_schema: Value) -> Result<Self, String> {
        schema::check_root(&input_schema).map_err(|error| error.to_string())?;
        let input = Input::new(input_schema)?;
        self.validator = Some(Validator::new(&input.schema)?);
        self.entry.input_schema = input.schema;
        self.headers = input.headers;
        Ok(self)
    }

    /// Replaces the schema of the structured content.
    pub fn output_schema(mut self, output_schema: Value) -> Self {
        self.entry.output_schema = Some(output_schema);
        self
    }

    /// Replaces the name.
    ///
    /// # Panics
    ///
    /// When the name is not 1 to 128 of `A-Z a-z 0-9 _ . -`.
    #[track_caller]
    pub fn renamed(mut self, name: impl Into<String>) -> Self {
        let name: String = name.into();
        or_panic(schema::check_name(&name), format_args!("tool `{name}`"));
        self.entry.name = name;
        self
    }

    /// Sets the name for people.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.entry.title = Some(title.into());
        self
    }

    /// Sets what the tool does, for the model to read.
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

    /// Hints that the tool changes nothing.
    pub fn read_only(self) -> Self {
        self.annotate(|hints| hints.read_only_hint = Some(true))
    }

    /// Hints that the tool may destroy something.
    pub fn destructive(self) -> Self {
        self.annotate(|hints| hints.destructive_hint = Some(true))
    }

    /// Hints that the tool only ever adds.
    pub fn additive(self) -> Self {
        self.annotate(|hints| hints.destructive_hint = Some(false))
    }

    /// Hints that calling twice is as calling once.
    pub fn idempotent(self) -> Self {
        self.annotate(|hints| hints.idempotent_hint = Some(true))
    }

    /// Hints that the tool talks to nothing outside.
    pub fn closed_world(self) -> Self {
        self.annotate(|hints| hints.open_world_hint = Some(false))
    }

    /// Replaces all hints.
    pub fn annotations(mut self, hints: ToolAnnotations) -> Self {
        self.entry.annotations = Some(hints);
        self
    }

    fn annotate(mut self, set: impl FnOnce(&mut ToolAnnotations)) -> Self {
        set(self.entry.annotations.get_or_insert_default());
        self
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.entry.name
    }
}

impl<S: Clone + Send + Sync + 'static> Tool<S> {
    /// Gives the tool its state; the result fits a server of any other.
    pub fn with_state<S2>(self, state: S) -> Tool<S2> {
        Tool {
            entry: self.entry,
            handler: with_state(self.handler, state),
            headers: self.headers,
            validator: self.validator,
            policy: self.policy,
        }
    }
}

impl<S> std::fmt::Debug for Tool<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tool")
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}
