//! Scopes: one declaration filters the list and guards the call.

use mcp_axum::{
    Context, McpServer, McpService, ToolError,
    auth::InsufficientScope,
    middleware::{McpRequest, Next, from_fn},
    prompt, resource, tool,
};
use serde_json::{Value, json};

use super::{by, client, names};
use crate::support::{Reply, TestClient, panics::panic_of};

fn scoped() -> McpServer {
    McpServer::new("scoped", "1")
        .tool(tool("read", async || "read"))
        .tool(
            tool("publish", async || "published")
                .requires_scope("notes:write")
                .requires_scope("notes:publish"),
        )
        .resource(
            resource("r://r", async || "r")
                .name("r")
                .requires_scope("notes:read"),
        )
        .prompt(prompt("p", async || "p").requires_scope("notes:read"))
}

/// An error of the host's own around one of ours.
#[derive(Debug)]
struct Wrapped(InsufficientScope);

impl std::fmt::Display for Wrapped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot publish")
    }
}

impl std::error::Error for Wrapped {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn challenge(reply: &Reply) -> (u16, String) {
    let header = reply.header("www-authenticate").unwrap_or_default();
    (reply.status.as_u16(), header.to_owned())
}

#[tokio::test]
async fn all_scopes_of_an_operation_are_asked_for_at_once() {
    let client = client(scoped());
    let all = r#"scope="notes:write notes:publish""#;
    for (who, listed, expected) in [
        ("", false, (401, format!("Bearer {all}"))),
        (
            "ada",
            false,
            (403, format!(r#"Bearer error="insufficient_scope", {all}"#)),
        ),
        (
            "ada notes:write",
            false,
            (403, format!(r#"Bearer error="insufficient_scope", {all}"#)),
        ),
        ("ada notes:write notes:publish", true, (200, String::new())),
    ] {
        let list = by(client.request("tools/list", json!({})), who).await;
        let names = names(&list.result().await);
        assert_eq!(names.contains(&"publish".to_owned()), listed, "{who}");
        let reply = by(client.tool("publish", json!({})), who).await;
        assert_eq!(challenge(&reply), expected, "{who}");
        let session = by(client.initialize("2025-11-25", json!({})), who).await;
        let session = client.opened(session).await;
        let reply = by(session.tool("publish", json!({})), who).await;
        assert_eq!(challenge(&reply), expected, "{who} in a session");
        assert_eq!(reply.message().await["id"], 1);
    }
}

#[tokio::test]
async fn every_kind_asks_for_scopes() {
    let client = client(scoped());
    for (list, method, params) in [
        ("resources/list", "resources/read", json!({"uri": "r://r"})),
        ("prompts/list", "prompts/get", json!({"name": "p"})),
    ] {
        for (who, served) in [("ada", false), ("ada notes:read", true)] {
            let shown = by(client.request(list, json!({})), who).await;
            assert_eq!(!names(&shown.result().await).is_empty(), served, "{list}");
            let reply = by(client.request(method, params.clone()), who).await;
            assert_eq!(reply.status == 200, served, "{method}");
        }
    }
}

#[tokio::test]
async fn a_token_that_was_no_good_is_said_to_be_invalid() {
    let client = client(scoped());
    let call = client
        .tool("publish", json!({}))
        .header("authorization", "Bearer old");
    let (status, challenge) = challenge(&call.await);
    assert_eq!(status, 401);
    assert!(
        challenge.starts_with(r#"Bearer error="invalid_token", "#),
        "{challenge}"
    );
}

#[tokio::test]
async fn scopes_may_depend_on_the_arguments() {
    async fn publish(ctx: Context) -> Result<&'static str, ToolError> {
        ctx.require_scopes(["notes:publish", "notes:write"])?;
        Ok("published")
    }
    async fn wrapped(ctx: Context) -> Result<&'static str, ToolError> {
        ctx.require_scopes(["deep"]).map_err(Wrapped)?;
        Ok("published")
    }
    async fn late(ctx: Context) -> Result<&'static str, ToolError> {
        ctx.progress(1.0, None, None);
        tokio::task::yield_now().await;
        ctx.require_scopes(["late"])?;
        Ok("published")
    }
    let server = McpServer::new("dynamic", "1")
        .tool(tool("publish", publish))
        .tool(tool("wrapped", wrapped))
        .tool(tool("late", late));
    let client = client(server);
    let reply = by(client.tool("publish", json!({})), "ada notes:write").await;
    let expected = r#"Bearer error="insufficient_scope", scope="notes:publish notes:write""#;
    assert_eq!(challenge(&reply), (403, expected.to_owned()));
    let reply = by(client.tool("wrapped", json!({})), "ada").await;
    assert_eq!(challenge(&reply).0, 403);
    let reply = by(
        client.tool("publish", json!({})),
        "ada notes:write notes:publish",
    )
    .await;
    assert_eq!(reply.text().await, "published");
    // The head is gone: what is left is to say it in the stream.
    let call = client.tool("late", json!({})).progress(json!(1));
    let last = by(call, "ada").await.message().await;
    assert_eq!(last["error"]["message"], "this needs the scope `late`");
}

#[tokio::test]
async fn scopes_that_nobody_grants_are_refused_when_the_service_is_built() {
    let panicked = panic_of(|| McpService::new(scoped()));
    assert!(
        panicked.message.contains("`publish` requires scopes"),
        "{panicked:?}"
    );
    assert!(panicked.message.contains("principal_from"), "{panicked:?}");
    assert!(panicked.file.ends_with("scopes.rs"), "{panicked:?}");
    for scope in ["", "two words", "quo\"te", "back\\slash", "offline_access"] {
        let panicked = panic_of(|| tool::<(), _, _>("t", async || "t").requires_scope(scope));
        assert!(panicked.file.ends_with("scopes.rs"), "{panicked:?}");
    }
}

#[tokio::test]
async fn a_tool_added_later_is_refused_as_an_error() {
    let client = TestClient::new(McpServer::new("late", "1").dynamic_tools());
    let late = || tool("late", async || "x").requires_scope("s");
    let error = client.mcp.registry().add_tool(late()).unwrap_err();
    assert!(
        error.to_string().contains("`late` requires scopes"),
        "{error}"
    );
    let list = client.request("tools/list", json!({})).await.result().await;
    assert_eq!(list["tools"], json!([]));
    let known = super::client(McpServer::new("late", "1").dynamic_tools());
    known.mcp.registry().add_tool(late()).unwrap();
}

#[tokio::test]
async fn nothing_is_streamed_before_the_refusal() {
    let client = client(scoped());
    for accept in ["text/event-stream", "application/json, text/event-stream"] {
        let call = client.tool("publish", json!({})).header("accept", accept);
        let reply = by(call.progress(json!("p")), "ada").await;
        assert_eq!(reply.status, 403, "{accept}");
        assert!(!reply.is_stream());
        let _: Value = reply.message().await;
    }
}

/// Layers take their time; a challenge has to be there before anything is sent.
#[tokio::test(start_paused = true)]
async fn a_slow_layer_delays_no_challenge() {
    let slow = from_fn(async |request: McpRequest, next: Next| {
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        next.run(request).await
    });
    let mcp = super::builder(scoped().layer(slow)).legacy_sse().build();
    let client = TestClient::with(mcp);
    for accept in ["text/event-stream", "application/json, text/event-stream"] {
        let call = client.tool("publish", json!({})).header("accept", accept);
        assert_eq!(by(call, "ada").await.status, 403, "{accept}");
        let open = by(client.initialize("2025-11-25", json!({})), "ada").await;
        let session = client.opened(open).await;
        let call = session.tool("publish", json!({})).header("accept", accept);
        assert_eq!(by(call, "ada").await.status, 403, "{accept} in a session");
    }
}

#[tokio::test]
async fn a_tool_that_is_hidden_and_scoped_does_not_exist() {
    let hidden = tool("hidden", async || "x")
        .requires_scope("s")
        .guard(|_| false);
    for server in [
        McpServer::new("both", "1").tool(hidden),
        McpServer::new("layered", "1")
            .tool(
                tool("hidden", async || "x")
                    .requires_scope("s")
                    .guard(|_| false),
            )
            .layer(from_fn(async |request: McpRequest, next: Next| {
                next.run(request).await
            })),
    ] {
        let reply = by(client(server).tool("hidden", json!({})), "ada").await;
        assert_eq!(reply.refusal().await, (200, -32602));
    }
}
