//! Resources: what a client may read, by URI.
//!
//! | A resource returns | The client gets |
//! |---|---|
//! | `String`, `&'static str` | text under the URI that was asked for |
//! | `Vec<u8>`, [`Bytes`](bytes::Bytes) | base64 under that URI |
//! | [`Json<T>`](axum::Json) | its text, as `application/json` |
//! | [`ResourceContents`](crate::protocol::ResourceContents), a `Vec` of them | themselves |
//! | [`ReadResourceResult`] | itself |
//! | `Option<T>` of one of these | "not found" for `None` |
//! | [`InputRequired`](crate::peer::InputRequired) | the questions |
//! | `Result<T, E>` of one of these | as above, or what becomes of [`ResourceError`] |

mod error;
mod policy;
mod result;
mod screen;
pub(crate) mod template;

use std::sync::Arc;

use serde::Serialize;

use crate::{
    completion::{Completer, IntoCompletion, assert_once, inputs_of},
    component::Policy,
    error::or_panic,
    handler::{Arguments, AsyncHandler, ErasedHandler, erase, with_state},
    protocol::{Annotations, CacheHint, Icon, Meta, ReadResourceResult, ResourceCommon},
    schema,
};

use self::template::UriTemplate;
pub use self::{error::ResourceError, result::IntoResourceResult};

/// A resource: a handler with a URI or a template of URIs.
///
/// Made by [`resource`].
#[must_use]
pub struct Resource<S = ()> {
    pub(crate) address: Address,
    pub(crate) common: ResourceCommon,
    pub(crate) size: Option<u64>,
    pub(crate) cache: CacheHint,
    pub(crate) completers: Vec<Completer<S>>,
    pub(crate) handler: Arc<dyn ErasedHandler<S, ReadResourceResult>>,
    pub(crate) policy: Policy,
}

/// Where a resource is found.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Fixed(String),
    Template(UriTemplate),
}

impl Address {
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Fixed(uri) => uri,
            Self::Template(template) => template.as_str(),
        }
    }
}

/// Makes a resource of an async function.
///
/// A URI with `{` is a template: `{id}` takes one path segment, `{+path}` takes
/// several, `{?q,page}` takes an optional query. The parameters are decoded once,
/// screened against traversal, and read into the handler's
/// [`Args`](crate::Args) with numbers and booleans parsed.
///
/// # Panics
///
/// When the URI has no scheme, when the template uses anything else, or when a
/// required field of the handler's `Args` is not a parameter of the template.
///
/// # Examples
///
/// ```
/// use mcp_axum::{resource, Args, Resource};
/// use schemars::JsonSchema;
/// use serde::Deserialize;
///
/// #[derive(Deserialize, JsonSchema)]
/// struct Note { id: u64 }
///
/// async fn read(Args(note): Args<Note>) -> String {
///     format!("note {}", note.id)
/// }
///
/// let notes: Resource = resource("note://{id}", read).mime_type("text/plain");
/// ```
#[track_caller]
pub fn resource<S, H, A>(uri: impl Into<String>, handler: H) -> Resource<S>
where
    S: Clone + Send + Sync + 'static,
    H: AsyncHandler<A>,
    H::Future: Send,
    H::Output: IntoResourceResult + 'static,
    A: Arguments<S> + Send + 'static,
{
    let uri: String = uri.into();
    let address = parse_address(&uri);
    let mut inputs = inputs_of::<S, A>(&format!("resource `{uri}`"));
    if let Some(args) = inputs.args.pop() {
        let schema = or_panic(args.schema, format_args!("resource `{uri}`"));
        check_parameters(&address, &schema);
    }
    Resource {
        common: ResourceCommon {
            name: uri,
            ..ResourceCommon::default()
        },
        address,
        size: None,
        cache: CacheHint::default(),
        completers: Vec::new(),
        handler: erase(handler, |output: H::Output, ctx| {
            let uri = ctx.target().unwrap_or_default();
            output
                .into_resource_result(&uri)
                .map_err(ResourceError::into_fault)
        }),
        policy: Policy::default(),
    }
}

