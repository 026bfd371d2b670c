//! What the host's layers and paths put into a request reaches the tools.

use axum::{
    Extension, Router,
    extract::{Path, Request, State},
    middleware::{Next, from_fn},
    response::Response,
};
use http::HeaderMap;
use mcp_axum::{McpServer, McpService, extract::Http, tool};
use serde::Deserialize;
use serde_json::json;

use crate::support::TestClient;

#[derive(Clone)]
struct User(String);

#[derive(Deserialize)]
struct Tenant {
    tenant: String,
}

async fn whoami(Extension(User(name)): Extension<User>) -> String {
    name
}

async fn tenant(Http(Path(path)): Http<Path<Tenant>>) -> String {
    path.tenant
}

async fn header(Http(headers): Http<HeaderMap>, State(State2(own)): State<State2>) -> String {
    let sent = headers.get("x-sent").and_then(|value| value.to_str().ok());
    format!("{own} {}", sent.unwrap_or("nothing"))
}

#[derive(Clone)]
struct State2(&'static str);

fn server() -> McpServer {
    McpServer::new("extensions", "1")
        .tool(tool("whoami", whoami))
        .tool(tool("tenant", tenant))
        .tool(tool("header", header))
        .with_state(State2("the tools' state"))
}

async fn log_in(mut request: Request, next: Next) -> Response {
    let name = request.headers().get("x-user").cloned();
    let name = name.and_then(|name| name.to_str().map(str::to_owned).ok());
    if let Some(name) = name {
        request.extensions_mut().insert(User(name));
    }
    next.run(request).await
}

#[tokio::test]
async fn an_extension_of_an_outer_layer_is_an_argument_under_nest_and_nest_service() {
    let mcp = McpService::new(server());
    let app = Router::new()
        .nest("/nest", mcp.router())
        .nest_service("/exact", mcp.clone())
        .route_service("/route", mcp.clone())
        .layer(from_fn(log_in));
    let client = TestClient::mounted(mcp, app, "/");
    for path in ["/nest/mcp", "/nest/mcp/", "/exact", "/exact/", "/route"] {
        for user in ["ada", "grace"] {
            let call = client.tool("whoami", json!({})).path(path);
            assert_eq!(
                call.header("x-user", user).await.text().await,
                user,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_layer_on_the_endpoint_alone_reaches_the_tools_too() {
    let mcp = McpService::new(server());
    let user = Extension(User("layered".to_owned()));
    let app = Router::new()
        .nest("/layer", mcp.router().layer(user.clone()))
        .nest("/route", mcp.router().route_layer(user));
    let client = TestClient::mounted(mcp, app, "/");
    for path in ["/layer/mcp", "/route/mcp/"] {
        let reply = client.tool("whoami", json!({})).path(path).await;
        assert_eq!(reply.text().await, "layered", "{path}");
    }
}

#[tokio::test]
async fn path_parameters_of_the_mount_are_arguments() {
    let mcp = McpService::new(server());
    let app = Router::new().nest("/t/{tenant}", mcp.router()).nest(
        "/x/{tenant}",
        Router::new().nest_service("/mcp", mcp.clone()),
    );
    let client = TestClient::mounted(mcp, app, "/");
    for (path, expected) in [
        ("/t/acme/mcp", "acme"),
        ("/t/other/mcp/", "other"),
        ("/t/a%20b/mcp", "a b"),
        ("/x/acme/mcp", "acme"),
        ("/x/acme/mcp/", "acme"),
    ] {
        let reply = client.tool("tenant", json!({})).path(path).await;
        assert_eq!(reply.text().await, expected, "{path}");
    }
}

#[tokio::test]
async fn the_tools_state_and_the_apps_state_live_side_by_side() {
    let mcp = McpService::new(server());
    let index = async |State(text): State<&'static str>| text;
    let app = Router::<&'static str>::new()
        .route("/", axum::routing::get(index))
        .nest("/m", mcp.router())
        .with_state("the app's state");
    let client = TestClient::mounted(mcp, app, "/m/mcp");
    let call = client
        .tool("header", json!({}))
        .header("x-sent", "a header");
    assert_eq!(call.await.text().await, "the tools' state a header");
    let reply = client.raw(http::Method::GET, "").path("/").await;
    assert_eq!(reply.bytes().await, "the app's state");
}
