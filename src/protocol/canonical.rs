//! One text for all spellings of a JSON value, to be digested.
//!
//! It is written from the text, not from `serde_json::Value`: a host may build
//! that crate with features that keep the order of keys or the digits of
//! numbers, and without them big integers silently become doubles.

use std::ops::Range;

use serde::de::{Error as _, IgnoredAny};

/// The deepest nesting that is followed; admission allows no more.
const MAX_DEPTH: usize = 128;

/// Appends the canonical text of a JSON value.
///
/// Keys are sorted, white space is gone, strings are escaped minimally, and
/// numbers of equal value are spelled alike (`1`, `1.0` and `1e0`).
pub(crate) fn canonical(json: &str, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    // From here on the text is known to be JSON, and the walk need only not panic.
    serde_json::from_str::<IgnoredAny>(json)?;
    let mut walk = Walk {
        rest: json,
        depth: 0,
    };
    walk.value(out)
}

struct Walk<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn value(&mut self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        self.skip_space();
        match self.rest.as_bytes().first() {
            Some(b'{') => self.nested(out, Self::object),
            Some(b'[') => self.nested(out, Self::array),
            Some(b'"') => serde_json::to_writer(out, &self.string()?),
            _ => {
                let end = self.rest.find([',', ']', '}', ' ', '\t', '\r', '\n']);
                let scalar = self.take(end.unwrap_or(self.rest.len()));
                number(scalar, out);
                Ok(())
            }
        }
    }

    fn nested(
        &mut self,
        out: &mut Vec<u8>,
        read: fn(&mut Self, &mut Vec<u8>) -> Result<(), serde_json::Error>,
    ) -> Result<(), serde_json::Error> {
        if self.depth == MAX_DEPTH {
            return Err(serde_json::Error::custom("nested too deeply"));
        }
        self.depth += 1;
        self.take(1);
        read(self, out)?;
        self.depth -= 1;
        Ok(())
    }

    fn array(&mut self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        out.push(b'[');
        let mut first = true;
        while !self.ends(']') {
            if !first {
                out.push(b',');
            }
            first = false;
            self.value(out)?;
        }
        out.push(b']');
        Ok(())
    }

    /// Writes the members as they come, then puts them in order where they are not.
    fn object(&mut self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        let start = out.len();
        let mut members: Vec<(String, Range<usize>)> = Vec::new();
        out.push(b'{');
        while !self.ends('}') {
            if !members.is_empty() {
                out.push(b',');
            }
            let from = out.len() - start;
            let key = self.string()?;
            serde_json::to_writer(&mut *out, &key)?;
            out.push(b':');
            self.skip_space();
            self.take(1);
            self.value(out)?;
            members.push((key, from..out.len() - start));
        }
        out.push(b'}');
        if !members.is_sorted_by(|(left, _), (right, _)| left <= right) {
            members.sort_by(|(left, _), (right, _)| left.cmp(right));
            let written = out.split_off(start);
            write_members(&written, members.into_iter().map(|(_, range)| range), out);
        }
        Ok(())
    }

    fn string(&mut self) -> Result<String, serde_json::Error> {
        let mut escaped = false;
        let end = self.rest.bytes().skip(1).position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        serde_json::from_str(self.take(end.map_or(self.rest.len(), |end| end + 2)))
    }

    /// Steps to the next element, or past the end of the array or object.
    fn ends(&mut self, close: char) -> bool {
        self.skip_space();
        self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
        self.skip_space();
        let rest = self.rest.strip_prefix(close);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some() || self.rest.is_empty()
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, len: usize) -> &'a str {
        let (token, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        token
    }
}

/// Writes an object of the members that stand at these places of a text.
fn write_members(text: &[u8], places: impl Iterator<Item = Range<usize>>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (index, place) in places.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(text.get(place).unwrap_or_default());
    }
    out.push(b'}');
}

/// Writes a number as digits and exponent, anything else as it is.
fn number(text: &str, out: &mut Vec<u8>) {
    match decimal(text) {
        Some((_, digits, _)) if digits.is_empty() => out.push(b'0'),
        Some((sign, digits, exponent)) => {
            out.extend_from_slice(sign.as_bytes());
            out.extend_from_slice(digits.as_bytes());
            if exponent != 0 {
                out.extend_from_slice(format!("e{exponent}").as_bytes());
            }
        }
        // `true`, `null`, or an exponent that no number type holds.
        None => out.extend_from_slice(text.as_bytes()),
    }
}

/// Splits a number into sign, digits without zeros at either end, exponent.
fn decimal(text: &str) -> Option<(&'static str, String, i64)> {
    let (sign, text) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("-", rest));
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let digits = all.trim_start_matches('0').trim_end_matches('0');
    if digits.is_empty() {
        return Some(("", String::new(), 0));
    }
    let zeros = all.len() - all.trim_end_matches('0').len();
    let exponent = exponent
        .parse::<i64>()
        .ok()?
        .checked_sub(i64::try_from(fraction.len()).ok()?)?
        .checked_add(i64::try_from(zeros).ok()?)?;
    Some((sign, digits.to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        let mut out = Vec::new();
        canonical(json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn spellings_of_one_value_have_one_text() {
        for (expected, spellings) in [
            (
                "1",
                &["1", "1.0", "1e0", "10e-1", "0.1E+1", " 1\n", "1.000"][..],
            ),
            (
                "0",
                &[
                    "0",
                    "-0",
                    "0.0",
                    "0e9",
                    "-0.00e-7",
                    "0e99999999999999999999",
                ],
            ),
            ("1e2", &["100", "1e2", "1E+2", "0.01e4", "100.00"]),
            ("-15e-1", &["-1.5", "-15e-1", "-1.50"]),
            (
                "18446744073709551617",
                &["18446744073709551617", "18446744073709551617.0"],
            ),
            ("true", &["true", " true"]),
            (r#""é\n\"/""#, &[r#""é\n\"\/""#, r#""\u00e9\u000A\u0022/""#]),
            (r#"["]\\",{}]"#, &[r#"[ "]\\" , { } ]"#]),
            (
                r#"{"":0,"a":{"b":[],"c":1},"é":null}"#,
                &[
                    r#"{"é":null,"a":{"c":1.0,"b":[]},"":0}"#,
                    r#" { "a" : { "b" : [ ] , "c" : 1 } , "" : 0 , "\u00e9" : null } "#,
                ],
            ),
        ] {
            for spelling in spellings {
                assert_eq!(text(spelling), expected, "{spelling}");
            }
        }
    }

    #[test]
    fn different_values_have_different_texts() {
        for (left, right) in [
            ("9007199254740993", "9007199254740992"),
            ("18446744073709551616", "18446744073709551617"),
            ("0.1", "0.10000000000000000001"),
            ("1", "-1"),
            ("1", "\"1\""),
            ("1e99999999999999999999", "1e99999999999999999998"),
            ("[1,2]", "[2,1]"),
            (r#"{"a":1}"#, r#"{"a":null}"#),
        ] {
            assert_ne!(text(left), text(right), "{left} / {right}");
        }
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        let deep = "[".repeat(129) + &"]".repeat(129);
        for json in ["", "{", "[1,]", "01", "\"\\ud800\"", "1 2", deep.as_str()] {
            assert!(canonical(json, &mut Vec::new()).is_err(), "{json}");
        }
        let admitted = "[".repeat(128) + &"]".repeat(128);
        assert_eq!(text(&admitted), admitted);
    }
}
