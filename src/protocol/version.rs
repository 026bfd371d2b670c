//! The revisions of the protocol, and the two lifecycles they follow.

use std::fmt;

/// A revision of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Revision {
    /// 2024-11-05: HTTP+SSE.
    V2024_11_05,
    /// 2025-03-26: Streamable HTTP, batches.
    V2025_03_26,
    /// 2025-06-18: structured output, elicitation.
    V2025_06_18,
    /// 2025-11-25: polling, url elicitation.
    V2025_11_25,
    /// 2026-07-28: no sessions, everything in each request.
    V2026_07_28,
}

/// The lifecycle a revision follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Era {
    /// `initialize` opens a session that fixes version and capabilities.
    Sessionful,
    /// Version and capabilities travel in every request.
    Stateless,
}

impl Revision {
    /// Every revision, newest first.
    pub const ALL: [Self; 5] = [
        Self::V2026_07_28,
        Self::V2025_11_25,
        Self::V2025_06_18,
        Self::V2025_03_26,
        Self::V2024_11_05,
    ];

    /// The revision of a client that sends no version header and has no session.
    pub(crate) const WITHOUT_HEADER: Self = Self::V2025_03_26;

    /// Returns the revision's date, as the wire spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2024_11_05 => "2024-11-05",
            Self::V2025_03_26 => "2025-03-26",
            Self::V2025_06_18 => "2025-06-18",
            Self::V2025_11_25 => "2025-11-25",
            Self::V2026_07_28 => "2026-07-28",
        }
    }

    /// Whether this is the revision that the types are made for.
    pub(crate) fn is_newest(self) -> bool {
        self == Self::ALL[0]
    }

    /// Returns the lifecycle this revision follows.
    #[must_use]
    pub const fn era(self) -> Era {
        match self {
            Self::V2026_07_28 => Era::Stateless,
            Self::V2024_11_05 | Self::V2025_03_26 | Self::V2025_06_18 | Self::V2025_11_25 => {
                Era::Sessionful
            }
        }
    }

    /// Returns the revision that `text` spells exactly.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|revision| revision.as_str() == text)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Returns those of the revisions that open with `initialize`, in the same order.
pub(crate) fn sessionful(revisions: &[Revision]) -> impl Iterator<Item = Revision> + Clone {
    let revisions = revisions.iter().copied();
    revisions.filter(|revision| revision.era() == Era::Sessionful)
}

/// Whether `text` is a date on or after the first stateless revision.
///
/// A header may name a revision newer than this build; it still tells the era.
pub(crate) fn names_stateless_era(text: &str) -> bool {
    let digits = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    text.len() == 10 && digits && text >= Revision::V2026_07_28.as_str()
}

/// Whether errors of the named revision carry `"id":null` when the id is unknown.
///
/// Revisions up to 2025-06-18 require the member; later ones leave it out.
pub(crate) fn wants_null_id(text: &str) -> bool {
    Revision::parse(text).is_some_and(|revision| revision <= Revision::V2025_06_18)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_era_is_told_by_date() {
        for (text, expected) in [
            ("2026-07-28", true),
            ("2027-01-01", true),
            ("2025-11-25", false),
            ("2026-7-28", false),
            ("v999.0.0", false),
            ("", false),
        ] {
            assert_eq!(names_stateless_era(text), expected, "{text}");
        }
    }
}
