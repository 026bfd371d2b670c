//! Without sessions each POST stands alone, and nothing is remembered.

use std::future::IntoFuture;

use http::Method;
use mcp_axum::{
    Context, McpServer, McpService, ToolError, peer::Elicited, resource, session::Sessions, tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::{NEWEST, call, hello, refused, text_of};
use crate::{
    lifespan::{self, Hold, soon},
    shutdown::tasks_left,
    support::{SESSIONFUL, TestClient},
};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Point {
    x: i32,
}

async fn point() -> axum::Json<Point> {
    axum::Json(Point { x: 1 })
}

async fn ask(ctx: Context) -> Result<String, ToolError> {
    let answer: Elicited<Point> = ctx.elicit("where", "Where?").await?;
    Ok(format!("{}", matches!(answer, Elicited::Accepted(_))))
}

fn client() -> TestClient {
    let server = McpServer::new("sessionless", "1")
        .tool(tool("point", point))
        .tool(tool("ask", ask))
        .resource(resource("note://one", async || "one"));
    TestClient::with(McpService::builder(server).sessions(Sessions::Off).build())
}

fn holding(hold: &Hold) -> TestClient {
    TestClient::with(lifespan::builder(hold).sessions(Sessions::Off).build())
}

#[tokio::test]
async fn a_handshake_gives_no_id_and_promises_nothing_that_would_need_one() {
    let client = client();
    for (requested, agreed) in SESSIONFUL
        .map(|it| (it, it))
        .into_iter()
        .chain([("2026-07-28", NEWEST)])
    {
        for accept in ["application/json", "text/event-stream"] {
            let reply = client
                .post_older(&hello(requested))
                .header("accept", accept)
                .await;
            assert_eq!(reply.header("mcp-session-id"), None, "{requested}");
            let result = reply.result().await;
            assert_eq!(result["protocolVersion"], agreed);
            let capabilities = &result["capabilities"];
            assert!(capabilities["tools"].is_object(), "{capabilities}");
            for absent in ["logging", "listChanged", "subscribe"] {
                assert!(!capabilities.to_string().contains(absent), "{capabilities}");
            }
        }
    }
    assert_eq!(client.mcp.sessions().count(), 0);
}

#[tokio::test]
async fn a_handshake_that_does_not_fit_is_told_so() {
    let client = client();
    let reply = client
        .older("initialize", json!({"protocolVersion": NEWEST}))
        .await;
    assert_eq!(refused(reply, "initialize").await, (200, -32602));
}

#[tokio::test]
async fn every_request_speaks_the_revision_of_its_header_or_that_before_the_header() {
    let client = client();
    for (header, structured) in [
        (Some("2025-11-25"), true),
        (Some("2025-06-18"), true),
        (Some("2025-03-26"), false),
        (Some("2024-11-05"), false),
        (None, false),
    ] {
        let mut post = client.post_older(&call(1, "point"));
        if let Some(header) = header {
            post = post.header("mcp-protocol-version", header);
        }
        let message = post.await.message().await;
        assert_eq!(text_of(&message), r#"{"x":1}"#, "{header:?}");
        let content = message["result"].get("structuredContent");
        assert_eq!(content.is_some(), structured, "{header:?}: {message}");
        assert_eq!(message["result"].get("resultType"), None, "{message}");
    }
    for version in ["1.0", "2025-01-01", ""] {
        let post = client.post_older(&call(1, "point"));
        let reply = post.header("mcp-protocol-version", version).await;
        assert_eq!(refused(reply, version).await, (400, -32600), "{version}");
    }
}

#[tokio::test]
async fn what_would_need_a_session_is_not_offered() {
    let client = client();
    for (method, params) in [
        ("logging/setLevel", json!({"level": "info"})),
        ("resources/subscribe", json!({"uri": "note://one"})),
        ("resources/unsubscribe", json!({"uri": "note://one"})),
        ("server/discover", json!({})),
        (
            "subscriptions/listen",
            json!({"notifications": {"toolsListChanged": true}}),
        ),
        ("no/such", json!({})),
    ] {
        let reply = client.older(method, params).await;
        assert_eq!(refused(reply, method).await, (200, -32601), "{method}");
    }
    let result = client.older("ping", json!({})).await.result().await;
    assert_eq!(result, json!({}));
    // Nobody could answer, so nobody is asked.
    for version in SESSIONFUL {
        let post = client.post_older(&call(1, "ask"));
        let reply = post.header("mcp-protocol-version", version).await;
        let result = soon(reply.result()).await;
        assert_eq!(result["isError"], true, "{version}: {result}");
    }
}

#[tokio::test]
async fn whatever_is_told_is_taken_and_forgotten() {
    let client = client();
    for message in [
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}),
        json!({"jsonrpc": "2.0", "method": "initialize", "params": {}}),
        json!({"jsonrpc": "2.0", "id": 1, "result": {}}),
        json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no"}}),
    ] {
        let reply = client.post_older(&message).await;
        assert_eq!(reply.status, 202, "{message}");
        assert!(reply.bytes().await.is_empty(), "{message}");
    }
}

