//! The client at the other end: what is said to it and asked of it.

pub(crate) mod ask;
pub(crate) mod live;
pub(crate) mod notify;
pub(crate) mod outbox;
pub(crate) mod questions;
pub(crate) mod replay;
pub(crate) mod seal;

mod cancellation;
mod client_card;
mod elicited;
mod input_required;

pub use self::{
    ask::AskError,
    cancellation::Cancellation,
    elicited::Elicited,
    input_required::{InputRequired, InputResponses},
    seal::StateKeys,
};
pub(crate) use self::{cancellation::EndSignal, client_card::ClientCard};
