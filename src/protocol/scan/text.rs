//! Strings: where they end, and what their escapes stand for.

use std::borrow::Cow;

use super::{
    super::plain::run,
    cursor::{Cursor, Step},
};

impl<'a> Cursor<'a> {
    /// Moves past a string and returns what it says, without escapes.
    #[inline]
    pub(super) fn key(&mut self) -> Step<Cow<'a, str>> {
        let (start, escapes) = (self.at(), self.escapes());
        self.string()?;
        let quoted = self.since(start);
        let raw = quoted.get(1..quoted.len() - 1).unwrap_or_default();
        if self.escapes() == escapes {
            return Ok(Cow::Borrowed(raw));
        }
        unescape(raw).map(Cow::Owned)
    }

    /// Moves past a string.
    pub(super) fn string(&mut self) -> Step {
        if !self.eat(b'"') {
            return Err("a string");
        }
        loop {
            self.skip(run(self.rest()));
            if self.eat(b'"') {
                return Ok(());
            }
            if !self.eat_escape() {
                return Err("`\"`, or an escape for a control character");
            }
            self.escape()?;
        }
    }

    /// Moves past an escape, behind its `\`, and returns what it stands for.
    #[inline]
    fn escape(&mut self) -> Step<char> {
        let plain = match self.peek() {
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            _ => return Err("one of `\"\\/bfnrtu` after `\\`"),
        };
        self.skip(1);
        Ok(plain)
    }

    /// Moves past `uXXXX`, or past the two that make a surrogate pair.
    fn code_point(&mut self) -> Step<char> {
        let first = self.code_unit()?;
        // RFC 8259 §8.2: half a pair passes the grammar, and its readers disagree on what it is.
        let second = match first {
            0xd800..=0xdbff if self.eat(b'\\') => Some(self.code_unit()?),
            _ => None,
        };
        let mut decoded = char::decode_utf16([first].into_iter().chain(second));
        match (decoded.next(), decoded.next()) {
            (Some(Ok(point)), None) => Ok(point),
            _ => Err("both halves of a surrogate pair"),
        }
    }

    fn code_unit(&mut self) -> Step<u16> {
        if !self.eat(b'u') {
            return Err("both halves of a surrogate pair");
        }
        let mut unit = 0;
        for _ in 0..4 {
            let digit = match self.peek() {
                Some(digit @ b'0'..=b'9') => digit - b'0',
                Some(digit @ b'a'..=b'f') => digit - b'a' + 10,
                Some(digit @ b'A'..=b'F') => digit - b'A' + 10,
                _ => return Err("four hexadecimal digits after `\\u`"),
            };
            unit = unit << 4 | u16::from(digit);
            self.skip(1);
        }
        Ok(unit)
    }
}

/// Returns what the inside of a string says.
#[cold]
fn unescape(raw: &str) -> Step<String> {
    let mut cursor = Cursor::new(raw);
    let mut plain = String::with_capacity(raw.len());
    loop {
        let start = cursor.at();
        cursor.skip(run(cursor.rest()));
        plain.push_str(cursor.since(start));
        if !cursor.eat_escape() {
            return Ok(plain);
        }
        plain.push(cursor.escape()?);
    }
}
