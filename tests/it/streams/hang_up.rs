//! A handler that closes its stream and lets the client poll.

use mcp_axum::{Context, Tool, protocol::Level, tool};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{NEWEST, Steps, builder, end, millis, next, rest, secs, serve, settle, stream, told};
use crate::support::{Events, SESSIONFUL, TestClient};

/// Says a word, closes the stream, and says another one a step later.
fn polled(steps: &Steps) -> Tool {
    let steps = steps.clone();
    tool("polled", async move |ctx: Context| {
        ctx.log(Level::Info, "before");
        ctx.close_stream(millis(1234));
        steps.next().await;
        ctx.log(Level::Info, "between");
        steps.next().await;
        "done"
    })
}

/// Reads up to the end: the last time to wait, and what was told.
async fn until_hung_up(events: &mut Events) -> (Option<u64>, Vec<String>) {
    let (mut retry, mut ids) = (None, Vec::new());
    while let Some(event) = events.next_event().await {
        if event.data.is_empty() {
            retry = event.retry;
        } else {
            ids.push(event.id.expect("an id"));
        }
    }
    (retry, ids)
}

#[tokio::test(start_paused = true)]
async fn a_closed_stream_is_polled_until_the_answer_is_there() {
    let steps = Steps::new();
    let client = serve([polled(&steps)]);
    let session = client.open(NEWEST).await;
    let begun = Instant::now();
    let mut events = stream(&session, "polled").await;
    let (retry, ids) = until_hung_up(&mut events).await;
    assert_eq!(
        begun.elapsed(),
        millis(0),
        "it does not wait for the handler"
    );
    assert_eq!((retry, ids), (Some(1234), vec!["1.1".to_owned()]));
    drop(events);
    assert_eq!(client.mcp.sessions().list()[0].streams, 0);
    assert_eq!(client.mcp.in_flight(), 1);
    steps.go(1);
    settle().await;
    let mut poll = session.resume("1.1").await.events();
    assert_eq!(next(&mut poll).await.id.as_deref(), Some("1.2"));
    drop(poll);
    steps.go(1);
    sleep(secs(60)).await;
    let mut poll = session.resume("1.2").await.events();
    assert_eq!(rest(&mut poll).await, told([("1.3", json!("done"))]));
    drop((poll, session));
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn closing_before_a_word_primes_the_client_and_hangs_up() {
    let silent = tool("silently", async |ctx: Context| {
        ctx.close_stream(secs(2));
        sleep(secs(5)).await;
        "done"
    });
    let client = serve([silent]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "silently").await;
    let priming = events.next_event().await.expect("a priming event");
    assert_eq!(priming.id.as_deref(), Some("1.0"));
    assert_eq!(until_hung_up(&mut events).await, (Some(2000), vec![]));
    let mut poll = session.resume("1.0").await.events();
    assert_eq!(rest(&mut poll).await, told([("1.1", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_closed_again_and_again() {
    let often = tool("often", async |ctx: Context| {
        for step in 1..=4 {
            ctx.log(Level::Info, step);
            ctx.close_stream(millis(step));
            sleep(secs(10)).await;
        }
        "done"
    });
    let client = serve([often]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "often").await;
    for step in 1..=4 {
        let (retry, ids) = until_hung_up(&mut events).await;
        assert_eq!((retry, ids), (Some(step), vec![format!("1.{step}")]));
        events = session.resume(&format!("1.{step}")).await.events();
    }
    assert_eq!(rest(&mut events).await, told([("1.5", json!("done"))]));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_cannot_come_back_keeps_its_stream() {
    for (revision, logged) in SESSIONFUL
        .into_iter()
        .flat_map(|it| [(it, true), (it, false)])
    {
        if revision == NEWEST && logged {
            continue;
        }
        let steps = Steps::new();
        let builder = builder([polled(&steps)]);
        let client = TestClient::with(match logged {
            true => builder.build(),
            false => builder.without_event_log().build(),
        });
        let session = client.open(revision).await;
        let mut events = stream(&session, "polled").await;
        steps.go(2);
        let heard = rest(&mut events).await.into_iter().map(|(_, said)| said);
        assert!(
            heard.eq(["before", "between", "done"]),
            "{revision} {logged}"
        );
        assert!(!events.lines.iter().any(|line| line.starts_with("retry")));
    }
}

#[tokio::test(start_paused = true)]
async fn the_stateless_era_has_no_stream_to_come_back_to() {
    let steps = Steps::new();
    let client = serve([polled(&steps)]);
    let call = client.tool("polled", json!({}));
    let call = call.meta("io.modelcontextprotocol/logLevel", json!("info"));
    let mut events = call.await.events();
    steps.go(2);
    assert_eq!(events.rest().await.len(), 3);
    assert!(!events.lines.iter().any(|line| line.starts_with("retry")));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_json_alone_is_not_hung_up_on() {
    let steps = Steps::new();
    let client = serve([polled(&steps)]);
    let session = client.open(NEWEST).await;
    steps.go(2);
    let call = session.tool("polled", json!({}));
    let reply = call.header("accept", "application/json").await;
    assert_eq!(reply.text().await, "done");
}

#[tokio::test]
async fn nobody_is_sent_away_for_longer_than_an_hour() {
    let client = serve([tool("away", async |ctx: Context| {
        ctx.close_stream(std::time::Duration::MAX);
        "done"
    })]);
    let session = client.open(NEWEST).await;
    let mut events = stream(&session, "away").await;
    assert_eq!(until_hung_up(&mut events).await.0, Some(3_600_000));
}
