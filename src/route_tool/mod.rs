#![doc = include_str!("../docs/routes_as_tools.md")]

mod answer;
mod argument;
mod forward;
mod merge;
#[cfg(feature = "openapi")]
pub mod openapi;
mod request;
mod route;
mod template;
mod write;

use std::{fmt, sync::Arc, time::Duration};

use axum::Router;
use http::{HeaderValue, Method};
use schemars::JsonSchema;
use serde_json::{Map, Value};

use crate::{
    context::Context,
    error::or_panic,
    schema,
    tool::{Tool, tool},
};

use self::{
    argument::{Argument, Body, Encoding, Place},
    forward::Forward,
    route::Route,
    template::Template,
};

/// How much of an answer is read, unless told otherwise.
const RESPONSE_LIMIT: usize = 1024 * 1024;
/// How long a route may take, unless told otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A route of an axum application on its way to become a tool.
///
/// Made by [`route_tool`]; see the [module docs](self).
#[derive(Clone)]
#[must_use = "a route becomes a tool with `tool(name)`"]
pub struct RouteTool {
    app: Router,
    method: Method,
    path: Template,
    arguments: Vec<Argument>,
    definitions: Map<String, Value>,
    body: Option<Body>,
    output_schema: Option<Value>,
    forward: Forward,
    response_limit: usize,
    timeout: Duration,
}

/// Makes a tool of a route of an axum application.
///
/// The path is spelled as in axum, `{id}` and `{*rest}` included, and from the
/// root of `app`: a nested router's prefix is part of it. Whether `app` has such
/// a route cannot be seen before the first call, which answers 404 when not.
///
/// # Panics
///
/// When the path is none, or when the method is `CONNECT`.
///
/// # Examples
///
/// See the [module docs](self).
#[track_caller]
pub fn route_tool(app: &Router, method: Method, path: &str) -> RouteTool {
    let route = or_panic(
        RouteTool::new(app, method, path),
        format_args!("route `{path}`"),
    );
    let connects = route.method == Method::CONNECT;
    assert!(!connects, "route `{path}`: a tunnel cannot be a tool");
    route
}

impl RouteTool {
    fn new(app: &Router, method: Method, path: &str) -> Result<Self, String> {
        Ok(Self {
            app: app.clone(),
            method,
            path: Template::parse(path)?,
            arguments: Vec::new(),
            definitions: Map::new(),
            body: None,
            output_schema: None,
            forward: Forward::default(),
            response_limit: RESPONSE_LIMIT,
            timeout: TIMEOUT,
        })
    }

    /// Sets the type of the parameters of the path.
    ///
    /// Without it each of them is a text.
    ///
    /// # Panics
    ///
    /// When `T` is not a plain struct with named fields.
    #[track_caller]
    pub fn path<T: JsonSchema>(self) -> Self {
        self.members_of::<T>(Place::Path)
    }

    /// Sets the type of the query.
    ///
    /// A list repeats its key; what is `null` is left out.
    ///
    /// # Panics
    ///
    /// When `T` is not a plain struct with named fields.
    #[track_caller]
    pub fn query<T: JsonSchema>(self) -> Self {
        self.members_of::<T>(Place::Query)
    }

    /// Sets the type of the JSON body.
    ///
    /// The fields of a plain struct are arguments beside those of path and query.
    /// Any other type is one argument, `body`.
    pub fn body<T: JsonSchema>(mut self) -> Self {
        let mut body = schema::any_input_schema::<T>();
        merge::relocate(&mut body, &mut self.definitions, "Body");
        self.arguments.extend(merge::body(body));
        self.body = Some(Body {
            encoding: Encoding::Json,
            media_type: HeaderValue::from_static("application/json"),
            required: true,
        });
        self
    }

    /// Sets the type of the JSON that the route answers, for its schema alone.
    pub fn output<T: JsonSchema>(mut self) -> Self {
        self.output_schema = schema::output_schema::<T>();
        self
    }

