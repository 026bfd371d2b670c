//! A route's answer as the result of a tool.

use axum::response::Response;
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName,
    header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION, RETRY_AFTER},
    response::Parts,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::value::RawValue;

use crate::{
    protocol::{CallToolResult, ContentBlock, ResourceContents},
    tool::ToolError,
};

/// The most that is repeated of what a failed route said, in characters.
const TOLD: usize = 4096;

/// Reads a route's answer; `path` names it where it needs a name.
pub(super) async fn read(
    response: Response,
    limit: usize,
    path: &str,
) -> Result<CallToolResult, ToolError> {
    let (head, body) = response.into_parts();
    if head.status.is_redirection() {
        return Ok(CallToolResult::error(redirected(&head)));
    }
    let bytes = match Limited::new(body, limit).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let told = format!(
                "{}: the answer is longer than {limit} bytes; ask for less",
                head.status
            );
            return Ok(CallToolResult::error(told));
        }
        Err(error) => return Err(error.into()),
    };
    let encoding = text(&head.headers, &CONTENT_ENCODING).unwrap_or("identity");
    if encoding != "identity" {
        return Ok(CallToolResult::error(format!(
            "{}: the answer is encoded with `{encoding}`, which was not asked for",
            head.status
        )));
    }
    if head.status.is_success() {
        return Ok(success(&head, &bytes, path));
    }
    Ok(CallToolResult::error(failed(&head, &bytes)))
}

fn redirected(head: &Parts) -> String {
    match text(&head.headers, &LOCATION) {
        Some(location) => format!("{}: the answer is at `{location}`", head.status),
        None => head.status.to_string(),
    }
}

fn failed(head: &Parts, bytes: &Bytes) -> String {
    let mut told = head.status.to_string();
    if let Some(wait) = text(&head.headers, &RETRY_AFTER) {
        told = format!("{told} (retry after {wait})");
    }
    let said = std::str::from_utf8(bytes).unwrap_or_default().trim();
    if !said.is_empty() {
        told.push_str(": ");
        told.extend(said.chars().take(TOLD));
        if said.chars().nth(TOLD).is_some() {
            told.push('…');
        }
    }
    told
}

/// Media types of texts under `application/`.
const TEXTS: &[&str] = &[
    "graphql",
    "javascript",
    "sql",
    "toml",
    "x-ndjson",
    "x-www-form-urlencoded",
    "x-yaml",
    "xml",
    "yaml",
];

/// What a media type is to a model.
enum Kind {
    Json,
    Text,
    Image,
    Audio,
    Other,
}

impl Kind {
    fn of(media_type: &str) -> Self {
        let (family, name) = media_type.split_once('/').unwrap_or((media_type, ""));
        match (family, name) {
            (_, name) if name.ends_with("+json") => Self::Json,
            ("application", "json") => Self::Json,
            // A picture in XML is worth more as text: no model sees it otherwise.
            (_, name) if name.ends_with("+xml") => Self::Text,
            ("text", _) => Self::Text,
            ("application", name) if TEXTS.contains(&name) => Self::Text,
            ("image", _) => Self::Image,
            ("audio", _) => Self::Audio,
            _ => Self::Other,
        }
    }
}

fn success(head: &Parts, bytes: &Bytes, path: &str) -> CallToolResult {
    if bytes.is_empty() {
        return CallToolResult::text(head.status.to_string());
    }
    let declared = text(&head.headers, &CONTENT_TYPE);
    let media_type = declared.map(|kind| kind.split(';').next().unwrap_or(kind).trim());
    let media_type = media_type.map(str::to_ascii_lowercase);
    let media_type = media_type.filter(|kind| !kind.is_empty());
    let kind = media_type.as_deref().map_or(Kind::Text, Kind::of);
    let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
    match kind {
        Kind::Json => json(head, bytes),
        Kind::Text => match std::str::from_utf8(bytes) {
            Ok(text) => CallToolResult::text(text),
            Err(_) => CallToolResult::new([embedded(bytes, media_type, path)]),
        },
        Kind::Image => CallToolResult::new([ContentBlock::image(bytes, media_type)]),
        Kind::Audio => CallToolResult::new([ContentBlock::audio(bytes, media_type)]),
        Kind::Other => CallToolResult::new([embedded(bytes, media_type, path)]),
    }
}

fn embedded(bytes: &Bytes, media_type: String, path: &str) -> ContentBlock {
    let contents = ResourceContents::blob(format!("route:{path}"), bytes);
    ContentBlock::resource(contents.mime_type(media_type))
}

fn json(head: &Parts, bytes: &Bytes) -> CallToolResult {
    let read: Result<Box<RawValue>, _> = serde_json::from_slice(bytes);
    // What was read as JSON can be written as JSON.
    match read.and_then(|json| CallToolResult::json(&json)) {
        Ok(result) => result,
        Err(error) => CallToolResult::error(format!(
            "{}: the answer says it is JSON, and is not: {error}",
            head.status
        )),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
