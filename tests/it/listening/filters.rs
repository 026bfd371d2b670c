//! What a client asks for, and what is honoured.

use mcp_axum::{McpServer, tool};
use serde_json::{Value, json};

use crate::support::TestClient;

use super::{every_list, everything, heard, listen, open, refused};

const SUBSCRIPTION: &str = "io.modelcontextprotocol/subscriptionId";

#[tokio::test]
async fn the_acknowledgement_comes_first_and_says_what_is_honoured() {
    let tools = || McpServer::new("t", "1").tool(tool("greet", async || "hello"));
    let wishes = {
        let mut wishes = every_list();
        wishes["resourceSubscriptions"] = json!(["note://one", "note://none"]);
        wishes["taskIds"] = json!(["a"]);
        wishes["somethingNew"] = json!({"deep": true});
        wishes
    };
    let all = json!({"toolsListChanged": true, "promptsListChanged": true,
        "resourcesListChanged": true, "resourceSubscriptions": ["note://one", "note://none"]});
    for (server, filter, honoured) in [
        (tools(), wishes.clone(), json!({"toolsListChanged": true})),
        (tools(), json!({"promptsListChanged": true}), json!({})),
        (tools(), json!({}), json!({})),
        (tools(), json!({"toolsListChanged": false}), json!({})),
        (everything(), wishes, all),
        (
            tools().dynamic_prompts(),
            every_list(),
            json!({"toolsListChanged": true, "promptsListChanged": true}),
        ),
    ] {
        let client = TestClient::new(server);
        let (_events, told) = open(&client, filter.clone()).await;
        assert_eq!(told, honoured, "{filter}");
    }
}

#[tokio::test]
async fn the_head_and_the_acknowledgement_are_there_at_once() {
    let client = TestClient::new(everything());
    let mut reply = listen(&client, json!({"toolsListChanged": true})).await;
    assert_eq!(reply.status, 200);
    assert!(reply.is_stream());
    assert_eq!(reply.header("mcp-session-id"), None);
    let first = reply.frame_now().unwrap();
    let event = first.strip_prefix(": ok\n\ndata: ").unwrap();
    let message: Value = serde_json::from_str(event).unwrap();
    assert_eq!(
        message,
        json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged",
            "params": {"_meta": {SUBSCRIPTION: 1}, "notifications": {"toolsListChanged": true}}})
    );
    assert_eq!(reply.frame_now(), None, "nothing has changed");
}

#[tokio::test]
async fn nobody_hears_of_what_was_not_asked_for() {
    for (filter, expected) in [
        (
            json!({"toolsListChanged": true}),
            &["tools/list_changed"][..],
        ),
        (
            json!({"promptsListChanged": true}),
            &["prompts/list_changed"],
        ),
        (
            json!({"resourcesListChanged": true}),
            &["resources/list_changed"],
        ),
        (
            json!({"resourceSubscriptions": ["note://one"]}),
            &["note://one"],
        ),
        (json!({"resourceSubscriptions": []}), &[]),
        (json!({}), &[]),
    ] {
        let mut client = TestClient::new(everything());
        let (mut events, _) = open(&client, filter.clone()).await;
        let notifier = client.mcp.notifier();
        notifier.tools_changed();
        notifier.prompts_changed();
        notifier.resources_changed();
        notifier.resource_updated("note://one");
        notifier.resource_updated("note://two");
        assert_eq!(heard(&mut client, &mut events).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_invalid() {
    let client = TestClient::new(everything());
    let uris = |count: usize| {
        let uris: Vec<_> = (0..count).map(|n| format!("note://{n}")).collect();
        json!({"resourceSubscriptions": uris})
    };
    for filter in [
        Value::Null,
        json!([]),
        json!([true, true, true, []]),
        json!("all"),
        json!({"toolsListChanged": "yes"}),
        json!({"resourceSubscriptions": "note://one"}),
        json!({"resourceSubscriptions": [1]}),
        uris(1025),
    ] {
        let refusal = refused(listen(&client, filter.clone())).await;
        assert_eq!(refusal, (200, -32602), "{filter}");
    }
    let without = client.request("subscriptions/listen", json!({}));
    assert_eq!(refused(without).await, (200, -32602));
    assert!(listen(&client, uris(1024)).await.is_stream());
    assert_eq!(client.mcp.listeners(), 0, "each of them is gone");
}

#[tokio::test]
async fn a_server_without_anything_to_change_does_not_know_the_method() {
    let client = TestClient::new(McpServer::new("t", "1"));
    let call = listen(&client, every_list());
    assert_eq!(refused(call).await, (404, -32601));
}

#[tokio::test]
async fn a_client_that_takes_no_stream_is_refused() {
    let client = TestClient::new(everything());
    for accept in ["application/json", "*/*, text/event-stream;q=0"] {
        let call = listen(&client, every_list()).header("accept", accept);
        assert_eq!(refused(call).await, (406, -32600), "{accept}");
    }
    for accept in ["text/event-stream", "*/*"] {
        let reply = listen(&client, every_list()).header("accept", accept).await;
        assert!(reply.is_stream(), "{accept}");
    }
}

#[tokio::test]
async fn the_uris_of_a_filter_are_bounded_all_together() {
    let client = TestClient::new(everything());
    let uris = |count: usize, length: usize| {
        let uri = |number: usize| {
            let start = format!("note://{number}/");
            let rest = "x".repeat(length - start.len());
            start + &rest
        };
        json!({"resourceSubscriptions": (0..count).map(uri).collect::<Vec<_>>()})
    };
    for (count, length, fits) in [
        (64, 1024, true),
        (65, 1024, false),
        (1, 65_536, true),
        (1, 65_537, false),
    ] {
        let call = listen(&client, uris(count, length));
        match fits {
            true => assert!(call.await.is_stream(), "{count} of {length}"),
            false => assert_eq!(refused(call).await, (200, -32602), "{count} of {length}"),
        }
    }
    assert_eq!(client.mcp.listeners(), 0);
}
