//! Everything that a server says of its own accord, on the one stream there is.

use std::time::Duration;

use mcp_axum::{Context, McpServer, protocol::Level, tool};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{client, connect, greet, open, serving, taken};
use crate::{
    lifespan::{self, Hold},
    support::{SESSIONFUL, TestClient},
};

/// Speaks in every way there is, then answers.
async fn speak(ctx: Context) -> &'static str {
    ctx.progress(1.0, Some(2.0), None);
    ctx.log(Level::Debug, "murmured");
    ctx.log(Level::Info, "told");
    ctx.progress(2.0, Some(2.0), None);
    "done"
}

fn speaking() -> TestClient {
    let server = McpServer::new("s", "1").tool(tool("speak", speak));
    TestClient::with(serving(server).build())
}

/// Returns what kind of message it is.
fn kind(message: &Value) -> &str {
    let method = message["method"].as_str();
    method.map_or("answer", |method| {
        method.trim_start_matches("notifications/")
    })
}

#[tokio::test]
async fn progress_and_logs_come_before_the_answer_in_every_revision() {
    for revision in SESSIONFUL {
        let client = speaking();
        let mut old = open(&client, revision, json!({})).await;
        for (level, expected) in [
            (None, &["progress", "message", "progress", "answer"][..]),
            (
                Some("debug"),
                &["progress", "message", "message", "progress", "answer"],
            ),
            (Some("error"), &["progress", "progress", "answer"]),
        ] {
            if let Some(level) = level {
                old.call("logging/setLevel", json!({"level": level})).await;
            }
            taken(old.tool("speak")).await;
            for expected in expected {
                let message = old.hear().await;
                assert_eq!(kind(&message), *expected, "{revision}: {message}");
                if *expected == "progress" {
                    assert_eq!(message["params"]["progressToken"], "p");
                }
            }
        }
    }
}

#[tokio::test]
async fn every_message_can_be_read_before_the_next_one_is_said() {
    let hold = Hold::new();
    let client = TestClient::with(serving(lifespan::server(&hold)).build());
    let mut old = connect(&client).await;
    taken(old.tool("talk")).await;
    taken(old.tool("talk")).await;
    // Neither handler goes on, and what they said is here.
    assert_eq!(kind(&old.hear().await), "progress");
    assert_eq!(kind(&old.hear().await), "progress");
    old.heard_all().await;
    hold.release.add_permits(1);
    assert_eq!(old.hear().await["result"]["content"][0]["text"], "released");
    hold.release.add_permits(1);
    assert_eq!(old.hear().await["result"]["content"][0]["text"], "released");
}

#[tokio::test]
async fn requests_run_at_the_same_time_and_are_answered_as_they_end() {
    let hold = Hold::new();
    let client = TestClient::with(serving(lifespan::server(&hold)).build());
    let mut old = connect(&client).await;
    taken(old.tool("hold")).await;
    hold.begun().await;
    taken(old.tool("quick")).await;
    assert_eq!(old.hear().await["id"], 2);
    assert_eq!(client.mcp.sessions().list()[0].in_flight, 1);
    hold.release.add_permits(1);
    assert_eq!(old.hear().await["id"], 1);
}

#[tokio::test]
async fn a_stream_cannot_be_sent_away_since_nobody_could_come_back() {
    async fn away(ctx: Context) -> &'static str {
        ctx.close_stream(Duration::from_millis(1));
        tokio::task::yield_now().await;
        "still here"
    }
    let server = McpServer::new("a", "1").tool(tool("away", away));
    let client = TestClient::with(serving(server).build());
    for revision in SESSIONFUL {
        let mut old = open(&client, revision, json!({})).await;
        taken(old.tool("away")).await;
        let answer = old.hear().await;
        assert_eq!(
            answer["result"]["content"][0]["text"], "still here",
            "{revision}"
        );
        old.heard_all().await;
        let fields = |line: &&String| line.starts_with("id:") || line.starts_with("retry:");
        assert_eq!(old.events.lines.iter().find(fields), None);
    }
}

#[tokio::test]
async fn changed_lists_and_resources_are_told_on_the_same_stream() {
    let client = client();
    let mut old = open(&client, "2024-11-05", json!({})).await;
    let notifier = client.mcp.notifier();
    notifier.tools_changed();
    assert_eq!(kind(&old.hear().await), "tools/list_changed");
    notifier.resources_changed();
    assert_eq!(kind(&old.hear().await), "resources/list_changed");
    notifier.resource_updated("note://one");
    old.heard_all().await;
    old.call("resources/subscribe", json!({"uri": "note://one"}))
        .await;
    notifier.resource_updated("note://one");
    notifier.resource_updated("note://two");
    let told = old.hear().await;
    assert_eq!(kind(&told), "resources/updated");
    assert_eq!(told["params"], json!({"uri": "note://one"}));
    old.heard_all().await;
    old.call("resources/unsubscribe", json!({"uri": "note://one"}))
        .await;
    notifier.resource_updated("note://one");
    old.heard_all().await;
}

#[tokio::test]
async fn what_one_client_follows_the_other_is_not_told() {
    let client = client();
    let mut one = open(&client, "2024-11-05", json!({})).await;
    let mut two = open(&client, "2024-11-05", json!({})).await;
    one.call("resources/subscribe", json!({"uri": "note://one"}))
        .await;
    client.mcp.notifier().resource_updated("note://one");
    assert_eq!(kind(&one.hear().await), "resources/updated");
    two.heard_all().await;
}

#[tokio::test(start_paused = true)]
async fn a_quiet_stream_gets_a_comment_every_fifteen_seconds() {
    for (interval, expected) in [(None, 15), (Some(4), 4)] {
        let mut builder = serving(super::server());
        if let Some(seconds) = interval {
            builder = builder.keep_alive(Duration::from_secs(seconds));
        }
        let client = TestClient::with(builder.build());
        let mut old = greet(&client).await;
        let mut begun = Instant::now();
        for round in 0..3 {
            assert_eq!(
                old.events.block().await.unwrap(),
                ": keep-alive\n\n",
                "{round}"
            );
            assert_eq!(begun.elapsed().as_secs(), expected);
            begun = Instant::now();
        }
        // A message counts as a sign of life.
        sleep(Duration::from_secs(expected - 1)).await;
        old.heard_all().await;
        begun = Instant::now();
        assert_eq!(old.events.block().await.unwrap(), ": keep-alive\n\n");
        assert_eq!(begun.elapsed().as_secs(), expected);
    }
}

#[tokio::test]
async fn a_request_that_is_taken_back_is_stopped_and_not_answered() {
    let hold = Hold::new();
    let client = TestClient::with(serving(lifespan::server(&hold)).build());
    let mut old = connect(&client).await;
    taken(old.tool("talk")).await;
    assert_eq!(kind(&old.hear().await), "progress");
    for id in [json!("1"), json!(2), json!(null)] {
        old.tell("notifications/cancelled", json!({"requestId": id}))
            .await;
        old.heard_all().await;
        assert_eq!(client.mcp.in_flight(), 1, "{id}");
    }
    old.tell("notifications/cancelled", json!({"requestId": 1}))
        .await;
    while client.mcp.in_flight() > 0 {
        tokio::task::yield_now().await;
    }
    old.heard_all().await;
}
