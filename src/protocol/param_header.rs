//! Header values that repeat a part of the body: `Mcp-Name` and `Mcp-Param-*`.
//!
//! A gateway may have acted on the header, so whatever cannot be read exactly
//! is refused instead of guessed.

use std::{borrow::Cow, error::Error as StdError, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{
    HeaderMap, HeaderValue,
    header::{AsHeaderName, ToStrError},
};
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::canonical::canonical;

/// Opens a value that is text in base64; case matters.
const SENTINEL_START: &str = "=?base64?";
/// Closes it.
const SENTINEL_END: &str = "?=";

/// A header value that is neither plain text nor well-formed base64 of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSentinel;

impl fmt::Display for BadSentinel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "value is neither visible ASCII nor `=?base64?…?=` around padded standard base64 of \
             UTF-8",
        )
    }
}

impl StdError for BadSentinel {}

impl From<ToStrError> for BadSentinel {
    fn from(_: ToStrError) -> Self {
        Self
    }
}

/// A header that came more than once where one value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated;

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("header is repeated; send it once")
    }
}

impl StdError for Repeated {}

/// Returns the one value of a header; `HeaderMap::get` would hide a second one.
pub(crate) fn single(
    headers: &HeaderMap,
    name: impl AsHeaderName,
) -> Result<Option<&HeaderValue>, Repeated> {
    let mut values = headers.get_all(name).into_iter();
    let first = values.next();
    match values.next() {
        None => Ok(first),
        Some(_) => Err(Repeated),
    }
}

/// Returns the text that a value stands for.
///
/// 2026-07-28 transports §Value Encoding: only a value with both ends of the
/// sentinel is base64, anything else is meant literally.
pub(crate) fn decode(value: &HeaderValue) -> Result<Cow<'_, str>, BadSentinel> {
    let literal = value.to_str()?.trim_matches([' ', '\t']);
    let Some(encoded) = sentinel(literal) else {
        return Ok(Cow::Borrowed(literal));
    };
    // `STANDARD` demands canonical padding and zero trailing bits.
    let bytes = STANDARD.decode(encoded).map_err(|_| BadSentinel)?;
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| BadSentinel)
}

/// Whether the text of a header says what a JSON value of the body says.
///
/// Strings agree byte by byte; numbers by value, however they are written.
pub(crate) fn agrees(text: &str, json: &str) -> bool {
    if json.starts_with('"') {
        return serde_json::from_str::<String>(json).is_ok_and(|body| body == text);
    }
    let (mut header, mut body) = (Vec::new(), Vec::new());
    canonical(text, &mut header).is_ok() && canonical(json, &mut body).is_ok() && header == body
}

/// Returns the JSON text of the argument at a path of members, if it is there.
pub(crate) fn argument<'a>(arguments: &'a str, path: &[String]) -> Option<&'a str> {
    path.iter().try_fold(arguments, |object, name| {
        let mut json = serde_json::Deserializer::from_str(object);
        let member = json.deserialize_map(Member(name)).ok()?;
        member.map(RawValue::get)
    })
}

/// Finds the member of an object that has this name.
struct Member<'n>(&'n str);

#[derive(Deserialize)]
#[serde(transparent)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Member<'_> {
    type Value = Option<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(Key(name)) = members.next_key()? {
            if name == self.0 {
                found = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

fn sentinel(literal: &str) -> Option<&str> {
    literal
        .strip_prefix(SENTINEL_START)?
        .strip_suffix(SENTINEL_END)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &[u8]) -> Option<String> {
        let value = HeaderValue::from_bytes(value).unwrap();
        decode(&value).ok().map(Cow::into_owned)
    }

    #[test]
    fn a_value_is_literal_unless_both_ends_of_the_sentinel_are_there() {
        for (value, expected) in [
            ("us-west1", "us-west1"),
            (" \tpadded\t ", "padded"),
            ("a\tb c", "a\tb c"),
            ("", ""),
            ("SGVsbG8=", "SGVsbG8="),
            ("=?base64?SGVsbG8=", "=?base64?SGVsbG8="),
            ("SGVsbG8=?=", "SGVsbG8=?="),
            ("=?BASE64?SGVsbG8=?=", "=?BASE64?SGVsbG8=?="),
            ("=?base64?=", "=?base64?="),
            ("=?base64??=", ""),
            ("=?base64?SGVsbG8=?=", "Hello"),
            (" =?base64?SGVsbG8=?= ", "Hello"),
            ("=?base64?IHBhZGRlZCA=?=", " padded "),
            ("=?base64?bGluZTEKbGluZTI=?=", "line1\nline2"),
            ("=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=", "=?base64?literal?="),
            ("=?base64?5pel5pys6Kqe?=", "日本語"),
        ] {
            assert_eq!(text(value.as_bytes()).as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for value in [
            &b"=?base64?SGVsbG8?="[..], // no padding
            b"=?base64?SGVs!!!bG8=?=",  // alphabet
            b"=?base64?SGVs bG8=?=",    // white space
            b"=?base64?SGVsbG9=?=",     // trailing bits
            b"=?base64?SGVsbG8==?=",    // too much padding
            b"=?base64?_-8=?=",         // URL-safe alphabet
            b"=?base64?/w==?=",         // not UTF-8
            b"caf\xc3\xa9",
            b"\xff",
        ] {
            assert_eq!(text(value), None, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn a_second_value_is_never_overlooked() {
        let mut headers = HeaderMap::new();
        assert_eq!(single(&headers, "mcp-name"), Ok(None));
        headers.append("mcp-name", HeaderValue::from_static("a"));
        assert_eq!(single(&headers, "Mcp-Name").unwrap().unwrap(), "a");
        headers.append("mcp-name", HeaderValue::from_static("a"));
        assert_eq!(single(&headers, "mcp-name"), Err(Repeated));
    }

    #[test]
    fn numbers_agree_by_value_and_strings_by_bytes() {
        for (text, json, expected) in [
            ("42", "42.0", true),
            ("4.2e1", "42", true),
            ("-0", "0", true),
            ("42", "43", false),
            ("9007199254740993", "9007199254740992", false),
            ("042", "42", false),
            ("+42", "42", false),
            ("", "42", false),
            ("true", "true", true),
            ("True", "true", false),
            ("1", "true", false),
            ("42", "\"42\"", true),
            ("42.0", "\"42\"", false),
            ("é", r#""\u00e9""#, true),
            ("E", "\"e\"", false),
        ] {
            assert_eq!(agrees(text, json), expected, "{text} / {json}");
        }
    }
}
