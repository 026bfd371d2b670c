//! What the server tells unasked: changes, and log messages by their level.

use mcp_axum::{Prompt, Resource, Tool, prompt, resource, tool};
use serde_json::{Value, json};

use crate::support::{Events, TestClient};

use super::{
    rich,
    tongue::{Dialogue, REVISIONS, Said, Tongue},
};

const GET: &str = "GET, and then everything changes";

/// Changes everything, once: three lists, and two resources of which one matters.
fn change(client: &TestClient) {
    let registry = client.mcp.registry();
    let late: Tool = tool("late", async || "late");
    registry.add_tool(late).expect("a new name");
    let late: Prompt = prompt("late", async || "late");
    registry.add_prompt(late).expect("a new name");
    let late: Resource = resource("note://late", async || "late");
    registry.add_resource(late).expect("a new name");
    client
        .mcp
        .notifier()
        .resource_updated("note://nobody-asked");
    client.mcp.notifier().resource_updated("note://one");
}

/// Lets a client of this revision hear of changes.
pub async fn of_changes(revision: &'static str) -> Dialogue {
    match revision {
        "2026-07-28" => listening().await,
        older => in_session(older).await,
    }
}

async fn in_session(revision: &'static str) -> Dialogue {
    let client = TestClient::new(rich::server());
    let tongue = Tongue::new(&client, revision).await;
    let uri = json!({"uri": "note://one"});
    let mut dialogue = tongue.converse("resources/subscribe", &uri).await;
    let session = tongue.session.as_ref().expect("a session");
    let mut events = session.get().await.events();
    dialogue.said.push(json!({"client": GET}));
    change(&client);
    hear(&mut dialogue, revision, &mut events, 4).await;
    assert_eq!(session.delete().await.status, 204);
    assert_eq!(events.next().await, None, "{revision}");
    dialogue
}

async fn listening() -> Dialogue {
    let mut client = TestClient::new(rich::server());
    let filter = json!({"notifications": {
        "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
        "resourceSubscriptions": ["note://one"],
    }});
    let tongue = Tongue::new(&client, "2026-07-28").await;
    let Said { message, call } = tongue.request(1, "subscriptions/listen", &filter);
    let reply = call.await;
    let mut dialogue = Dialogue {
        status: reply.status.as_u16(),
        said: vec![json!({"client": message})],
    };
    let mut events = reply.events();
    hear(&mut dialogue, "2026-07-28", &mut events, 1).await;
    change(&client);
    hear(&mut dialogue, "2026-07-28", &mut events, 4).await;
    client.take_guard().shutdown().await;
    hear(&mut dialogue, "2026-07-28", &mut events, 1).await;
    assert_eq!(events.next().await, None);
    dialogue
}

async fn hear(dialogue: &mut Dialogue, revision: &str, events: &mut Events, count: usize) {
    for _ in 0..count {
        let message = events.next().await.expect("something to tell");
        dialogue.server_says(revision, "subscriptions/listen", message);
    }
}

#[tokio::test]
async fn a_change_is_told_to_every_revision_once() {
    for revision in REVISIONS {
        let dialogue = of_changes(revision).await;
        let told = dialogue.server().filter_map(|told| told["method"].as_str());
        let told = told.filter_map(|method| method.strip_prefix("notifications/"));
        let told: Vec<_> = told.filter(|told| !told.contains("acknowledged")).collect();
        let lists = ["tools", "prompts", "resources"].map(|list| format!("{list}/list_changed"));
        assert_eq!(told[..3], lists, "{revision}");
        assert_eq!(told[3..], ["resources/updated"], "{revision}");
    }
}

#[tokio::test]
async fn a_session_hears_what_its_level_lets_through() {
    for revision in &REVISIONS[..4] {
        for (level, heard) in [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)] {
            let client = TestClient::new(rich::server());
            let tongue = Tongue::new(&client, revision).await;
            let level = json!({"level": level});
            tongue.converse("logging/setLevel", &level).await;
            let dialogue = tongue
                .converse("tools/call", &json!({"name": "tell"}))
                .await;
            let messages = dialogue.server().filter(|told| is_log(told));
            assert_eq!(messages.count(), heard, "{revision} {level}");
        }
    }
}

#[tokio::test]
async fn a_request_of_2026_07_28_hears_what_it_asked_for() {
    for (level, heard) in [
        (None, 0),
        (Some("debug"), 3),
        (Some("info"), 2),
        (Some("error"), 0),
    ] {
        let client = TestClient::new(rich::server());
        let tongue = Tongue::new(&client, "2026-07-28").await;
        let mut params = json!({"name": "tell"});
        if let Some(level) = level {
            params["_meta"]["io.modelcontextprotocol/logLevel"] = json!(level);
        }
        let dialogue = tongue.converse("tools/call", &params).await;
        let messages = dialogue.server().filter(|told| is_log(told));
        assert_eq!(messages.count(), heard, "{level:?}");
    }
}

fn is_log(message: &Value) -> bool {
    message["method"] == "notifications/message"
}
