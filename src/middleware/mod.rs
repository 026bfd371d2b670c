//! Layers around MCP requests: around a whole server, or around one component.
//!
//! Any tower layer whose service takes an [`McpRequest`] and gives an
//! [`McpResponse`]: those of tower itself, such as timeouts and limits of
//! concurrency, and your own, for which [`from_fn`] is the short form.
//!
//! | Height | Set with | Wraps |
//! |---|---|---|
//! | HTTP, all routes | axum's `Router::layer` | whatever the router has |
//! | HTTP, the endpoint | [`McpServiceBuilder::layer`] | the endpoint, not the custom routes |
//! | MCP | [`McpServer::layer`] | every request of a method, lists included |
//! | One component | `layer` of a tool, resource or prompt | its calls |
//!
//! [`McpServiceBuilder::layer`]: crate::McpServiceBuilder::layer
//! [`McpServer::layer`]: crate::McpServer::layer
//!
#![doc = include_str!("../docs/middleware.md")]

mod ended;
mod from_fn;
mod layered;
mod next;
mod overload;
mod request;
mod response;
mod shared;

pub(crate) use self::{
    ended::{Ended, Failure, Outcome},
    layered::{Layered, Layers},
    overload::{Overload, TOO_LONG},
    request::Responding,
    shared::Shared,
};
pub use self::{
    from_fn::{FromFn, FromFnLayer, from_fn},
    layered::McpLayer,
    next::Next,
    request::McpRequest,
    response::McpResponse,
};
