//! Decodes the variables of a URI, and refuses those that could lead elsewhere.
//!
//! Handlers join such values to paths and URLs, though they should not (CVE-2026-32871). So a value is
//! percent-decoded once, and there is none where it holds a dot segment, a slash the template did not
//! allow, an encoded slash, a backslash, a control character, a drive or a scheme, or one of these
//! encoded a second time. The peer is answered as for an unknown URI, and learns nothing from it.

use percent_encoding::percent_decode_str;

/// Decodes the value of a `{name}`, or with `reserved` of a `{+name}`, which may have slashes inside.
pub(crate) fn path_value(raw: &str, reserved: bool) -> Option<String> {
    if raw.is_empty() || raw.contains(['?', '#']) {
        return None;
    }
    let value = decode(raw)?;
    let slashes = if reserved {
        holds_encoded(raw, &["2f"])
    } else {
        value.contains('/')
    };
    (!slashes && stays_below(&value, reserved)).then_some(value)
}

/// Decodes the value of a query variable, which may be any text but a path that leads up.
pub(crate) fn query_value(raw: &str) -> Option<String> {
    if raw.contains('#') {
        return None;
    }
    let value = decode(raw)?;
    let leads_up = dot_segments(&value).any(|dots| dots == 2);
    (!leads_up && !value.contains('\0')).then_some(value)
}

/// Whether `text` begins with a scheme and its colon (RFC 3986 section 3.1).
pub(crate) fn begins_with_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// Decodes once; `None` if that is no UTF-8 or a `%` begins no octet.
fn decode(raw: &str) -> Option<String> {
    if !is_percent_encoded(raw) {
        return None;
    }
    Some(percent_decode_str(raw).decode_utf8().ok()?.into_owned())
}

/// Whether each `%` begins an encoded octet (RFC 3986 section 2.1).
pub(crate) fn is_percent_encoded(raw: &str) -> bool {
    let octet = |at| raw.as_bytes().get(at + 1..at + 3);
    raw.match_indices('%')
        .all(|(at, _)| octet(at).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}

/// Whether a decoded value, joined to a path or a URL, names something below it.
fn stays_below(value: &str, reserved: bool) -> bool {
    let start = value.trim_start();
    let elsewhere =
        start.starts_with(is_slash) || is_drive(start) || (reserved && begins_with_scheme(start));
    // Line breaks and tabs vanish in WHATWG URLs: `.%09.` is `..` there.
    let unclean = value.contains(|c: char| c == '\\' || c.is_control());
    let again = holds_encoded(value, &["2e", "2f", "5c", "00"]);
    !elsewhere && !unclean && !again && dot_segments(value).next().is_none()
}

/// `c:` and its older spelling `c|`: joined to a path on Windows, a drive replaces it.
fn is_drive(value: &str) -> bool {
    matches!(value.as_bytes(), [letter, b':' | b'|', ..] if letter.is_ascii_alphabetic())
}

/// Whether one of the octets `hex` is there percent-encoded, once or more times over.
fn holds_encoded(text: &str, hex: &[&str]) -> bool {
    text.split('%').skip(1).any(|octet| {
        let octet = octet.trim_start_matches("25").as_bytes();
        octet.get(..2).is_some_and(|octet| {
            hex.iter()
                .any(|hex| octet.eq_ignore_ascii_case(hex.as_bytes()))
        })
    })
}

/// The number of dots of each segment that has nothing else.
///
/// White space and what follows a `;` are set aside: Windows and servlet containers drop them.
fn dot_segments(value: &str) -> impl Iterator<Item = usize> {
    value.split(is_slash).filter_map(|segment| {
        let (name, _) = segment.split_once(';').unwrap_or((segment, ""));
        let visible = name
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_control());
        visible
            .map(dots)
            .sum::<Option<usize>>()
            .filter(|dots| *dots > 0)
    })
}

/// Slashes, and the characters that compatibility normalisation (NFKC) turns into one.
fn is_slash(c: char) -> bool {
    matches!(c, '/' | '\\' | '\u{ff0f}' | '\u{ff3c}')
}

/// The dots that `c` stands for, also after NFKC; `None` for any other character.
fn dots(c: char) -> Option<usize> {
    match c {
        '.' | '\u{ff0e}' | '\u{2024}' => Some(1),
        '\u{2025}' => Some(2),
        _ => None,
    }
}
