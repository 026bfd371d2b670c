//! Requests of the stateless era, valid unless a test says otherwise.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt;
use mcp_axum::{McpServer, McpService, lifespan::LifespanGuard};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::Events;

/// The revision that the requests speak.
pub const REVISION: &str = "2026-07-28";

/// A client of one service, whose lifespan it drives.
pub struct TestClient {
    app: Router,
    path: String,
    guard: Option<LifespanGuard>,
    pub mcp: McpService,
}

impl TestClient {
    /// Serves a server with default settings.
    pub fn new(server: McpServer) -> Self {
        Self::with(McpService::new(server))
    }

    /// Serves a service at `/mcp`.
    pub fn with(mcp: McpService) -> Self {
        let app = mcp.router();
        Self::mounted(mcp, app, "/mcp")
    }

    /// Serves an app that has the service mounted at `path`.
    pub fn mounted(mcp: McpService, app: Router, path: &str) -> Self {
        Self {
            app,
            path: path.to_owned(),
            guard: Some(mcp.lifespan().start()),
            mcp,
        }
    }

    /// Sends to an app that has the service mounted, and leaves its lifespan to the test.
    pub fn undriven(mcp: McpService, app: Router, path: &str) -> Self {
        Self {
            app,
            path: path.to_owned(),
            guard: None,
            mcp,
        }
    }

    /// Takes the guard of the lifespan, to shut down or drop.
    pub fn take_guard(&mut self) -> LifespanGuard {
        self.guard.take().expect("taken once")
    }

    /// Makes a request that is valid in every respect.
    pub fn request(&self, method: &str, params: Value) -> Call {
        Call::new(self.app.clone(), &self.path, method, params)
    }

    /// Calls a tool.
    pub fn tool(&self, name: &str, arguments: Value) -> Call {
        self.request("tools/call", json!({"name": name, "arguments": arguments}))
    }

    /// Makes an HTTP request with exactly these bytes and no header but `Host`.
    pub fn raw(&self, method: Method, body: impl Into<Bytes>) -> Call {
        let mut call = self.request("", json!({}));
        call.method = method;
        call.headers = HeaderMap::new();
        call.raw = Some(body.into());
        call.header("host", "localhost")
    }

    /// Posts this body as JSON, with the headers of a method that takes no name.
    pub fn post(&self, body: impl Into<Bytes>) -> Call {
        let mut call = self.request("tools/list", json!({}));
        call.raw = Some(body.into());
        call
    }
}

/// A request in the making; awaiting it sends it.
#[must_use]
pub struct Call {
    app: Router,
    path: String,
    method: Method,
    pub headers: HeaderMap,
    pub body: Value,
    raw: Option<Bytes>,
    stream: Option<Body>,
}

impl Call {
    fn new(app: Router, path: &str, method: &str, mut params: Value) -> Self {
        let name = params.get("name").or_else(|| params.get("uri")).cloned();
        params["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(REVISION);
        params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
        let call = Self {
            app,
            path: path.to_owned(),
            method: Method::POST,
            headers: HeaderMap::new(),
            body: json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}),
            raw: None,
            stream: None,
        }
        .header("host", "localhost")
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .header("mcp-protocol-version", REVISION);
        let call = match method.is_empty() {
            true => call,
            false => call.header("mcp-method", method),
        };
        match name.as_ref().and_then(Value::as_str) {
            Some(name) if HeaderValue::from_str(name).is_ok() => call.header("mcp-name", name),
            _ => call,
        }
    }

    /// Sets a header, in place of any of that name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
        self.headers.insert(name, value);
        self
    }

    /// Adds a header beside those of that name.
    pub fn also_header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
        self.headers.append(name, value);
        self
    }

    /// Leaves a header out.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Sets the path and query.
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// Sets the HTTP method.
    pub fn http_method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Sets a member of `params`.
    pub fn param(mut self, name: &str, value: Value) -> Self {
        self.body["params"][name] = value;
        self
    }

    /// Sets a member of `params._meta`.
    pub fn meta(mut self, name: &str, value: Value) -> Self {
        self.body["params"]["_meta"][name] = value;
        self
    }

    /// Declares client capabilities.
    pub fn capable(self, capabilities: Value) -> Self {
        self.meta("io.modelcontextprotocol/clientCapabilities", capabilities)
    }

    /// Asks for progress.
    pub fn progress(self, token: Value) -> Self {
        self.meta("progressToken", token)
    }

    /// Sets the id.
    pub fn id(mut self, id: Value) -> Self {
        self.body["id"] = id;
        self
    }

    /// Replaces the body by these bytes.
    pub fn raw_body(mut self, body: impl Into<Bytes>) -> Self {
        self.raw = Some(body.into());
        self
    }

    /// Replaces the body by one that comes as it likes.
    pub fn stream_body(mut self, body: Body) -> Self {
        self.stream = Some(body);
        self
    }

    /// Builds the HTTP request.
    pub fn build(self) -> (Router, Request<Body>) {
        let bytes = self.raw.unwrap_or_else(|| self.body.to_string().into());
        let body = self.stream.unwrap_or_else(|| Body::from(bytes));
        let mut request = Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.path.parse().expect("a path");
        *request.headers_mut() = self.headers;
        (self.app, request)
    }
}

impl IntoFuture for Call {
    type Output = Reply;
    type IntoFuture = Pin<Box<dyn Future<Output = Reply> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (app, request) = self.build();
            let response = app.oneshot(request).await.expect("a router never fails");
            let (head, body) = response.into_parts();
            Reply {
                status: head.status,
                headers: head.headers,
                body,
            }
        })
    }
}

/// The answer to a request.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
}

impl Reply {
    /// Returns a header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether the answer is a stream of events.
    pub fn is_stream(&self) -> bool {
        self.header("content-type")
            .is_some_and(|kind| kind.starts_with("text/event-stream"))
    }

    /// Reads the body as bytes.
    pub async fn bytes(self) -> Bytes {
        self.body.collect().await.expect("a body").to_bytes()
    }

    /// Reads the response message, the last event of a stream.
    pub async fn message(self) -> Value {
        if self.is_stream() {
            return self.events().rest().await.pop().expect("an event");
        }
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{self:?}"
        );
        let bytes = self.bytes().await;
        serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{error}: {bytes:?}"))
    }

    /// Reads the result; panics when there is none.
    pub async fn result(self) -> Value {
        let mut message = self.message().await;
        assert!(message.get("result").is_some(), "no result in {message}");
        message["result"].take()
    }

    /// Reads the error; panics when there is none.
    pub async fn error(self) -> Value {
        let mut message = self.message().await;
        assert!(message.get("error").is_some(), "no error in {message}");
        message["error"].take()
    }

    /// Reads the status and the error code.
    pub async fn refusal(self) -> (u16, i64) {
        let status = self.status.as_u16();
        (status, self.error().await["code"].as_i64().expect("a code"))
    }

    /// Reads the text of a tool's first block.
    pub async fn text(self) -> String {
        let result = self.result().await;
        let text = result["content"][0]["text"].as_str();
        text.unwrap_or_else(|| panic!("no text in {result}"))
            .to_owned()
    }

    /// Reads the stream.
    pub fn events(self) -> Events {
        assert!(self.is_stream(), "no stream: {self:?}");
        Events::new(self.body)
    }
}
