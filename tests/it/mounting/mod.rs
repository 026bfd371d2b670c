//! The service inside a host's application, however it is mounted.

mod alone;
mod extensions;
mod methods;
mod paths;

use axum::{Router, extract::State, routing::get};
use mcp_axum::{Args, McpServer, McpService, tool};
use schemars::JsonSchema;
use serde::Deserialize;

/// Text to send back.
#[derive(Deserialize, JsonSchema)]
pub struct Echo {
    pub text: String,
}

pub async fn echo(Args(echo): Args<Echo>) -> String {
    echo.text
}

/// A server with the tool `echo`.
pub fn server() -> McpServer {
    McpServer::new("mounted", "1").tool(tool("echo", echo))
}

/// One way to mount a service.
pub struct Mount {
    pub name: &'static str,
    pub app: fn(&McpService) -> Router,
    /// The paths that are the endpoint.
    pub answers: &'static [&'static str],
    /// Paths near by that are not.
    pub not_found: &'static [&'static str],
}

#[derive(Clone)]
struct AppState(&'static str);

async fn index(State(AppState(text)): State<AppState>) -> &'static str {
    text
}

/// Every way to mount a service in an axum app.
pub fn mounts() -> Vec<Mount> {
    let mut mounts = nested();
    mounts.extend(layered());
    mounts.extend(exact());
    mounts
}

fn nested() -> Vec<Mount> {
    vec![
        Mount {
            name: "merge",
            app: |mcp| Router::new().merge(mcp.router()),
            answers: &["/mcp", "/mcp/"],
            not_found: &[
                "/",
                "/mcp/x",
                "/mc",
                "/mcp//",
                "/health",
                "/sse",
                "/messages",
            ],
        },
        Mount {
            name: "nest",
            app: |mcp| Router::new().nest("/mcp-server", mcp.router()),
            answers: &["/mcp-server/mcp", "/mcp-server/mcp/"],
            not_found: &["/mcp", "/mcp-server", "/mcp-server/", "/mcp-server/mcp/mcp"],
        },
        Mount {
            name: "nested nest",
            app: |mcp| {
                let inner = Router::new().nest("/inner", mcp.router());
                Router::new().nest("/outer", inner)
            },
            answers: &["/outer/inner/mcp", "/outer/inner/mcp/"],
            not_found: &["/outer/mcp", "/inner/mcp", "/outer/inner"],
        },
        Mount {
            name: "nest with path parameters",
            app: |mcp| Router::new().nest("/t/{tenant}", mcp.router()),
            answers: &["/t/acme/mcp", "/t/a%20b/mcp/"],
            not_found: &["/t/mcp", "/t/acme/x/mcp"],
        },
    ]
}

fn layered() -> Vec<Mount> {
    vec![
        Mount {
            name: "host state",
            app: |mcp| {
                let app = Router::<AppState>::new().route("/", get(index));
                app.nest("/s", mcp.router())
                    .with_state(AppState("the app's own"))
            },
            answers: &["/s/mcp", "/s/mcp/"],
            not_found: &["/s"],
        },
        Mount {
            name: "layer",
            app: |mcp| Router::new().nest("/l", mcp.router().layer(axum::Extension(1))),
            answers: &["/l/mcp", "/l/mcp/"],
            not_found: &["/l"],
        },
        Mount {
            name: "route_layer",
            app: |mcp| {
                let mcp = mcp.router().route_layer(axum::Extension(1));
                Router::new().nest("/l", mcp)
            },
            answers: &["/l/mcp", "/l/mcp/"],
            not_found: &["/l"],
        },
    ]
}

fn exact() -> Vec<Mount> {
    vec![
        Mount {
            name: "nest_service",
            app: |mcp| Router::new().nest_service("/api/mcp", mcp.clone()),
            answers: &["/api/mcp", "/api/mcp/", "/api/mcp?a=b"],
            not_found: &["/api", "/api/mcp/x", "/api/mcp/x/", "/api/mcp/mcp"],
        },
        Mount {
            name: "nest_service within nest",
            app: |mcp| {
                let inner = Router::new().nest_service("/mcp", mcp.clone());
                Router::new().nest("/t/{tenant}", inner)
            },
            answers: &["/t/acme/mcp", "/t/acme/mcp/"],
            not_found: &["/t/acme/mcp/x", "/t/acme"],
        },
        Mount {
            name: "nest_service of the router",
            app: |mcp| Router::new().nest_service("/api", mcp.router::<()>()),
            answers: &["/api/mcp", "/api/mcp/"],
            not_found: &["/api", "/api/mcp/x"],
        },
        Mount {
            name: "route_service",
            app: |mcp| Router::new().route_service("/here", mcp.clone()),
            answers: &["/here"],
            not_found: &["/here/", "/mcp"],
        },
        Mount {
            name: "route_service within nest",
            app: |mcp| {
                let inner = Router::new().route_service("/deep/here", mcp.clone());
                Router::new().nest("/t", inner)
            },
            answers: &["/t/deep/here"],
            not_found: &["/t/deep", "/deep/here"],
        },
    ]
}
