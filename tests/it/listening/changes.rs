//! What becomes of a change.

use std::future::pending;

use mcp_axum::{Args, McpServer, Tool, protocol::CacheHint, resource, server::Notifier, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Duration, Instant, sleep, timeout};

use crate::support::TestClient;

use super::{brief, every_list, everything, heard, open};

#[tokio::test]
async fn an_update_reaches_those_who_asked_for_the_resource_or_one_above_it() {
    for (wanted, updated, told) in [
        ("file:///a", "file:///a", true),
        ("file:///a", "file:///a/b", true),
        ("file:///a", "file:///a/b/c", true),
        ("file:///a/", "file:///a/b", true),
        ("file:///a", "file:///ab", false),
        ("file:///a/b", "file:///a", false),
        ("file:///a", "FILE:///a", false),
        ("file:///", "file:///a", true),
        ("", "file:///a", false),
    ] {
        let mut client = TestClient::new(everything());
        let filter = json!({"resourceSubscriptions": ["x://y", wanted]});
        let (mut events, _) = open(&client, filter).await;
        client.mcp.notifier().resource_updated(updated);
        let expected = told.then(|| updated.to_owned());
        let heard = heard(&mut client, &mut events).await;
        assert_eq!(heard, Vec::from_iter(expected), "{updated} for {wanted}");
    }
}

#[tokio::test]
async fn changes_that_nobody_has_read_yet_are_told_once() {
    let mut client = TestClient::new(everything());
    let mut filter = every_list();
    filter["resourceSubscriptions"] = json!(["note://"]);
    let (mut events, _) = open(&client, filter).await;
    let notifier = client.mcp.notifier();
    for _ in 0..10_000 {
        notifier.tools_changed();
        notifier.prompts_changed();
        notifier.resources_changed();
        notifier.resource_updated("note://one");
        notifier.resource_updated("note://two");
    }
    let heard = heard(&mut client, &mut events).await;
    assert_eq!(
        heard,
        [
            "tools/list_changed",
            "prompts/list_changed",
            "resources/list_changed",
            "note://one",
            "note://two"
        ]
    );
}

#[tokio::test]
async fn a_change_after_the_last_read_is_told_again() {
    let client = TestClient::new(everything());
    let (mut events, _) = open(&client, every_list()).await;
    for _ in 0..3 {
        client.mcp.notifier().tools_changed();
        let told = events.next().await.unwrap();
        assert_eq!(brief(&told), "tools/list_changed");
    }
}

#[tokio::test]
async fn more_updates_than_can_wait_are_told_as_the_resource_that_was_asked_for() {
    let mut client = TestClient::new(everything());
    let filter = json!({"resourceSubscriptions": ["note://all"]});
    let (mut events, _) = open(&client, filter).await;
    for n in 0..100_000 {
        client
            .mcp
            .notifier()
            .resource_updated(format!("note://all/{n:06}"));
    }
    client.mcp.notifier().resource_updated("note://all/000000");
    let heard = heard(&mut client, &mut events).await;
    assert!(heard.len() <= 1025, "{} updates wait", heard.len());
    assert!(
        heard.contains(&"note://all/000000".to_owned()),
        "an update is lost"
    );
    assert!(heard.contains(&"note://all".to_owned()), "updates are lost");
}

#[tokio::test]
async fn the_registry_tells_of_its_own_changes() {
    let mut client = TestClient::new(everything());
    let (mut events, _) = open(&client, every_list()).await;
    let registry = client.mcp.registry();
    let late = |name: &str| -> Tool { tool(name, async || "late") };
    registry.add_tool(late("late")).unwrap();
    assert_eq!(brief(&events.next().await.unwrap()), "tools/list_changed");
    assert!(registry.remove_prompt("ask"));
    assert_eq!(brief(&events.next().await.unwrap()), "prompts/list_changed");
    registry
        .add_resource(resource("note://{id}", async || "any"))
        .unwrap();
    assert_eq!(
        brief(&events.next().await.unwrap()),
        "resources/list_changed"
    );

    // Nothing has changed: already there, not there, taken back.
    assert!(registry.add_tool(late("late")).is_err());
    assert!(!registry.remove_tool("nobody"));
    let failed = registry.update(|draft| {
        draft.tools.add(tool("more", async || "more"))?;
        draft.tools.add(tool("greet", async || "again"))
    });
    assert!(failed.is_err());
    // Several changes at once are told once.
    registry
        .update(|draft| {
            draft.tools.add(tool("b", async || "b"))?;
            draft.tools.add(tool("c", async || "c"))?;
            draft.tools.disable("greet");
            Ok(())
        })
        .unwrap();
    assert_eq!(
        heard(&mut client, &mut events).await,
        ["tools/list_changed"]
    );
}

#[derive(Deserialize, JsonSchema)]
struct Saved {
    uri: String,
}

#[tokio::test]
async fn a_handler_may_tell_of_a_change() {
    let save = tool(
        "save",
        async |notifier: Notifier, Args(saved): Args<Saved>| {
            notifier.resource_updated(saved.uri);
        },
    );
    let client = TestClient::new(everything().tool(save));
    let filter = json!({"resourceSubscriptions": ["note://one"]});
    let (mut events, _) = open(&client, filter).await;
    let saved = client.tool("save", json!({"uri": "note://one"})).await;
    assert_eq!(saved.status, 200);
    assert_eq!(brief(&events.next().await.unwrap()), "note://one");
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_waits_is_woken_by_a_change_and_kept_alive_without_one() {
    let client = TestClient::new(everything());
    let mut reply = super::listen(&client, every_list()).await;
    let begun = Instant::now();
    assert!(reply.frame().await.unwrap().starts_with(": ok\n\n"));
    assert_eq!(begun.elapsed(), Duration::ZERO);
    for second in [15, 30] {
        assert_eq!(reply.frame().await.as_deref(), Some(": keep-alive\n\n"));
        assert_eq!(begun.elapsed().as_secs(), second);
    }
    let notifier = client.mcp.notifier();
    tokio::spawn(async move {
        sleep(Duration::from_secs(7)).await;
        notifier.tools_changed();
    });
    assert!(reply.frame().await.unwrap().starts_with("data: "));
    assert_eq!(begun.elapsed().as_secs(), 37);
    assert_eq!(reply.frame().await.as_deref(), Some(": keep-alive\n\n"));
    assert_eq!(begun.elapsed().as_secs(), 52);
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_never_reads_holds_nobody_up() {
    let stuck = tool("stuck", async || pending::<&'static str>().await);
    let server = McpServer::new("t", "1")
        .tool(stuck)
        .cache_tools(CacheHint::default());
    let client = TestClient::new(server);
    let _unread = super::listen(&client, every_list()).await;
    let (mut events, _) = open(&client, every_list()).await;
    client.mcp.notifier().tools_changed();
    let told = timeout(Duration::from_secs(1), events.next()).await;
    assert_eq!(brief(&told.unwrap().unwrap()), "tools/list_changed");
}
