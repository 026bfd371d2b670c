//! What is refused when the service is built.

use mcp_axum::{
    McpService, McpServiceBuilder,
    protocol::Revision,
    session::{SessionLimits, Sessions},
};

use super::{builder, server};
use crate::support::panics::panic_of;

fn plain() -> McpServiceBuilder {
    McpService::builder(server())
}

#[test]
fn without_sessions_or_an_older_revision_there_is_no_http_sse() {
    let refused: [fn() -> McpService; 3] = [
        || builder().sessions(Sessions::Off).build(),
        || builder().revisions([Revision::V2026_07_28]).build(),
        // The order of the calls does not matter.
        || plain().sessions(Sessions::Off).legacy_sse().build(),
    ];
    for build in refused {
        let panicked = panic_of(build);
        assert!(
            panicked.message.contains("HTTP+SSE needs sessions"),
            "{panicked:?}"
        );
        assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
    }
}

#[test]
fn optional_sessions_and_any_older_revision_will_do() {
    let optional = Sessions::Optional(SessionLimits::default());
    let _ = builder().sessions(optional).build();
    for revision in Revision::ALL {
        let _ = builder()
            .revisions([Revision::V2024_11_05, revision])
            .build();
    }
}

#[test]
fn a_path_that_is_none_or_is_taken_is_refused_where_it_is_set() {
    for (stream, messages, cure) in [
        ("sse", "/messages", "`sse` is not a path like `/sse`"),
        ("/sse", "messages", "`messages` is not a path like `/sse`"),
        ("", "/messages", "`` is not a path like `/sse`"),
        ("/", "/messages", "is not a path like `/sse`"),
        ("/sse/{id}", "/messages", "is not a path like `/sse`"),
        ("/sse", "/messages?a=b", "is not a path like `/sse`"),
        ("/sse", "/messages#a", "is not a path like `/sse`"),
        ("/s se", "/messages", "is not a path like `/sse`"),
        ("/sse", "//evil.example", "is not a path like `/sse`"),
        ("/sse", "/\\evil.example", "is not a path like `/sse`"),
        ("/sse", "/messages\r\nx", "is not a path like `/sse`"),
        ("/mcp", "/messages", "`/mcp` is the endpoint"),
        ("/sse", "/mcp", "`/mcp` is the endpoint"),
        ("/sse", "/mcp/", "`/mcp` is the endpoint"),
        ("/sse", "/sse", "must differ"),
        ("/sse", "/sse/", "must differ"),
    ] {
        let panicked = panic_of(|| plain().legacy_sse_at(stream, messages));
        assert!(
            panicked.message.contains(cure),
            "{stream} {messages}: {panicked:?}"
        );
        assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
    }
}

#[test]
fn a_public_url_that_is_none_is_refused_where_it_is_set() {
    for url in [
        "prefix",
        "/prefix",
        "ftp://notes.example",
        "https://a b",
        "https://notes.example/?b=c",
        "https://notes.example/#b",
        "https://ada@notes.example",
        "",
    ] {
        let panicked = panic_of(|| builder().public_url(url));
        assert!(
            panicked
                .message
                .contains("is no URL like `https://example.com`"),
            "{panicked:?}"
        );
        assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
    }
}
