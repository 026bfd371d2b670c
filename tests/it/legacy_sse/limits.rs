//! How many streams there may be, and for how long.

use std::time::Duration;

use http::request::Parts;
use mcp_axum::{
    Principal, Refusal,
    session::{SessionLimits, Sessions},
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{builder, connect, greet, open, opened, serving, stream, taken};
use crate::{
    lifespan::{self, Hold},
    support::{Call, TestClient},
};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let user = parts.headers.get("x-user");
    Ok(user.and_then(|user| user.to_str().ok()).map(Principal::new))
}

fn limited(limits: SessionLimits) -> TestClient {
    let builder = builder().sessions(Sessions::InMemory(limits));
    TestClient::with(builder.principal(log_in).build())
}

/// Asserts that there is no room: 503, and when to try again.
async fn full(call: Call) {
    let reply = call.await;
    assert!(reply.header("retry-after").is_some(), "{reply:?}");
    assert_eq!(reply.refusal().await, (503, -32603));
}

#[tokio::test]
async fn streams_count_as_sessions_and_do_not_give_way() {
    let client = limited(SessionLimits::default().anonymous(2));
    let mut one = connect(&client).await;
    let two = connect(&client).await;
    full(stream(&client)).await;
    full(client.initialize("2025-11-25", json!({}))).await;
    one.heard_all().await;
    drop(two);
    assert_eq!(client.mcp.sessions().count(), 1);
    let mut three = connect(&client).await;
    three.heard_all().await;
    one.heard_all().await;
    full(stream(&client)).await;
}

#[tokio::test]
async fn an_idle_session_of_the_other_transport_gives_way_to_a_stream() {
    let client = limited(SessionLimits::default().anonymous(2));
    let idle = client.open("2025-11-25").await;
    let mut one = connect(&client).await;
    let mut two = connect(&client).await;
    assert_eq!(client.mcp.sessions().count(), 2);
    assert_eq!(idle.request("ping", json!({})).await.status, 404);
    full(stream(&client)).await;
    one.heard_all().await;
    two.heard_all().await;
}

#[tokio::test]
async fn a_principal_has_a_share_of_its_own() {
    let client = limited(SessionLimits::default().per_principal(1).anonymous(1));
    let by = |user| stream(&client).header("x-user", user);
    let ada = opened(&client, by("ada").await).await;
    let _bob = opened(&client, by("bob").await).await;
    let _nobody = connect(&client).await;
    full(by("ada")).await;
    full(by("bob")).await;
    full(stream(&client)).await;
    assert_eq!(client.mcp.sessions().count(), 3);
    drop(ada);
    opened(&client, by("ada").await).await;
}

#[tokio::test]
async fn requests_in_flight_are_limited_and_a_refusal_harms_none_of_them() {
    let hold = Hold::new();
    let limits = SessionLimits::default().in_flight(2);
    let builder = serving(lifespan::server(&hold)).sessions(Sessions::InMemory(limits));
    let client = TestClient::with(builder.build());
    let mut old = open(&client, "2025-03-26", json!({})).await;
    taken(old.tool("hold")).await;
    let hold_call = |id: &str| json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": "hold"}});
    // Of a batch that does not fit, nothing runs.
    full(old.post(&json!([hold_call("a"), hold_call("b")]))).await;
    assert_eq!(client.mcp.sessions().list()[0].in_flight, 1);
    taken(old.post(&hold_call("a"))).await;
    full(old.tool("hold")).await;
    full(old.post(&hold_call("b"))).await;
    assert_eq!(client.mcp.sessions().list()[0].in_flight, 2);
    hold.release.add_permits(3);
    old.hear().await;
    old.hear().await;
    taken(old.tool("hold")).await;
    old.hear().await;
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test]
async fn the_host_sees_the_stream_and_what_runs() {
    let hold = Hold::new();
    let client = TestClient::with(serving(lifespan::server(&hold)).build());
    let old = connect(&client).await;
    let look = || client.mcp.sessions().list().remove(0);
    let fresh = look();
    assert_eq!(
        (fresh.streams, fresh.in_flight, fresh.idle),
        (1, 0, Duration::ZERO)
    );
    assert!(fresh.client.is_none(), "no handshake yet");
    taken(old.tool("hold")).await;
    assert_eq!(look().in_flight, 1);
    assert_eq!(
        client.mcp.listeners(),
        0,
        "it is no stream of the other era"
    );
}

#[tokio::test(start_paused = true)]
async fn an_open_stream_is_not_idle() {
    let client = limited(SessionLimits::default().idle(secs(60)));
    let mut old = greet(&client).await;
    sleep(secs(600)).await;
    assert_eq!(client.mcp.sessions().count(), 1);
    old.heard_all().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_when_its_session_is_too_old() {
    let client = limited(SessionLimits::default().lifetime(secs(600)).idle(secs(60)));
    let mut old = greet(&client).await;
    let begun = Instant::now();
    assert_eq!(old.events.next_event().await, None);
    let lived = begun.elapsed();
    assert!((secs(600)..secs(700)).contains(&lived), "{lived:?}");
    assert_eq!(client.mcp.sessions().count(), 0);
    assert_eq!(old.request("ping", json!({})).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn too_old_a_session_takes_no_requests_but_ends_the_running_one() {
    let hold = Hold::new();
    let limits = SessionLimits::default().lifetime(secs(600)).idle(secs(60));
    let builder = serving(lifespan::server(&hold)).sessions(Sessions::InMemory(limits));
    let client = TestClient::with(builder.build());
    let mut old = greet(&client).await;
    taken(old.tool("hold")).await;
    sleep(secs(700)).await;
    assert_eq!(old.request("ping", json!({})).await.status, 404);
    hold.release.add_permits(1);
    assert_eq!(old.hear().await["result"]["content"][0]["text"], "released");
    assert_eq!(old.events.next_event().await, None);
    assert_eq!(client.mcp.sessions().count(), 0);
}