#[tokio::test]
async fn a_batch_is_refused_in_every_revision() {
    let client = client();
    let batch = json!([{"jsonrpc": "2.0", "id": 1, "method": "ping"}]);
    for version in SESSIONFUL.map(Some).into_iter().chain([None]) {
        let mut post = client.post_older(&batch);
        if let Some(version) = version {
            post = post.header("mcp-protocol-version", version);
        }
        let reply = post.await;
        assert_eq!(
            refused(reply, "a batch").await,
            (400, -32600),
            "{version:?}"
        );
    }
}

#[tokio::test]
async fn get_delete_and_the_rest_are_405_and_allow_names_post_alone() {
    let client = client();
    for method in [
        Method::GET,
        Method::DELETE,
        Method::HEAD,
        Method::PUT,
        Method::PATCH,
    ] {
        for id in [None, Some("1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAA")] {
            let mut call = client
                .raw(method.clone(), "")
                .header("accept", "text/event-stream");
            if let Some(id) = id {
                call = call
                    .header("mcp-session-id", id)
                    .header("last-event-id", "1.1");
            }
            let reply = call.await;
            assert_eq!(reply.status, 405, "{method}");
            assert_eq!(reply.header("allow"), Some("POST"), "{method}");
        }
    }
}

#[tokio::test]
async fn a_stray_id_is_ignored_and_not_echoed() {
    let client = client();
    for message in [call(1, "point"), hello(NEWEST)] {
        let post = client.post_older(&message);
        let reply = post.header("mcp-session-id", "of-another-service").await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("mcp-session-id"), None);
        assert!(reply.message().await["result"].is_object());
    }
}

#[tokio::test]
async fn five_hundred_posts_leave_nothing_behind() {
    let hold = Hold::new();
    let client = holding(&hold);
    tokio::task::yield_now().await;
    let tasks = Handle::current().metrics().num_alive_tasks();
    hold.release.add_permits(100);
    for number in 0..500 {
        let message = match number % 5 {
            0 => hello(NEWEST),
            1 => call(1, "talk"),
            2 => call(1, "quick"),
            3 => json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
            _ => json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}),
        };
        let reply = client.post_older(&message).await;
        assert!(reply.status.is_success(), "{message}");
        reply.bytes().await;
    }
    tasks_left(tasks).await;
    assert_eq!(client.mcp.sessions().count(), 0);
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test]
async fn a_stream_has_no_ids_nobody_could_come_back_to() {
    let hold = Hold::new();
    let client = holding(&hold);
    hold.release.add_permits(1);
    let post = client.post_older(&call(1, "talk"));
    let mut events = post.header("mcp-protocol-version", NEWEST).await.events();
    let mut told = Vec::new();
    while let Some(event) = events.next_event().await {
        assert_eq!((&event.id, event.retry), (&None, None), "{event:?}");
        told.push(event.message());
    }
    assert_eq!(told.len(), 2);
    assert_eq!(text_of(&told[1]), "released");
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_request_along() {
    let hold = Hold::new();
    let client = holding(&hold);
    let running = tokio::spawn(client.post_older(&call(1, "hold")).into_future());
    hold.begun().await;
    assert_eq!(client.mcp.in_flight(), 1);
    running.abort();
    assert!(soon(running).await.unwrap_err().is_cancelled());
    assert_eq!(client.mcp.in_flight(), 0, "nobody could read its answer");
}

#[tokio::test]
async fn equal_ids_at_once_are_nobodys_business() {
    let hold = Hold::new();
    let client = holding(&hold);
    let first = super::begun(client.post_older(&call(1, "hold")), &hold).await;
    let second = super::begun(client.post_older(&call(1, "hold")), &hold).await;
    hold.release.add_permits(2);
    for task in [first, second] {
        assert_eq!(super::answered(task).await.text().await, "released");
    }
}

#[tokio::test]
async fn the_stateless_era_is_served_as_ever() {
    let client = client();
    let result: Value = client.tool("point", json!({})).await.result().await;
    assert_eq!(result["structuredContent"], json!({"x": 1}));
    let discovered = client
        .request("server/discover", json!({}))
        .await
        .result()
        .await;
    let versions = discovered["supportedVersions"].as_array().unwrap();
    assert_eq!(versions.len(), 5);
}
