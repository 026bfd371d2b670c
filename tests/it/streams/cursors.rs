//! Cursors that lead nowhere: 400 for the stream of a request, a fresh standalone stream.

use std::collections::BTreeSet;

use mcp_axum::{
    Principal, resource,
    store::{EventLogLimits, MemoryEventLog},
};
use serde_json::json;
use tokio::time::sleep;

use super::{
    NEWEST, Steps, brief, builder, counting, end, lives, next, not_resumable, rest, secs, settle,
    stream, told,
};
use crate::support::{SESSIONFUL, TestClient};

fn logged(log: &MemoryEventLog, steps: &Steps, words: u32) -> TestClient {
    let builder = builder([counting(steps, words)]);
    TestClient::with(builder.event_log(log.clone()).build())
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_was_never_given_out_is_refused() {
    let steps = Steps::new();
    let client = logged(&MemoryEventLog::default(), &steps, 2);
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        steps.go(3);
        assert_eq!(rest(&mut stream(&session, "count").await).await.len(), 3);
        // A second one that still runs.
        let running = stream(&session, "count").await;
        for cursor in [
            "1.4",
            "1.99",
            "2.1",
            "2.7",
            "3.0",
            "3.1",
            "99.0",
            "1.18446744073709551615",
            "18446744073709551615.1",
            "1.18446744073709551616",
            "1",
            "1.",
            ".1",
            "x",
            "",
            "1.1.1",
            "-1.0",
            "1.-1",
            "+1.1",
            "1,1",
            "0x1.1",
            "1 .1",
            "a.b",
            "0",
            "0.",
            "0.x",
        ] {
            not_resumable(&session, cursor).await;
        }
        let twice = session.resume("1.1").also_header("last-event-id", "1.1");
        assert_eq!(twice.await.refusal().await, (400, -32600));
        steps.go(3);
        drop(running);
        settle().await;
    }
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn a_cursor_of_another_session_leads_nowhere() {
    let steps = Steps::new();
    let mcp = builder([counting(&steps, 2)]).principal(|parts| {
        let user = parts
            .headers
            .get("x-user")
            .and_then(|user| user.to_str().ok());
        Ok(user.map(|user| Principal::new(user.to_owned())))
    });
    let client = TestClient::with(mcp.build());
    let (victim, thief) = (client.open(NEWEST).await, client.open(NEWEST).await);
    steps.go(3);
    let taken = rest(&mut stream(&victim, "count").await).await;
    for number in 0..5 {
        for seq in 0..5 {
            let reply = thief.resume(&format!("{number}.{seq}")).await;
            assert_eq!(reply.is_stream(), number == 0, "{number}.{seq}");
        }
    }
    // With a stream of its own under that number it gets its own.
    steps.go(1);
    let own = stream(&thief, "count").await;
    let mut again = thief.resume("1.0").await.events();
    steps.go(2);
    let heard = rest(&mut again).await;
    assert_eq!(heard.len(), taken.len());
    not_resumable(&thief, "2.0").await;
    // Not even the id of the session helps somebody else.
    let foreign = victim.resume("1.0").header("x-user", "mallory").await;
    assert_eq!(foreign.status, 404);
    drop(own);
}

#[tokio::test(start_paused = true)]
async fn evicted_events_are_a_refusal_and_no_silent_skip() {
    let limits = EventLogLimits::default().events(2);
    let (log, steps) = (MemoryEventLog::new(limits), Steps::new());
    let client = logged(&log, &steps, 4);
    let session = client.open(NEWEST).await;
    steps.go(5);
    assert_eq!(rest(&mut stream(&session, "count").await).await.len(), 5);
    for cursor in ["1.0", "1.1", "1.2"] {
        not_resumable(&session, cursor).await;
    }
    let mut events = session.resume("1.3").await.events();
    let expected = told([("1.4", json!(4)), ("1.5", json!("done"))]);
    assert_eq!(rest(&mut events).await, expected);
    // The same while the request runs.
    let mut running = stream(&session, "count").await;
    steps.go(4);
    for _ in 0..4 {
        next(&mut running).await;
    }
    not_resumable(&session, "2.1").await;
    steps.go(1);
    assert_eq!(rest(&mut running).await, told([("2.5", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn the_final_answer_is_kept_for_five_minutes() {
    let (log, steps) = (MemoryEventLog::default(), Steps::new());
    let client = logged(&log, &steps, 1);
    let session = client.open(NEWEST).await;
    drop(stream(&session, "count").await);
    steps.go(2);
    sleep(secs(299)).await;
    let expected = told([("1.1", json!(1)), ("1.2", json!("done"))]);
    let mut events = session.resume("1.0").await.events();
    assert_eq!(rest(&mut events).await, expected);
    assert_eq!(log.streams(), 1);
    sleep(secs(2)).await;
    not_resumable(&session, "1.0").await;
    sleep(secs(60)).await;
    assert_eq!((log.streams(), log.bytes()), (0, 0), "swept");
}

#[tokio::test(start_paused = true)]
async fn without_an_event_log_a_cursor_is_no_fault_of_ours() {
    for revision in SESSIONFUL {
        let steps = Steps::new();
        let client = TestClient::with(builder([counting(&steps, 2)]).without_event_log().build());
        let session = client.open(revision).await;
        let mut events = stream(&session, "count").await;
        steps.go(3);
        let expected = told([("", json!(1)), ("", json!(2)), ("", json!("done"))]);
        assert_eq!(rest(&mut events).await, expected, "{revision}");
        for cursor in ["1.0", "1.1", "x"] {
            not_resumable(&session, cursor).await;
        }
        let mut fresh = session.resume("0.3").await.events();
        client.mcp.notifier().tools_changed();
        assert!(fresh.next().await.is_some(), "{revision}");
        lives(&session).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_place_on_the_standalone_stream_means_that_everything_changed() {
    let one = resource("note://one", async || "one");
    let two = resource("note://two", async || "two");
    let server = mcp_axum::McpServer::new("streams", "1");
    let client = TestClient::new(server.resource(one).resource(two));
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for uri in ["note://one", "note://two", "note://gone"] {
            session
                .request("resources/subscribe", json!({"uri": uri}))
                .await;
        }
        let gone = json!({"uri": "note://gone"});
        session.request("resources/unsubscribe", gone).await;
        for cursor in ["0.7", "0.18446744073709551615"] {
            let reply = session.resume(cursor).await;
            assert_eq!(reply.status, 200, "{cursor}");
            let mut events = reply.events();
            let mut changed = BTreeSet::new();
            while changed.len() < 3 {
                let event = next(&mut events).await;
                assert!(event.id.as_deref().is_some_and(|id| id.starts_with("0.")));
                changed.insert(brief(&event.message()).as_str().unwrap().to_owned());
            }
            // Of the lists only what this server has.
            let expected = [
                "note://one",
                "note://two",
                "notifications/resources/list_changed",
            ];
            assert_eq!(changed, expected.map(str::to_owned).into(), "{revision}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_told_on_the_standalone_stream_is_resumed_too() {
    let client = super::serve([]);
    let session = client.open(NEWEST).await;
    let mut first = session.get().await.events();
    let mut ids = Vec::new();
    for _ in 0..3 {
        client.mcp.notifier().tools_changed();
        ids.push(next(&mut first).await.id.unwrap());
    }
    assert_eq!(ids, ["0.1", "0.2", "0.3"]);
    drop(first);
    let mut again = session.resume("0.1").await.events();
    for id in ["0.2", "0.3"] {
        assert_eq!(next(&mut again).await.id.as_deref(), Some(id));
    }
    drop(again);
    // Without a cursor nothing that was delivered comes again.
    client.mcp.notifier().prompts_changed();
    let mut fresh = session.get().await.events();
    let event = next(&mut fresh).await;
    assert_eq!(event.id.as_deref(), Some("0.4"));
    let expected = "notifications/prompts/list_changed";
    assert_eq!(brief(&event.message()), expected);
}
