//! The memory of the sessionful era: what one client's requests have in common.
//!
//! Clients of the older revisions open with `initialize` and name their session
//! from then on. A session is a plain record: no task, under 1 KiB when idle. It
//! belongs to the principal that opened it, and ends when the client says so,
//! when it has been idle too long, when it grows too old, or when somebody else
//! needs its place.

pub(crate) mod directory;
pub(crate) mod flights;
pub(crate) mod hold;
pub(crate) mod id;
pub(crate) mod live;
mod opening;
#[expect(
    clippy::module_inception,
    reason = "the file is named after what it holds, like every other"
)]
pub(crate) mod session;
pub(crate) mod standalone;
pub(crate) mod stream;
pub(crate) mod tap;

mod book;
mod common;
mod granted;
mod handle;
mod limits;
mod peer;

pub(crate) use self::{
    directory::Directory,
    flights::{Flight, Refusal, Stop},
    hold::{Detached, Hold, Reading},
    live::Live,
    opening::{Client, Opening, Owner},
    session::Session,
    standalone::{Hears, Standalone},
    stream::{Ending, Reader, Stream},
    tap::Tap,
};
pub use self::{
    handle::{OpenSessions, SessionInfo},
    limits::{SessionLimits, Sessions},
};
