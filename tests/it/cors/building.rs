//! What is refused when the service is built.

use std::time::Duration;

use mcp_axum::{McpService, mount::Cors};

use super::{PAGE, call, preflight, server};
use crate::support::{TestClient, panics::panic_of};

#[test]
fn every_page_at_once_is_refused_where_it_is_written() {
    for origins in [vec!["*"], vec![PAGE, "*"]] {
        let panicked = panic_of(|| Cors::origins(origins.clone()));
        assert!(
            panicked.message.contains("name the origins, such as"),
            "{panicked:?}"
        );
        assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
    }
}

#[test]
fn an_origin_that_is_none_is_refused_where_it_is_set() {
    for origin in [
        "chat.example",
        "https://chat.example/",
        "https://*.chat.example",
        "null",
        "",
    ] {
        let cors = || Cors::origins([origin]);
        let panicked = panic_of(|| McpService::builder(server()).cors(cors()));
        assert!(
            panicked.message.contains("is not an origin"),
            "{panicked:?}"
        );
        assert!(panicked.file.ends_with("building.rs"), "{panicked:?}");
    }
}

#[tokio::test]
async fn a_browser_may_keep_the_answer_as_long_as_is_said() {
    let cors = Cors::origins([PAGE.to_owned()]).max_age(Duration::from_secs(60));
    let client = TestClient::with(McpService::builder(server()).cors(cors).build());
    let reply = preflight(&client, "/mcp", "mcp-method").await;
    assert_eq!(reply.header("access-control-max-age"), Some("60"));
}

#[tokio::test]
async fn origins_of_both_lists_are_let_in() {
    let builder = McpService::builder(server())
        .cors(Cors::origins([PAGE]))
        .allowed_origins(["https://other.example"]);
    let client = TestClient::with(builder.build());
    for origin in [PAGE, "https://other.example"] {
        let reply = call(&client).header("origin", origin).await;
        let allowed = reply.header("access-control-allow-origin");
        assert_eq!(allowed, Some(origin));
        assert_eq!(reply.text().await, "eu");
    }
}
