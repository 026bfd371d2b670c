//! Changes beside requests, from within them, and who is told.

use std::{
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use axum::extract::State;
use futures_util::FutureExt;
use mcp_axum::{Args, Context, McpServer, McpService, Registry, Tool, ToolError, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{a_resource, a_tool, client, shown};
use crate::support::{Events, TestClient};

#[tokio::test]
async fn nobody_waits_for_an_update() {
    let client = client();
    let before = shown(&client).await;
    client
        .mcp
        .registry()
        .update(|draft| {
            draft.tools.remove("a");
            let seen = shown(&client).now_or_never();
            assert_eq!(seen, Some(before));
            Ok(())
        })
        .unwrap();
    assert_eq!(shown(&client).await[0], ["b"]);
}

#[tokio::test]
async fn a_call_that_runs_is_finished_by_the_tool_it_began_with() {
    let (open, gate) = tokio::sync::oneshot::channel::<()>();
    let gate = Arc::new(Mutex::new(Some(gate)));
    let waits = async move || {
        let gate = gate.lock().expect("no panic").take().expect("called once");
        gate.await.map_or("lost", |()| "waited")
    };
    let client = TestClient::new(
        McpServer::new("t", "1")
            .tool(tool("waits", waits))
            .dynamic_tools(),
    );
    let call = client.tool("waits", json!({}));
    let call = tokio::spawn(async move { call.await.text().await });
    while client.mcp.in_flight() == 0 {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    assert!(client.mcp.registry().remove_tool("waits"));
    client.mcp.registry().add_tool(a_tool("waits")).unwrap();
    open.send(()).unwrap();
    assert_eq!(call.await.unwrap(), "waited");
    assert_eq!(client.tool("waits", json!({})).await.text().await, "waits");
}

#[tokio::test]
async fn a_tool_brings_its_state_along() {
    async fn count(State(state): State<Vec<u8>>) -> String {
        state.len().to_string()
    }
    let client = client();
    let late: Tool = tool("count", count).with_state(vec![1, 2, 3]);
    client.mcp.registry().add_tool(late).unwrap();
    assert_eq!(client.tool("count", json!({})).await.text().await, "3");
}

#[tokio::test]
async fn a_handler_may_change_what_is_on_offer() {
    #[derive(Deserialize, JsonSchema)]
    struct Name {
        name: String,
    }
    async fn learn(registry: Registry, Args(input): Args<Name>) -> Result<String, ToolError> {
        let name = input.name.clone();
        let learned = tool(&*input.name, async move |ctx: Context| {
            format!("{name} as {}", ctx.target().unwrap_or_default())
        });
        registry.add_tool(learned).map_err(ToolError::new)?;
        Ok("learned".to_owned())
    }
    let client = TestClient::new(McpServer::new("t", "1").tool(tool("learn", learn)));
    let learn = || client.tool("learn", json!({"name": "jump"}));
    assert_eq!(learn().await.text().await, "learned");
    assert_eq!(
        client.tool("jump", json!({})).await.text().await,
        "jump as jump"
    );
    assert_eq!(
        learn().await.text().await,
        "tool `jump` is registered twice"
    );
}

#[tokio::test]
async fn an_empty_registry_may_fill_later() {
    let mcp = McpService::new(McpServer::new("t", "1").dynamic_tools());
    let client = TestClient::with(mcp);
    let discover = client
        .request("server/discover", json!({}))
        .await
        .result()
        .await;
    assert_eq!(
        discover["capabilities"]["tools"],
        json!({"listChanged": true})
    );
    let list = client.request("tools/list", json!({})).await.result().await;
    assert_eq!(list["tools"], json!([]));
    client.mcp.registry().add_tool(a_tool("late")).unwrap();
    assert_eq!(client.tool("late", json!({})).await.text().await, "late");
}

/// Listens for every list, and reads the acknowledgement.
async fn listen(client: &TestClient) -> Events {
    let filter = json!({"toolsListChanged": true, "promptsListChanged": true,
        "resourcesListChanged": true});
    let call = client.request("subscriptions/listen", json!({"notifications": filter}));
    let mut events = call.await.events();
    events.next().await.expect("an acknowledgement");
    events
}

#[tokio::test]
async fn listeners_are_told_once_of_each_kind_that_changed() {
    let client = client();
    let registry = client.mcp.registry();
    let mut events = listen(&client).await;
    let mut next = async || {
        events.next().await.unwrap()["method"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    registry
        .update(|draft| {
            draft.tools.add(a_tool("c"))?;
            draft.tools.add(a_tool("d"))?;
            draft.prompts.disable("a");
            Ok(())
        })
        .unwrap();
    let mut told = [next().await, next().await];
    told.sort();
    let changed = |kind: &str| format!("notifications/{kind}/list_changed");
    assert_eq!(told, [changed("prompts"), changed("tools")]);
    assert_eq!(next().now_or_never(), None);

    assert!(registry.add_tool(a_tool("a")).is_err());
    assert!(!registry.remove_prompt("none"));
    registry
        .update(|draft| Ok(draft.prompts.disable("a")))
        .unwrap();
    assert_eq!(next().now_or_never(), None, "nothing has changed");
    registry.add_resource(a_resource("x://new")).unwrap();
    assert_eq!(next().await, changed("resources"));
}

#[tokio::test]
async fn nobody_is_told_of_a_removal_of_what_was_not_there() {
    let client = client();
    let registry = client.mcp.registry();
    let mut events = listen(&client).await;
    // The second time, and after a change that failed, nothing is left to tell either.
    for _ in 0..2 {
        assert!(!registry.remove_tool("none") && !registry.remove_prompt("none"));
        assert!(!registry.remove_resource("x://none"));
        assert_eq!(events.next().now_or_never(), None);
        let failed = registry.update(|draft| {
            draft.tools.remove("a");
            draft.tools.add(a_tool("b"))
        });
        assert!(failed.is_err());
    }
    assert!(registry.remove_tool("a"));
    assert_eq!(
        events.next().await.unwrap()["method"],
        "notifications/tools/list_changed"
    );
    assert!(!registry.remove_tool("a"));
    assert_eq!(events.next().now_or_never(), None);
}

#[tokio::test]
async fn the_state_of_a_tool_that_is_removed_may_look_into_the_registry() {
    struct Looks(Registry);
    impl Drop for Looks {
        fn drop(&mut self) {
            assert!(!self.0.remove_tool("a"), "it is gone already");
            assert!(self.0.remove_tool("b"));
        }
    }
    async fn looks(_: State<Arc<Looks>>) {}
    let client = client();
    let registry = client.mcp.registry().clone();
    let a: Tool = tool("a", looks).with_state(Arc::new(Looks(registry.clone())));
    registry.remove_tool("a");
    registry.add_tool(a).unwrap();
    // On a thread of its own: one that waits for itself would hang the test.
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        registry.remove_tool("a");
        done.send(registry).expect("the test waits");
    });
    let registry = ended.recv_timeout(Duration::from_secs(20));
    let registry = registry.expect("it came back");
    assert!(!registry.remove_tool("b"), "removed by the state");
}
