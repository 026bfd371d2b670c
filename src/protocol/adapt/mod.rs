//! The newest types, made to fit an older revision before they are written.
//!
//! Most clients of older revisions ignore what they do not know, some refuse
//! it: what a revision lacks is left out, or replaced by what it has.

mod content;
mod entries;
mod question;
mod results;

#[cfg(test)]
mod tests;

use super::{Revision, dialect::Dialect};

/// A part of a message that looks different in older revisions.
pub(crate) trait Adapt: Sized {
    /// Leaves out or replaces what the dialect lacks.
    fn adapt(&mut self, dialect: &Dialect);

    /// Returns this as the revision has it; the newest takes it as it is.
    fn adapted(mut self, revision: Revision) -> Self {
        if !revision.is_newest() {
            self.adapt(revision.dialect());
        }
        self
    }
}

/// Empties what the dialect lacks.
fn keep<T: Default>(has: bool, part: &mut T) {
    if !has {
        *part = T::default();
    }
}

fn adapt_all<T: Adapt>(parts: &mut [T], dialect: &Dialect) {
    for part in parts {
        part.adapt(dialect);
    }
}
