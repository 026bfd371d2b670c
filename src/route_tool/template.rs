//! The path of a route, with values in place of its parameters.

use std::fmt;

use http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is escaped in a value: all that could end a segment, a path, a key or a query.
pub(super) const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A path in axum's spelling: `{id}` is one segment, `{*rest}` all that follow.
#[derive(Clone, Debug)]
pub(super) struct Template {
    text: String,
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Literal(String),
    Segment(String),
    Rest(String),
}

impl Template {
    /// Reads a path.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if !text.starts_with('/') {
            return Err(format!("a path starts with `/`, and `{text}` does not"));
        }
        let template = Self {
            text: text.to_owned(),
            pieces: pieces(text)?,
        };
        let sample = template.fill(|_| Some("x".to_owned()))?;
        match sample.parse::<Uri>() {
            Ok(uri) if uri.path() == sample => Ok(template),
            _ => Err(format!(
                "`{text}` is not a path; percent-encode what is no letter, and leave out `?` and `#`"
            )),
        }
    }

    /// Returns the names of the parameters.
    pub(super) fn parameters(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Segment(name) | Piece::Rest(name) => Some(name.as_str()),
        })
    }

    /// Puts values in place of the parameters, so that none can reach beyond its own.
    pub(super) fn fill(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        let mut path = String::new();
        let given = |name| value(name).ok_or_else(|| format!("`{name}`: missing"));
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => path.push_str(text),
                Piece::Segment(name) => {
                    let value = given(name)?;
                    check(&value).map_err(|why| format!("`{name}`: {why}"))?;
                    path.extend(utf8_percent_encode(&value, ESCAPED));
                }
                Piece::Rest(name) => {
                    let value = given(name)?;
                    push_rest(&mut path, &value).map_err(|why| format!("`{name}`: {why}"))?;
                }
            }
        }
        Ok(path)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Refuses what would be another path once somebody normalises it.
fn check(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        return Err("an empty text is no segment of a path");
    }
    if value.contains('\0') {
        return Err("a path holds no NUL");
    }
    if value
        .split(['/', '\\'])
        .any(|part| matches!(part, "." | ".."))
    {
        return Err("`.` and `..` are no segments of a path");
    }
    Ok(())
}

fn push_rest(path: &mut String, value: &str) -> Result<(), &'static str> {
    for (at, segment) in value.split('/').enumerate() {
        check(segment)?;
        if at > 0 {
            path.push('/');
        }
        path.extend(utf8_percent_encode(segment, ESCAPED));
    }
    Ok(())
}

fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        literal.push_str(&rest[..at]);
        rest = &rest[at..];
        // Doubled braces stand for themselves, which a path spells with percent signs.
        if let Some(after) = rest.strip_prefix("{{") {
            literal.push_str("%7B");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("}}") {
            literal.push_str("%7D");
            rest = after;
        } else {
            let inside = rest.strip_prefix('{').and_then(|open| open.split_once('}'));
            let Some((name, after)) = inside else {
                return Err(format!("`{text}` has a brace without the other one"));
            };
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            pieces.push(parameter(name, after, text)?);
            rest = after;
        }
    }
    literal.push_str(rest);
    pieces.push(Piece::Literal(literal));
    Ok(pieces)
}

fn parameter(name: &str, after: &str, text: &str) -> Result<Piece, String> {
    let (name, is_rest) = match name.strip_prefix('*') {
        Some(name) => (name, true),
        None => (name, false),
    };
    if name.is_empty() || name.contains(['{', '*', '/']) {
        return Err(format!(
            "`{text}` has a parameter without a proper name; write `{{name}}` or `{{*name}}`"
        ));
    }
    if is_rest && !after.is_empty() {
        return Err(format!("`{{*{name}}}` of `{text}` must be the end of it"));
    }
    let name = name.to_owned();
    Ok(if is_rest {
        Piece::Rest(name)
    } else {
        Piece::Segment(name)
    })
}
