//! The `Mcp-Param-*` headers of a tool: arguments that a gateway may route by.
//!
//! A property of the input schema asks for its header with `x-mcp-header`. The
//! rules are checked when the tool is registered, because a client silently
//! drops a tool that breaks them. The values are checked on every call, because
//! a gateway believed the header where the tool believes the argument.

use std::{error::Error as StdError, fmt};

use http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use crate::protocol::{
    canonical::canonical,
    param_header::{agrees, argument, decode, single},
};

use super::generate::{DATA, NAMED, inline_paths};

/// The keyword that asks for a header.
const KEYWORD: &str = "x-mcp-header";
/// The largest integer that every client and gateway reads exactly.
const MAX_INTEGER: i64 = (1 << 53) - 1;
/// The characters of a refused value that are told back.
const MAX_ECHO: usize = 64;

/// The headers that a tool's arguments are repeated in.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParamHeaders(Vec<ParamHeader>);

#[derive(Clone, Debug)]
struct ParamHeader {
    header: HeaderName,
    path: Vec<String>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    String,
    Integer,
    Boolean,
}

/// An `x-mcp-header` for which clients would drop the tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParamHeaderError {
    place: String,
    rule: &'static str,
}

const UNREACHABLE: &str = "is not reached through `properties` alone; put it on a property of the \
                           root, or of an object in one";
const NOT_A_NAME: &str = "must be a string of letters, digits and `-`, as in the name of a header";
const TAKEN: &str = "asks for a header that another property has; names are compared without case";
const NOT_PRIMITIVE: &str = "is on something else than a string, an integer or a boolean; give the \
                             property one of these types";

impl fmt::Display for ParamHeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{KEYWORD}` at `#{}` {}", self.place, self.rule)
    }
}

impl StdError for ParamHeaderError {}

/// A header that does not repeat the argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ParamHeaderMismatch {
    header: HeaderName,
    fault: Fault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Fault {
    Missing,
    Repeated,
    Unreadable,
    NoArgument(String),
    Different(String),
    TooLarge,
}

impl fmt::Display for ParamHeaderMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "header `{}` ", self.header)?;
        match &self.fault {
            Fault::Missing => f.write_str("is missing; it must repeat the argument"),
            Fault::Repeated => f.write_str("is repeated; send it once"),
            Fault::Unreadable => f.write_str(
                "is neither visible ASCII nor `=?base64?…?=` around padded standard base64 of UTF-8",
            ),
            Fault::NoArgument(text) => {
                write!(f, "says `{text}`, but the argument is absent or null; leave it out")
            }
            Fault::Different(text) => write!(f, "says `{text}`, but the argument does not"),
            Fault::TooLarge => write!(f, "is for an integer beyond ±{MAX_INTEGER}"),
        }
    }
}

impl StdError for ParamHeaderMismatch {}

impl ParamHeaders {
    /// Reads the headers that a schema asks for.
    pub(crate) fn from_schema(schema: &Value) -> Result<Self, ParamHeaderError> {
        let mut headers = Self::default();
        headers.collect(schema, "", Some(&[]))?;
        Ok(headers)
    }

    /// Whether no argument has a header.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks that each header says what its argument says.
    pub(crate) fn check(
        &self,
        headers: &HeaderMap,
        arguments: Option<&str>,
    ) -> Result<(), ParamHeaderMismatch> {
        self.0.iter().try_for_each(|param| {
            let value = arguments.and_then(|json| argument(json, &param.path));
            param
                .check(headers, value)
                .map_err(|fault| ParamHeaderMismatch {
                    header: param.header.clone(),
                    fault,
                })
        })
    }

    /// Takes up a schema; `path` is how its value is reached, if through `properties` alone.
    fn collect(
        &mut self,
        schema: &Value,
        place: &str,
        path: Option<&[String]>,
    ) -> Result<(), ParamHeaderError> {
        let keywords = match schema {
            Value::Object(keywords) => keywords,
            Value::Array(schemas) => {
                return schemas
                    .iter()
                    .try_for_each(|schema| self.collect(schema, place, None));
            }
            _ => return Ok(()),
        };
        if keywords.contains_key(KEYWORD) {
            self.add(keywords, path).map_err(|rule| ParamHeaderError {
                place: place.to_owned(),
                rule,
            })?;
        }
        for (keyword, value) in keywords {
            let place = format!("{place}/{keyword}");
            match value {
                Value::Object(schemas) if NAMED.contains(&keyword.as_str()) => {
                    let path = path.filter(|_| keyword == "properties");
                    self.collect_named(schemas, &place, path)?;
                }
                _ if DATA.contains(&keyword.as_str()) => {}
                _ => self.collect(value, &place, None)?,
            }
        }
        Ok(())
    }

