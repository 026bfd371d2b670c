//! Suggestions for an argument.

use serde::Serialize;

/// Suggested values for an argument; the wire carries at most 100 of them.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct Completion {
    values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    has_more: Option<bool>,
}

impl Completion {
    /// The most values a result may carry.
    pub const MAX_VALUES: usize = 100;

    /// Creates a completion; beyond 100 values the rest is told as `hasMore`.
    pub fn new<I>(values: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let mut values = values.into_iter();
        let first: Vec<String> = values
            .by_ref()
            .take(Self::MAX_VALUES)
            .map(Into::into)
            .collect();
        let has_more = values.next().is_some().then_some(true);
        Self {
            values: first,
            total: None,
            has_more,
        }
    }

    /// Sets how many values there are in all.
    pub fn total(mut self, total: u64) -> Self {
        self.total = Some(total);
        self.has_more = Some(total > self.values.len() as u64);
        self
    }
}
