//! The envelope: one admitted message, and the text of its answer.

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;
use serde::Serialize;

use super::{
    ErrorObject, RawJson, code,
    scan::{self, Member, Outline, ScanError, Shape, Span},
};

/// The id of a request, as the client spelled it.
///
/// Kept as text: it is echoed with its JSON type and never interpreted.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(ByteString);

/// The longest string id, in bytes.
const MAX_ID_BYTES: usize = 256;
/// The largest integer id: beyond it a double loses digits.
const MAX_ID: i64 = (1 << 53) - 1;

impl RequestId {
    /// Takes an id that is a string or an integer.
    fn admit(text: ByteString) -> Option<Self> {
        let is_safe = |id: i64| (-MAX_ID..=MAX_ID).contains(&id);
        let valid = match text.starts_with('"') {
            true => text.len() <= MAX_ID_BYTES + 2,
            false => text.parse().is_ok_and(is_safe),
        };
        valid.then_some(Self(text))
    }

    /// Returns the id in memory of its own, apart from the request's body.
    pub(crate) fn detached(&self) -> Self {
        Self(ByteString::from(self.as_str()))
    }

    /// Returns the JSON text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message that passed admission.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    body: ByteString,
    outline: Outline,
    pub(crate) kind: Kind,
}

/// What a message is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Request(RequestId),
    Notification,
    Response,
    Batch,
}

/// A body that was not admitted.
#[derive(Debug)]
pub(crate) struct NotAdmitted {
    pub(crate) error: ErrorObject,
    pub(crate) id: Option<RequestId>,
}

impl NotAdmitted {
    fn invalid(message: impl Into<Cow<'static, str>>, id: Option<RequestId>) -> Self {
        Self {
            error: ErrorObject::new(code::INVALID_REQUEST, message),
            id,
        }
    }
}

impl Message {
    /// Admits a body: one scan, then the shape of the envelope.
    pub(crate) fn admit(body: Bytes) -> Result<Self, NotAdmitted> {
        let text = ByteString::try_from(body).map_err(|_| NotAdmitted {
            error: ErrorObject::new(code::PARSE_ERROR, "body is not UTF-8; encode it as UTF-8"),
            id: None,
        })?;
        Self::admit_text(text)
    }

    fn admit_text(body: ByteString) -> Result<Self, NotAdmitted> {
        let outline = scan::scan(&body).map_err(|error| not_json(&body, &error))?;
        match outline.shape {
            Shape::Object => Self::admit_object(body, outline),
            Shape::Array => Ok(Self {
                body,
                outline,
                kind: Kind::Batch,
            }),
            Shape::Other => Err(NotAdmitted::invalid("a message is a JSON object", None)),
        }
    }

    fn admit_object(body: ByteString, outline: Outline) -> Result<Self, NotAdmitted> {
        let mut message = Self {
            body,
            outline,
            kind: Kind::Notification,
        };
        let valid_id = message.slice(Member::Id).and_then(RequestId::admit);
        if message.text(Member::JsonRpc) != Some("\"2.0\"") {
            return Err(NotAdmitted::invalid("`jsonrpc` must be \"2.0\"", valid_id));
        }
        if message.has(Member::Method) {
            message.kind = match (message.has(Member::Id), valid_id) {
                (false, _) => Kind::Notification,
                (true, Some(id)) => Kind::Request(id),
                (true, None) => return Err(NotAdmitted::invalid(BAD_ID, None)),
            };
            if let Err(what) = message.check_request() {
                let id = message.request_id().cloned();
                return Err(NotAdmitted::invalid(what, id));
            }
        } else if message.has(Member::Result) || message.has(Member::Error) {
            message.kind = Kind::Response;
        } else {
            let what = "a message has a `method`, a `result` or an `error`";
            return Err(NotAdmitted::invalid(what, valid_id));
        }
        Ok(message)
    }

