//! The Model Context Protocol inside an axum application.
//!
//! You have an axum app: its routes, state, login, layers, deploys. mcp-axum
//! mounts an MCP server into it and leaves everything else as it is.
//!
//! ```no_run
//! use axum::{extract::State, routing::get, serve::ListenerExt, Json, Router};
//! use mcp_axum::{shutdown_signal, tool, Args, McpServer, McpService};
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//!
//! /// Searches the notes.
//! #[derive(Deserialize, JsonSchema)]
//! struct Search { text: String }
//!
//! async fn search(
//!     State(notes): State<Vec<String>>,
//!     Args(input): Args<Search>,
//! ) -> Json<Vec<String>> {
//!     Json(notes.into_iter().filter(|note| note.contains(&input.text)).collect())
//! }
//!
//! # #[tokio::main]
//! # async fn main() -> std::io::Result<()> {
//! let server = McpServer::new("notes", env!("CARGO_PKG_VERSION"))
//!     .tool(tool("search", search).read_only())
//!     .with_state(vec!["buy milk".to_owned()]);
//! let mcp = McpService::new(server);
//!
//! let app = Router::new()
//!     .route("/", get(async || "hello"))
//!     .nest("/mcp-server", mcp.router()); // POST /mcp-server/mcp
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
//! let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
//! axum::serve(listener, app)
//!     .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
//!     .await
//! # }
//! ```
//!
//! # What is offered
//!
//! An [`McpServer`] holds [tools](mod@tool), [resources](mod@resource) and [prompts](mod@prompt).
//! Each is a plain async function that takes [extractors](extract) in any
//! order. The [`Registry`] changes what is on offer while the server answers.
//! A route that the application has already becomes a tool with
//! [`route_tool`](mod@route_tool).
//!
//! # How it is served
//!
//! An [`McpService`] is a tower service and yields an axum router. The host
//! drives its [`Lifespan`]. One URL serves every revision of the protocol, and
//! handlers never learn which.
//!
//! # Who comes back
//!
//! Clients of the older revisions open a [session], which has limits, an
//! owner and an end. What is said on its streams is kept in an
//! [event log](store::EventLog)
//! for those who lose their connection.
//!
//! # Who asks
//!
//! The host's own login decides; [`McpServiceBuilder::principal`] carries the
//! answer to everything that is bound to a person.
//!
//! # Asking the client
//!
//! Through the [`Context`] a handler reports progress, logs, and asks the
//! person ([`Context::elicit`]), the model ([`Context::sample`]) or the client
//! ([`Context::roots`]).
//!
//! # Errors
//!
//! [`ToolError::new`] is told to the model as written; any other error that `?`
//! carries is logged and masked.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod principal;
mod telemetry;

pub mod auth;

pub mod protocol;
pub(crate) mod schema;

pub mod store;

pub mod peer;

mod context;

pub mod extract;
pub mod handler;

pub(crate) mod component;
pub mod middleware;

pub mod completion;

pub mod prompt;
pub mod resource;
pub mod tool;

pub mod route_tool;

pub mod server;
pub mod session;

mod http;
pub mod lifespan;
pub mod mount;

pub use self::{
    context::Context,
    error::{BoxError, Error},
    extract::Args,
    handler::blocking,
    lifespan::{Lifespan, shutdown_signal},
    mount::{McpService, McpServiceBuilder},
    principal::{Principal, Refusal},
    prompt::{Prompt, prompt},
    resource::{Resource, resource},
    server::{McpServer, Registry},
    tool::{Tool, ToolError, tool},
};

/// Compiles the example of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
