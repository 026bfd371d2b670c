//! A client for tests: real requests to a service, in process.

pub mod asking;
pub mod client;
pub mod events;
pub mod frames;
pub mod log;
pub mod panics;
pub mod session;
pub mod spawn;
pub mod wire;

pub use self::{
    asking::{accept, asked},
    client::{Call, Reply, TestClient},
    events::{Event, Events},
    log::Log,
    session::{SESSIONFUL, Session},
};
