//! When a session is idle, when it is too old, and what keeps it.

use mcp_axum::session::SessionLimits;
use serde_json::json;
use tokio::time::sleep;

use super::{NEWEST, answered, begun, call, client, limited, lives, seconds};
use crate::{
    lifespan::{Hold, soon},
    shutdown::tasks_left,
    support::TestClient,
};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const IDLE: u64 = 30 * MINUTE;

#[tokio::test(start_paused = true)]
async fn a_session_lives_while_it_is_used_and_half_an_hour_longer() {
    let client = client(&Hold::new());
    let (used, left) = (client.open(NEWEST).await, client.open(NEWEST).await);
    for _ in 0..4 {
        sleep(seconds(IDLE - 1)).await;
        assert!(lives(&used).await);
    }
    assert!(!lives(&left).await);
    sleep(seconds(IDLE)).await;
    assert!(!lives(&used).await);
}

#[tokio::test(start_paused = true)]
async fn whatever_a_client_sends_renews_its_session() {
    let client = client(&Hold::new());
    let session = client.open("2025-03-26").await;
    let notice = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    let answer = json!({"jsonrpc": "2.0", "id": "late", "result": {}});
    let unknown = json!({"jsonrpc": "2.0", "id": 1, "method": "no/such"});
    for message in [
        &notice,
        &answer,
        &unknown,
        &json!([notice]),
        &json!([unknown]),
    ] {
        sleep(seconds(IDLE - 1)).await;
        let reply = session.post(message).await;
        assert!(reply.status.is_success(), "{message}: {reply:?}");
    }
    sleep(seconds(IDLE - 1)).await;
    drop(session.get().await);
    sleep(seconds(IDLE - 1)).await;
    assert!(lives(&session).await);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_the_owners_renews_nothing() {
    let builder = limited(&Hold::new(), SessionLimits::default());
    let client = TestClient::with(builder.principal(super::log_in).build());
    let id = super::open_as(&client, "ada").await;
    sleep(seconds(IDLE - 1)).await;
    assert_eq!(super::ping_as(&client, Some("eve"), &id).await.status, 404);
    sleep(seconds(1)).await;
    assert_eq!(super::ping_as(&client, Some("ada"), &id).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn sessions_that_nobody_ends_are_forgotten_with_all_they_held() {
    let client = client(&Hold::new());
    tokio::task::yield_now().await;
    let tasks = tokio::runtime::Handle::current()
        .metrics()
        .num_alive_tasks();
    for number in 0..300 {
        let session = client.open(NEWEST).await;
        if number % 3 == 0 {
            drop(session.get().await);
        }
        if number % 5 == 0 {
            session
                .request("logging/setLevel", json!({"level": "debug"}))
                .await;
        }
    }
    assert_eq!(client.mcp.sessions().count(), 300);
    // A look at what is over comes every half minute.
    sleep(seconds(IDLE + 31)).await;
    assert_eq!(client.mcp.sessions().count(), 0);
    tasks_left(tasks).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_runs_longer_than_a_session_may_be_idle_is_answered() {
    for (name, limits) in [
        ("hold", SessionLimits::default().idle(seconds(5))),
        ("talk", SessionLimits::default().idle(seconds(5))),
        // So with one that runs longer than a session may live.
        ("talk", SessionLimits::default().lifetime(seconds(20))),
    ] {
        let hold = Hold::new();
        let client = TestClient::with(limited(&hold, limits.clone()).build());
        let session = client.open(NEWEST).await;
        // The silent one becomes a stream, too, after a second.
        let mut events = session.post(&call(1, name)).await.events();
        hold.begun().await;
        if name == "talk" {
            // Read, since what nobody reads for too long ends its stream.
            assert!(soon(events.next()).await.is_some());
        }
        sleep(seconds(60)).await;
        assert_eq!(client.mcp.sessions().count(), 1, "{name} {limits:?}");
        hold.release.add_permits(1);
        let answer = soon(events.next()).await.expect("the answer");
        assert_eq!(super::text_of(&answer), "released", "{name} {limits:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn idleness_begins_when_the_last_call_is_over() {
    let hold = Hold::new();
    let limits = SessionLimits::default().idle(seconds(5));
    let client = TestClient::with(limited(&hold, limits).build());
    let session = client.open(NEWEST).await;
    let running = begun(session.post(&call(1, "hold")), &hold).await;
    sleep(seconds(60)).await;
    hold.release.add_permits(1);
    answered(running).await.text().await;
    sleep(seconds(4)).await;
    assert!(lives(&session).await);
    sleep(seconds(5)).await;
    assert!(!lives(&session).await);
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_client_has_left_keeps_the_session() {
    let hold = Hold::new();
    let limits = SessionLimits::default().idle(seconds(5));
    let client = TestClient::with(limited(&hold, limits).build());
    let session = client.open(NEWEST).await;
    let stream = session.post(&call(1, "talk")).await;
    hold.begun().await;
    drop(stream);
    sleep(seconds(60)).await;
    let mut resumed = session.resume("1.1").await.events();
    hold.release.add_permits(1);
    let answer = soon(resumed.next()).await.expect("the answer");
    assert_eq!(super::text_of(&answer), "released");
}

#[tokio::test(start_paused = true)]
async fn a_quiet_open_stream_keeps_the_session_until_it_is_left() {
    let limits = SessionLimits::default().idle(seconds(5));
    let client = TestClient::with(limited(&Hold::new(), limits).build());
    let session = client.open(NEWEST).await;
    let mut stream = session.get().await.events();
    sleep(seconds(600)).await;
    assert_eq!(client.mcp.sessions().count(), 1);
    client.mcp.notifier().tools_changed();
    let told = soon(stream.next()).await.expect("the stream is open");
    assert_eq!(told["method"], "notifications/tools/list_changed");
    sleep(seconds(600)).await;
    assert!(lives(&session).await);
    drop(stream);
    sleep(seconds(4)).await;
    assert!(lives(&session).await);
    sleep(seconds(6)).await;
    assert!(!lives(&session).await);
}

#[tokio::test(start_paused = true)]
async fn a_session_grows_no_older_than_a_day_however_busy() {
    let client = client(&Hold::new());
    let session = client.open(NEWEST).await;
    let mut stream = session.get().await.events();
    for _ in 0..24 * 6 - 1 {
        sleep(seconds(10 * MINUTE)).await;
        assert!(lives(&session).await);
    }
    sleep(seconds(10 * MINUTE)).await;
    assert!(!lives(&session).await, "24 h are over");
    assert!(soon(stream.rest()).await.is_empty(), "its stream ends, too");
    sleep(seconds(HOUR)).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}
