//! What is refused when the service is built, since it cannot go together.

use std::time::Duration;

use mcp_axum::{
    McpServer, McpService, McpServiceBuilder,
    protocol::Revision,
    session::{SessionLimits, Sessions},
    store::MemoryEventLog,
};

use crate::support::panics::panic_of;

fn builder() -> McpServiceBuilder {
    McpService::builder(McpServer::new("built", "1"))
}

fn limited(limits: SessionLimits) -> McpService {
    builder().sessions(Sessions::InMemory(limits)).build()
}

#[test]
fn what_cannot_go_together_is_refused_where_it_is_built() {
    let newest = [Revision::V2026_07_28];
    let refused: [(&str, &dyn Fn() -> McpService); 7] = [
        ("at least one revision", &|| builder().revisions([]).build()),
        ("no revision that is served has sessions", &|| {
            let sessions = Sessions::Optional(SessionLimits::default());
            builder().revisions(newest).sessions(sessions).build()
        }),
        ("without sessions nothing is logged", &|| {
            let builder = builder().event_log(MemoryEventLog::default());
            builder.sessions(Sessions::Off).build()
        }),
        ("without sessions nothing is logged", &|| {
            let log = MemoryEventLog::default();
            builder().revisions(newest).event_log(log).build()
        }),
        ("`idle` must not be zero", &|| {
            limited(SessionLimits::default().idle(Duration::ZERO))
        }),
        ("`in_flight` must not be zero", &|| {
            limited(SessionLimits::default().in_flight(0))
        }),
        ("`total` and `anonymous` must not be zero", &|| {
            limited(SessionLimits::default().total(0).anonymous(0))
        }),
    ];
    for (cure, build) in refused {
        let panicked = panic_of(build);
        assert!(panicked.message.contains(cure), "{cure}: {panicked:?}");
        assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
    }
}

#[test]
fn what_goes_together_is_built() {
    let off = builder().sessions(Sessions::Off);
    let _ = off.without_event_log().build();
    let newest = builder().revisions([Revision::V2026_07_28]);
    let _ = newest.sessions(Sessions::Off).build();
    let _ = limited(SessionLimits::default().anonymous(0));
}
