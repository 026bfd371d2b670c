//! The first event of a stream: where to post to, as the client sees it.

use axum::Router;
use mcp_axum::McpService;
use serde_json::json;

use super::{builder, client, mounted, open, opened, server, stream};
use crate::support::{Reply, TestClient};

/// One way to mount a service: the app, where its stream opens, where messages go.
type Mount = (
    &'static str,
    fn(&McpService) -> Router,
    &'static str,
    &'static str,
);

const MOUNTS: [Mount; 10] = [
    ("merge", |mcp| mcp.router(), "/sse", "/messages"),
    (
        "a slash at the end",
        |mcp| mcp.router(),
        "/sse/",
        "/messages",
    ),
    (
        "a query",
        |mcp| mcp.router(),
        "/sse?sessionId=a&x=/sse",
        "/messages",
    ),
    (
        "nest",
        |mcp| Router::new().nest("/a", mcp.router()),
        "/a/sse",
        "/a/messages",
    ),
    (
        "nest with a slash",
        |mcp| Router::new().nest("/a/", mcp.router()),
        "/a/sse",
        "/a/messages",
    ),
    (
        "nested nest",
        |mcp| Router::new().nest("/a", Router::new().nest("/b", mcp.router())),
        "/a/b/sse/",
        "/a/b/messages",
    ),
    (
        "nested nest with slashes",
        |mcp| Router::new().nest("/a/", Router::new().nest("/b/", mcp.router())),
        "/a/b/sse",
        "/a/b/messages",
    ),
    (
        "path parameters",
        |mcp| Router::new().nest("/t/{tenant}/{user}", mcp.router()),
        "/t/a%20b/%2F%2Fevil.example/sse",
        "/t/a%20b/%2F%2Fevil.example/messages",
    ),
    (
        "a mount of the same name",
        |mcp| Router::new().nest("/sse", mcp.router()),
        "/sse/sse",
        "/sse/messages",
    ),
    (
        "nest_service of the router",
        |mcp| Router::new().nest_service("/api", mcp.router::<()>()),
        "/api/sse",
        "/api/messages",
    ),
];

/// Reads the place that a stream tells, and posts to it.
async fn told(client: &TestClient, reply: Reply) -> String {
    let mut old = opened(client, reply).await;
    let place = old.place.clone();
    old.heard_all().await;
    place
}

#[tokio::test]
async fn the_first_bytes_are_the_place_as_raw_text() {
    let client = client();
    let mut events = stream(&client).await.events();
    let first = events.block().await.unwrap();
    let place = first.strip_prefix("event: endpoint\ndata: /messages?sessionId=");
    let id = place.and_then(|rest| rest.strip_suffix("\n\n")).unwrap();
    assert!(
        id.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)),
        "{id}"
    );
    assert_eq!(
        id.split('.').map(str::len).collect::<Vec<_>>()[..2],
        [1, 22],
        "{id}"
    );
}

#[tokio::test]
async fn a_stream_has_the_headers_of_one_and_no_session_header() {
    let client = client();
    let reply = stream(&client).await;
    for (name, value) in [
        ("content-type", Some("text/event-stream")),
        ("cache-control", Some("no-cache, no-transform")),
        ("x-accel-buffering", Some("no")),
        ("mcp-session-id", None),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn under_every_mount_the_place_has_every_prefix_and_works() {
    for (name, app, path, expected) in MOUNTS {
        let mcp = builder().build();
        let client = mounted(&mcp, app(&mcp));
        let place = told(&client, stream(&client).path(path).await).await;
        let (place, _) = place.split_once("?sessionId=").expect(name);
        assert_eq!(place, expected, "{name}");
    }
}

#[tokio::test]
async fn paths_of_ones_own_are_served_and_told() {
    for (stream_at, messages_at) in [
        ("/events", "/inbox"),
        ("/v1/sse/", "/v1/sse/messages/"),
        ("/mcp/sse", "/mcp/messages"),
        ("/a", "/a/b"),
    ] {
        let mcp = McpService::builder(server())
            .legacy_sse_at(stream_at, messages_at)
            .build();
        let client = mounted(&mcp, Router::new().nest("/n", mcp.router()));
        let place = told(
            &client,
            stream(&client).path(&format!("/n{stream_at}")).await,
        )
        .await;
        let expected = format!("/n{}?", messages_at.trim_end_matches('/'));
        assert!(place.starts_with(&expected), "{place}");
        assert_eq!(stream(&client).path("/n/sse").await.status, 404);
    }
}

#[tokio::test]
async fn a_place_with_a_slash_at_the_end_takes_messages_too() {
    let client = client();
    let mut old = super::connect(&client).await;
    old.place = old.place.replace("/messages?", "/messages/?x=1&");
    old.heard_all().await;
}

#[tokio::test]
async fn behind_a_proxy_the_path_of_the_public_url_comes_first() {
    for base in ["/prefix/v1", "/prefix/v1/", "//prefix/v1"] {
        let url = format!("https://notes.example{base}");
        let mcp = builder().public_url(&url).build();
        let client = mounted(&mcp, Router::new().nest("/a", mcp.router()));
        // What the client asked for was /prefix/v1/a/sse.
        let mut old = opened(&client, stream(&client).path("/a/sse").await).await;
        assert!(
            old.place.starts_with("/prefix/v1/a/messages?"),
            "{base}: {}",
            old.place
        );
        old.place = old.place.trim_start_matches("/prefix/v1").to_owned();
        old.heard_all().await;
    }
}

#[tokio::test]
async fn the_place_never_names_a_host() {
    let mcp = builder().any_host().build();
    let app = Router::new()
        .merge(mcp.router())
        .nest("/{tenant}", mcp.router());
    let client = mounted(&mcp, app);
    for path in [
        "http://localhost/sse",
        "http://evil.example/sse",
        "/%2Fevil.example/sse",
        "/\\evil.example/sse",
        "/%5Cevil.example/sse",
        "/http:/sse",
        "/@evil.example/sse",
    ] {
        let host = if path.contains("//evil") {
            "evil.example"
        } else {
            "localhost"
        };
        let headers = [("host", host), ("x-forwarded-host", "evil.example")];
        let call = headers
            .into_iter()
            .fold(stream(&client), |call, (name, value)| {
                call.header(name, value)
            });
        let place = opened(&client, call.path(path).await).await.place;
        // WHATWG URL: a backslash is a slash, and two of them name a host.
        let mut start = place.chars();
        assert_eq!(start.next(), Some('/'), "{path}: {place}");
        assert!(!matches!(start.next(), Some('/' | '\\')), "{path}: {place}");
        assert!(place.contains("/messages?sessionId="), "{path}: {place}");
    }
}

#[tokio::test]
async fn two_streams_are_two_sessions() {
    let client = client();
    let mut one = open(&client, "2024-11-05", json!({})).await;
    let mut two = open(&client, "2025-06-18", json!({})).await;
    assert_ne!(one.id(), two.id());
    one.heard_all().await;
    two.heard_all().await;
    assert_eq!(client.mcp.sessions().count(), 2);
    assert_eq!(
        client.mcp.endpoint(),
        None,
        "neither endpoint is the MCP endpoint"
    );
}
