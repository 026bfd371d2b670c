//! A login that is down takes the endpoint with it, and nothing else of the host's.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::{Router, routing::get};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use mcp_axum::{McpService, Principal, Refusal};
use serde_json::{Value, json};
use tokio::join;

use super::{builder, call};
use crate::support::{
    Call, SESSIONFUL, Session, TestClient,
    spawn::Spawned,
    wire::{Wire, header, text_of},
};

const HEALTH: &str = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A service whose login asks somebody who may be away.
fn service(down: &Arc<AtomicBool>) -> McpService {
    let down = Arc::clone(down);
    let log_in = move |_: &_| match down.load(Ordering::SeqCst) {
        true => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE)
            .header(RETRY_AFTER, HeaderValue::from_static("7"))),
        false => Ok(Some(Principal::new("ada"))),
    };
    builder().principal(log_in).build()
}

/// Whatever a client may ask of the endpoint.
fn calls(client: &TestClient, session: &Session<'_>) -> Vec<(&'static str, Call)> {
    vec![
        ("a stateless call", call(client)),
        (
            "initialize",
            client.initialize(&session.revision, json!({})),
        ),
        ("a call", session.tool("ok", json!({}))),
        (
            "a notification",
            session.notify("notifications/initialized", json!({})),
        ),
        ("GET", session.get()),
        ("a resume", session.resume("1.0")),
        ("DELETE", session.delete()),
    ]
}

#[tokio::test]
async fn the_endpoint_is_503_while_the_host_is_healthy() {
    let down = Arc::new(AtomicBool::new(false));
    let mcp = service(&down);
    let client = TestClient::with(mcp.clone());
    let app = Router::new().route("/health", get(async || "fine"));
    let spawned = Spawned::new(app.merge(mcp.router())).await;
    let mut health = Wire::connect(spawned.address).await;
    let mut wire = Wire::connect(spawned.address).await;
    for revision in SESSIONFUL {
        down.store(false, Ordering::SeqCst);
        let session = client.open(revision).await;
        down.store(true, Ordering::SeqCst);
        for (what, call) in calls(&client, &session) {
            wire.send(text_of(call).await).await;
            health.send(HEALTH).await;
            let ((refused, body), (fine, _)) = join!(wire.response(), health.response());
            assert!(fine.starts_with("HTTP/1.1 200"), "{what}: {fine}");
            assert!(refused.starts_with("HTTP/1.1 503"), "{what}: {refused}");
            assert_eq!(header(&refused, "retry-after"), Some("7"), "{what}");
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error"]["code"], -32603, "{what}");
        }
        // Nobody lost a session over it, not even by the DELETE.
        down.store(false, Ordering::SeqCst);
        wire.send(text_of(session.tool("ok", json!({}))).await)
            .await;
        let (head, _) = wire.response().await;
        assert!(head.starts_with("HTTP/1.1 200"), "{revision}: {head}");
    }
    assert_eq!(mcp.sessions().count(), SESSIONFUL.len(), "none was opened");
}
