//! What is known of the standalone stream of a session.

use std::collections::BTreeSet;

/// The resources that can be followed.
pub const URIS: [&str; 2] = ["x://a", "x://b"];

/// A message of the standalone stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    Tools,
    Prompts,
    Resources,
    /// The resource of this number.
    Updated(usize),
}

/// The standalone stream of a session, from its first use on.
#[derive(Clone, Default)]
pub struct Hints {
    followed: BTreeSet<usize>,
    marks: BTreeSet<Hint>,
    pub told: Vec<Hint>,
    pub is_read: bool,
    /// The session is over.
    pub ended: bool,
}

impl Hints {
    pub fn mark(&mut self, hint: Hint) {
        let wanted = match hint {
            Hint::Updated(uri) => self.followed.contains(&uri),
            Hint::Tools | Hint::Prompts | Hint::Resources => true,
        };
        if wanted && !self.ended {
            self.marks.insert(hint);
        }
    }

    pub fn follow(&mut self, uri: usize) {
        self.followed.insert(uri);
    }

    pub fn unfollow(&mut self, uri: usize) {
        self.followed.remove(&uri);
        self.marks.remove(&Hint::Updated(uri));
    }

    /// Takes a reader; returns the event behind which it begins.
    pub fn attach(&mut self, seen: Option<usize>) -> usize {
        self.is_read = true;
        match seen {
            Some(seen) if seen <= self.told.len() => return seen,
            Some(_) => {
                // It knows of events that never were: everything may have changed.
                self.marks = BTreeSet::from([Hint::Tools, Hint::Prompts, Hint::Resources]);
                self.marks
                    .extend(self.followed.iter().copied().map(Hint::Updated));
            }
            None => {}
        }
        self.told.len()
    }

    /// What was marked is told, once somebody reads.
    pub fn tell(&mut self) {
        self.told.extend(std::mem::take(&mut self.marks));
    }
}
