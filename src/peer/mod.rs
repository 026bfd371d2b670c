//! The client at the other end: what is said to it and asked of it.

pub(crate) mod ask;
pub(crate) mod notify;
pub(crate) mod outbox;
pub(crate) mod seal;

mod cancellation;
mod elicited;
mod input_required;

pub(crate) use self::cancellation::EndSignal;
pub use self::{
    ask::AskError,
    cancellation::Cancellation,
    elicited::Elicited,
    input_required::{InputRequired, InputResponses},
    seal::StateKeys,
};