#[track_caller]
fn parse_address(uri: &str) -> Address {
    if uri.contains(['{', '}']) {
        let template = UriTemplate::parse(uri);
        return Address::Template(or_panic(
            template,
            format_args!("resource template `{uri}`"),
        ));
    }
    let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
    let valid = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && !uri.contains(char::is_whitespace);
    assert!(
        valid,
        "resource `{uri}`: a URI starts with a scheme, such as `note://`, and has no spaces"
    );
    Address::Fixed(uri.to_owned())
}

/// Refuses `Args` whose required fields no URI could ever fill.
#[track_caller]
fn check_parameters(address: &Address, schema: &serde_json::Value) {
    let uri = address.as_str();
    for field in schema::fields(schema) {
        let known = match address {
            Address::Fixed(_) => false,
            Address::Template(template) => template.has_variable(&field.name),
        };
        assert!(
            known || !field.required,
            "resource `{uri}`: the handler's `Args` want `{}`, which is no parameter of the URI",
            field.name
        );
    }
}

impl<S> Resource<S> {
    /// Sets the programmatic name; the URI by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.common.name = name.into();
        self
    }

    /// Sets the name for people.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.common.title = Some(title.into());
        self
    }

    /// Sets what the resource holds.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.common.description = Some(description.into());
        self
    }

    /// Sets the media type, also of contents that do not say theirs.
    pub fn mime_type(mut self, mime_type: impl Into<String>) -> Self {
        self.common.mime_type = Some(mime_type.into());
        self
    }

    /// Adds an icon.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.common.icons.push(icon);
        self
    }

    /// Sets annotations.
    pub fn annotations(mut self, annotations: Annotations) -> Self {
        self.common.annotations = Some(annotations);
        self
    }

    /// Sets the size in bytes; a template has none.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    /// Sets how long and for whom a client may keep what it read.
    pub fn cache(mut self, hint: CacheHint) -> Self {
        self.cache = hint;
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
        let meta = self.common.meta.get_or_insert_with(Meta::new);
        meta.insert(key.into(), value);
        self
    }

    /// Returns the URI, or the template of URIs.
    #[must_use]
    pub fn uri(&self) -> &str {
        self.address.as_str()
    }
}

impl<S: Clone + Send + Sync + 'static> Resource<S> {
    /// Completes a parameter of the template.
    ///
    /// # Panics
    ///
    /// When the template has no such parameter or completes it already, or when
    /// the handler takes two `Args`.
    #[track_caller]
    pub fn complete<H, A>(mut self, parameter: impl Into<String>, handler: H) -> Self
    where
        H: AsyncHandler<A>,
        H::Future: Send,
        H::Output: IntoCompletion + 'static,
        A: Arguments<S> + Send + 'static,
    {
        let parameter: String = parameter.into();
        let known = match &self.address {
            Address::Fixed(_) => false,
            Address::Template(template) => template.has_variable(&parameter),
        };
        assert!(
            known,
            "resource `{}` has no parameter `{parameter}` to complete",
            self.uri()
        );
        assert_once(
            &self.completers,
            &parameter,
            &format!("resource `{}`", self.uri()),
        );
        self.completers.push(Completer::new(parameter, handler));
        self
    }

    /// Gives the resource its state; the result fits a server of any other.
    pub fn with_state<S2>(self, state: S) -> Resource<S2> {
        let completers = self.completers.into_iter();
        Resource {
            address: self.address,
            common: self.common,
            size: self.size,
            cache: self.cache,
            completers: completers
                .map(|completer| completer.with_state(state.clone()))
                .collect(),
            handler: with_state(self.handler, state),
            policy: self.policy,
        }
    }
}

impl<S> std::fmt::Debug for Resource<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resource")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
