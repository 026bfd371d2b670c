//! Valid requests, of both eras.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};

/// The revision that sessions are of.
const SESSIONFUL: HeaderValue = HeaderValue::from_static("2025-11-25");

/// A valid request.
pub struct Sample {
    headers: HeaderMap,
    body: Bytes,
}

impl Sample {
    /// A request without a name.
    pub fn plain(method: &'static str) -> Self {
        Self::stateless(method, None, "")
    }

    /// A call of a tool with arguments that are JSON.
    pub fn call(name: &'static str, arguments: &str) -> Self {
        let members = format!(r#""name":"{name}","arguments":{arguments},"#);
        Self::stateless("tools/call", Some(name), &members)
    }

    fn stateless(method: &'static str, name: Option<&'static str>, members: &str) -> Self {
        let meta = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1.0.0"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}"#;
        let mut sample = Self::new(method, &format!(r#"{members}"_meta":{meta}"#));
        sample.set(
            "mcp-protocol-version",
            HeaderValue::from_static("2026-07-28"),
        );
        sample.set("mcp-method", HeaderValue::from_static(method));
        if let Some(name) = name {
            sample.set("mcp-name", HeaderValue::from_static(name));
        }
        sample
    }

    /// The request that opens a session.
    pub fn initialize() -> Self {
        let client = r#""clientInfo":{"name":"bench","version":"1.0.0"}"#;
        let version = r#""protocolVersion":"2025-11-25""#;
        let members = format!(r#"{version},"capabilities":{{"elicitation":{{}}}},{client}"#);
        Self::new("initialize", &members)
    }

    /// A call of a tool in this session.
    pub fn call_in(session: &HeaderValue, name: &str, arguments: &str) -> Self {
        let members = format!(r#""name":"{name}","arguments":{arguments}"#);
        let mut sample = Self::new("tools/call", &members);
        sample.set("mcp-protocol-version", SESSIONFUL);
        sample.set("mcp-session-id", session.clone());
        sample
    }

    fn new(method: &str, members: &str) -> Self {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{members}}}}}"#);
        let json = HeaderValue::from_static("application/json");
        let both = HeaderValue::from_static("application/json, text/event-stream");
        let host = HeaderValue::from_static("localhost");
        let headers = [
            (header::HOST, host),
            (header::ACCEPT, both),
            (header::CONTENT_TYPE, json),
        ];
        Self {
            headers: headers.into_iter().collect(),
            body: body.into(),
        }
    }

    fn set(&mut self, name: &'static str, value: HeaderValue) {
        self.headers.insert(HeaderName::from_static(name), value);
    }

    /// Builds the HTTP request.
    pub fn request(&self) -> Request<Body> {
        let mut request = Request::new(Body::from(self.body.clone()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = http::Uri::from_static("/mcp");
        *request.headers_mut() = self.headers.clone();
        request
    }
}
