//! With which scopes each stream of a session was opened.
//!
//! A weaker credential of the same person inherits nothing: what was said to a
//! stronger one is not replayed to it.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The most streams that are remembered; older ones cannot be resumed any more.
const MAX_STREAMS: usize = 256;

/// With which scopes each stream of a session was opened.
#[derive(Debug, Default)]
pub(crate) struct Granted(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    streams: VecDeque<(u64, Arc<BTreeSet<String>>)>,
    /// The newest stream that was forgotten.
    forgotten: u64,
}

impl Granted {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the scopes of whoever opened a stream.
    pub(crate) fn remember(&self, stream: u64, scopes: &Arc<BTreeSet<String>>) {
        let mut state = self.lock();
        state.streams.push_back((stream, Arc::clone(scopes)));
        if state.streams.len() > MAX_STREAMS {
            if let Some((oldest, _)) = state.streams.pop_front() {
                state.forgotten = state.forgotten.max(oldest);
            }
        }
    }

    /// Whether these scopes cover those that a stream was opened with.
    pub(crate) fn covers(&self, stream: u64, scopes: &BTreeSet<String>) -> bool {
        let state = self.lock();
        let mut streams = state.streams.iter();
        match streams.find(|(opened, _)| *opened == stream) {
            Some((_, needed)) => needed.is_subset(scopes),
            None => stream > state.forgotten,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(names: &[&str]) -> Arc<BTreeSet<String>> {
        Arc::new(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_stream_is_covered_by_its_own_scopes_and_more() {
        let granted = Granted::default();
        granted.remember(1, &scopes(&["read", "write"]));
        granted.remember(2, &scopes(&[]));
        for (stream, held, expected) in [
            (1, &["read", "write"][..], true),
            (1, &["admin", "read", "write"], true),
            (1, &["read"], false),
            (1, &[], false),
            (2, &[], true),
            (3, &[], true),
        ] {
            assert_eq!(
                granted.covers(stream, &scopes(held)),
                expected,
                "{stream} {held:?}"
            );
        }
    }

    #[test]
    fn what_is_forgotten_is_covered_by_nothing() {
        let granted = Granted::default();
        let read = scopes(&["read"]);
        let opened = u64::try_from(MAX_STREAMS).unwrap() + 1;
        (1..=opened).for_each(|stream| granted.remember(stream, &read));
        assert!(!granted.covers(1, &read));
        assert!(granted.covers(2, &read));
    }
}
