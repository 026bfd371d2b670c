//! Every limit of the HTTP face, each with a default.

use std::time::Duration;

use crate::peer::outbox::OutboxLimits;

/// The limits of one service.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    /// Bytes of one body.
    pub(crate) body: usize,
    /// Bytes of all bodies in flight.
    pub(crate) bodies_in_flight: usize,
    /// Time between two reads of a body.
    pub(crate) body_gap: Duration,
    /// Time of a whole body.
    pub(crate) body_total: Duration,
    /// How long an answer stays undecided between JSON and a stream.
    pub(crate) commit_after: Duration,
    /// Time between two comments on a quiet stream.
    pub(crate) keep_alive: Duration,
    /// How long something may wait for a stream's reader.
    pub(crate) unread: Duration,
    /// What waits for a stream's reader.
    pub(crate) outbox: OutboxLimits,
    /// Listen streams of anonymous clients, and as many again of known principals.
    pub(crate) listeners: usize,
    /// Listen streams of one principal.
    pub(crate) listeners_per_principal: usize,
    /// How long a request waits for a service that is starting.
    pub(crate) start_timeout: Duration,
    /// How long running requests may take once a drain has begun.
    pub(crate) grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 4 * 1024 * 1024,
            bodies_in_flight: 64 * 1024 * 1024,
            body_gap: Duration::from_secs(10),
            body_total: Duration::from_secs(30),
            commit_after: Duration::from_secs(1),
            keep_alive: Duration::from_secs(15),
            unread: Duration::from_secs(30),
            outbox: OutboxLimits {
                messages: 256,
                bytes: 256 * 1024,
            },
            listeners: 1024,
            listeners_per_principal: 16,
            start_timeout: Duration::from_secs(5),
            grace: Duration::from_secs(20),
        }
    }
}
