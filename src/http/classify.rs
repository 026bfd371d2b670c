//! Tells what a message asks for, from its body; headers only corroborate.
//!
//! The order of the checks is the protocol's: a client must learn of the
//! fault that it has to mend first.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use crate::{
    protocol::{
        Era, ErrorObject, Level, Revision, code,
        jsonrpc::{Kind, Message, RequestId},
        method::{Method, SessionMethod},
        param_header,
        scan::Member,
        version,
    },
    server::dispatch::unknown_method,
};

use super::{
    refuse::{PROTOCOL_VERSION, Refused},
    sessionful::elements,
};

pub(crate) static MCP_METHOD: HeaderName = HeaderName::from_static("mcp-method");
pub(crate) static MCP_NAME: HeaderName = HeaderName::from_static("mcp-name");
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";

/// What a message asks for.
#[derive(Debug)]
pub(crate) enum Classified {
    /// It belongs to the sessionful era; with the messages of a batch.
    Sessionful(Option<Vec<Message>>),
    /// Nothing: it was a notification, and there is nothing to do about it.
    Notification,
    /// A request, to be answered.
    Request(Head),
}

/// A request whose envelope and headers agree.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) id: RequestId,
    pub(crate) method: Method,
    pub(crate) revision: Revision,
    pub(crate) level: Option<Level>,
}

/// Classifies a message, on an endpoint that serves these revisions.
pub(crate) fn classify(
    message: &Message,
    headers: &HeaderMap,
    served: &[Revision],
) -> Result<Classified, Refused> {
    let names_stateless = version_header(headers).is_some_and(version::names_stateless_era);
    let sessionful = !names_stateless && version::sessionful(served).next().is_some();
    let id = match &message.kind {
        Kind::Request(id) => id,
        Kind::Notification if !sessionful || message.has(Member::MetaProtocolVersion) => {
            // No rule binds the headers of a notification: every well-formed one is accepted.
            return Ok(Classified::Notification);
        }
        Kind::Response if !sessionful => {
            return Err(invalid(
                "this endpoint asks nothing, so it takes no answers",
            ));
        }
        Kind::Notification | Kind::Response => return Ok(Classified::Sessionful(None)),
        Kind::Batch if !sessionful => {
            return Err(invalid("this endpoint takes one message at a time"));
        }
        Kind::Batch => return batch(message).map(|batch| Classified::Sessionful(Some(batch))),
    };
    if sessionful && !message.has(Member::MetaProtocolVersion) {
        return Ok(Classified::Sessionful(None));
    }
    match head(message, headers, served, id.clone()) {
        Ok(head) => Ok(Classified::Request(head)),
        Err(error) => {
            let status = match error.code() {
                code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
                _ => StatusCode::BAD_REQUEST,
            };
            Err(Refused::error(status, error, Some(id.clone())))
        }
    }
}

fn invalid(message: &'static str) -> Refused {
    Refused::new(StatusCode::BAD_REQUEST, message)
}

/// Takes a batch apart, in which nothing of the stateless era may hide.
fn batch(message: &Message) -> Result<Vec<Message>, Refused> {
    let messages = elements(message)?;
    // An array inside is no message, and nobody has looked what hides in it.
    let hides = |message: &Message| {
        matches!(message.kind, Kind::Batch) || message.has(Member::MetaProtocolVersion)
    };
    if messages.is_empty() || messages.iter().any(hides) {
        return Err(invalid("a batch has messages, all of an older revision"));
    }
    Ok(messages)
}

fn head(
    message: &Message,
    headers: &HeaderMap,
    served: &[Revision],
    id: RequestId,
) -> Result<Head, ErrorObject> {
    let name = message.string(Member::Method).unwrap_or_default();
    if !message.has(Member::MetaProtocolVersion) {
        return Err(without_claim(message, headers, served, &name));
    }
    let claim = message
        .string(Member::MetaProtocolVersion)
        .ok_or_else(|| malformed(VERSION_KEY, "a string"))?;
    if !message.is_object(Member::MetaClientCapabilities) {
        return Err(malformed(CAPABILITIES_KEY, "an object"));
    }
    let level = log_level(message)?;
    let revision = check_version(headers, served, &claim)?;
    check_repeated(headers, &MCP_METHOD, &name)?;
    let Some(method) = Method::parse(&name) else {
        return Err(unknown_method(&name));
    };
    if let Some(target) = method.target().and_then(|member| message.string(member)) {
        check_target(headers, &target)?;
    }
    Ok(Head {
        id,
        method,
        revision,
        level,
    })
}

