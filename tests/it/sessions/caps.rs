//! How many sessions there may be, and who gives way to whom.

use mcp_axum::session::SessionLimits;
use serde_json::json;
use tokio::time::{Duration, sleep};

use super::{NEWEST, answered, begun, by, call, limited, log_in, open_as, ping_as, refused};
use crate::{
    lifespan::Hold,
    support::{Reply, TestClient},
};

fn client(hold: &Hold, limits: SessionLimits) -> TestClient {
    TestClient::with(limited(hold, limits).principal(log_in).build())
}

/// Opens a session, a moment after whatever came before.
async fn open(client: &TestClient, user: Option<&str>) -> Reply {
    sleep(Duration::from_millis(2)).await;
    by(user, client.initialize(NEWEST, json!({}))).await
}

fn id_of(reply: &Reply) -> String {
    reply.header("mcp-session-id").expect("an id").to_owned()
}

/// A limit that is reached with three sessions, and whose they are.
fn pools() -> [(&'static str, SessionLimits, [Option<&'static str>; 4]); 3] {
    let limits = SessionLimits::default;
    let (ada, eve) = (Some("ada"), Some("eve"));
    [
        (
            "in all",
            limits().total(3),
            [ada, eve, Some("bob"), Some("new")],
        ),
        ("of one", limits().per_principal(3), [ada; 4]),
        ("of strangers", limits().anonymous(3), [None; 4]),
    ]
}

