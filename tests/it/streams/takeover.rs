//! A stream has one reader: the newest.

use serde_json::json;

use super::{
    NEWEST, Steps, counting, end, next, rest, secs, serve, settle, speaks_and_works, stream, told,
};
use crate::support::{Events, SESSIONFUL};

/// Reads what a replaced reader still gets: its comments, and the time to wait.
async fn replaced(mut events: Events) -> (bool, Option<u64>) {
    let mut retry = None;
    while let Some(event) = events.next_event().await {
        assert!(event.data.is_empty(), "{event:?}");
        retry = event.retry.or(retry);
    }
    let comment = ": another stream took over";
    (events.lines.iter().any(|line| line == comment), retry)
}

#[tokio::test(start_paused = true)]
async fn a_second_reader_takes_a_running_request_over() {
    for revision in SESSIONFUL {
        let steps = Steps::new();
        let client = serve([counting(&steps, 3)]);
        let session = client.open(revision).await;
        let mut first = stream(&session, "count").await;
        steps.go(1);
        assert_eq!(next(&mut first).await.id.as_deref(), Some("1.1"));
        let mut second = session.resume("1.1").await.events();
        steps.go(3);
        let (comment, retry) = replaced(first).await;
        assert_eq!(retry.is_some(), revision == NEWEST, "{revision}");
        assert!(comment || revision == NEWEST, "{revision}");
        let expected = told([("1.2", json!(2)), ("1.3", json!(3)), ("1.4", json!("done"))]);
        assert_eq!(rest(&mut second).await, expected, "{revision}");
        drop((second, session));
        end(client).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_first_reader_has_not_read_goes_to_the_second() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 3)]);
    let session = client.open(NEWEST).await;
    for through in [3, 4] {
        let first = stream(&session, "count").await;
        // Waits unread, with or without the end.
        steps.go(through);
        settle().await;
        let number = through - 2;
        let mut second = session.resume(&format!("{number}.0")).await.events();
        steps.go(4 - through);
        let ids: Vec<_> = rest(&mut second)
            .await
            .into_iter()
            .map(|(id, _)| id)
            .collect();
        let expected: Vec<_> = (1..=4).map(|seq| format!("{number}.{seq}")).collect();
        assert_eq!(ids, expected, "{through}");
        let (comment, retry) = replaced(first).await;
        assert!(comment || retry.is_some(), "{through}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_reader_that_leaves_late_does_not_take_the_second_along() {
    let client = serve([speaks_and_works(100)]);
    let session = client.open(NEWEST).await;
    let first = stream(&session, "work").await;
    let mut second = session.resume("1.0").await.events();
    assert_eq!(next(&mut second).await.id.as_deref(), Some("1.1"));
    drop(first);
    tokio::time::sleep(secs(1)).await;
    assert_eq!(client.mcp.sessions().list()[0].streams, 1);
    assert_eq!(rest(&mut second).await, told([("1.2", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn only_the_newest_of_many_readers_is_told() {
    let steps = Steps::new();
    let client = serve([counting(&steps, 2)]);
    let session = client.open(NEWEST).await;
    let mut last = stream(&session, "count").await;
    for _ in 0..40 {
        let newer = session.resume("1.0").await.events();
        replaced(last).await;
        last = newer;
    }
    steps.go(3);
    assert_eq!(rest(&mut last).await.len(), 3);
    drop((last, session));
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn the_newest_standalone_stream_wins() {
    for revision in SESSIONFUL {
        let client = serve([]);
        let session = client.open(revision).await;
        let first = session.get().await.events();
        let mut second = session.get().await.events();
        client.mcp.notifier().tools_changed();
        assert!(next(&mut second).await.data.contains("tools/list_changed"));
        let (comment, retry) = replaced(first).await;
        assert!(comment || revision == NEWEST, "{revision}");
        assert_eq!(retry.is_some(), revision == NEWEST, "{revision}");
    }
}
