//! What a handler may take, in any order, and what becomes of a failure.

mod blocking;
mod failing;
mod order;

use axum::{Extension, Router, extract::FromRef};
use mcp_axum::{
    Context, McpServer, McpService,
    extract::{FromContext, Rejection},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::support::TestClient;

#[derive(Clone)]
struct App {
    name: &'static str,
    counter: Counter,
}

#[derive(Clone)]
struct Counter(u32);

impl FromRef<App> for Counter {
    fn from_ref(app: &App) -> Self {
        app.counter.clone()
    }
}

#[derive(Clone)]
struct User(&'static str);

#[derive(Deserialize, JsonSchema)]
struct Input {
    id: u8,
}

/// An extractor of the app's own.
struct Language(String);

impl<S: Sync> FromContext<S> for Language {
    async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        let header = ctx.parts().headers.get("accept-language");
        let header = header.ok_or_else(|| Rejection::invalid("say your language"))?;
        Ok(Self(header.to_str().unwrap_or("?").to_owned()))
    }
}

const APP: App = App {
    name: "app",
    counter: Counter(7),
};

fn client(server: McpServer<App>) -> TestClient {
    let mcp = McpService::new(server.with_state(APP));
    let app = Router::new()
        .nest("/t/{tenant}", mcp.router())
        .layer(Extension(User("ada")));
    TestClient::mounted(mcp, app, "/t/acme/mcp?q=1")
}

fn server() -> McpServer<App> {
    McpServer::new("extractors", "1")
}