#[tokio::test(start_paused = true)]
async fn the_one_that_is_idle_longest_gives_way() {
    for (what, limits, users) in pools() {
        let client = client(&Hold::new(), limits);
        let mut ids = Vec::new();
        for user in &users[..3] {
            ids.push(id_of(&open(&client, *user).await));
        }
        sleep(Duration::from_millis(2)).await;
        // Opened first, but used last.
        ping_as(&client, users[0], &ids[0]).await;
        let new = open(&client, users[3]).await;
        assert_eq!(new.status, 200, "{what}");
        ids.push(id_of(&new));
        assert_eq!(client.mcp.sessions().count(), 3, "{what}");
        for (at, status) in [(0, 200), (1, 404), (2, 200), (3, 200)] {
            let ping = ping_as(&client, users[at], &ids[at]).await;
            assert_eq!(ping.status, status, "{what}: {at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn when_all_are_in_use_the_newcomer_is_told_to_wait_and_nobody_is_cut() {
    for (what, limits, users) in pools() {
        let hold = Hold::new();
        let client = client(&hold, limits);
        let mut running = Vec::new();
        for (user, name) in users[..2].iter().zip(["hold", "talk"]) {
            let id = id_of(&open(&client, *user).await);
            let post = client
                .post_older(&call(1, name))
                .header("mcp-session-id", &id);
            running.push(begun(by(*user, post), &hold).await);
        }
        let id = id_of(&open(&client, users[2]).await);
        let get = client
            .raw(http::Method::GET, "")
            .header("mcp-session-id", &id);
        let stream = by(users[2], get).await;
        assert!(stream.is_stream(), "{what}");

        for _ in 0..3 {
            let full = open(&client, users[3]).await;
            let wait = full.header("retry-after").expect("a time");
            assert!(wait.parse::<u32>().is_ok_and(|wait| wait > 0), "{what}");
            assert_eq!(refused(full, what).await, (503, -32603), "{what}");
        }
        assert_eq!(client.mcp.sessions().count(), 3, "{what}");
        hold.release.add_permits(2);
        for task in running {
            assert_eq!(answered(task).await.text().await, "released", "{what}");
        }
        assert_eq!(
            open(&client, users[3]).await.status,
            200,
            "{what}: now one is idle"
        );
        assert_eq!(ping_as(&client, users[2], &id).await.status, 200, "{what}");
        drop(stream);
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_pool_refuses_other_requests_no_less_than_before() {
    let client = client(&Hold::new(), SessionLimits::default().anonymous(0));
    let full = open(&client, None).await;
    assert_eq!(refused(full, "full").await, (503, -32603));
    assert_eq!(client.tool("quick", json!({})).await.text().await, "quick");
    assert_eq!(open(&client, Some("ada")).await.status, 200);
}

#[tokio::test]
async fn a_flood_of_strangers_costs_no_known_principal_a_session() {
    let limits = SessionLimits::default()
        .anonymous(50)
        .total(2)
        .per_principal(1);
    let client = client(&Hold::new(), limits);
    let (ada, eve) = (open_as(&client, "ada").await, open_as(&client, "eve").await);
    let mut last = String::new();
    for _ in 0..5000 {
        let reply = client.initialize(NEWEST, json!({})).await;
        assert_eq!(reply.status, 200);
        last = id_of(&reply);
        assert!(client.mcp.sessions().count() <= 52);
    }
    assert_eq!(client.mcp.sessions().count(), 52);
    for (user, id) in [(Some("ada"), &ada), (Some("eve"), &eve), (None, &last)] {
        assert_eq!(ping_as(&client, user, id).await.status, 200, "{user:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_principal_takes_no_session_from_another() {
    let client = client(&Hold::new(), SessionLimits::default().per_principal(2));
    let eve = open_as(&client, "eve").await;
    for _ in 0..10 {
        assert_eq!(open(&client, Some("ada")).await.status, 200);
    }
    assert_eq!(client.mcp.sessions().count(), 3);
    assert_eq!(ping_as(&client, Some("eve"), &eve).await.status, 200);
}

#[tokio::test]
async fn one_session_runs_no_more_requests_than_it_may() {
    let hold = Hold::new();
    let client = client(&hold, SessionLimits::default().in_flight(2));
    let session = client.open(NEWEST).await;
    let mut running = Vec::new();
    for (id, name) in [(1, "hold"), (2, "talk")] {
        running.push(begun(session.post(&call(id, name)), &hold).await);
    }
    let full = session.post(&call(3, "quick")).await;
    assert!(full.header("retry-after").is_some());
    assert_eq!(refused(full, "full").await, (503, -32603));
    // Another session has its own share, and what ends a request gets through.
    let other = client.open(NEWEST).await;
    assert_eq!(other.tool("quick", json!({})).await.text().await, "quick");
    session.cancel(json!(1)).await;
    assert_eq!(answered(running.remove(0)).await.status, 202);
    assert_eq!(session.post(&call(3, "quick")).await.text().await, "quick");
    hold.release.add_permits(1);
    assert_eq!(answered(running.remove(0)).await.text().await, "released");
}

#[tokio::test]
async fn one_session_has_no_more_streams_than_it_may() {
    let hold = Hold::new();
    let client = client(&hold, SessionLimits::default().streams(2));
    let session = client.open(NEWEST).await;
    let get = session.get().await;
    let talk = session.post(&call(1, "talk")).await;
    hold.begun().await;
    // Who takes nothing else is told to wait before anything runs.
    let full = session
        .post(&call(2, "talk"))
        .header("accept", "text/event-stream")
        .await;
    assert!(full.header("retry-after").is_some());
    assert_eq!(refused(full, "full").await, (503, -32603));
    assert_eq!(hold.begun.available_permits(), 0, "it ran");
    // Who takes JSON gets its answer without what would have been said before.
    let quiet = begun(session.post(&call(2, "talk")), &hold).await;
    // A second standalone stream replaces the first.
    assert!(session.get().await.is_stream());
    drop(get);
    hold.release.add_permits(2);
    assert_eq!(talk.text().await, "released");
    let quiet = answered(quiet).await;
    assert!(!quiet.is_stream());
    assert_eq!(quiet.text().await, "released");
    hold.release.add_permits(1);
    assert!(
        session.post(&call(3, "talk")).await.is_stream(),
        "there is room again"
    );
}
