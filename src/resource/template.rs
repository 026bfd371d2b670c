//! URI templates: which URIs a templated resource answers, and what their variables hold.
//!
//! Three expressions of RFC 6570 are understood:
//!
//! | expression | matches |
//! |---|---|
//! | `{name}` | one or more characters other than `/`, `?` and `#` |
//! | `{+name}` | the same, and `/` too |
//! | `{?a,b}` | at the end: a query of these names, each optional, in any order |
//!
//! # Where a value ends
//!
//! Expressions have a literal between them, and matching never goes back, so it takes linear time.
//! Up to the first `{+name}`, a value ends at the first occurrence of the literal behind it. Past it,
//! matching goes from the end of the URI, and a value begins after the last occurrence of the literal
//! before it: `{+path}/{file}` leaves `file` the last segment, and of two `{+name}` the first is the
//! longer. With at most one `{+name}` this finds a way to cut the URI whenever there is one.
//!
//! A value that could lead elsewhere than the template says matches nothing; see [`super::screen`].

use std::{fmt, iter, sync::Arc};

use super::screen;

/// The longest URI that can match, in bytes.
const MAX_URI: usize = 8 * 1024;

/// A URI template.
#[derive(Clone, Debug)]
pub(crate) struct UriTemplate {
    text: Arc<str>,
    /// The literal before the first expression.
    prefix: Box<str>,
    values: Vec<Value>,
    query: Vec<Arc<str>>,
}

/// What a matching URI holds: variables and their decoded values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(Arc<str>, String)>);

/// Why a text is not a template; the author of the server reads it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TemplateError {
    /// There is no text.
    Empty,
    /// The text does not begin with a literal scheme.
    NoScheme,
    /// A character that neither a URI nor an expression has.
    Stray(char),
    /// An expression that is opened and not closed.
    Unclosed(Box<str>),
    /// An expression of RFC 6570, or none, that is not understood.
    Unsupported(Box<str>),
    /// An expression right behind another.
    Adjacent(Box<str>),
    /// A query expression with something behind it, or behind a literal `?` or `#`.
    MisplacedQuery(Box<str>),
    /// A variable that appears twice.
    Repeated(Box<str>),
}

/// `{name}` or `{+name}`, and the literal behind it.
#[derive(Clone, Debug)]
struct Value {
    name: Arc<str>,
    reserved: bool,
    tail: Box<str>,
}

/// One expression as it was written, and its names.
enum Expression<'t> {
    Value {
        text: &'t str,
        name: &'t str,
        reserved: bool,
    },
    Query {
        text: &'t str,
        names: Vec<&'t str>,
    },
}

impl UriTemplate {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// When the text is no template, or one that could match in more than one way.
    pub(crate) fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.is_empty() {
            return Err(TemplateError::Empty);
        }
        let (prefix, mut rest) = split_literal(text)?;
        if !screen::begins_with_scheme(prefix) {
            return Err(TemplateError::NoScheme);
        }
        let mut template = Self {
            text: text.into(),
            prefix: prefix.into(),
            values: Vec::new(),
            query: Vec::new(),
        };
        while !rest.is_empty() {
            let (expression, behind) = Expression::split_from(rest)?;
            let (tail, next) = split_literal(behind)?;
            match expression {
                Expression::Value {
                    text,
                    name,
                    reserved,
                } => {
                    template.push_value(text, name, reserved, tail)?;
                }
                Expression::Query { text, names } => template.push_query(text, &names, behind)?,
            }
            rest = next;
        }
        Ok(template)
    }

    /// Returns the values of `uri`, or `None` if it does not match.
    pub(crate) fn matches(&self, uri: &str) -> Option<Params> {
        if uri.len() > MAX_URI {
            return None;
        }
        let (path, query) = match uri.split_once('?') {
            Some((path, query)) if !self.query.is_empty() => (path, Some(query)),
            _ => (uri, None),
        };
        let mut params = Params::default();
        for (value, raw) in iter::zip(&self.values, self.split(path)?) {
            params.0.push((
                Arc::clone(&value.name),
                screen::path_value(raw, value.reserved)?,
            ));
        }
        if let Some(query) = query {
            self.read_query(query, &mut params)?;
        }
        Some(params)
    }

    /// Returns the variables in order, and whether each is required.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, bool)> {
        let values = self.values.iter().map(|value| (&*value.name, true));
        values.chain(self.query.iter().map(|name| (&**name, false)))
    }

    /// Whether a variable of that name is part of the template.
    pub(crate) fn has_variable(&self, name: &str) -> bool {
        self.variables()
            .any(|(variable, _required)| variable == name)
    }

    /// Returns the length of the literal it begins with; of several matches the longest wins.
    pub(crate) fn literal_prefix_len(&self) -> usize {
        self.prefix.len()
    }

    /// Returns the template as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    fn push_value(
        &mut self,
        text: &str,
        name: &str,
        reserved: bool,
        tail: &str,
    ) -> Result<(), TemplateError> {
        if self.values.last().is_some_and(|last| last.tail.is_empty()) {
            return Err(TemplateError::Adjacent(text.into()));
        }
        let name = self.declare(name)?;
        self.values.push(Value {
            name,
            reserved,
            tail: tail.into(),
        });
        Ok(())
    }

    fn push_query(
        &mut self,
        text: &str,
        names: &[&str],
        behind: &str,
    ) -> Result<(), TemplateError> {
        let mut literals =
            iter::once(&self.prefix).chain(self.values.iter().map(|value| &value.tail));
        if !behind.is_empty() || literals.any(|literal| literal.contains(['?', '#'])) {
            return Err(TemplateError::MisplacedQuery(text.into()));
        }
        for name in names {
            let name = self.declare(name)?;
            self.query.push(name);
        }
        Ok(())
    }

    fn declare(&self, name: &str) -> Result<Arc<str>, TemplateError> {
        if self.variables().any(|(taken, _)| taken == name) {
            return Err(TemplateError::Repeated(name.into()));
        }
        Ok(name.into())
    }

    /// Cuts the raw values out of `path`.
    fn split<'u>(&self, path: &'u str) -> Option<Vec<&'u str>> {
        let mut rest = path.strip_prefix(&*self.prefix)?;
        let Some(last) = self.values.last() else {
            return rest.is_empty().then(Vec::new);
        };
        rest = rest.strip_suffix(&*last.tail)?;
        let first_reserved = self.values.iter().position(|value| value.reserved);
        let middle = first_reserved.unwrap_or(self.values.len() - 1);

        let mut raw = Vec::with_capacity(self.values.len());
        for value in &self.values[..middle] {
            let (cut, behind) = split_first(rest, &value.tail)?;
            raw.push(cut);
            rest = behind;
        }
        let mut from_the_end = Vec::new();
        for value in self.values[middle..].iter().rev().skip(1) {
            let (before, cut) = split_last(rest, &value.tail)?;
            from_the_end.push(cut);
            rest = before;
        }
        raw.push(rest);
        raw.extend(from_the_end.into_iter().rev());
        Some(raw)
    }

    /// Adds the values of `query`; what is unknown, repeated or no `name=value` matches nothing.
    fn read_query(&self, query: &str, params: &mut Params) -> Option<()> {
        for pair in query.split('&') {
            let (name, raw) = pair.split_once('=')?;
            let name = self.query.iter().find(|known| ***known == *name)?;
            if params.get(name).is_some() {
                return None;
            }
            params.0.push((Arc::clone(name), screen::query_value(raw)?));
        }
        Some(())
    }
}

