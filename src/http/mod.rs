//! The HTTP face: from a request to a response.

pub(crate) mod begun;
pub(crate) mod body;
pub(crate) mod classify;
pub(crate) mod driver;
pub(crate) mod endpoint;
pub(crate) mod event_body;
pub(crate) mod follower;
pub(crate) mod gate;
pub(crate) mod guard;
pub(crate) mod legacy_sse;
pub(crate) mod limits;
pub(crate) mod listen;
pub(crate) mod refuse;
pub(crate) mod reply;
pub(crate) mod servers;
pub(crate) mod sessionful;
pub(crate) mod sse;
pub(crate) mod stateless;
pub(crate) mod stream;
pub(crate) mod written;

mod host;
mod negotiate;
mod origin;
