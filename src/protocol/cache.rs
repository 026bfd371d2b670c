//! How long and for whom a client may keep a result.

use std::time::Duration;

/// Who may share a cached result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheScope {
    /// Only the caller who received it.
    #[default]
    Private,
    /// Everyone, whatever their credentials.
    Public,
}

impl CacheScope {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

/// A cache hint: how long a result stays fresh, and for whom.
///
/// The default, zero and private, never leaks and never goes stale
/// (2026-07-28 server/utilities/caching).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct CacheHint {
    ttl_ms: u64,
    scope: CacheScope,
}

impl CacheHint {
    /// Creates a hint for results that only the same caller may reuse.
    pub fn private(ttl: Duration) -> Self {
        Self::new(ttl, CacheScope::Private)
    }

    /// Creates a hint for results that are the same for every caller.
    pub fn public(ttl: Duration) -> Self {
        Self::new(ttl, CacheScope::Public)
    }

    /// The same for a result that depends on the caller.
    pub(crate) fn for_caller(self) -> Self {
        Self {
            scope: CacheScope::Private,
            ..self
        }
    }

    fn new(ttl: Duration, scope: CacheScope) -> Self {
        let ttl_ms = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
        Self { ttl_ms, scope }
    }

    /// Returns how long the result stays fresh, in milliseconds.
    #[must_use]
    pub fn ttl_ms(self) -> u64 {
        self.ttl_ms
    }

    /// Returns who may share the result.
    #[must_use]
    pub fn scope(self) -> CacheScope {
        self.scope
    }
}
