//! Reads a flat map of strings as a typed value.
//!
//! Template variables and prompt arguments are text on the wire. They are read as axum's `Path` reads
//! its captures: a field says what it wants, and the text is parsed as that. A value which asks for
//! nothing in particular, such as `serde_json::Value`, stays a string. So does what serde buffers
//! before it knows the field's type: in a flattened struct or an untagged enum, a number is refused.
//!
//! Text has no structure: a list, a map or a struct inside a field is refused.

use std::fmt;

use serde::{
    de::{
        DeserializeOwned, DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess,
        Visitor,
    },
    forward_to_deserialize_any,
};

/// The characters of a name or value that an error repeats.
const QUOTED_CHARS: usize = 64;

/// The characters of a message written by a type; serde's own repeat the whole value.
const MESSAGE_CHARS: usize = 256;

/// Why a map of strings does not fit a type.
#[derive(Debug)]
pub(crate) struct StringsError {
    field: Option<Box<str>>,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Missing,
    Repeated,
    Unparsable {
        text: String,
        wanted: &'static str,
    },
    Unsupported(&'static str),
    /// What serde or the type itself says.
    Other(String),
}

/// Reads `pairs` of names and texts as a `T`.
///
/// # Errors
///
/// When a field is missing, given twice, or its text is not what the field wants.
pub(crate) fn from_strings<'a, T: DeserializeOwned>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<T, StringsError> {
    T::deserialize(Strings { pairs })
}

/// The whole map.
struct Strings<I> {
    pairs: I,
}

impl<'a, 'de, I: Iterator<Item = (&'a str, &'a str)>> Deserializer<'de> for Strings<I> {
    type Error = StringsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        visitor.visit_map(Fields {
            pairs: self.pairs,
            current: None,
        })
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The map, field by field; it adds the field's name to whatever fails there.
struct Fields<'a, I> {
    pairs: I,
    current: Option<(&'a str, &'a str)>,
}

impl<'a, 'de, I: Iterator<Item = (&'a str, &'a str)>> MapAccess<'de> for Fields<'a, I> {
    type Error = StringsError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, StringsError> {
        self.current = self.pairs.next();
        let Some((name, _)) = self.current else {
            return Ok(None);
        };
        seed.deserialize(Text(name))
            .map(Some)
            .map_err(|error| error.at(name))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, StringsError> {
        let Some((name, text)) = self.current.take() else {
            return Err(StringsError::custom(
                "a value was asked for before its name",
            ));
        };
        seed.deserialize(Text(text)).map_err(|error| error.at(name))
    }
}

/// One name or value, parsed as whatever the visitor wants.
struct Text<'a>(&'a str);

/// One method per scalar: parse, or say what was wanted.
macro_rules! parsed {
    ($($deserialize:ident $visit:ident $wanted:literal)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(StringsError::unparsable(self.0, $wanted)),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Text<'_> {
    type Error = StringsError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        visitor.visit_str(self.0)
    }

    parsed! {
        deserialize_bool visit_bool "`true` or `false`"
        deserialize_i8 visit_i8 "an integer from -128 to 127"
        deserialize_i16 visit_i16 "an integer from -32768 to 32767"
        deserialize_i32 visit_i32 "an integer of 32 bits"
        deserialize_i64 visit_i64 "an integer"
        deserialize_i128 visit_i128 "an integer"
        deserialize_u8 visit_u8 "an integer from 0 to 255"
        deserialize_u16 visit_u16 "an integer from 0 to 65535"
        deserialize_u32 visit_u32 "an unsigned integer of 32 bits"
        deserialize_u64 visit_u64 "an unsigned integer"
        deserialize_u128 visit_u128 "an unsigned integer"
        deserialize_f32 visit_f32 "a number"
        deserialize_f64 visit_f64 "a number"
        deserialize_char visit_char "a single character"
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        visitor.visit_bytes(self.0.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        visitor.visit_some(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, StringsError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        visitor.visit_enum(self.0.into_deserializer())
    }

    fn deserialize_seq<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, StringsError> {
        Err(Problem::Unsupported("a list").into())
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, StringsError> {
        Err(Problem::Unsupported("an object").into())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, StringsError> {
        self.deserialize_map(visitor)
    }

    forward_to_deserialize_any! { str string identifier ignored_any }
}

impl StringsError {
    fn unparsable(text: &str, wanted: &'static str) -> Self {
        Problem::Unparsable {
            text: clipped(text, QUOTED_CHARS),
            wanted,
        }
        .into()
    }

    fn at(mut self, field: &str) -> Self {
        self.field
            .get_or_insert_with(|| clipped(field, QUOTED_CHARS).into());
        self
    }
}

impl From<Problem> for StringsError {
    fn from(problem: Problem) -> Self {
        Self {
            field: None,
            problem,
        }
    }
}

impl Error for StringsError {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Problem::Other(clipped(&message.to_string(), MESSAGE_CHARS)).into()
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let (variant, expected) = (clipped(variant, QUOTED_CHARS), alternatives(expected));
        Problem::Other(format!("unknown value `{variant}`, expected {expected}")).into()
    }

    fn unknown_field(_field: &str, expected: &'static [&'static str]) -> Self {
        // The name is added by `at`.
        Problem::Other(format!("unknown, expected {}", alternatives(expected))).into()
    }

    fn missing_field(field: &'static str) -> Self {
        Self::from(Problem::Missing).at(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::from(Problem::Repeated).at(field)
    }
}

impl std::error::Error for StringsError {}

impl fmt::Display for StringsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "`{field}`: ")?;
        }
        match &self.problem {
            Problem::Missing => f.write_str("missing"),
            Problem::Repeated => f.write_str("given twice"),
            Problem::Unparsable { text, wanted } => write!(f, "cannot parse `{text}` as {wanted}"),
            Problem::Unsupported(kind) => {
                write!(f, "unsupported, {kind} cannot be read from a string")
            }
            Problem::Other(message) => f.write_str(message),
        }
    }
}

/// The peer's text, short and on one line: errors go back to it and into logs.
fn clipped(text: &str, limit: usize) -> String {
    let mut chars = text.chars().map(|c| {
        if c.is_control() {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    });
    let mut clipped: String = chars.by_ref().take(limit).collect();
    if chars.next().is_some() {
        clipped.push('…');
    }
    clipped
}

fn alternatives(names: &[&str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [one] => one.clone(),
        several => format!("one of {}", several.join(", ")),
    }
}

#[cfg(test)]
#[path = "strings_tests.rs"]
mod tests;