impl<'t> Expression<'t> {
    /// Reads the expression that `text` begins with, and returns it with what is behind.
    fn split_from(text: &'t str) -> Result<(Self, &'t str), TemplateError> {
        let Some(end) = text.find('}') else {
            return Err(TemplateError::Unclosed(text.into()));
        };
        let (text, behind) = text.split_at(end + 1);
        let inside = &text[1..end];
        let expression = if let Some(names) = inside.strip_prefix('?') {
            Self::Query {
                text,
                names: names.split(',').collect(),
            }
        } else if let Some(name) = inside.strip_prefix('+') {
            Self::Value {
                text,
                name,
                reserved: true,
            }
        } else {
            Self::Value {
                text,
                name: inside,
                reserved: false,
            }
        };
        let named = match &expression {
            Self::Value { name, .. } => is_name(name),
            Self::Query { names, .. } => names.iter().all(|name| is_name(name)),
        };
        if !named {
            return Err(TemplateError::Unsupported(text.into()));
        }
        Ok((expression, behind))
    }
}

impl Params {
    /// Returns the value of a variable.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Returns the variables that the URI holds, with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl std::error::Error for TemplateError {}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty; write one such as `users://{id}`"),
            Self::NoScheme => {
                f.write_str("it has no scheme; begin with a literal one, as in `users://{id}`")
            }
            Self::Stray(c) => write!(f, "`{c}` stands outside an expression; percent-encode it"),
            Self::Unclosed(text) => write!(f, "`{text}` is not closed; add a `}}`"),
            Self::Unsupported(text) => write!(
                f,
                "`{text}` is not supported; write `{{name}}`, `{{+name}}` or, at the end, `{{?a,b}}`, \
                 with names of letters, digits, `_` and single dots"
            ),
            Self::Adjacent(text) => {
                write!(
                    f,
                    "`{text}` is right behind another expression; put a literal between them"
                )
            }
            Self::MisplacedQuery(text) => {
                write!(f, "`{text}` must be the end and the only query; move it")
            }
            Self::Repeated(name) => write!(f, "variable `{name}` appears twice; rename one"),
        }
    }
}

/// Splits off the literal before the next expression.
fn split_literal(text: &str) -> Result<(&str, &str), TemplateError> {
    let (literal, rest) = text.split_at(text.find('{').unwrap_or(text.len()));
    // RFC 3986 section 2: the unreserved and reserved characters; the rest is percent-encoded.
    let stray = |c: char| !c.is_ascii_alphanumeric() && !"-._~:/?#[]@!$&'()*+,;=%".contains(c);
    match literal.chars().find(|c| stray(*c)) {
        Some(c) => Err(TemplateError::Stray(c)),
        None if !screen::is_percent_encoded(literal) => Err(TemplateError::Stray('%')),
        None => Ok((literal, rest)),
    }
}

/// RFC 6570 section 2.3, without percent-encoded characters.
fn is_name(name: &str) -> bool {
    let is_char = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.split('.')
        .all(|piece| !piece.is_empty() && piece.chars().all(is_char))
}

/// Splits at the first `mark` that leaves a value before it.
fn split_first<'u>(text: &'u str, mark: &str) -> Option<(&'u str, &'u str)> {
    let (second, _) = text.char_indices().nth(1)?;
    let at = second + text[second..].find(mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

/// Splits at the last `mark` that leaves a value behind it.
fn split_last<'u>(text: &'u str, mark: &str) -> Option<(&'u str, &'u str)> {
    let (last, _) = text.char_indices().next_back()?;
    let at = text[..last].rfind(mark)?;
    Some((&text[..at], &text[at + mark.len()..]))
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "template_traversal_tests.rs"]
mod traversal_tests;
