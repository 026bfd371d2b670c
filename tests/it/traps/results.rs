//! What every result carries: its type, its cache hint, its contents.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use axum::Json;
use mcp_axum::{
    Args, Context, McpServer, ToolError, prompt,
    protocol::{CacheHint, ResourceContents},
    resource, tool,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{Call, TestClient};

#[derive(Deserialize, Serialize, JsonSchema)]
struct Named {
    name: String,
}

async fn greet(Args(input): Args<Named>) -> Json<Named> {
    Json(input)
}

async fn ask(ctx: Context) -> Result<String, ToolError> {
    let answer = ctx.elicit::<Named>("name", "Who?").await?;
    Ok(format!("{:?}", answer.accepted().map(|named| named.name)))
}

async fn introduce(Args(input): Args<Named>) -> String {
    format!("I am {}", input.name)
}

/// A server with one of everything.
fn everything() -> McpServer {
    McpServer::new("everything", "1")
        .tool(tool("greet", greet))
        .tool(tool("ask", ask))
        .resource(resource("note://one", async || "one"))
        .resource(resource("note://by/{name}", introduce))
        .prompt(prompt("introduce", introduce).complete("name", async || vec!["ada"]))
}

const LISTS: [(&str, &str); 4] = [
    ("tools/list", "tools"),
    ("resources/list", "resources"),
    ("resources/templates/list", "resourceTemplates"),
    ("prompts/list", "prompts"),
];

/// A request of each method that is answered at once.
fn one_of_each(client: &TestClient) -> Vec<Call> {
    let reference = json!({"type": "ref/prompt", "name": "introduce"});
    let argument = json!({"name": "name", "value": "a"});
    let mut calls: Vec<Call> = LISTS
        .iter()
        .map(|(method, _)| client.request(method, json!({})))
        .collect();
    calls.extend([
        client.request("server/discover", json!({})),
        client.request("resources/read", json!({"uri": "note://one"})),
        client.tool("greet", json!({"name": "ada"})),
        client.request(
            "prompts/get",
            json!({"name": "introduce", "arguments": {"name": "ada"}}),
        ),
        client.request(
            "completion/complete",
            json!({"ref": reference, "argument": argument}),
        ),
    ]);
    calls
}

#[tokio::test]
async fn t31_every_result_says_its_type() {
    let mut client = TestClient::new(everything());
    for call in one_of_each(&client) {
        let method = call.body["method"].clone();
        let result = call.await.result().await;
        assert_eq!(result["resultType"], "complete", "{method}: {result}");
    }
    let asking = client.tool("ask", json!({})).answers_everything().await;
    assert_eq!(asking.result().await["resultType"], "input_required");

    let filter = json!({"notifications": {"toolsListChanged": true}});
    let mut events = client
        .request("subscriptions/listen", filter)
        .await
        .events();
    events.next().await.unwrap();
    client.take_guard().shutdown().await;
    let last = events.rest().await.pop().unwrap();
    assert_eq!(last["result"]["resultType"], "complete", "{last}");
}

#[tokio::test]
async fn t32_discover_carries_a_cache_hint_too() {
    let hint = CacheHint::public(Duration::from_secs(7));
    let client = TestClient::new(everything().cache_discover(hint));
    let result = client
        .request("server/discover", json!({}))
        .await
        .result()
        .await;
    assert_eq!(
        (&result["ttlMs"], &result["cacheScope"]),
        (&json!(7000), &json!("public"))
    );

    let client = TestClient::new(everything());
    let result = client
        .request("server/discover", json!({}))
        .await
        .result()
        .await;
    assert_eq!(
        (&result["ttlMs"], &result["cacheScope"]),
        (&json!(0), &json!("private"))
    );
}

#[tokio::test]
async fn t33_nothing_is_public_unless_the_server_says_so() {
    let client = TestClient::new(everything());
    for call in one_of_each(&client) {
        let result = call.await.result().await;
        assert_ne!(result["cacheScope"], "public", "{result}");
    }
    for (method, _) in LISTS {
        let result = client.request(method, json!({})).await.result().await;
        assert_eq!(
            (&result["ttlMs"], &result["cacheScope"]),
            (&json!(0), &json!("private"))
        );
    }
    let read = client
        .request("resources/read", json!({"uri": "note://one"}))
        .await;
    assert_eq!(read.result().await["cacheScope"], "private");
}

#[tokio::test]
async fn t34_what_is_not_cacheable_carries_no_hint() {
    let client = TestClient::new(everything());
    let reference = json!({"type": "ref/prompt", "name": "introduce"});
    let argument = json!({"name": "name", "value": ""});
    for call in [
        client.tool("greet", json!({"name": "ada"})),
        client.tool("greet", json!({})),
        client.tool("ask", json!({})).answers_everything(),
        client.request(
            "prompts/get",
            json!({"name": "introduce", "arguments": {"name": "ada"}}),
        ),
        client.request(
            "completion/complete",
            json!({"ref": reference, "argument": argument}),
        ),
    ] {
        let result = call.await.result().await;
        let hint = (result.get("ttlMs"), result.get("cacheScope"));
        assert_eq!(hint, (None, None), "{result}");
    }
}

#[tokio::test]
async fn t35_every_page_of_a_list_has_the_same_scope() {
    let hint = CacheHint::public(Duration::from_secs(60));
    let mut server = McpServer::new("pages", "1").page_size(2).cache_tools(hint);
    for number in 0..5 {
        server = server.tool(tool(format!("tool{number}"), async || "ok"));
    }
    let client = TestClient::new(server);
    let (mut cursor, mut scopes) = (None, Vec::new());
    loop {
        let mut call = client.request("tools/list", json!({}));
        if let Some(cursor) = cursor.take() {
            call = call.param("cursor", cursor);
        }
        let mut page = call.await.result().await;
        scopes.push(page["cacheScope"].take());
        match page["nextCursor"].take() {
            Value::Null => break,
            next => cursor = Some(next),
        }
    }
    assert_eq!(scopes, ["public"; 3]);
}

#[tokio::test]
async fn t36_lists_do_not_depend_on_earlier_calls_or_on_the_client() {
    static LOGGED_IN: AtomicBool = AtomicBool::new(false);
    let login = async || LOGGED_IN.store(true, Ordering::SeqCst);
    let client = TestClient::new(everything().tool(tool("login", login)));
    for (method, _) in LISTS {
        let first = client.request(method, json!({})).await.bytes().await;
        client.tool("login", json!({})).await.result().await;
        client
            .request("server/discover", json!({}))
            .await
            .result()
            .await;
        let able = client.request(method, json!({})).answers_everything();
        let named = able.meta(
            "io.modelcontextprotocol/clientInfo",
            json!({"name": "x", "version": "2"}),
        );
        assert_eq!(
            named.header("mcp-session-id", "7").await.bytes().await,
            first
        );
    }
    assert!(LOGGED_IN.load(Ordering::SeqCst));
}

#[tokio::test]
async fn t37_a_missing_resource_is_an_error_and_never_empty_contents() {
    let nothing = async || Vec::<ResourceContents>::new();
    let none = async || None::<String>;
    let server = everything()
        .resource(resource("note://empty", nothing))
        .resource(resource("note://none", none));
    let client = TestClient::new(server);
    for uri in [
        "note://unknown",
        "note://empty",
        "note://none",
        "note://by/a/b",
        "",
    ] {
        let reply = client.request("resources/read", json!({"uri": uri})).await;
        assert_eq!(reply.status, 200, "{uri}");
        let error = reply.error().await;
        assert_eq!(error["code"], -32602, "{uri}");
        assert_eq!(error["data"], json!({"uri": uri}));
    }
}
