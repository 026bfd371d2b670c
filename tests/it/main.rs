//! Integration tests, through the public door.
#![expect(unreachable_pub, reason = "nothing here is anybody's public interface")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a `json!` reads better without a borrow"
)]

mod support;

mod asking;
mod completions;
mod contained;
mod errors;
mod extractors;
mod guarding;
mod isolation;
mod layers;
mod lifespan;
mod limits;
mod listening;
mod malformed;
mod mounting;
mod pagination;
mod prompts;
mod registration;
mod registry;
mod replies;
mod resources;
mod secrets;
mod shutdown;
mod tools;
mod tracing;
mod traps;
#[cfg(feature = "schema-validation")]
mod validation;
mod writes;
