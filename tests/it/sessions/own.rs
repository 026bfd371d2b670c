//! What belongs to the session itself: `ping`, the log level, what it follows.

use mcp_axum::{
    Context, McpServer, McpService,
    protocol::Level,
    resource,
    session::{SessionLimits, Sessions},
    tool,
};
use serde_json::{Value, json};

use super::{NEWEST, call, refused};
use crate::{
    lifespan::soon,
    support::{SESSIONFUL, Session, TestClient},
};

const LEVELS: [(&str, Level); 8] = [
    ("debug", Level::Debug),
    ("info", Level::Info),
    ("notice", Level::Notice),
    ("warning", Level::Warning),
    ("error", Level::Error),
    ("critical", Level::Critical),
    ("alert", Level::Alert),
    ("emergency", Level::Emergency),
];

async fn say(ctx: Context) -> &'static str {
    for (name, level) in LEVELS {
        ctx.log_as(level, "test", name);
    }
    "said"
}

fn server() -> McpServer {
    let server = McpServer::new("own", "1")
        .tool(tool("say", say))
        .dynamic_prompts();
    let server = server.resource(resource("note://one", async || "one"));
    server.resource(resource("note://{other}", async || "other"))
}

/// Returns the levels of which a session is told.
async fn heard(session: &Session<'_>) -> Vec<String> {
    let reply = session.post(&call(1, "say")).await;
    if !reply.is_stream() {
        return Vec::new();
    }
    let mut told = reply.events().rest().await;
    assert_eq!(super::text_of(&told.pop().expect("an answer")), "said");
    let level = |message: &Value| {
        assert_eq!(message["method"], "notifications/message");
        assert_eq!(message["params"]["logger"], "test");
        assert_eq!(message["params"]["data"], message["params"]["level"]);
        message["params"]["level"]
            .as_str()
            .expect("a level")
            .to_owned()
    };
    told.iter().map(level).collect()
}

async fn set_level(session: &Session<'_>, level: &str) {
    let reply = session
        .request("logging/setLevel", json!({"level": level}))
        .await;
    assert_eq!(reply.status, 200, "{level}");
    assert_eq!(reply.result().await, json!({}), "{level}");
}

fn names(from: usize) -> Vec<&'static str> {
    LEVELS[from..].iter().map(|(name, _)| *name).collect()
}

#[tokio::test]
async fn ping_is_answered_with_nothing_in_whatever_form() {
    let client = TestClient::new(server());
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for params in [
            json!({}),
            json!({"_meta": {"progressToken": 1}}),
            json!({"x": [1]}),
        ] {
            for accept in ["application/json", "text/event-stream"] {
                let ping = session
                    .request("ping", params.clone())
                    .header("accept", accept);
                assert_eq!(ping.await.result().await, json!({}), "{revision} {params}");
            }
        }
        let bare = json!({"jsonrpc": "2.0", "id": "p", "method": "ping"});
        let answer = session.post(&bare).await.message().await;
        assert_eq!(answer, json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
    }
}

#[tokio::test]
async fn a_session_is_told_what_is_at_its_level_or_above() {
    let client = TestClient::new(server());
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        assert_eq!(
            heard(&session).await,
            names(1),
            "{revision}: from the beginning"
        );
        for (at, (level, _)) in LEVELS.iter().enumerate() {
            set_level(&session, level).await;
            assert_eq!(heard(&session).await, names(at), "{revision} {level}");
        }
    }
}

#[tokio::test]
async fn the_level_of_one_session_is_none_of_anothers_business() {
    let client = TestClient::new(server());
    let (one, other) = (client.open(NEWEST).await, client.open(NEWEST).await);
    set_level(&one, "debug").await;
    set_level(&other, "emergency").await;
    let third = client.open("2025-03-26").await;
    assert_eq!(heard(&one).await, names(0));
    assert_eq!(heard(&other).await, names(7));
    assert_eq!(heard(&third).await, names(1));
    // The level of a stateless request is its own, and none is none.
    let silent = client.tool("say", json!({})).await;
    assert!(!silent.is_stream());
    assert_eq!(heard(&one).await, names(0));
}

#[tokio::test]
async fn a_level_that_is_none_changes_nothing() {
    let client = TestClient::new(server());
    let session = client.open(NEWEST).await;
    set_level(&session, "alert").await;
    for params in [
        json!({"level": "loud"}),
        json!({"level": "INFO"}),
        json!({"level": 1}),
        json!({"level": null}),
        json!({"level": ["info"]}),
        json!({"Level": "info"}),
        json!({}),
    ] {
        let reply = session.request("logging/setLevel", params.clone()).await;
        assert_eq!(refused(reply, "a level").await, (200, -32602), "{params}");
    }
    assert_eq!(heard(&session).await, names(6));
}

