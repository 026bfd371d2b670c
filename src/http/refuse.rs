//! Refusals: a status, and a JSON-RPC error that names the cure.

use std::borrow::Cow;

use axum::body::Body;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{ALLOW, CONTENT_TYPE, RETRY_AFTER},
};

use crate::{
    principal::Refusal,
    protocol::{
        ErrorObject, code,
        jsonrpc::{self, Id, NotAdmitted, RequestId},
        version,
    },
};

use super::sessionful::SESSION_ID;

/// The header that names the revision.
pub(crate) static PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request that is turned away.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    error: ErrorObject,
    headers: Box<HeaderMap>,
    id: Option<RequestId>,
}

impl Refused {
    /// A refusal whose code follows from its status.
    pub(crate) fn new(status: StatusCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self::error(status, ErrorObject::new(code_of(status), message), None)
    }

    /// A refusal with an error of the protocol.
    pub(crate) fn error(status: StatusCode, error: ErrorObject, id: Option<RequestId>) -> Self {
        Self {
            status,
            error,
            headers: Box::default(),
            id,
        }
    }

    /// 503, to be tried again after some seconds.
    pub(crate) fn unavailable(message: impl Into<Cow<'static, str>>, seconds: u32) -> Self {
        let mut refused = Self::new(StatusCode::SERVICE_UNAVAILABLE, message);
        refused.headers.insert(RETRY_AFTER, seconds.into());
        refused
    }

    /// 405, with the methods that work.
    pub(crate) fn method(allow: &'static str) -> Self {
        let message = format!("this endpoint takes {allow}");
        let mut refused = Self::new(StatusCode::METHOD_NOT_ALLOWED, message);
        refused
            .headers
            .insert(ALLOW, HeaderValue::from_static(allow));
        refused
    }

    /// What the host's login, or an extractor, turned away.
    pub(crate) fn by_host(refusal: &Refusal, id: Option<RequestId>) -> Self {
        let mut refused = Self::error(refusal.status(), error_of(refusal), id);
        refused.headers = Box::new(refusal.headers().clone());
        refused
    }

    /// Tells which request is refused.
    pub(crate) fn for_request(mut self, id: RequestId) -> Self {
        self.id = Some(id);
        self
    }

    /// Turns into a response; `unknown` stands for an id that was not read.
    pub(crate) fn into_response(self, unknown: Id<'static>) -> Response<Body> {
        let id = self.id.as_ref().map_or(unknown, Id::Known);
        let mut body = Vec::with_capacity(160);
        jsonrpc::write_error(&mut body, id, &self.error);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        *response.headers_mut() = *self.headers;
        response.headers_mut().insert(CONTENT_TYPE, JSON);
        response
    }

    /// Returns the code of the error.
    pub(crate) fn code(&self) -> i32 {
        self.error.code()
    }
}

impl From<NotAdmitted> for Refused {
    fn from(refused: NotAdmitted) -> Self {
        Self::error(StatusCode::BAD_REQUEST, refused.error, refused.id)
    }
}

/// 404 for a session: the same bytes, whether it never was, is over, or is somebody
/// else's.
pub(crate) fn unknown_session() -> Refused {
    let message = "no such session; open one with `initialize`";
    Refused::new(StatusCode::NOT_FOUND, message)
}

/// 503: no session can make room for another one.
pub(crate) fn too_many_sessions() -> Refused {
    Refused::unavailable("too many sessions are in use; try again", 5)
}

/// 404 for a path.
pub(crate) fn not_found() -> Refused {
    Refused::new(StatusCode::NOT_FOUND, "no MCP endpoint here")
}

/// 415: the body is not declared as JSON.
pub(crate) fn not_json() -> Refused {
    let message = "send `Content-Type: application/json`";
    Refused::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
}

/// The code of a refusal, where its status says it all.
fn code_of(status: StatusCode) -> i32 {
    if status.is_server_error() {
        return code::INTERNAL_ERROR;
    }
    code::INVALID_REQUEST
}

/// Returns what the host turned away, as an error for a stream that is open already.
pub(crate) fn error_of(refusal: &Refusal) -> ErrorObject {
    ErrorObject::new(code_of(refusal.status()), refusal.told())
}

/// Returns how a refusal spells an id that it does not know, in the revision that the headers name.
pub(crate) fn unknown_id(headers: &HeaderMap) -> Id<'static> {
    let named = headers.get(&PROTOCOL_VERSION);
    let wants_null = match named {
        Some(named) => named.to_str().is_ok_and(version::wants_null_id),
        // The first revisions have no such header: their clients name a session alone.
        None => headers.contains_key(&SESSION_ID),
    };
    match wants_null {
        true => Id::Null,
        false => Id::Absent,
    }
}
