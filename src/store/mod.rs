//! What outlives a request.
//!
//! An [`EventLog`] keeps what was said on the streams of sessions, for clients that
//! lost their connection; [`MemoryEventLog`] does so in this process.

mod changes;
mod event_log;
mod marks;
mod memory;

pub(crate) use self::{
    changes::{Change, ChangeBus, Listener, Service, Subscription},
    event_log::ErasedEventLog,
    marks::{Marks, Wanted},
};
pub use self::{
    event_log::{Event, EventLog, EventLogError, Replay, StreamKey},
    memory::{EventLogLimits, MemoryEventLog},
};
