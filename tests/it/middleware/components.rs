//! Layers around one component.

use mcp_axum::{
    Context, McpServer, ToolError,
    middleware::{McpRequest, Next, from_fn},
    prompt, resource, tool,
};
use serde_json::json;

use super::{Notes, client};

#[tokio::test]
async fn every_kind_takes_layers_and_no_other_component_passes_them() {
    let notes = Notes::default();
    let server = McpServer::new("kinds", "1")
        .tool(tool("t", async || "t").layer(notes.layer("tool")))
        .tool(tool("plain", async || "t"))
        .resource(resource("r://r", async || "r").layer(notes.layer("resource")))
        .prompt(prompt("p", async || "p").layer(notes.layer("prompt")));
    let client = client(server);
    for (method, params, noted) in [
        ("tools/call", json!({"name": "t"}), &["tool>", "<tool"][..]),
        ("tools/call", json!({"name": "plain"}), &[]),
        (
            "resources/read",
            json!({"uri": "r://r"}),
            &["resource>", "<resource"],
        ),
        ("prompts/get", json!({"name": "p"}), &["prompt>", "<prompt"]),
        ("tools/list", json!({}), &[]),
    ] {
        client.request(method, params).await.result().await;
        assert_eq!(notes.take(), noted, "{method}");
    }
}

#[tokio::test]
async fn a_handler_behind_layers_speaks_asks_and_streams_as_before() {
    #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    struct Named {
        #[expect(dead_code, reason = "nobody answers")]
        name: String,
    }
    async fn talk(ctx: Context) -> Result<String, ToolError> {
        ctx.progress(1.0, None, None);
        let name = ctx.elicit::<Named>("name", "What is your name?").await;
        Ok(format!("{name:?}"))
    }
    let notes = Notes::default();
    let server = McpServer::new("talks", "1")
        .tool(tool("talk", talk).layer(notes.layer("tool")))
        .layer(notes.layer("server"));
    let client = client(server);
    let call = client.tool("talk", json!({})).progress(json!("t"));
    let call = call.capable(json!({"elicitation": {}}));
    let messages = call.await.events().rest().await;
    assert_eq!(messages[0]["method"], "notifications/progress");
    assert_eq!(messages[1]["result"]["resultType"], "input_required");
    // The handler was parked: the layers never got an answer.
    assert_eq!(notes.take(), ["server>", "tool>"]);
}

#[tokio::test]
async fn a_client_that_leaves_drops_the_layers_with_the_handler() {
    struct Dropped(Notes);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.note("dropped");
        }
    }
    let notes = Notes::default();
    let inside = notes.clone();
    let server = McpServer::new("leaves", "1")
        .tool(tool("wait", std::future::pending::<&'static str>))
        .layer(from_fn(move |request: McpRequest, next: Next| {
            let held = Dropped(inside.clone());
            async move {
                let response = next.run(request).await;
                drop(held);
                response
            }
        }));
    let client = client(server);
    client.request("tools/list", json!({})).await.result().await;
    notes.take();
    let (app, request) = client.tool("wait", json!({})).build();
    let mut call = Box::pin(tower::ServiceExt::oneshot(app, request));
    assert!(
        futures_util::future::poll_immediate(&mut call)
            .await
            .is_none()
    );
    assert!(notes.take().is_empty());
    drop(call);
    assert_eq!(notes.take(), ["dropped"]);
}

#[tokio::test]
async fn a_request_may_be_sent_again() {
    let tries = Notes::default();
    let noted = tries.clone();
    let fails_first = move || {
        let noted = noted.clone();
        async move {
            noted.note("try");
            match noted.0.lock().unwrap().len() {
                1 => Err(ToolError::new("not yet")),
                _ => Ok("done"),
            }
        }
    };
    let again = from_fn(async |request: McpRequest, next: Next| {
        let response = next.clone().run(request.clone()).await;
        match response.is_error() {
            true => next.run(request).await,
            false => response,
        }
    });
    let client = client(McpServer::new("retry", "1").tool(tool("t", fails_first).layer(again)));
    assert_eq!(client.tool("t", json!({})).await.text().await, "done");
    assert_eq!(tries.take(), ["try", "try"]);
}
