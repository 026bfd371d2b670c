//! The stream that belongs to no request: what changed on offer.

use mcp_axum::{McpServer, prompt, resource, tool};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{NEWEST, brief, end, millis, next, quick, secs, settle};
use crate::support::{Events, SESSIONFUL, Session, TestClient};

fn serve() -> TestClient {
    let server = McpServer::new("streams", "1")
        .tool(quick())
        .prompt(prompt("ask", async || "Who?"))
        .resource(resource("note://one", async || "one"));
    TestClient::new(server)
}

async fn follow(session: &Session<'_>, method: &str, uri: &str) {
    let reply = session.request(method, json!({"uri": uri})).await;
    assert_eq!(reply.result().await, json!({}), "{uri}");
}

/// Reads what a stream was told by the end of the service, and ends it.
async fn heard(mut client: TestClient, events: Vec<Events>) -> Vec<Vec<String>> {
    client.take_guard().shutdown().await;
    let mut all = Vec::new();
    for mut events in events {
        let messages = events.rest().await;
        let told = messages
            .iter()
            .map(|message| brief(message).as_str().expect("a text").to_owned());
        all.push(told.collect());
    }
    all
}

#[tokio::test(start_paused = true)]
async fn it_opens_at_once_with_bytes() {
    let client = serve();
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        let begun = Instant::now();
        let mut reply = session.get().await;
        assert!(reply.is_stream());
        assert_eq!(
            reply.header("cache-control"),
            Some("no-cache, no-transform")
        );
        let first = reply.frame().await.expect("bytes");
        assert_eq!(begun.elapsed(), millis(0), "{revision}");
        match revision == NEWEST {
            true => assert!(first.starts_with("id: 0.0\nretry: "), "{first}"),
            false => assert_eq!(first, ": ok\n\n"),
        }
        assert_eq!(reply.frame().await.as_deref(), Some(": keep-alive\n\n"));
        assert_eq!(begun.elapsed(), secs(15));
    }
}

#[tokio::test(start_paused = true)]
async fn each_list_that_changes_is_told_once() {
    for revision in SESSIONFUL {
        let client = serve();
        let session = client.open(revision).await;
        let mut events = session.get().await.events();
        let registry = client.mcp.registry();
        registry.add_tool(tool("new", async || "new")).unwrap();
        let first = next(&mut events).await.message();
        assert_eq!(brief(&first), "notifications/tools/list_changed");
        assert_eq!(first.get("params"), None);
        for _ in 0..3 {
            client.mcp.notifier().prompts_changed();
        }
        registry.remove_resource("note://one");
        drop(session);
        let told = heard(client, vec![events]).await;
        let expected = [
            "notifications/prompts/list_changed",
            "notifications/resources/list_changed",
        ];
        assert_eq!(told, [expected], "{revision}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_resources_that_are_followed_are_told() {
    for revision in SESSIONFUL {
        let client = serve();
        let session = client.open(revision).await;
        for uri in ["note://one", "note://two", "note://tree"] {
            follow(&session, "resources/subscribe", uri).await;
        }
        follow(&session, "resources/unsubscribe", "note://two").await;
        follow(&session, "resources/unsubscribe", "note://never").await;
        let events = session.get().await.events();
        let other = client.open(revision).await;
        let quiet = other.get().await.events();
        for uri in [
            "note://one",
            "note://two",
            "note://tree/leaf",
            "note://treetop",
        ] {
            client.mcp.notifier().resource_updated(uri);
        }
        drop((session, other));
        let told = heard(client, vec![events, quiet]).await;
        assert_eq!(told[0], ["note://one", "note://tree/leaf"], "{revision}");
        assert!(told[1].is_empty(), "{revision} {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_call_reaches_both_eras() {
    let client = serve();
    let session = client.open(NEWEST).await;
    follow(&session, "resources/subscribe", "note://one").await;
    let mut older = session.get().await.events();
    let filter = json!({"toolsListChanged": true, "resourceSubscriptions": ["note://one"]});
    let listen = client.request("subscriptions/listen", json!({"notifications": filter}));
    let mut newer = listen.await.events();
    newer.next().await.expect("an acknowledgement");
    client.mcp.notifier().tools_changed();
    for events in [&mut older, &mut newer] {
        let message = events.next().await.expect("a change");
        assert_eq!(brief(&message), "notifications/tools/list_changed");
    }
    client.mcp.notifier().resource_updated("note://one");
    for events in [&mut older, &mut newer] {
        let message = events.next().await.expect("an update");
        assert_eq!(message["method"], "notifications/resources/updated");
        assert_eq!(brief(&message), "note://one");
    }
}

#[tokio::test(start_paused = true)]
async fn what_changed_while_nobody_read_is_told_to_the_next_reader() {
    let client = serve();
    let session = client.open(NEWEST).await;
    follow(&session, "resources/subscribe", "note://one").await;
    client.mcp.notifier().resource_updated("note://one");
    let mut first = session.get().await.events();
    assert_eq!(brief(&next(&mut first).await.message()), "note://one");
    drop(first);
    for _ in 0..1000 {
        client.mcp.notifier().tools_changed();
    }
    let events = session.get().await.events();
    drop(session);
    let told = heard(client, vec![events]).await;
    assert_eq!(told, [["notifications/tools/list_changed"]]);
}

#[tokio::test(start_paused = true)]
async fn each_message_goes_on_exactly_one_stream() {
    let client = serve();
    let session = client.open(NEWEST).await;
    let mut streams = vec![session.get().await.events()];
    for round in 0..4 {
        client
            .mcp
            .notifier()
            .resource_updated(format!("note://{round}"));
        client.mcp.notifier().tools_changed();
        settle().await;
        streams.push(session.get().await.events());
    }
    client.mcp.notifier().prompts_changed();
    drop(session);
    let told = heard(client, streams).await.concat();
    let tools = told.iter().filter(|told| told.contains("tools"));
    // Marks, not a queue: what nobody has read yet is told once.
    assert_eq!(tools.count(), 1, "{told:?}");
    assert_eq!(told.len(), 2, "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn its_place_is_given_back_and_nothing_stays_behind() {
    let client = serve();
    let session = client.open(NEWEST).await;
    for _ in 0..100 {
        let events = session.get().await.events();
        assert_eq!(client.mcp.sessions().list()[0].streams, 1);
        drop(events);
        assert_eq!(client.mcp.sessions().list()[0].streams, 0);
    }
    let open = session.get().await.events();
    assert_eq!(session.delete().await.status, 204);
    let mut open = open;
    assert_eq!(open.rest().await.len(), 0, "it ends with its session");
    drop((open, session));
    end(client).await;
}

#[tokio::test(start_paused = true)]
async fn no_other_form_of_get_opens_one() {
    let client = serve();
    let session = client.open(NEWEST).await;
    let json = session.get().header("accept", "application/json").await;
    assert_eq!(json.refusal().await, (406, -32600));
    let nameless = session.get().without("mcp-session-id").await;
    assert_eq!(nameless.refusal().await, (400, -32600));
    sleep(millis(1)).await;
    assert_eq!(client.mcp.sessions().list()[0].streams, 0);
}
