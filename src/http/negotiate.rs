//! Reads `Accept` and `Content-Type`.
//!
//! `Accept` is read kindly: real clients send JSON alone, `*/*` or nothing, and a refusal helps none
//! of them. `Content-Type` is read strictly: `application/json` is what makes a browser ask
//! permission before it posts across sites.

use http::{
    HeaderMap,
    header::{ACCEPT, CONTENT_TYPE},
};

/// The two media types of an answer that the peer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Accepts {
    /// `application/json`.
    pub(crate) json: bool,
    /// `text/event-stream`.
    pub(crate) sse: bool,
}

/// A type and a subtype.
type MediaType<'a> = (&'a [u8], &'a [u8]);

/// What the ranges read so far say of one media type.
#[derive(Clone, Copy, Default)]
struct Verdict {
    specificity: u8,
    accepted: bool,
}

/// Returns which answers the peer takes; both when it names no media range.
pub(crate) fn accepts(headers: &HeaderMap) -> Accepts {
    // What every SDK sends, so that almost no request is taken apart.
    let usual = |value| value == "application/json, text/event-stream";
    let mut values = headers.get_all(ACCEPT).iter();
    if values.next().is_some_and(usual) && values.next().is_none() {
        return Accepts {
            json: true,
            sse: true,
        };
    }
    let mut named_any = false;
    let mut json = Verdict::default();
    let mut sse = Verdict::default();
    let values = headers.get_all(ACCEPT).iter();
    let entries = values.flat_map(|value| split_unquoted(value.as_bytes(), b','));
    for (range, accepted) in entries.filter_map(media_range) {
        named_any = true;
        json.hear(specificity(range, (b"application", b"json")), accepted);
        sse.hear(specificity(range, (b"text", b"event-stream")), accepted);
    }
    Accepts {
        json: json.accepted || !named_any,
        sse: sse.accepted || !named_any,
    }
}

/// Returns whether the body is declared, once, as JSON in UTF-8.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return false;
    };
    if value == "application/json" {
        // What almost everybody sends.
        return true;
    }
    let mut pieces = split_unquoted(value.as_bytes(), b';');
    let is_json = |essence: &[u8]| essence.eq_ignore_ascii_case(b"application/json");
    pieces.next().is_some_and(is_json) && pieces.all(is_json_parameter)
}

impl Verdict {
    /// RFC 9110 §12.5.1: the most specific range decides. Between equals the kinder one does.
    fn hear(&mut self, specificity: u8, accepted: bool) {
        if specificity > self.specificity {
            *self = Self {
                specificity,
                accepted,
            };
        } else if specificity == self.specificity && specificity > 0 {
            self.accepted |= accepted;
        }
    }
}

/// Parses one entry of `Accept` into its range and whether its weight is above zero.
fn media_range(entry: &[u8]) -> Option<(MediaType<'_>, bool)> {
    let mut pieces = split_unquoted(entry, b';');
    let range = split_once(pieces.next()?, b'/')?;
    let is_garbage =
        !is_token(range.0) || !is_token(range.1) || (range.0 == b"*" && range.1 != b"*");
    if is_garbage {
        return None;
    }
    let weight = pieces
        .filter_map(|piece| split_once(piece, b'='))
        .find(|(name, _)| name.trim_ascii().eq_ignore_ascii_case(b"q"));
    match weight {
        Some((_, weight)) => Some((range, is_positive(weight.trim_ascii())?)),
        None => Some((range, true)),
    }
}

/// Returns how closely a range describes a media type: 0 for not at all, 3 for exactly.
fn specificity((kind, subtype): MediaType<'_>, wanted: MediaType<'_>) -> u8 {
    if kind == b"*" {
        1
    } else if !kind.eq_ignore_ascii_case(wanted.0) {
        0
    } else if subtype == b"*" {
        2
    } else if subtype.eq_ignore_ascii_case(wanted.1) {
        3
    } else {
        0
    }
}

/// Reads a weight between 0 and 1; `None` when it is not one.
fn is_positive(weight: &[u8]) -> Option<bool> {
    // Java's URL connection sends `q=.2`.
    let (whole, fraction) = split_once(weight, b'.').unwrap_or((weight, b""));
    let has_only =
        |digits: std::ops::RangeInclusive<u8>| fraction.iter().all(|digit| digits.contains(digit));
    match whole {
        b"1" if has_only(b'0'..=b'0') => Some(true),
        b"0" if has_only(b'0'..=b'9') => Some(!has_only(b'0'..=b'0')),
        b"" if has_only(b'0'..=b'9') && !fraction.is_empty() => Some(!has_only(b'0'..=b'0')),
        _ => None,
    }
}

