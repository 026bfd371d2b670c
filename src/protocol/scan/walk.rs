//! The pass itself: values inside values, from the first byte to the last.

use std::borrow::Cow;

use super::{
    Member, Outline, ScanError, Shape, Span,
    cursor::{Cursor, Step},
    keys::{Mark, OpenKeys, is_reserved},
    outline::Level,
};

/// How deep objects and arrays may nest; the walk recurses, so this bounds its stack too.
pub(super) const MAX_DEPTH: usize = 128;

/// How much of a duplicate key is worth repeating to the peer, in characters.
const KEY_SHOWN: usize = 64;

/// A walk through a text.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    cursor: Cursor<'a>,
    depth: usize,
    keys: OpenKeys<'a>,
    flaw: Option<Flaw>,
    outline: Outline,
    id_repeated: bool,
}

/// What is wrong with a key. Kept until the end is reached, because broken grammar outranks it.
#[derive(Debug)]
enum Flaw {
    Duplicate(String),
    Reserved,
}

impl<'a> Walk<'a> {
    /// Creates a walk at the start of a text whose length fits `u32`.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            cursor: Cursor::new(text),
            depth: 0,
            keys: OpenKeys::new(),
            flaw: None,
            outline: Outline::EMPTY,
            id_repeated: false,
        }
    }

    /// Walks the whole text as one message.
    pub(super) fn message(mut self) -> Result<Outline, ScanError> {
        self.cursor.whitespace();
        self.outline.shape = match self.cursor.peek() {
            Some(b'{') => Shape::Object,
            Some(b'[') => Shape::Array,
            _ => Shape::Other,
        };
        let walked = self.value(Level::Root).and_then(|()| self.nothing_more());
        self.verdict(walked)?;
        Ok(self.outline)
    }

    /// Walks the whole text as an array of at most `limit` elements.
    pub(super) fn elements(mut self, limit: usize) -> Result<Vec<Span>, ScanError> {
        let mut elements = Vec::new();
        let walked = self.root_array(limit, &mut elements);
        if elements.len() > limit {
            return Err(ScanError::TooManyElements { limit });
        }
        self.verdict(walked)?;
        Ok(elements)
    }

    fn root_array(&mut self, limit: usize, elements: &mut Vec<Span>) -> Step {
        self.cursor.whitespace();
        if self.cursor.peek() != Some(b'[') {
            return Err("an array");
        }
        let mut more = self.open(b']')?;
        while more && elements.len() <= limit {
            let start = self.cursor.at();
            self.value(Level::Below)?;
            elements.push(self.cursor.span_since(start));
            more = self.more(b']')?;
        }
        self.nothing_more()
    }

    /// Returns what the walk has found, the worst first.
    fn verdict(&mut self, walked: Step) -> Result<(), ScanError> {
        if self.depth > MAX_DEPTH {
            return Err(ScanError::TooDeep);
        }
        walked.map_err(|expected| ScanError::Syntax {
            expected,
            at: self.cursor.at(),
        })?;
        let id = self.outline.get(Member::Id).filter(|_| !self.id_repeated);
        match self.flaw.take() {
            None => Ok(()),
            Some(Flaw::Duplicate(key)) => Err(ScanError::DuplicateKey { key, id }),
            Some(Flaw::Reserved) => Err(ScanError::ReservedKey { id }),
        }
    }

    /// Moves past a value; `level` is the value's, should it be an object.
    fn value(&mut self, level: Level) -> Step {
        match self.cursor.peek() {
            Some(b'{') => self.object(level),
            Some(b'[') => self.array(),
            Some(b'"') => self.cursor.string(),
            Some(b'-' | b'0'..=b'9') => self.cursor.number(),
            Some(b't') => self.cursor.literal("true"),
            Some(b'f') => self.cursor.literal("false"),
            _ => self.cursor.literal("null"),
        }
    }

    fn array(&mut self) -> Step {
        let mut more = self.open(b']')?;
        while more {
            self.value(Level::Below)?;
            more = self.more(b']')?;
        }
        Ok(())
    }

    fn object(&mut self, level: Level) -> Step {
        let keys = self.keys.open();
        let mut more = self.open(b'}')?;
        while more {
            let key = self.cursor.key()?;
            self.colon()?;
            let member = Member::of(level, &key);
            self.admit(keys, key);
            let start = self.cursor.at();
            self.value(member.map_or(Level::Below, Member::level))?;
            if let Some(member) = member {
                self.record(member, start);
            }
            more = self.more(b'}')?;
        }
        if self.flaw.is_none() {
            self.flaw = self.keys.duplicate(keys).map(Flaw::duplicate);
        }
        self.keys.close(keys);
        Ok(())
    }

    /// Notes a key of the innermost object.
    fn admit(&mut self, object: Mark, key: Cow<'a, str>) {
        // One flaw is enough; what follows is read for its grammar and for the `id`.
        if self.flaw.is_some() {
            return;
        }
        if is_reserved(&key) {
            self.flaw = Some(Flaw::Reserved);
        } else if self.keys.contains(object, &key) {
            self.flaw = Some(Flaw::duplicate(&key));
        } else {
            self.keys.push(key);
        }
    }

    /// Notes that a member's value began at `start` and ends here.
    fn record(&mut self, member: Member, start: usize) {
        let earlier = self.outline.record(member, self.cursor.span_since(start));
        self.id_repeated |= earlier.is_some() && member == Member::Id;
    }

    /// Enters an object or array, up to what is in it; returns whether anything is.
    #[inline]
    fn open(&mut self, close: u8) -> Step<bool> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("fewer levels");
        }
        self.cursor.skip(1);
        self.cursor.whitespace();
        let empty = self.cursor.eat(close);
        self.depth -= usize::from(empty);
        Ok(!empty)
    }

    /// Moves past what follows an element, up to the next one; returns whether there is one.
    #[inline]
    fn more(&mut self, close: u8) -> Step<bool> {
        self.cursor.whitespace();
        if self.cursor.eat(b',') {
            self.cursor.whitespace();
            return Ok(true);
        }
        if !self.cursor.eat(close) {
            return Err("`,` or the closing bracket");
        }
        self.depth -= 1;
        Ok(false)
    }

    /// Moves past the colon, up to the value.
    #[inline]
    fn colon(&mut self) -> Step {
        self.cursor.whitespace();
        if !self.cursor.eat(b':') {
            return Err("`:`");
        }
        self.cursor.whitespace();
        Ok(())
    }

    fn nothing_more(&mut self) -> Step {
        self.cursor.whitespace();
        self.cursor.peek().map_or(Ok(()), |_| Err("nothing more"))
    }
}

impl Flaw {
    #[cold]
    fn duplicate(key: &str) -> Self {
        Self::Duplicate(key.chars().take(KEY_SHOWN).collect())
    }
}