    fn check_request(&self) -> Result<(), &'static str> {
        if !self.is_string(Member::Method) {
            return Err("`method` must be a string");
        }
        if self.has(Member::Params) && !self.is_object(Member::Params) {
            return Err("`params` must be an object");
        }
        Ok(())
    }

    /// Returns the id of a request.
    pub(crate) fn request_id(&self) -> Option<&RequestId> {
        match &self.kind {
            Kind::Request(id) => Some(id),
            Kind::Notification | Kind::Response | Kind::Batch => None,
        }
    }

    /// Admits the messages of a batch, all or none.
    pub(crate) fn elements(&self, limit: usize) -> Result<Vec<Self>, NotAdmitted> {
        let spans = scan::elements(&self.body, limit)
            .map_err(|error| NotAdmitted::invalid(error.to_string(), None))?;
        let elements = spans
            .into_iter()
            .map(|span| Self::admit_text(slice(&self.body, span)));
        elements.collect()
    }

    /// Whether the member is there.
    pub(crate) fn has(&self, member: Member) -> bool {
        self.outline.get(member).is_some()
    }

    /// Returns the JSON text of a member.
    pub(crate) fn text(&self, member: Member) -> Option<&str> {
        self.outline.text(member, &self.body)
    }

    /// Returns the JSON of a member, sharing the body's memory.
    pub(crate) fn raw(&self, member: Member) -> Option<RawJson> {
        self.slice(member).map(RawJson::new)
    }

    /// Returns a member that is a string, unescaped; `None` for any other type.
    pub(crate) fn string(&self, member: Member) -> Option<Cow<'_, str>> {
        let text = self.text(member).filter(|_| self.is_string(member))?;
        // Between its quotes, which are there: the text was admitted.
        let inner = text.get(1..text.len() - 1)?;
        if !inner.as_bytes().contains(&b'\\') {
            return Some(Cow::Borrowed(inner));
        }
        serde_json::from_str(text).ok().map(Cow::Owned)
    }

    /// Whether the member is there and an object.
    pub(crate) fn is_object(&self, member: Member) -> bool {
        self.begins_with(member, b'{')
    }

    /// Returns the JSON text of a member that is an object; `None` for any other type.
    pub(crate) fn object(&self, member: Member) -> Option<&str> {
        self.text(member).filter(|_| self.is_object(member))
    }

    fn is_string(&self, member: Member) -> bool {
        self.begins_with(member, b'"')
    }

    fn begins_with(&self, member: Member, byte: u8) -> bool {
        let text = self.text(member).map(str::as_bytes);
        text.is_some_and(|text| text.first() == Some(&byte))
    }

    fn slice(&self, member: Member) -> Option<ByteString> {
        self.outline.get(member).map(|span| slice(&self.body, span))
    }
}

const BAD_ID: &str = "`id` must be a string of at most 256 bytes or an integer within ±(2^53-1)";

fn slice(body: &ByteString, span: Span) -> ByteString {
    body.slice_ref(span.of(body))
}

fn not_json(body: &ByteString, error: &ScanError) -> NotAdmitted {
    let (code, id) = match error {
        ScanError::DuplicateKey { id, .. } | ScanError::ReservedKey { id } => {
            (code::INVALID_REQUEST, *id)
        }
        ScanError::Syntax { .. }
        | ScanError::TooDeep
        | ScanError::TooLong
        | ScanError::TooManyElements { .. } => (code::PARSE_ERROR, None),
    };
    NotAdmitted {
        error: ErrorObject::new(code, error.to_string()),
        id: id.and_then(|span| RequestId::admit(slice(body, span))),
    }
}

/// Writes an error response.
pub(crate) fn write_error(out: &mut Vec<u8>, id: Id<'_>, error: &ErrorObject) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\"");
    match id {
        Id::Known(id) => {
            out.extend_from_slice(b",\"id\":");
            out.extend_from_slice(id.as_str().as_bytes());
        }
        Id::Null => out.extend_from_slice(b",\"id\":null"),
        Id::Absent => {}
    }
    out.extend_from_slice(b",\"error\":");
    write_json(out, error);
    out.push(b'}');
}

/// Returns the error response to a request.
pub(crate) fn error_text(id: &RequestId, error: &ErrorObject) -> Vec<u8> {
    let mut text = Vec::with_capacity(160);
    write_error(&mut text, Id::Known(id), error);
    text
}

/// Returns the response of a result that is written already.
pub(crate) fn result_text(id: &RequestId, result: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(result.len() + 64);
    write_result_head(&mut out, id);
    out.extend_from_slice(result);
    out.push(b'}');
    out
}

/// Writes what comes before a result; behind it comes a brace.
pub(crate) fn write_result_head(out: &mut Vec<u8>, id: &RequestId) {
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.as_str().as_bytes());
    out.extend_from_slice(b",\"result\":");
}

/// The id of an error response.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Id<'a> {
    Known(&'a RequestId),
    /// Revisions up to 2025-06-18 want the member even when the id is unknown.
    Null,
    Absent,
}

/// Writes a value of our own, whose serialisation cannot fail: string keys, finite
/// numbers, text that was written before.
pub(crate) fn write_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}