/// RFC 9110 §5.6.6: a parameter may be empty. JSON has no charset but UTF-8 (RFC 8259 §8.1).
fn is_json_parameter(piece: &[u8]) -> bool {
    if piece.is_empty() {
        return true;
    }
    let Some((name, value)) = split_once(piece, b'=') else {
        return false;
    };
    let text = unquoted(value).unwrap_or(value);
    let is_charset = name.eq_ignore_ascii_case(b"charset");
    is_token(name)
        && (is_token(value) || unquoted(value).is_some())
        && (!is_charset || text.eq_ignore_ascii_case(b"utf-8"))
}

/// Returns what stands between the quotes of a quoted string.
fn unquoted(value: &[u8]) -> Option<&[u8]> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let mut escaped = false;
    for byte in inner {
        match byte {
            b'\\' if !escaped => escaped = true,
            b'"' if !escaped => return None,
            _ => escaped = false,
        }
    }
    (!escaped).then_some(inner)
}

/// Splits at a separator outside quoted strings, and trims the pieces.
fn split_unquoted(bytes: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    let is_separator = move |byte: &u8| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return !quoted && *byte == separator,
        }
        false
    };
    bytes.split(is_separator).map(<[u8]>::trim_ascii)
}

fn split_once(bytes: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|byte| *byte == separator)?;
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

/// RFC 9110 §5.6.2.
fn is_token(bytes: &[u8]) -> bool {
    let is_tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !bytes.is_empty() && bytes.iter().all(is_tchar)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        let value = |value: &&str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
        values
            .iter()
            .map(|text| (name.clone(), value(text)))
            .collect()
    }

    #[test]
    fn the_most_specific_range_decides_and_a_zero_weight_refuses() {
        let rows: &[(&[&str], bool, bool)] = &[
            (&[], true, true),
            (&[""], true, true),
            (&["*/*"], true, true),
            (&["application/json"], true, false),
            (&["text/event-stream"], false, true),
            (&["application/json, text/event-stream"], true, true),
            (&["application/json", "text/event-stream"], true, true),
            (&["APPLICATION/Json,TEXT/Event-Stream"], true, true),
            (&["application/*"], true, false),
            (&["text/*"], false, true),
            (&["text/html, application/xhtml+xml, */*;q=0.8"], true, true),
            (&["text/event-stream;q=0, */*"], true, false),
            (&["*/*;q=0, application/json"], true, false),
            (&["text/event-stream;q=0, text/*"], false, false),
            (&["application/json;q=0.000"], false, false),
            (&["application/json;\tq = 0"], false, false),
            (&["application/json;charset=utf-8"], true, false),
            (&["application/json;a=\",;q=0\", text/plain"], true, false),
            (
                &["application/json;a=\"\\\",text/event-stream\""],
                true,
                false,
            ),
            (&["text/html, *; q=.2, */*; q=.2"], true, true),
            (&["application/json;q=.0"], false, false),
            (&["application/json;q=0, application/json"], true, false),
            (&["json, ,/,;q=1, application/json"], true, false),
            (&["*/json, text/html"], false, false),
            (&["a/b/c, text/event-stream"], false, true),
            (&["caf\u{e9}/x, application/json"], true, false),
            (&["application/json;q=2, text/event-stream"], false, true),
            (
                &["application/json;q=-1, text/event-stream;q=0.9"],
                false,
                true,
            ),
            (&["application/jsonp, text/event-streams"], false, false),
            (&["garbage"], true, true),
        ];
        for (values, json, sse) in rows {
            let accepted = accepts(&headers(&ACCEPT, values));
            assert_eq!(
                accepted,
                Accepts {
                    json: *json,
                    sse: *sse
                },
                "{values:?}"
            );
        }
    }

    #[test]
    fn only_one_content_type_of_json_in_utf_8_is_json() {
        let rows: &[(&[&str], bool)] = &[
            (&["application/json"], true),
            (&["Application/JSON"], true),
            (&["application/json; charset=utf-8"], true),
            (&["application/json;charset=\"UTF-8\""], true),
            (&["application/json ; CHARSET=Utf-8 ; v=\"a;b\""], true),
            (&["application/json;"], true),
            (&[], false),
            (&[""], false),
            (&["application/json", "application/json"], false),
            (&["application/json; charset=utf-16"], false),
            (&["application/json; charset=utf-8; charset=latin1"], false),
            (&["application/json; charset=\"utf-8"], false),
            (&["application/json; charset=\"\\\"utf-8\""], false),
            (&["application/json; charset"], false),
            (&["application/json; a=b, text/plain"], false),
            (&["application/json; a=\"b\"c\""], false),
            (&["text/plain; application/json"], false),
            (&["application/vnd.api+json"], false),
        ];
        for (values, expected) in rows {
            assert_eq!(
                is_json(&headers(&CONTENT_TYPE, values)),
                *expected,
                "{values:?}"
            );
        }
    }
}
