//! Access tokens of an authorization server: checked against the keys that it publishes, and asked for when there is none.
//!
//! Run `ISSUER=https://login.example.com cargo run --bin auth_jwt [ADDRESS]` in this folder; the endpoint is at `/mcp`. Tokens are
//! JWTs for that endpoint (`aud`), of the type `at+jwt`, as RFC 9068 wants them.

use std::{env, error::Error, sync::Arc};

use axum::{
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use mcp_axum::{McpServer, McpService, Principal, auth::ProtectedResource, shutdown_signal, tool};
use oauth_resource_server::{
    AuthorizedToken, InvalidTokenKind, KeyNaming, OAuthConfig, OAuthValidator, TokenRejection,
};

/// Checks the token, if there is one, and leaves what it says in the request.
async fn check(tokens: State<Arc<OAuthValidator>>, mut request: Request, next: Next) -> Response {
    let header = request.headers().get(header::AUTHORIZATION);
    let (_, token) = header
        .and_then(|value| value.to_str().ok()?.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .unwrap_or_default();
    match tokens.validate(token).await {
        Ok(token) => {
            request.extensions_mut().insert(token);
        }
        // The token may be as good as ever: whoever is sent to log in again comes back with the same problem.
        Err(TokenRejection::Invalid(why)) if why.kind() == InvalidTokenKind::KeySetUnavailable => {
            let later = [(header::RETRY_AFTER, "5")];
            return (StatusCode::SERVICE_UNAVAILABLE, later).into_response();
        }
        // Nobody is in the request now, and the endpoint says what to do about it.
        Err(_) => {}
    }
    next.run(request).await
}

/// What stays the same when a token is replaced by a newer one.
fn principal(token: &AuthorizedToken) -> Principal {
    let subject = token.subject.as_deref().unwrap_or_default();
    Principal::of_token(&token.issuer, subject, token.client_id.as_deref())
        .scopes(token.scopes.iter().cloned())
        .expires_at(token.expires_at)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:8000".into());
    let issuer = env::var("ISSUER").unwrap_or("https://login.example.com".into());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let url = format!("http://{}", listener.local_addr()?); // behind a proxy: the proxy's
    let config = OAuthConfig {
        enabled: true,
        issuer: issuer.clone(),
        audience: format!("{url}/mcp"),
        resource: format!("{url}/mcp"),
        require_at_jwt: true, // an ID token tells a client who logged in; it opens nothing
        ..OAuthConfig::default()
    };
    let config = config
        .resolve(KeyNaming::Dotted("oauth"))?
        .expect("enabled above");
    let tokens = Arc::new(OAuthValidator::new(&config)?);
    tokens.spawn_background_refresh();

    let server = McpServer::new("notes", "1.0.0")
        .tool(tool("read", async || "buy milk").requires_scope("notes:read"))
        .tool(tool("write", async || "noted").requires_scope("notes:write"));
    // A client is told to ask for the first scope, and for the other one when it gets there.
    let resource = ProtectedResource::new([issuer])
        .scopes(["notes:read", "notes:write"])
        .initial_scopes(["notes:read"]);
    let mcp = McpService::builder(server)
        .layer(middleware::from_fn_with_state(tokens, check))
        .principal_from::<AuthorizedToken>(principal)
        .protected_resource(resource)
        .public_url(&url)
        .build();
    println!("listening on {url}");
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    axum::serve(listener, mcp.mount(""))
        .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
        .await?;
    Ok(())
}
