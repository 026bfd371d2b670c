//! Who asks, as the host's login found out.

use axum::{Extension, Router};
use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts};
use mcp_axum::{Context, McpServer, McpService, McpServiceBuilder, Principal, Refusal, tool};
use serde_json::json;

use crate::support::TestClient;

async fn whoami(ctx: Context) -> String {
    let name = |principal: &Principal| principal.key().to_owned();
    ctx.principal().map_or_else(|| "nobody".to_owned(), name)
}

fn builder() -> McpServiceBuilder {
    McpService::builder(McpServer::new("principals", "1").tool(tool("whoami", whoami)))
}

/// A login that knows `x-user`, takes requests without it, and turns away `mallory`.
fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let user = parts
        .headers
        .get("x-user")
        .and_then(|user| user.to_str().ok());
    match user {
        Some("mallory") => Err(Refusal::new(StatusCode::UNAUTHORIZED).header(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer error=\"invalid_token\""),
        )),
        Some("poor") => Err(Refusal::new(StatusCode::FORBIDDEN).header(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer error=\"insufficient_scope\""),
        )),
        Some("many") => Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS)
            .header(http::header::RETRY_AFTER, HeaderValue::from_static("30"))),
        Some("down") => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE)
            .header(http::header::RETRY_AFTER, HeaderValue::from_static("7"))),
        user => Ok(user.map(Principal::new)),
    }
}

#[tokio::test]
async fn a_refusal_keeps_its_status_and_headers_and_gets_a_json_rpc_body() {
    let client = TestClient::with(builder().principal(log_in).build());
    for (user, status, code, header, value) in [
        (
            "mallory",
            401,
            -32600,
            "www-authenticate",
            "Bearer error=\"invalid_token\"",
        ),
        (
            "poor",
            403,
            -32600,
            "www-authenticate",
            "Bearer error=\"insufficient_scope\"",
        ),
        ("many", 429, -32600, "retry-after", "30"),
        ("down", 503, -32603, "retry-after", "7"),
    ] {
        let reply = client
            .tool("whoami", json!({}))
            .header("x-user", user)
            .await;
        assert_eq!(reply.header(header), Some(value), "{user}");
        assert_eq!(reply.status, status, "{user}");
        let message = reply.message().await;
        assert_eq!(message["error"]["code"], code, "{user}");
        assert_eq!(message.get("id"), None, "its body was never read");
    }
}

#[tokio::test]
async fn the_answer_of_the_login_reaches_the_handlers() {
    let client = TestClient::with(builder().principal(log_in).build());
    let reply = client
        .tool("whoami", json!({}))
        .header("x-user", "ada")
        .await;
    assert_eq!(reply.text().await, "ada");
    let reply = client.tool("whoami", json!({})).await;
    assert_eq!(reply.text().await, "nobody", "anonymous is allowed");
}

#[tokio::test]
async fn without_a_login_a_principal_among_the_extensions_counts() {
    let mcp = builder().build();
    let app = Router::new()
        .nest(
            "/in",
            mcp.router().layer(Extension(Principal::new("layered"))),
        )
        .nest("/out", mcp.router());
    let client = TestClient::mounted(mcp, app, "/");
    for (path, expected) in [("/in/mcp", "layered"), ("/out/mcp", "nobody")] {
        let reply = client.tool("whoami", json!({})).path(path).await;
        assert_eq!(reply.text().await, expected, "{path}");
    }
}

#[tokio::test]
async fn with_a_login_the_extension_does_not_count() {
    let mcp = builder().principal(log_in).build();
    let app: Router = mcp.router().layer(Extension(Principal::new("layered")));
    let client = TestClient::mounted(mcp, app, "/mcp");
    let reply = client.tool("whoami", json!({})).await;
    assert_eq!(reply.text().await, "nobody");
}

#[tokio::test]
async fn a_login_that_does_not_say_who_asks_lets_nobody_in() {
    let nameless = |_: &Parts| Ok(Some(Principal::new("")));
    let client = TestClient::with(builder().principal(nameless).build());
    assert_eq!(
        client
            .request("tools/list", json!({}))
            .await
            .refusal()
            .await,
        (403, -32600)
    );
    assert_eq!(
        client
            .initialize("2025-11-25", json!({}))
            .await
            .refusal()
            .await,
        (403, -32600)
    );
    assert_eq!(client.mcp.sessions().count(), 0);
}
