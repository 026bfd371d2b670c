//! A place in the text, and the tokens that need no more than that.

use super::Span;

/// A step over something; the error is what the grammar wanted where the cursor now stands.
///
/// It is this small because a step is taken for every token, and a [`ScanError`](super::ScanError)
/// is made once.
pub(super) type Step<T = ()> = Result<T, &'static str>;

/// A place in the text being scanned.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    // Counted, because a flag that `string` returned beside its error costs more.
    escapes: usize,
}

impl<'a> Cursor<'a> {
    /// Creates a cursor before the text's first byte.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            escapes: 0,
        }
    }

    /// Returns the offset of the next byte.
    #[inline]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Returns the next byte and stays.
    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Returns what is left, as bytes: the cursor may stand inside a character.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Returns the text from an earlier offset to this one.
    #[inline]
    pub(super) fn since(&self, start: usize) -> &'a str {
        self.span_since(start).of(self.text)
    }

    /// Returns the span from an earlier offset to this one.
    #[inline]
    pub(super) fn span_since(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    /// Moves past bytes that [`rest`](Self::rest) showed.
    #[inline]
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Moves past the byte if it is next.
    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let next = self.peek() == Some(byte);
        self.at += usize::from(next);
        next
    }

    /// Moves past the `\` of an escape if it is next.
    #[inline]
    pub(super) fn eat_escape(&mut self) -> bool {
        let next = self.eat(b'\\');
        self.escapes += usize::from(next);
        next
    }

    /// Returns how many escapes were passed.
    #[inline]
    pub(super) fn escapes(&self) -> usize {
        self.escapes
    }

    /// Moves past JSON's whitespace, which is narrower than Rust's.
    #[inline]
    pub(super) fn whitespace(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Moves past `true`, `false` or `null`.
    #[inline]
    pub(super) fn literal(&mut self, word: &'static str) -> Step {
        if !self.rest().starts_with(word.as_bytes()) {
            return Err("a JSON value");
        }
        self.at += word.len();
        Ok(())
    }

    /// Moves past a number of any size: whether it fits is for the type it is read into.
    pub(super) fn number(&mut self) -> Step {
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _sign = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        Ok(())
    }

    #[inline]
    fn digits(&mut self) -> Step {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at == start {
            return Err("a digit");
        }
        Ok(())
    }
}
