//! Finds the keys that may not be: those given twice, and those with a private meaning.
//!
//! Keys compare unescaped and exactly: case and control characters count, since readers that folded
//! them were fooled. Each of an object's first keys is compared with those before it; an object with
//! more is looked over once, with a hash set, when it ends, so that no body takes quadratic time.
//! What is allocated is one string for each escaped key, one list once the open objects have many
//! keys, and that set.

use std::{borrow::Cow, collections::HashSet};

/// What a key starts with that `serde_json` reads as a command: to parse the string beside it as JSON.
pub(super) const RESERVED_PREFIX: &str = "$serde_json::private::";

/// How many keys of an object are compared one by one.
const NARROW: usize = 16;

/// How many keys of open objects there is room for without allocating.
const NEAR: usize = 32;

/// Returns whether the key has a private meaning to the JSON library.
pub(super) fn is_reserved(key: &str) -> bool {
    key.starts_with(RESERVED_PREFIX)
}

/// The keys of every object that is open, the innermost one's last.
#[derive(Debug)]
pub(super) struct OpenKeys<'a> {
    // Keys without escapes, as long as there is room.
    near: [&'a str; NEAR],
    near_len: usize,
    // The others.
    far: Vec<Cow<'a, str>>,
}

/// Where an object's own keys begin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    near: usize,
    far: usize,
}

impl<'a> OpenKeys<'a> {
    /// Creates the keys of no object.
    pub(super) fn new() -> Self {
        Self {
            near: [""; NEAR],
            near_len: 0,
            far: Vec::new(),
        }
    }

    /// Returns where the keys of an object begin that is opened now.
    pub(super) fn open(&self) -> Mark {
        Mark {
            near: self.near_len,
            far: self.far.len(),
        }
    }

    /// Returns whether the innermost object has the key, while it has few.
    ///
    /// When it has many, [`duplicate`](Self::duplicate) tells once it ends.
    #[inline]
    pub(super) fn contains(&self, object: Mark, key: &str) -> bool {
        let (near, far) = self.of(object);
        near.len() + far.len() < NARROW && (near.contains(&key) || far.iter().any(|far| far == key))
    }

    /// Adds a key to the innermost object.
    #[inline]
    pub(super) fn push(&mut self, key: Cow<'a, str>) {
        match (key, self.near.get_mut(self.near_len)) {
            (Cow::Borrowed(key), Some(free)) => {
                *free = key;
                self.near_len += 1;
            }
            (key, _) => self.far.push(key),
        }
    }

    /// Returns a key that the innermost object has twice, unless the object is small.
    #[inline]
    pub(super) fn duplicate(&self, object: Mark) -> Option<&str> {
        let (near, far) = self.of(object);
        if near.len() + far.len() <= NARROW {
            return None;
        }
        first_duplicate(near, far)
    }

    /// Forgets the innermost object.
    #[inline]
    pub(super) fn close(&mut self, object: Mark) {
        self.near_len = object.near;
        self.far.truncate(object.far);
    }

    #[inline]
    fn of(&self, object: Mark) -> (&[&'a str], &[Cow<'a, str>]) {
        let near = self.near.get(object.near..self.near_len);
        let far = self.far.get(object.far..);
        (near.unwrap_or_default(), far.unwrap_or_default())
    }
}

fn first_duplicate<'k>(near: &[&'k str], far: &'k [Cow<'_, str>]) -> Option<&'k str> {
    let mut seen = HashSet::with_capacity(near.len() + far.len());
    let mut keys = near.iter().copied().chain(far.iter().map(|key| &**key));
    keys.find(|key| !seen.insert(*key))
}
