//! Handlers: plain async functions, erased when they are registered.
//!
//! The bound is split in four, so that each classic mistake gets the compile
//! error of its own: [`AsyncHandler`] (is it an async function), its future's
//! `Send`, the result's conversion, and [`Arguments`] (can each be extracted).

mod arguments;
mod arity;
mod async_handler;
mod blocking;
mod erased;

pub(crate) use self::erased::{BoxFuture, ErasedHandler, erase, with_state};
pub use self::{
    arguments::Arguments,
    async_handler::AsyncHandler,
    blocking::{Blocking, blocking},
};
