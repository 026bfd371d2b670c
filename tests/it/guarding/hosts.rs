//! `Host`, against DNS rebinding.

use axum::{Router, routing::get};
use http::{Method, Version};
use mcp_axum::McpService;
use tower::ServiceExt;

use super::{builder, call, refusal, server};
use crate::support::TestClient;

#[tokio::test]
async fn by_default_only_names_of_the_loopback_pass() {
    let client = TestClient::with(McpService::new(server()));
    for host in [
        "localhost",
        "localhost:8000",
        "LOCALHOST",
        "127.0.0.1",
        "127.0.0.1:65535",
        "[::1]",
        "[::1]:8000",
    ] {
        let reply = call(&client).header("host", host).await;
        assert_eq!(reply.status, 200, "{host}");
    }
    for host in [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "evil-localhost",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "192.168.0.1:80",
        "0.0.0.0",
        "[::2]",
        "[2001:db8::1]:80",
        "169.254.169.254",
    ] {
        let reply = call(&client).header("host", host).await;
        let message = refusal(reply, 403, host).await;
        let cure = format!("McpService::builder(..).allowed_hosts([\"{host}\"])");
        assert!(message.contains(&cure), "{message}");
    }
}

#[tokio::test]
async fn a_host_that_cannot_be_read_is_400() {
    let client = TestClient::with(builder().any_host().build());
    let plain = TestClient::with(McpService::new(server()));
    for client in [&client, &plain] {
        refusal(call(client).without("host").await, 400, "missing").await;
        let twice = call(client).also_header("host", "localhost");
        refusal(twice.await, 400, "repeated").await;
        let twice = call(client).also_header("host", "evil.example");
        refusal(twice.await, 400, "repeated and different").await;
        for host in [
            "",
            " ",
            ":80",
            "localhost:",
            "localhost:x",
            "localhost:99999",
            "user@localhost",
            "local host",
            "localhost/x",
            "[::1",
            "::1",
            "[localhost]",
            "local%68ost",
            "localhost,evil.example",
            "lo\u{e9}alhost",
            "a..b",
        ] {
            let reply = call(client).header("host", host).await;
            refusal(reply, 400, host).await;
        }
    }
}

#[tokio::test]
async fn named_hosts_pass_beside_the_loopback() {
    let hosts = ["app.example", "exact.example:8443", "*.wild.example"];
    let client = TestClient::with(builder().allowed_hosts(hosts).build());
    for (host, status) in [
        ("app.example", 200),
        ("APP.example", 200),
        ("app.example:1234", 200),
        ("exact.example:8443", 200),
        ("exact.example:8444", 403),
        ("exact.example", 403),
        ("a.wild.example", 200),
        ("a.b.wild.example", 200),
        ("wild.example", 403),
        ("evilwild.example", 403),
        ("app.example.evil.example", 403),
        ("localhost", 200),
    ] {
        let reply = call(&client).header("host", host).await;
        assert_eq!(reply.status, status, "{host}");
    }
}

#[tokio::test]
async fn any_host_lets_every_host_pass() {
    let client = TestClient::with(builder().any_host().build());
    for host in ["evil.example", "localhost", "10.0.0.1:1"] {
        let reply = call(&client).header("host", host).await;
        assert_eq!(reply.status, 200, "{host}");
    }
}

#[tokio::test]
async fn http_2_names_its_host_in_the_authority() {
    let mcp = McpService::new(server());
    let app = Router::new()
        .nest("/n", mcp.router())
        .nest_service("/s", mcp.clone());
    let client = TestClient::mounted(mcp, app, "/");
    for path in ["/n/mcp", "/s"] {
        for (authority, host, version, status) in [
            ("localhost:8000", None, Version::HTTP_2, 200),
            ("evil.example", None, Version::HTTP_2, 403),
            (
                "localhost:8000",
                Some("localhost:8000"),
                Version::HTTP_2,
                200,
            ),
            ("localhost:8000", Some("evil.example"), Version::HTTP_2, 400),
            ("evil.example", Some("localhost"), Version::HTTP_2, 400),
            ("evil.example", Some("evil.example"), Version::HTTP_2, 403),
            // HTTP/1.1 needs the header even beside an absolute target.
            ("localhost:8000", None, Version::HTTP_11, 400),
            (
                "localhost:8000",
                Some("localhost:8000"),
                Version::HTTP_11,
                200,
            ),
            (
                "localhost:8000",
                Some("evil.example"),
                Version::HTTP_11,
                400,
            ),
        ] {
            let mut call = call(&client).path(&format!("http://{authority}{path}"));
            call = match host {
                Some(host) => call.header("host", host),
                None => call.without("host"),
            };
            let (app, mut request) = call.build();
            *request.version_mut() = version;
            let response = app.oneshot(request).await.unwrap();
            let what = format!("{path} {authority} {host:?} {version:?}");
            assert_eq!(response.status(), status, "{what}");
        }
    }
}

#[tokio::test]
async fn the_guard_covers_the_endpoints_and_nothing_else() {
    let mcp = McpService::new(server());
    let app = Router::new()
        .route("/health", get(async || "fine"))
        .merge(mcp.router())
        .nest_service("/exact", mcp.clone());
    let client = TestClient::mounted(mcp, app, "/mcp");
    for (path, status) in [
        ("/health", 200),
        ("/mcp", 403),
        ("/mcp/", 403),
        ("/exact", 403),
    ] {
        let evil = client
            .raw(Method::GET, "")
            .path(path)
            .header("host", "evil.example");
        assert_eq!(
            evil.header("origin", "https://evil.example").await.status,
            status,
            "{path}"
        );
    }
}