    /// Replaces the headers of the caller that the route gets too.
    ///
    /// By default these are `Authorization` and `Cookie`. `Host` always goes along.
    ///
    /// # Panics
    ///
    /// When a header belongs to the request that carries the call, as `Content-*`,
    /// `Mcp-*`, `Accept`, `Origin` and those of a connection do.
    #[track_caller]
    pub fn forward_headers<I>(mut self, names: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        or_panic(self.forward.headers(names), self.name());
        self
    }

    /// Also gives the route an extension of the caller's request, if it has one.
    ///
    /// A login that is a layer around both the route and the MCP endpoint has run
    /// already: pass on what it found, or let it run again on the forwarded headers.
    pub fn forward_extension<T: Clone + Send + Sync + 'static>(mut self) -> Self {
        self.forward.extension::<T>();
        self
    }

    /// Sets how many bytes an answer may have; 1 MiB by default.
    ///
    /// The model is told when one is longer.
    pub fn response_limit(mut self, bytes: usize) -> Self {
        self.response_limit = bytes;
        self
    }

    /// Sets how long the route may take; 30 seconds by default.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Makes the tool.
    ///
    /// It hints what its method promises: GET and HEAD change nothing, PUT can be
    /// repeated, DELETE can be repeated and destroys.
    ///
    /// # Panics
    ///
    /// When a name is in two of path, query and body, when the path's type and its
    /// parameters differ, or when the name is not 1 to 128 of `A-Z a-z 0-9 _ . -`.
    #[track_caller]
    pub fn tool<S>(self, name: impl Into<String>) -> Tool<S>
    where
        S: Clone + Send + Sync + 'static,
    {
        let name: String = name.into();
        let what = format!("tool `{name}` of {}", self.name());
        or_panic(self.build(name), what)
    }

    /// Makes the tool, unless its parts do not fit together.
    fn build<S>(mut self, name: String) -> Result<Tool<S>, String>
    where
        S: Clone + Send + Sync + 'static,
    {
        schema::check_name(&name)?;
        argument::untyped_path(&mut self.arguments, &self.path);
        argument::check(&self.arguments, &self.path)?;
        let input_schema = argument::schema(&self.arguments, self.definitions);
        let method = self.method.clone();
        let targets = self.arguments.into_iter();
        let route = Arc::new(Route {
            app: self.app,
            method: self.method,
            path: self.path,
            targets: targets
                .map(|argument| (argument.name, argument.target))
                .collect(),
            body: self.body,
            forward: self.forward,
            response_limit: self.response_limit,
            timeout: self.timeout,
        });
        let call = move |ctx: Context| {
            let route = Arc::clone(&route);
            async move { route.call(&ctx).await }
        };
        let tool = tool(name, call).try_input_schema(input_schema)?;
        let tool = match self.output_schema {
            Some(output_schema) => tool.output_schema(output_schema),
            None => tool,
        };
        Ok(hinted(tool, &method))
    }

    #[track_caller]
    fn members_of<T: JsonSchema>(mut self, place: Place) -> Self {
        let what = format_args!("the {place} of {}", self.name()).to_string();
        let mut schema = or_panic(schema::input_schema::<T>(), &what);
        let name = T::schema_name();
        assert!(
            merge::is_plain(&schema),
            "{what}: `{name}` is no plain struct; take one whose fields are all named"
        );
        merge::relocate(&mut schema, &mut self.definitions, &name);
        self.arguments.extend(merge::members(&schema, place));
        self
    }

    fn name(&self) -> String {
        format!("route `{} {}`", self.method, self.path)
    }
}

/// Adds what RFC 9110 §9.2 says of the method.
fn hinted<S>(tool: Tool<S>, method: &Method) -> Tool<S> {
    match *method {
        Method::GET | Method::HEAD => tool.read_only().idempotent(),
        Method::PUT => tool.idempotent(),
        Method::DELETE => tool.destructive().idempotent(),
        _ => tool,
    }
}

impl fmt::Debug for RouteTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouteTool")
            .field("method", &self.method)
            .field("path", &self.path.to_string())
            .field("arguments", &self.arguments)
            .finish_non_exhaustive()
    }
}
