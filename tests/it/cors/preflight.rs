//! The question that a browser asks first.

use axum::{Router, middleware::from_fn};
use http::{Method, StatusCode};
use mcp_axum::{McpService, Refusal, mount::Cors};

use super::{FOREIGN, MOUNTS, PAGE, SENT, builder, listed, preflight};
use crate::support::{Reply, TestClient};

fn allowed(reply: &Reply) -> Vec<String> {
    let list = listed(reply, "access-control-allow-headers");
    list.into_iter().collect()
}

/// Asserts that a page of ours may send these headers with any of the methods.
fn assert_allows(reply: &Reply, headers: &[&str], what: &str) {
    assert_eq!(reply.status, StatusCode::OK, "{what}");
    let origin = reply.header("access-control-allow-origin");
    assert_eq!(origin, Some(PAGE), "{what}");
    let methods = listed(reply, "access-control-allow-methods");
    for method in ["get", "post", "delete", "options"] {
        assert!(methods.contains(method), "{what}: {methods:?}");
    }
    let allowed = allowed(reply);
    for header in headers {
        assert!(allowed.iter().any(|it| it == header), "{what}: {allowed:?}");
    }
    assert!(listed(reply, "vary").contains("origin"), "{what}");
}

#[tokio::test]
async fn a_page_may_send_what_a_client_sends_under_every_mount() {
    for (app, paths) in MOUNTS {
        let mcp = builder().build();
        let app = app(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for path in paths {
            for asked in SENT {
                let reply = preflight(&client, path, asked).await;
                assert_allows(&reply, &SENT, path);
            }
            let asked = format!("{}, MCP-Param-Region", SENT.join(","));
            let reply = preflight(&client, path, &asked).await;
            assert_allows(&reply, &SENT, path);
            assert_allows(&reply, &["mcp-param-region"], path);
            assert_eq!(reply.header("access-control-max-age"), Some("86400"));
            assert!(reply.bytes().await.is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn no_other_header_may_be_sent() {
    let client = TestClient::with(builder().build());
    for asked in [
        "cookie",
        "x-forwarded-host",
        "mcp-params-region",
        "region",
        "mcp-else",
        "*",
        "",
        "not a header",
        "mcp-param-region mcp-param-x",
    ] {
        let reply = preflight(&client, "/mcp", asked).await;
        assert_eq!(allowed(&reply).len(), SENT.len(), "{asked}: {reply:?}");
        assert_allows(&reply, &SENT, asked);
    }
    // A list may come in several headers, and as long as it likes.
    let many = "x-a,".repeat(1000);
    let reply = preflight(&client, "/mcp", &many)
        .also_header("access-control-request-headers", "mcp-param-region")
        .await;
    assert_allows(&reply, &["mcp-param-region"], "two lists");
    assert_eq!(allowed(&reply).len(), SENT.len() + 1);
}

/// Asked before the login, where nobody knows which server is meant, nor may hear what it hides.
#[tokio::test]
async fn whatever_a_tool_may_have_as_a_parameter_may_be_sent_and_the_answer_tells_nothing() {
    let picked = McpService::select(|_| None).cors(Cors::origins([PAGE]));
    for mcp in [builder().build(), picked.build()] {
        let client = TestClient::with(mcp);
        for asked in ["mcp-param-region", "mcp-param-nobody-has-it"] {
            let reply = preflight(&client, "/mcp", asked).await;
            assert_allows(&reply, &[asked], asked);
            assert_eq!(allowed(&reply).len(), SENT.len() + 1, "{asked}");
        }
    }
}

#[tokio::test]
async fn it_is_answered_before_anybody_logs_in_and_before_the_service_runs() {
    let mcp = builder()
        .principal(|_| Err(Refusal::new(StatusCode::UNAUTHORIZED)))
        .layer(from_fn(
            async |_: axum::extract::Request, _: axum::middleware::Next| StatusCode::UNAUTHORIZED,
        ))
        .build();
    let app = mcp.router();
    let client = TestClient::undriven(mcp, app, "/mcp");
    for path in ["/mcp", "/mcp/", "/sse", "/messages"] {
        let reply = preflight(&client, path, "authorization").await;
        assert_allows(&reply, &["authorization"], path);
    }
}

#[tokio::test]
async fn a_page_that_is_not_named_is_allowed_nothing() {
    for (app, paths) in MOUNTS {
        let mcp = builder().build();
        let app = app(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for path in paths {
            for origin in [
                FOREIGN,
                "null",
                "",
                "https://chat.example.evil.example",
                "http://chat.example",
                "https://chat.example:8443",
                "https://chat.example/",
                "https://chat.example, https://evil.example",
                "chat.example",
            ] {
                let reply = preflight(&client, path, "mcp-method").header("origin", origin);
                let reply = reply.await;
                let allowed = reply.header("access-control-allow-origin");
                assert_eq!(allowed, None, "{path} {origin}");
                assert!(listed(&reply, "vary").contains("origin"), "{path} {origin}");
            }
        }
    }
}

#[tokio::test]
async fn without_an_origin_options_is_a_method_that_nobody_takes() {
    let client = TestClient::with(builder().build());
    for (path, allow) in [
        ("/mcp", "GET, POST, DELETE"),
        ("/mcp/", "GET, POST, DELETE"),
        ("/sse", "GET"),
        ("/messages", "POST"),
    ] {
        let reply = client.raw(Method::OPTIONS, "").path(path).await;
        assert_eq!(reply.header("allow"), Some(allow), "{path}");
        assert_eq!(reply.refusal().await, (405, -32600), "{path}");
    }
}

#[tokio::test]
async fn http_2_asks_the_same() {
    let mcp = builder().build();
    let app = Router::new().nest("/n", mcp.router());
    let client = TestClient::mounted(mcp, app, "/");
    let call = preflight(&client, "http://localhost/n/mcp", "mcp-param-region").without("host");
    let (app, mut request) = call.build();
    *request.version_mut() = http::Version::HTTP_2;
    let response = tower::ServiceExt::oneshot(app, request).await.unwrap();
    let (head, body) = response.into_parts();
    let reply = Reply {
        status: head.status,
        headers: head.headers,
        body,
    };
    assert_allows(&reply, &["mcp-param-region"], "HTTP/2");
}