/// Returns what the standalone streams were told, when their sessions end.
async fn told(client: &TestClient, streams: Vec<crate::support::Reply>) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let mut streams: Vec<_> = streams
        .into_iter()
        .map(crate::support::Reply::events)
        .collect();
    for stream in &mut streams {
        // What waits is taken before the end.
        let mut told = Vec::new();
        while let Ok(Some(message)) = tokio::time::timeout(super::seconds(1), stream.next()).await {
            let uri = message["params"]["uri"].as_str();
            let name = message["method"].as_str().expect("a method");
            told.push(uri.unwrap_or(name).to_owned());
        }
        all.push(told);
    }
    client.mcp.sessions().close_all();
    for stream in &mut streams {
        assert!(soon(stream.rest()).await.is_empty());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn only_who_follows_a_resource_is_told_that_it_changed() {
    let client = TestClient::new(server());
    let (one, other) = (client.open(NEWEST).await, client.open("2025-03-26").await);
    let streams = vec![one.get().await, other.get().await];
    let uri = |uri: &str| json!({"uri": uri});
    for (session, method, uri) in [
        (&one, "resources/subscribe", uri("note://one")),
        (&one, "resources/subscribe", uri("note://one")),
        (&one, "resources/subscribe", uri("note://two")),
        (&other, "resources/subscribe", uri("note://three")),
        (&one, "resources/unsubscribe", uri("note://two")),
        // Of what nobody follows nobody can be told less.
        (&other, "resources/unsubscribe", uri("note://one")),
    ] {
        let reply = session.request(method, uri).await;
        assert_eq!(reply.result().await, json!({}), "{method}");
    }
    for changed in ["note://one", "note://two", "note://three", "note://four"] {
        client.mcp.notifier().resource_updated(changed);
    }
    let told = told(&client, streams).await;
    assert_eq!(told, [["note://one"], ["note://three"]]);
}

#[tokio::test(start_paused = true)]
async fn every_session_is_told_of_every_list_once() {
    let client = TestClient::new(server());
    let (one, other) = (client.open(NEWEST).await, client.open("2024-11-05").await);
    let streams = vec![one.get().await, other.get().await];
    let notifier = client.mcp.notifier();
    notifier.tools_changed();
    notifier.tools_changed();
    notifier.prompts_changed();
    notifier.resources_changed();
    for mut told in told(&client, streams).await {
        told.sort();
        let expected = ["prompts", "resources", "tools"];
        let expected = expected.map(|kind| format!("notifications/{kind}/list_changed"));
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_in_band() {
    let client = TestClient::new(server());
    let session = client.open(NEWEST).await;
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        for params in [
            json!({}),
            json!({"uri": 1}),
            json!({"uri": null}),
            json!({"uri": ["a:b"]}),
        ] {
            let reply = session.request(method, params.clone()).await;
            assert_eq!(
                refused(reply, method).await,
                (200, -32602),
                "{method} {params}"
            );
        }
    }
    let bare = TestClient::new(McpServer::new("bare", "1").tool(tool("say", say)));
    let session = bare.open(NEWEST).await;
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        let reply = session.request(method, json!({"uri": "note://one"})).await;
        assert_eq!(
            refused(reply, method).await,
            (200, -32601),
            "{method}: none are offered"
        );
    }
}

#[tokio::test]
async fn one_session_follows_no_more_than_its_share() {
    let limits = SessionLimits::default().subscriptions(8);
    let builder = McpService::builder(server()).sessions(Sessions::InMemory(limits));
    let client = TestClient::with(builder.build());
    let session = client.open(NEWEST).await;
    let subscribe = |uri: String| session.request("resources/subscribe", json!({"uri": uri}));
    for number in 0..8 {
        let reply = subscribe(format!("note://{number}")).await;
        assert_eq!(reply.result().await, json!({}), "{number}");
    }
    let reply = subscribe("note://more".to_owned()).await;
    assert_eq!(refused(reply, "one more").await, (200, -32602));
    // One that is followed already needs no more room, and one less makes some.
    assert_eq!(
        subscribe("note://7".to_owned()).await.result().await,
        json!({})
    );
    let less = session
        .request("resources/unsubscribe", json!({"uri": "note://7"}))
        .await;
    assert_eq!(less.result().await, json!({}));
    assert_eq!(
        subscribe("note://more".to_owned()).await.result().await,
        json!({})
    );
    let other = client.open(NEWEST).await;
    let long = format!("note://{}", "x".repeat(64 * 1024));
    let reply = other
        .request("resources/subscribe", json!({"uri": long}))
        .await;
    assert_eq!(refused(reply, "too long").await, (200, -32602));
}
