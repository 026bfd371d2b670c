//! The error that is told to the peer.

use std::{borrow::Cow, fmt};

use serde::Serialize;
use serde_json::Value;

/// The error codes of JSON-RPC and of the protocol.
pub mod code {
    /// The body is not JSON.
    pub const PARSE_ERROR: i32 = -32700;
    /// The JSON is not a request.
    pub const INVALID_REQUEST: i32 = -32600;
    /// The method is unknown, or behind a capability that is not offered.
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// The parameters do not fit the method.
    pub const INVALID_PARAMS: i32 = -32602;
    /// The server failed.
    pub const INTERNAL_ERROR: i32 = -32603;
    /// A header and the body disagree.
    pub const HEADER_MISMATCH: i32 = -32020;
    /// The request needs a capability that the client did not declare.
    pub const MISSING_CLIENT_CAPABILITY: i32 = -32021;
    /// The revision is not served.
    pub const UNSUPPORTED_VERSION: i32 = -32022;
    /// The resource does not exist: older revisions only.
    pub(crate) const RESOURCE_NOT_FOUND: i32 = -32002;
    /// The person has to visit a URL first: 2025-11-25 only.
    pub(crate) const URL_ELICITATION_REQUIRED: i32 = -32042;
}

/// A JSON-RPC error object: code, message and optional data.
#[derive(Clone, Debug, Serialize)]
#[must_use]
pub struct ErrorObject {
    code: i32,
    message: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Box<Value>>,
}

impl ErrorObject {
    /// Creates an error with the given code and message.
    ///
    /// Codes of your own go outside -32768..=-32000, which the protocol reserves.
    pub fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Attaches data.
    pub fn data(mut self, data: Value) -> Self {
        self.data = Some(Box::new(data));
        self
    }

    /// Returns the code.
    #[must_use]
    pub fn code(&self) -> i32 {
        self.code
    }

    /// Returns the message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns the same error under another code.
    pub(super) fn with_code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn invalid_params(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code::INVALID_PARAMS, message)
    }

    pub(crate) fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(code::INTERNAL_ERROR, message)
    }
}

impl fmt::Display for ErrorObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.code)
    }
}

impl std::error::Error for ErrorObject {}
