//! After the last client nothing is left: no tasks, no sessions, no streams, no log.

use mcp_axum::{
    protocol::Level,
    session::{SessionLimits, Sessions},
    store::MemoryEventLog,
    tool,
};
use serde_json::json;
use tokio::time::sleep;

use super::{
    NEWEST, Steps, brief, builder, counting, end, millis, rest, secs, settle, speaks_and_works,
    stream,
};
use crate::{
    shutdown::tasks_left,
    support::{SESSIONFUL, TestClient},
};

#[tokio::test(start_paused = true)]
async fn sessions_that_are_left_in_any_state_vanish() {
    let (log, steps) = (MemoryEventLog::default(), Steps::new());
    let limits = SessionLimits::default().idle(secs(600));
    let tools = [counting(&steps, 3), speaks_and_works(20)];
    let mcp = builder(tools)
        .event_log(log.clone())
        .sessions(Sessions::InMemory(limits));
    let client = TestClient::with(mcp.build());
    // Connected, and never read again.
    let mut unread = Vec::new();
    for revision in SESSIONFUL {
        for at in 0..5 {
            let session = client.open(revision).await;
            let mut open = vec![stream(&session, "work").await];
            // Waits for a step that comes when nobody listens any more.
            let mut counted = stream(&session, "count").await;
            match at {
                0 => drop(open.pop()),
                1 => open.push(session.get().await.events()),
                2 => open.push(session.resume("1.0").await.events()),
                3 => assert_eq!(rest(&mut open[0]).await.len(), 2),
                _ => {
                    assert_eq!(session.delete().await.status, 204);
                    assert_eq!(counted.rest().await.len(), 1);
                }
            }
            unread.extend(open.pop());
        }
    }
    steps.go(1000);
    sleep(secs(400)).await;
    // The lifespan's task alone.
    tasks_left(1).await;
    assert_eq!(client.mcp.in_flight(), 0);
    assert_eq!((log.streams(), log.bytes()), (0, 0));
    drop(unread);
    sleep(secs(800)).await;
    assert_eq!(client.mcp.sessions().count(), 0);
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_open_stream_outlives_the_idle_time() {
    let limits = SessionLimits::default().idle(secs(10));
    let client = super::limited(limits, [speaks_and_works(100)]);
    let (reads, works, idles) = (
        client.open(NEWEST).await,
        client.open(NEWEST).await,
        client.open(NEWEST).await,
    );
    let standalone = reads.get().await.events();
    let mut events = stream(&works, "work").await;
    assert!(events.next().await.is_some());
    sleep(secs(90)).await;
    assert_eq!(client.mcp.sessions().count(), 2);
    assert_eq!(idles.request("ping", json!({})).await.status, 404);
    assert_eq!(rest(&mut events).await.len(), 1);
    drop((standalone, events));
    sleep(secs(13)).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_closed_ends_its_streams_with_an_error() {
    let log = MemoryEventLog::default();
    let mcp = builder([speaks_and_works(100)]).event_log(log.clone());
    let client = TestClient::with(mcp.build());
    for closes in ["the client", "the host"] {
        let session = client.open(NEWEST).await;
        let mut events = stream(&session, "work").await;
        let mut standalone = session.get().await.events();
        assert!(events.next().await.is_some());
        match closes {
            "the client" => assert_eq!(session.delete().await.status, 204),
            _ => assert!(client.mcp.sessions().close(session.id.as_deref().unwrap())),
        }
        let last = events.next().await.expect("a terminal");
        assert_eq!(last["error"]["code"], -32603, "{closes}");
        assert!(brief(&last).as_str().unwrap().contains("closed"), "{last}");
        assert_eq!(events.next().await, None);
        assert_eq!(standalone.next().await, None);
        assert_eq!(session.resume("1.0").await.status, 404, "{closes}");
        settle().await;
        assert_eq!(log.streams(), 0, "{closes}");
    }
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_behind_a_word_ends_the_stream_and_the_session_lives() {
    let panics = tool("panics", async |ctx: mcp_axum::Context| -> &'static str {
        ctx.log(Level::Info, "word");
        sleep(millis(10)).await;
        panic!("secret")
    });
    let client = super::serve([panics]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "panics").await;
    assert!(events.next().await.is_some());
    let last = events.next().await.expect("a terminal");
    assert_eq!(last["error"]["code"], -32603);
    assert!(!last.to_string().contains("secret"), "{last}");
    assert_eq!(events.next().await, None);
    super::lives(&session).await;
    let mut again = session.resume("1.1").await.events();
    assert_eq!(again.next().await, Some(last));
}
