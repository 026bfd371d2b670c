//! Access tokens: `auth_jwt`.

use oauth_resource_server::testing::{TestAuthority, TokenBuilder};
use reqwest::header::{AUTHORIZATION, HeaderName, RETRY_AFTER};
use serde_json::{Value, json};

use crate::client::{Running, challenge, text};

/// Starts the example with an authorization server that issues tokens for it.
async fn start() -> (TestAuthority, Running) {
    let authority = TestAuthority::start().await;
    let issuer = [("ISSUER", authority.issuer())];
    let example = Running::start(env!("CARGO_BIN_EXE_auth_jwt"), &issuer);
    (authority, example)
}

fn token(authority: &TestAuthority, example: &Running) -> TokenBuilder {
    let audience = format!("{}/mcp", example.url);
    authority
        .token()
        .audience(audience)
        .subject("ada")
        .scopes(["notes:read"])
}

fn bearer(token: TokenBuilder) -> (HeaderName, String) {
    (AUTHORIZATION, format!("Bearer {}", token.sign()))
}

#[tokio::test]
async fn a_client_without_a_token_is_led_to_the_metadata() {
    let (authority, example) = start().await;
    let refused = example.call("read", None).await;
    assert_eq!(refused.status(), 401);
    let metadata = format!("{}/.well-known/oauth-protected-resource/mcp", example.url);
    let expected = format!(r#"Bearer scope="notes:read", resource_metadata="{metadata}""#);
    assert_eq!(challenge(&refused), Some(expected.as_str()));

    let document = reqwest::get(metadata).await.expect("it answers");
    let document: Value = document.json().await.expect("it is JSON");
    assert_eq!(document["resource"], format!("{}/mcp", example.url));
    assert_eq!(document["authorization_servers"][0], authority.issuer());
    assert_eq!(
        document["scopes_supported"],
        json!(["notes:read", "notes:write"])
    );
}

#[tokio::test]
async fn a_token_opens_what_its_scopes_allow() {
    let (authority, example) = start().await;
    let reader = || bearer(token(&authority, &example));
    let writer = || bearer(token(&authority, &example).scopes(["notes:read", "notes:write"]));
    assert_eq!(example.list(reader()).await, ["read"]);
    assert_eq!(
        text(example.call("read", Some(reader())).await).await,
        "buy milk"
    );
    assert_eq!(example.list(writer()).await, ["read", "write"]);
    assert_eq!(
        text(example.call("write", Some(writer())).await).await,
        "noted"
    );

    let refused = example.call("write", Some(reader())).await;
    assert_eq!(refused.status(), 403);
    let challenge = challenge(&refused).expect("a challenge");
    let expected = r#"Bearer error="insufficient_scope", scope="notes:write", "#;
    assert!(challenge.starts_with(expected), "{challenge}");
}

#[tokio::test]
async fn a_token_that_is_not_for_this_endpoint_is_refused() {
    let (authority, example) = start().await;
    let good = || token(&authority, &example);
    let bad = [
        ("expired", good().expired()),
        (
            "of another audience",
            good().audience("https://other.example"),
        ),
        ("of another issuer", good().issuer("https://other.example")),
        ("an ID token", good().typ("JWT")),
        ("bound to a key", good().claim("cnf", "a key")),
        ("signed by nobody known", good().kid("unknown")),
    ];
    for (what, token) in bad {
        let refused = example.call("read", Some(bearer(token))).await;
        assert_eq!(refused.status(), 401, "{what}");
        let challenge = challenge(&refused).expect("a challenge");
        assert!(
            challenge.starts_with(r#"Bearer error="invalid_token", "#),
            "{what}: {challenge}"
        );
    }
    let garbage = (AUTHORIZATION, "Bearer garbage".to_owned());
    assert_eq!(example.call("read", Some(garbage)).await.status(), 401);
}

#[tokio::test]
async fn a_token_without_a_subject_is_nobodys() {
    let (authority, example) = start().await;
    let token = bearer(token(&authority, &example).without_claim("sub"));
    assert_eq!(example.call("read", Some(token)).await.status(), 403);
}

#[tokio::test]
async fn a_broken_key_server_sends_nobody_to_the_login() {
    let authority = TestAuthority::start().await;
    // Nobody listens on this port of this machine.
    let issuer = [("ISSUER", "http://127.0.0.1:9")];
    let example = Running::start(env!("CARGO_BIN_EXE_auth_jwt"), &issuer);
    let refused = example
        .call("read", Some(bearer(token(&authority, &example))))
        .await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()[RETRY_AFTER], "5");
    assert_eq!(challenge(&refused), None);
}
