//! How much the log in memory keeps.

use std::time::Duration;

/// How much a [`MemoryEventLog`](super::MemoryEventLog) keeps, and for how long.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct EventLogLimits {
    pub(super) events: usize,
    pub(super) bytes: usize,
    pub(super) total: usize,
    pub(super) life: Duration,
    pub(super) silence: Duration,
}

impl EventLogLimits {
    /// Sets how many events of one stream are kept; 1,024 by default.
    ///
    /// The oldest give way, and a client that still needs them cannot resume.
    pub fn events(mut self, events: usize) -> Self {
        self.events = events;
        self
    }

    /// Sets how many bytes of one stream's messages are kept; 1 MiB by default.
    ///
    /// A message larger than that cannot be replayed at all.
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Sets how many bytes all streams take up together; 64 MiB by default.
    ///
    /// The bookkeeping counts. Whole streams give way: first those that ended,
    /// then the others, each kind in the order of their last events.
    pub fn total(mut self, total: usize) -> Self {
        self.total = total;
        self
    }

    /// Sets how long events are kept after the stream's last one; 5 min by default.
    pub fn life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// Sets how long a stream that has not ended may be silent before even its
    /// place is forgotten; 24 h by default, as long as a session lives.
    pub fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence;
        self
    }
}

impl Default for EventLogLimits {
    fn default() -> Self {
        Self {
            events: 1024,
            bytes: 1024 * 1024,
            total: 64 * 1024 * 1024,
            life: Duration::from_secs(5 * 60),
            silence: Duration::from_secs(24 * 60 * 60),
        }
    }
}
