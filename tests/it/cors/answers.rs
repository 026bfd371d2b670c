//! What a page may read of an answer, and a refusal is one.

use axum::{extract::Request, middleware::Next, middleware::from_fn};
use http::{Method, StatusCode};
use mcp_axum::{McpService, mount::Cors};
use serde_json::json;

use super::{
    EXPOSED, FOREIGN, MOUNTS, PAGE, assert_readable, builder, call, cors_headers, listed, server,
};
use crate::{
    lifespan::soon,
    support::{Call, TestClient},
};

async fn stranger(_: Request, _: Next) -> StatusCode {
    StatusCode::UNAUTHORIZED
}

/// Sends a call of the page, and reads what it comes to.
async fn check(call: Call, status: u16, what: &str) {
    let reply = call.header("origin", PAGE).await;
    assert_eq!(reply.status, status, "{what}: {reply:?}");
    assert_readable(&reply, what);
}

#[tokio::test]
async fn answers_and_refusals_are_readable_under_every_mount() {
    for (app, paths) in MOUNTS {
        let mcp = builder().build();
        let app = app(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for path in paths.iter().filter(|path| !path.contains("s")) {
            for (what, call, status) in [
                ("a call", call(&client), 200),
                ("a stream", call(&client).progress(json!("p")), 200),
                (
                    "initialize",
                    client.initialize("2025-11-25", json!({})),
                    200,
                ),
                ("no session", client.raw(Method::GET, ""), 400),
                ("PUT", client.raw(Method::PUT, ""), 405),
                ("no JSON", client.post("{"), 400),
                (
                    "another host",
                    call(&client).header("host", "evil.example"),
                    403,
                ),
                (
                    "two hosts",
                    call(&client).also_header("host", "localhost"),
                    400,
                ),
                (
                    "another type",
                    call(&client).header("accept", "image/png"),
                    406,
                ),
                (
                    "an unknown method",
                    client.request("tools/burn", json!({})),
                    404,
                ),
            ] {
                check(call.path(path), status, &format!("{path}: {what}")).await;
            }
        }
    }
    let mcp = builder().build();
    let app = axum::Router::new().nest_service("/api/mcp", mcp.clone());
    let client = TestClient::mounted(mcp, app, "/api/mcp/deeper");
    check(call(&client), 404, "below an exact mount").await;
}

#[tokio::test]
async fn the_streams_and_refusals_of_sessions_and_of_http_sse_are_readable() {
    let client = TestClient::with(builder().build());
    let session = client.open("2025-11-25").await;
    check(session.get(), 200, "GET").await;
    check(session.tool("query", json!({})), 200, "a call").await;
    check(session.delete(), 204, "DELETE").await;
    check(session.delete(), 404, "an unknown session").await;
    for (what, call, status) in [
        ("a stream", client.raw(Method::GET, "").path("/sse"), 200),
        ("HEAD", client.raw(Method::HEAD, "").path("/sse"), 405),
        ("POST", client.raw(Method::POST, "").path("/sse/"), 405),
        (
            "a message",
            client.post_older(&json!({})).path("/messages"),
            400,
        ),
    ] {
        check(call, status, what).await;
    }
}

#[tokio::test]
async fn what_layers_and_the_lifespan_refuse_is_readable_too() {
    let strangers = || builder().layer(from_fn(stranger)).build();
    let client = TestClient::with(strangers());
    for path in ["/mcp", "/mcp/", "/sse", "/messages"] {
        check(call(&client).path(path), 401, path).await;
    }
    let mcp = builder().build();
    let app = mcp.router();
    let mut client = TestClient::undriven(mcp.clone(), app, "/mcp");
    for path in ["/mcp", "/sse", "/messages"] {
        check(call(&client).path(path), 503, "undriven").await;
    }
    client = TestClient::with(mcp);
    soon(client.take_guard().shutdown()).await;
    check(call(&client), 503, "over").await;
}

#[tokio::test]
async fn a_page_that_is_not_named_is_refused_and_reads_nothing() {
    for (app, paths) in MOUNTS {
        let mcp = builder().build();
        let app = app(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for path in paths {
            for origin in [FOREIGN, "null", "https://chat.example:8443"] {
                for call in [
                    call(&client),
                    client.initialize("2025-11-25", json!({})),
                    client.raw(Method::GET, ""),
                    client.raw(Method::DELETE, ""),
                ] {
                    let reply = call.path(path).header("origin", origin).await;
                    assert_eq!(reply.status, 403, "{path} {origin}");
                    let allowed = reply.header("access-control-allow-origin");
                    assert_eq!(allowed, None, "{path} {origin}");
                    assert!(listed(&reply, "vary").contains("origin"), "{path} {origin}");
                }
            }
        }
        assert_eq!(client.mcp.sessions().count(), 0);
    }
}

#[tokio::test]
async fn two_origins_are_refused() {
    let client = TestClient::with(builder().build());
    for (first, second) in [(PAGE, FOREIGN), (FOREIGN, PAGE), (PAGE, PAGE)] {
        let call = call(&client).header("origin", first);
        let reply = call.also_header("origin", second).await;
        assert_eq!(reply.refusal().await, (403, -32600), "{first} {second}");
    }
}

#[tokio::test]
async fn an_answer_to_nobodys_page_says_that_another_one_would_differ() {
    let client = TestClient::with(builder().build());
    for call in [
        call(&client),
        client.raw(Method::GET, ""),
        client.raw(Method::OPTIONS, ""),
    ] {
        let reply = call.await;
        // A cache that keeps it must not give it to a page.
        assert!(listed(&reply, "vary").contains("origin"), "{reply:?}");
        let found = cors_headers(&reply);
        assert!(found.is_empty(), "{found:?}");
    }
}

#[tokio::test]
async fn cookies_are_for_the_pages_that_were_named() {
    let credentials = |reply: &crate::support::Reply| {
        let value = reply.header("access-control-allow-credentials");
        value.map(str::to_owned)
    };
    let plain = TestClient::with(builder().build());
    let cors = Cors::origins([PAGE]).credentials();
    let with_cookies = McpService::builder(server())
        .allowed_hosts(["app.example"])
        .cors(cors)
        .build();
    let with_cookies = TestClient::with(with_cookies);
    for (client, origin, allowed, expected) in [
        (&plain, PAGE, true, None),
        (&with_cookies, PAGE, true, Some("true")),
        (&with_cookies, FOREIGN, false, None),
        (&with_cookies, "null", false, None),
        // The guard lets them in; nobody said that cookies may come along.
        (&with_cookies, "http://localhost:3000", true, None),
        (&with_cookies, "https://app.example", true, None),
    ] {
        let asked = super::preflight(client, "/mcp", "mcp-method");
        for call in [call(client), asked] {
            let reply = call.header("origin", origin).await;
            let echoed = reply.header("access-control-allow-origin");
            assert_eq!(echoed, allowed.then_some(origin), "{origin}");
            assert_eq!(credentials(&reply).as_deref(), expected, "{origin}");
        }
    }
    assert_eq!(
        EXPOSED.len(),
        4,
        "none of them is `*`, which cookies would void"
    );
}
