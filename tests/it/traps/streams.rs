//! What a stream carries, and in which order.

use mcp_axum::{Context, McpServer, protocol::Level, resource, server::Notifier, tool};
use serde_json::{Value, json};
use tokio::task::yield_now;

use crate::support::{Call, TestClient};

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// Speaks in every way there is, then answers.
async fn speak(ctx: Context, notifier: Notifier) -> &'static str {
    ctx.progress(1.0, None, None);
    ctx.log(Level::Error, "told");
    notifier.tools_changed();
    notifier.resource_updated("note://one");
    yield_now().await;
    ctx.log(Level::Info, "told less");
    ctx.progress(2.0, None, None);
    "done"
}

fn server() -> McpServer {
    McpServer::new("t", "1")
        .tool(tool("speak", speak))
        .resource(resource("note://one", async || "one"))
}

fn client() -> TestClient {
    TestClient::new(server())
}

fn listen(client: &TestClient) -> Call {
    let filter = json!({"toolsListChanged": true, "resourceSubscriptions": ["note://one"]});
    client.request("subscriptions/listen", json!({"notifications": filter}))
}

fn methods(messages: &[Value]) -> Vec<&str> {
    let method = |message: &'_ Value| message["method"].as_str().map(str::len);
    assert!(
        messages
            .iter()
            .all(|m| method(m).is_some() || m.get("id").is_some())
    );
    messages
        .iter()
        .map(|message| message["method"].as_str().unwrap_or("(response)"))
        .collect()
}

#[tokio::test]
async fn t06_a_listen_stream_ends_with_its_result_and_without_a_cancellation() {
    let mut client = client();
    let mut events = listen(&client).await.events();
    assert!(events.next().await.is_some());
    client.take_guard().shutdown().await;
    let rest = events.rest().await;
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert_eq!(rest[0]["id"], 1);
    assert_eq!(rest[0]["result"]["resultType"], "complete");
}

#[tokio::test]
async fn t08_the_subscription_id_is_the_request_id_with_its_type() {
    for id in [json!(7), json!("7"), json!(-1), json!("a\"b\\é")] {
        let mut client = client();
        let mut events = listen(&client).id(id.clone()).await.events();
        client.mcp.notifier().tools_changed();
        client.take_guard().shutdown().await;
        let messages = events.rest().await;
        assert_eq!(messages.len(), 3, "{messages:?}");
        assert_eq!(messages[0]["params"]["_meta"][SUBSCRIPTION], id);
        assert_eq!(messages[1]["params"]["_meta"][SUBSCRIPTION], id);
        assert_eq!(messages[2]["result"]["_meta"][SUBSCRIPTION], id);
        assert_eq!(messages[2]["id"], id);
    }
}

#[tokio::test]
async fn t09_a_change_that_races_the_acknowledgement_waits_behind_it() {
    let client = client();
    let reply = listen(&client).await;
    client.mcp.notifier().tools_changed();
    client.mcp.notifier().resource_updated("note://one");
    let mut events = reply.events();
    for expected in [
        "notifications/subscriptions/acknowledged",
        "notifications/tools/list_changed",
        "notifications/resources/updated",
    ] {
        assert_eq!(events.next().await.unwrap()["method"], expected);
    }
}

#[tokio::test]
async fn t10_a_listen_stream_carries_changes_only_and_a_reply_none() {
    let mut client = client();
    let listening = listen(&client).progress(json!("p"));
    let listening = listening.meta(LOG_LEVEL, json!("debug")).await;
    let speaking = client.tool("speak", json!({})).progress(json!("p"));
    let spoken = speaking.meta(LOG_LEVEL, json!("debug")).await;
    let spoken = spoken.events().rest().await;
    let progress = "notifications/progress";
    let log = "notifications/message";
    assert_eq!(
        methods(&spoken),
        [progress, log, log, progress, "(response)"]
    );
    client.take_guard().shutdown().await;
    let heard = listening.events().rest().await;
    assert_eq!(
        methods(&heard),
        [
            "notifications/subscriptions/acknowledged",
            "notifications/tools/list_changed",
            "notifications/resources/updated",
            "(response)"
        ]
    );
}

#[tokio::test]
async fn t11_logs_flow_only_for_a_request_that_asked_for_their_level() {
    let client = client();
    let logged = |level: Option<&str>| {
        let call = client.tool("speak", json!({})).progress(json!("p"));
        let call = match level {
            Some(level) => call.meta(LOG_LEVEL, json!(level)),
            None => call,
        };
        async {
            let messages = call.await.events().rest().await;
            let logs = messages
                .iter()
                .filter(|m| m["method"] == "notifications/message");
            logs.count()
        }
    };
    for (level, expected) in [
        (None, 0),
        (Some("emergency"), 0),
        (Some("error"), 1),
        (Some("notice"), 1),
        (Some("info"), 2),
        (Some("debug"), 2),
    ] {
        assert_eq!(logged(level).await, expected, "{level:?}");
    }
    // Another request's level counts for nothing, and silence is JSON.
    assert!(!client.tool("speak", json!({})).await.is_stream());
}

#[tokio::test]
async fn t12_no_event_has_an_id_or_a_retry() {
    let mut client = client();
    let listening = listen(&client).await;
    let speaking = client.tool("speak", json!({})).progress(json!(1));
    let speaking = speaking.header("last-event-id", "3").await;
    client.take_guard().shutdown().await;
    for reply in [listening, speaking] {
        let bytes = reply.bytes().await;
        let text = std::str::from_utf8(&bytes).unwrap();
        let mut lines = text.lines().filter(|line| !line.is_empty());
        assert!(lines.clone().any(|line| line.starts_with("data: {")));
        assert!(
            lines.all(|line| line.starts_with("data: ") || line.starts_with(": ")),
            "{text}"
        );
    }
}

#[tokio::test]
async fn t13_a_handler_that_spoke_is_not_answered_in_json() {
    let client = client();
    let speak = || client.tool("speak", json!({}));
    assert_eq!(
        speak().await.header("content-type"),
        Some("application/json")
    );
    assert!(speak().progress(json!(1)).await.is_stream());
    assert!(speak().meta(LOG_LEVEL, json!("error")).await.is_stream());
}

#[tokio::test]
async fn t14_streams_forbid_buffering() {
    let client = client();
    for reply in [
        listen(&client).await,
        client.tool("speak", json!({})).progress(json!(1)).await,
    ] {
        assert_eq!(reply.header("x-accel-buffering"), Some("no"));
        assert_eq!(reply.header("content-type"), Some("text/event-stream"));
        assert_eq!(
            reply.header("cache-control"),
            Some("no-cache, no-transform")
        );
    }
}
