//! Integration tests, through the public door.
#![expect(unreachable_pub, reason = "nothing here is anybody's public interface")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "a `json!` reads better without a borrow"
)]

mod support;

mod asking;
mod behind_layers;
mod completions;
mod contained;
mod cors;
mod endpoint_layers;
mod errors;
mod event_log;
mod extractors;
mod guarding;
mod isolation;
mod layers;
mod legacy_sse;
mod lifespan;
mod limits;
mod listening;
mod logins;
mod machine;
mod malformed;
mod metadata;
mod middleware;
mod mounting;
#[cfg(feature = "openapi")]
mod openapi;
mod outgoing;
mod pagination;
mod pains;
mod prompts;
mod registration;
mod registry;
mod replies;
mod resources;
mod revisions;
mod route_tools;
mod routes;
mod secrets;
mod select;
mod sessions;
mod shutdown;
mod streams;
mod tools;
mod tracing;
mod traps;
#[cfg(feature = "schema-validation")]
mod validation;
mod visibility;
mod writes;