/// A request that claims no revision: which of its faults comes first.
fn without_claim(
    message: &Message,
    headers: &HeaderMap,
    served: &[Revision],
    method: &str,
) -> ErrorObject {
    let header = version_header(headers);
    let stateless = header.is_some_and(version::names_stateless_era);
    if method == SessionMethod::INITIALIZE {
        if stateless {
            let what = "`initialize` belongs to older revisions than its version header names";
            return ErrorObject::new(code::HEADER_MISMATCH, what);
        }
        let requested = message.string(Member::ProtocolVersion).unwrap_or_default();
        return unsupported(served, &requested);
    }
    match header {
        Some(known) if !stateless && Revision::parse(known).is_some() => unsupported(served, known),
        Some(unknown) if !stateless => {
            let shown: String = unknown.chars().take(64).collect();
            ErrorObject::new(
                code::INVALID_REQUEST,
                format!("unknown protocol version `{shown}`"),
            )
            .data(version_data(served, &shown))
        }
        Some(_) | None => {
            malformed(VERSION_KEY, "a string").data(json!({"supported": names(served)}))
        }
    }
}

fn malformed(key: &str, shape: &str) -> ErrorObject {
    ErrorObject::invalid_params(format!("`params._meta[\"{key}\"]` must be {shape}"))
}

fn names(served: &[Revision]) -> Vec<&'static str> {
    served.iter().map(|revision| revision.as_str()).collect()
}

/// What an error tells of a version that is not served: which ones are, and which it is.
pub(super) fn version_data(served: &[Revision], requested: &str) -> Value {
    json!({"supported": names(served), "requested": requested})
}

fn unsupported(served: &[Revision], requested: &str) -> ErrorObject {
    let requested: String = requested.chars().take(64).collect();
    let message = format!(
        "protocol version `{requested}` is not served this way; send `params._meta[\"{VERSION_KEY}\"]` \
         with a supported one of the stateless era, or open an older one with `initialize`"
    );
    ErrorObject::new(code::UNSUPPORTED_VERSION, message).data(version_data(served, &requested))
}

fn log_level(message: &Message) -> Result<Option<Level>, ErrorObject> {
    let Some(text) = message.text(Member::MetaLogLevel) else {
        return Ok(None);
    };
    let level = serde_json::from_str(text).map_err(|_| {
        ErrorObject::invalid_params(
            "`params._meta[\"io.modelcontextprotocol/logLevel\"]` must be one of debug, info, \
             notice, warning, error, critical, alert, emergency",
        )
    })?;
    Ok(Some(level))
}

/// The header must repeat the claim, and the claim must be served.
///
/// The conformance suite pins the order: a header that differs outranks an unknown
/// version, which outranks a missing header.
fn check_version(
    headers: &HeaderMap,
    served: &[Revision],
    claim: &str,
) -> Result<Revision, ErrorObject> {
    if headers.contains_key(&PROTOCOL_VERSION) {
        check_repeated(headers, &PROTOCOL_VERSION, claim)?;
    }
    let revision = Revision::parse(claim)
        .filter(|revision| revision.era() == Era::Stateless && served.contains(revision))
        .ok_or_else(|| unsupported(served, claim))?;
    check_repeated(headers, &PROTOCOL_VERSION, claim)?;
    Ok(revision)
}

fn version_header(headers: &HeaderMap) -> Option<&str> {
    headers.get(&PROTOCOL_VERSION)?.to_str().ok().map(str::trim)
}

/// A header that repeats a value of the body must be there once, and equal it.
fn check_repeated(
    headers: &HeaderMap,
    name: &HeaderName,
    expected: &str,
) -> Result<(), ErrorObject> {
    let value = single(headers, name)?;
    // To the letter: the base64 form belongs to names and parameters alone, and a
    // gateway that reads this header knows no other.
    if value.as_bytes().trim_ascii() != expected.as_bytes() {
        return Err(mismatch(name, "differs from the body"));
    }
    Ok(())
}

/// The same for a name or URI, which may come in base64.
fn check_target(headers: &HeaderMap, expected: &str) -> Result<(), ErrorObject> {
    let value = single(headers, &MCP_NAME)?;
    match param_header::decode(value) {
        Ok(decoded) if decoded == expected => Ok(()),
        Ok(_) => Err(mismatch(&MCP_NAME, "differs from the body")),
        Err(_) => Err(mismatch(&MCP_NAME, "cannot be decoded")),
    }
}

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a HeaderValue, ErrorObject> {
    param_header::single(headers, name)
        .map_err(|_| mismatch(name, "is repeated; send it once"))?
        .ok_or_else(|| mismatch(name, "is missing; it repeats a value of the body"))
}

fn mismatch(name: &HeaderName, what: &str) -> ErrorObject {
    ErrorObject::new(code::HEADER_MISMATCH, format!("the `{name}` header {what}"))
}
