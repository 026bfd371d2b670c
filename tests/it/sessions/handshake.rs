//! `initialize`: the revision that is agreed on.

use mcp_axum::{McpService, protocol::Revision};
use serde_json::{Value, json};

use super::{NEWEST, client, hello, lifespan};
use crate::{
    lifespan::Hold,
    support::{SESSIONFUL, TestClient},
};

/// The capabilities that a service without sessions cannot keep its word about.
fn promises(result: &Value) -> bool {
    let text = result["capabilities"].to_string();
    text.contains("logging") || text.contains("listChanged") || text.contains("subscribe")
}

#[tokio::test]
async fn a_revision_that_is_served_is_echoed_and_speaks_its_own_tongue() {
    let client = client(&Hold::new());
    for revision in SESSIONFUL {
        let reply = client.initialize(revision, json!({})).await;
        assert_eq!(reply.status, 200);
        assert!(reply.header("mcp-session-id").is_some(), "{revision}");
        let result = reply.result().await;
        assert_eq!(result["protocolVersion"], revision);
        assert_eq!(result["serverInfo"]["name"], "lifespan");
        assert!(promises(&result), "{result}");
        for foreign in [
            "resultType",
            "ttlMs",
            "cacheScope",
            "supportedVersions",
            "_meta",
        ] {
            assert_eq!(result.get(foreign), None, "{revision}: {foreign}");
        }
    }
    assert_eq!(client.mcp.sessions().count(), SESSIONFUL.len());
}

#[tokio::test]
async fn any_other_revision_is_answered_with_the_newest_that_has_a_handshake() {
    let client = client(&Hold::new());
    for requested in [
        "2026-07-28",
        "2027-01-01",
        "2099-12-31",
        "2024-10-07",
        "2025-11-24",
        "1.0",
        "latest",
        "",
        "2025-11-25 ",
        " 2024-11-05",
        "9999999999999999999999",
    ] {
        let session = client
            .opened(client.initialize(requested, json!({})).await)
            .await;
        assert_eq!(session.revision, NEWEST, "{requested:?}");
        let ready = session.notify("notifications/initialized", json!({})).await;
        assert_eq!(ready.status, 202, "{requested:?}");
        assert_eq!(session.tool("quick", json!({})).await.text().await, "quick");
    }
}

#[tokio::test]
async fn the_counter_offer_is_the_newest_of_those_that_the_service_is_told_to_serve() {
    let older = [Revision::V2025_06_18, Revision::V2024_11_05];
    for (served, requested, expected) in [
        (&older[..], "2025-11-25", "2025-06-18"),
        (&older, "2026-07-28", "2025-06-18"),
        (&older, "2025-03-26", "2025-06-18"),
        (&older, "2024-11-05", "2024-11-05"),
        (&older[1..], "2025-11-25", "2024-11-05"),
        (
            &[Revision::V2026_07_28, Revision::V2025_03_26],
            "2026-07-28",
            "2025-03-26",
        ),
    ] {
        let builder = McpService::builder(lifespan::server(&Hold::new()));
        let client = TestClient::with(builder.revisions(served.iter().copied()).build());
        let result = client.initialize(requested, json!({})).await.result().await;
        assert_eq!(
            result["protocolVersion"], expected,
            "{requested} of {served:?}"
        );
    }
}

#[tokio::test]
async fn the_answer_carries_the_id_as_json_and_as_a_stream() {
    let client = client(&Hold::new());
    for (accept, streams) in [
        ("application/json, text/event-stream", false),
        ("application/json", false),
        ("text/event-stream", true),
    ] {
        let call = client.initialize(NEWEST, json!({}));
        let reply = call.header("accept", accept).await;
        assert_eq!(reply.is_stream(), streams, "{accept}");
        let session = client.opened(reply).await;
        let id = session.id.as_deref().expect("an id");
        assert!(id.bytes().all(|byte| (0x21..=0x7e).contains(&byte)), "{id}");
        assert_eq!(
            session.request("ping", json!({})).await.result().await,
            json!({})
        );
    }
}

#[tokio::test]
async fn the_request_id_is_echoed_as_it_was_spelled() {
    let client = client(&Hold::new());
    for id in [json!(0), json!(-7), json!("1"), json!(""), json!("Привет")] {
        let mut hello = hello(NEWEST);
        hello["id"] = id.clone();
        let reply = client.post_older(&hello).await;
        assert_eq!(reply.message().await["id"], id);
    }
}

#[tokio::test]
async fn a_client_may_name_an_older_revision_in_its_header_already() {
    let client = client(&Hold::new());
    for header in SESSIONFUL {
        let call = client.initialize(NEWEST, json!({}));
        let session = client
            .opened(call.header("mcp-protocol-version", header).await)
            .await;
        assert_eq!(session.revision, NEWEST, "the body decides, not {header}");
    }
}

#[tokio::test]
async fn a_request_before_initialized_is_served() {
    let client = client(&Hold::new());
    let session = client
        .opened(client.initialize(NEWEST, json!({})).await)
        .await;
    assert_eq!(session.tool("quick", json!({})).await.text().await, "quick");
}

#[tokio::test]
async fn a_session_cannot_be_opened_twice_and_goes_on() {
    let client = client(&Hold::new());
    let session = client.open(NEWEST).await;
    let again = session.post(&hello(NEWEST)).await;
    let status = super::refused(again, "initialize in a session").await;
    assert_eq!(status, (400, -32600));
    assert_eq!(client.mcp.sessions().count(), 1);
    assert!(super::lives(&session).await);
}

#[tokio::test]
async fn sessions_of_all_revisions_live_side_by_side() {
    let client = client(&Hold::new());
    let mut sessions = Vec::new();
    for revision in SESSIONFUL {
        sessions.push(client.open(revision).await);
    }
    for _ in 0..2 {
        for session in &sessions {
            let result = session.tool("quick", json!({})).await.result().await;
            assert_eq!(
                result["content"][0]["text"], "quick",
                "{}",
                session.revision
            );
            assert_eq!(result.get("resultType"), None, "{}", session.revision);
        }
        let stateless = client.tool("quick", json!({})).await.result().await;
        assert_eq!(stateless["resultType"], "complete");
    }
    let mut listed: Vec<_> = client.mcp.sessions().list();
    listed.sort_by_key(|session| std::cmp::Reverse(session.revision));
    let revisions = listed.iter().map(|session| session.revision.as_str());
    assert_eq!(revisions.collect::<Vec<_>>(), SESSIONFUL);
}
