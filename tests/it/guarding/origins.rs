//! `Origin` and `Sec-Fetch-Site`, against pages of other sites.

use http::Method;
use mcp_axum::McpService;

use super::{builder, call, refusal, server};
use crate::support::TestClient;

#[tokio::test]
async fn by_default_only_pages_of_this_machine_pass() {
    let client = TestClient::with(McpService::new(server()));
    for origin in [
        "http://localhost",
        "http://localhost:3000",
        "https://127.0.0.1:8443",
        "http://[::1]:5173",
    ] {
        let reply = call(&client).header("origin", origin).await;
        assert_eq!(reply.status, 200, "{origin}");
    }
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.1",
        "chrome-extension://abcdef",
    ] {
        let reply = call(&client).header("origin", origin).await;
        let message = refusal(reply, 403, origin).await;
        let cure = format!("McpService::builder(..).allowed_origins([\"{origin}\"])");
        assert!(message.contains(&cure), "{message}");
    }
    for origin in [
        "null",
        "",
        "localhost",
        "http://",
        "http://a b",
        "http://localhost/path",
    ] {
        let reply = call(&client).header("origin", origin).await;
        refusal(reply, 403, origin).await;
    }
}

#[tokio::test]
async fn an_origin_that_equals_its_own_host_header_is_no_proof() {
    let client = TestClient::with(builder().any_host().build());
    let rebound = call(&client)
        .header("host", "evil.example")
        .header("origin", "http://evil.example");
    refusal(rebound.await, 403, "rebound").await;
    let local = call(&client)
        .header("host", "localhost")
        .header("origin", "http://localhost");
    refusal(local.await, 403, "under any_host only listed origins pass").await;
}

#[tokio::test]
async fn listed_origins_pass_on_scheme_host_and_port() {
    for any_host in [false, true] {
        let mcp = builder().allowed_origins(["https://page.example", "http://dev.example:3000"]);
        let mcp = match any_host {
            true => mcp.any_host(),
            false => mcp,
        };
        let client = TestClient::with(mcp.build());
        for (origin, status) in [
            ("https://page.example", 200),
            ("https://page.example:443", 200),
            ("http://page.example", 403),
            ("https://page.example:8443", 403),
            ("https://a.page.example", 403),
            ("http://dev.example:3000", 200),
            ("http://dev.example", 403),
            ("null", 403),
        ] {
            let reply = call(&client).header("origin", origin).await;
            assert_eq!(reply.status, status, "{origin} any_host={any_host}");
        }
    }
}

#[tokio::test]
async fn the_origin_of_an_allowed_host_passes() {
    let client = TestClient::with(builder().allowed_hosts(["app.example"]).build());
    for (origin, status) in [
        ("https://app.example", 200),
        ("https://other.example", 403),
        ("https://app.example.evil.example", 403),
    ] {
        let reply = call(&client)
            .header("host", "app.example")
            .header("origin", origin)
            .await;
        assert_eq!(reply.status, status, "{origin}");
    }
}

#[tokio::test]
async fn two_origins_are_refused_even_when_both_are_allowed() {
    let client = TestClient::with(McpService::new(server()));
    let twice = call(&client)
        .header("origin", "http://localhost")
        .also_header("origin", "http://localhost");
    refusal(twice.await, 403, "repeated").await;
}

#[tokio::test]
async fn without_an_origin_the_browser_still_tells_of_another_site() {
    let client = TestClient::with(builder().any_host().build());
    for (site, status) in [
        ("cross-site", 403),
        ("Cross-Site", 403),
        ("same-origin", 200),
        ("same-site", 200),
        ("none", 200),
    ] {
        let reply = call(&client).header("sec-fetch-site", site).await;
        assert_eq!(reply.status, status, "{site}");
    }
    let client = TestClient::with(builder().allowed_origins(["https://page.example"]).build());
    let listed = call(&client)
        .header("origin", "https://page.example")
        .header("sec-fetch-site", "cross-site");
    assert_eq!(
        listed.await.status,
        200,
        "an origin that is listed outranks it"
    );
}

#[tokio::test]
async fn the_origin_is_judged_on_every_method() {
    let client = TestClient::with(McpService::new(server()));
    for method in ["GET", "POST", "DELETE", "OPTIONS", "PUT"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let evil = client
            .raw(method.clone(), "")
            .header("origin", "https://evil.example");
        refusal(evil.await, 403, method.as_str()).await;
    }
}

#[test]
fn lists_that_cannot_be_read_panic_where_they_are_written() {
    let build = [
        || drop(builder().allowed_hosts(["*"])),
        || drop(builder().allowed_hosts(["a b"])),
        || drop(builder().allowed_hosts(["https://app.example"])),
        || drop(builder().allowed_origins(["app.example"])),
        || drop(builder().allowed_origins(["https://app.example/path"])),
        || drop(builder().allowed_origins(["null"])),
    ];
    for (index, build) in build.into_iter().enumerate() {
        assert!(std::panic::catch_unwind(build).is_err(), "row {index}");
    }
}
