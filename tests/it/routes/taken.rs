//! Paths that are taken are refused where the service is built.

use axum::{Router, routing::get};
use mcp_axum::McpServiceBuilder;

use super::builder;
use crate::support::panics::panic_of;

type Build = fn(McpServiceBuilder) -> McpServiceBuilder;

/// What is set up, the path that is refused, and by whom it is taken.
const TAKEN: [(Build, &str, &str); 22] = [
    (
        |it| it.route("/mcp", get(handler)),
        "/mcp",
        "the MCP endpoint",
    ),
    (
        |it| it.route("/mcp/", get(handler)),
        "/mcp/",
        "the MCP endpoint",
    ),
    (
        |it| it.protected_route("/mcp", get(handler)),
        "/mcp",
        "the MCP endpoint",
    ),
    (|it| it.health("/mcp"), "/mcp", "the MCP endpoint"),
    (|it| it.legacy_sse().health("/sse"), "/sse", "HTTP+SSE"),
    (|it| it.health("/sse").legacy_sse(), "/sse", "HTTP+SSE"),
    (
        |it| it.route("/messages/", get(handler)).legacy_sse(),
        "/messages/",
        "HTTP+SSE",
    ),
    (
        |it| it.legacy_sse_at("/a/b", "/c").health("/a/b/"),
        "/a/b/",
        "HTTP+SSE",
    ),
    (
        |it| it.health("/.well-known/oauth-protected-resource"),
        "/.well-known/oauth-protected-resource",
        "the metadata",
    ),
    (
        |it| it.health("/.well-known/oauth-protected-resource/mcp/"),
        "/.well-known/oauth-protected-resource/mcp/",
        "the metadata",
    ),
    (
        |it| {
            it.route(
                "/.well-known/oauth-protected-resource/{*rest}",
                get(handler),
            )
        },
        "/.well-known/oauth-protected-resource/{*rest}",
        "the metadata",
    ),
    (|it| it.health("/a").health("/a"), "/a", "another route"),
    (
        |it| it.health("/a").route("/a/", get(handler)),
        "/a/",
        "another route",
    ),
    (
        |it| it.protected_route("/a", get(handler)).health("/a"),
        "/a",
        "another route",
    ),
    (
        |it| it.health("/a/{x}").route("/a/{y}", get(handler)),
        "/a/{y}",
        "another route",
    ),
    (
        |it| it.health("/a/{x}/b").route("/a/{y}/b/", get(handler)),
        "/a/{y}/b/",
        "another route",
    ),
    (
        |it| it.health("/a/{*x}").route("/a/{*y}", get(handler)),
        "/a/{*y}",
        "another route",
    ),
    // What only the router finds out.
    (
        |it| it.health("/a/{x}").route("/a/{*y}", get(handler)),
        "/a/{*y}",
        "/a/{x}",
    ),
    (
        |it| it.health("/a/{x}").route("/a/{y}.json", get(handler)),
        "/a/{y}.json",
        "",
    ),
    (
        |it| it.route("/:id", get(handler)),
        "segments must not start with `:`",
        "{capture}",
    ),
    (|it| it.protected_route("/{id", get(handler)), "/{id", ""),
    (
        |it| it.route("/{*rest}/more", get(handler)),
        "/{*rest}/more",
        "",
    ),
];

async fn handler() {}

#[test]
fn a_path_that_is_taken_is_refused_and_named_at_the_builders_line() {
    for (set_up, path, by) in TAKEN {
        let panicked = panic_of(|| set_up(builder()).build());
        let message = &panicked.message;
        assert!(message.contains(path), "{path}: {message}");
        assert!(message.contains(by), "{path}: {message}");
        assert!(panicked.file.ends_with("taken.rs"), "{path}: {panicked:?}");
    }
}

#[test]
fn a_path_without_a_slash_in_front_is_refused_where_it_is_set() {
    for set_up in [
        (|it| it.health("health")) as Build,
        |it| it.route("", get(handler)),
        |it| it.protected_route("a/b", get(handler)),
    ] {
        let panicked = panic_of(|| set_up(builder()));
        assert!(
            panicked.message.contains("does not begin with `/`"),
            "{panicked:?}"
        );
        assert!(panicked.file.ends_with("taken.rs"), "{panicked:?}");
    }
}

#[test]
fn paths_that_only_look_alike_stand_side_by_side() {
    let mcp = builder()
        .legacy_sse()
        .health("/")
        .route("/mcp2", get(handler))
        .route("/mcp/{id}", get(handler))
        .route("/{id}", get(handler))
        .route("/{id}/{sub}", get(handler))
        .route("/a/{x}/b", get(handler))
        .route("/a/{y}/c", get(handler))
        .route("/sse/more", get(handler))
        .route("/.well-known/openid-configuration", get(handler))
        .route("/MCP", get(handler))
        .build();
    let _app: Router = Router::new().nest("/a", mcp.router()).merge(mcp.router());
}