    fn collect_named(
        &mut self,
        schemas: &Map<String, Value>,
        place: &str,
        path: Option<&[String]>,
    ) -> Result<(), ParamHeaderError> {
        schemas.iter().try_for_each(|(name, schema)| {
            let path = path.map(|path| [path, std::slice::from_ref(name)].concat());
            self.collect(schema, &format!("{place}/{name}"), path.as_deref())
        })
    }

    fn add(
        &mut self,
        keywords: &Map<String, Value>,
        path: Option<&[String]>,
    ) -> Result<(), &'static str> {
        let path = path.filter(|path| !path.is_empty()).ok_or(UNREACHABLE)?;
        let header = match keywords.get(KEYWORD) {
            Some(Value::String(name)) if !name.is_empty() => {
                HeaderName::try_from(format!("mcp-param-{name}")).map_err(|_| NOT_A_NAME)?
            }
            _ => return Err(NOT_A_NAME),
        };
        if self.0.iter().any(|param| param.header == header) {
            return Err(TAKEN);
        }
        let kind = match keywords.get("type").and_then(Value::as_str) {
            Some("string") => Kind::String,
            Some("integer") => Kind::Integer,
            Some("boolean") => Kind::Boolean,
            _ => return Err(NOT_PRIMITIVE),
        };
        self.0.push(ParamHeader {
            header,
            path: path.to_vec(),
            kind,
        });
        Ok(())
    }
}

impl ParamHeader {
    /// 2026-07-28 transports §Server Behavior: no header for `null` or nothing.
    fn check(&self, headers: &HeaderMap, value: Option<&str>) -> Result<(), Fault> {
        let header = single(headers, &self.header).map_err(|_| Fault::Repeated)?;
        let text = header
            .map(decode)
            .transpose()
            .map_err(|_| Fault::Unreadable)?;
        let echo = |text: &str| text.chars().take(MAX_ECHO).collect::<String>();
        match (text, value.filter(|json| *json != "null")) {
            (Some(text), None) => Err(Fault::NoArgument(echo(&text))),
            (Some(text), Some(json)) if !agrees(&text, json) => Err(Fault::Different(echo(&text))),
            (text, Some(json)) => self.kind.check(json, text.is_some()),
            (None, None) => Ok(()),
        }
    }
}

impl Kind {
    /// Whether the header must be there; a value of another type is left to the
    /// reading of the arguments, which tells the model what fits.
    fn check(self, json: &str, present: bool) -> Result<(), Fault> {
        let fits = match self {
            Self::String => json.starts_with('"'),
            Self::Boolean => matches!(json, "true" | "false"),
            Self::Integer => is_exact_integer(json)?,
        };
        if fits && !present {
            return Err(Fault::Missing);
        }
        Ok(())
    }
}

/// Whether the value is a whole number, in any spelling.
fn is_exact_integer(json: &str) -> Result<bool, Fault> {
    let mut text = Vec::new();
    let number = json.starts_with(|first: char| first == '-' || first.is_ascii_digit());
    if !number || canonical(json, &mut text).is_err() {
        return Ok(false);
    }
    let text = String::from_utf8_lossy(&text);
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    if exponent.starts_with('-') {
        return Ok(false);
    }
    let value = exponent.parse().ok().and_then(|exponent| {
        digits
            .parse::<i64>()
            .ok()?
            .checked_mul(10_i64.checked_pow(exponent)?)
    });
    value
        .filter(|value| (-MAX_INTEGER..=MAX_INTEGER).contains(value))
        .map(|_| true)
        .ok_or(Fault::TooLarge)
}

/// Rewrites a schema so that each header is reached through `properties` alone.
///
/// What cannot be rewritten stays, for [`ParamHeaders::from_schema`] to refuse.
pub(crate) fn inline_header_paths(schema: &mut Value) {
    inline_paths(schema, KEYWORD);
}

#[cfg(test)]
#[expect(
    dead_code,
    reason = "nobody but the generator of schemas reads these types"
)]
#[path = "param_headers_tests.rs"]
mod tests;
