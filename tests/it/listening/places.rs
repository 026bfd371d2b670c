//! How many may listen, and how a stream ends.

use http::request::Parts;
use mcp_axum::{McpService, Principal, Refusal};
use serde_json::{Value, json};
use tokio::{
    task::yield_now,
    time::{Duration, Instant},
};

use crate::support::{Call, TestClient};

use super::{every_list, everything, heard, listen, open};

/// Who asks, as a header says; nobody without it.
fn user(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let name = parts.headers.get("x-user");
    let name = name.and_then(|name| name.to_str().ok());
    Ok(name.map(Principal::new))
}

/// A client of a service that lets this many listen.
fn limited(in_all: usize, per_principal: usize) -> TestClient {
    let builder = McpService::builder(everything()).principal(user);
    TestClient::with(builder.listen_limits(in_all, per_principal).build())
}

fn by(client: &TestClient, user: &str) -> Call {
    listen(client, every_list()).header("x-user", user)
}

/// Asserts that there is no place, and that the client learns when to try again.
async fn assert_full(call: Call) {
    let reply = call.await;
    assert_eq!(reply.status, 503);
    let seconds = reply.header("retry-after").expect("`Retry-After`");
    assert!(seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0));
    let message = reply.message().await;
    assert_eq!(message["error"]["code"], -32603);
    assert_eq!(message["id"], 1);
}

#[tokio::test]
async fn streams_are_limited_in_all_and_a_place_is_free_again_when_one_is_dropped() {
    let client = limited(2, 16);
    let first = listen(&client, every_list()).await;
    let second = listen(&client, every_list()).await;
    assert_eq!(client.mcp.listeners(), 2);
    assert_full(listen(&client, every_list())).await;
    // Who has a name is not locked out by those who have none.
    let ada = by(&client, "ada").await;
    assert!(ada.is_stream());
    drop((first, ada));
    assert_eq!(client.mcp.listeners(), 1);
    let third = listen(&client, every_list()).await;
    assert!(third.is_stream());
    assert_full(listen(&client, every_list())).await;
    drop((second, third));
    assert_eq!(client.mcp.listeners(), 0);
}

#[tokio::test]
async fn streams_are_limited_for_each_principal_alone() {
    let client = limited(100, 2);
    let mut of_ada = vec![by(&client, "ada").await, by(&client, "ada").await];
    assert_full(by(&client, "ada")).await;
    assert!(by(&client, "bob").await.is_stream(), "another principal");
    let anonymous = [
        listen(&client, every_list()).await,
        listen(&client, every_list()).await,
        listen(&client, every_list()).await,
    ];
    assert!(
        anonymous.iter().all(|reply| reply.is_stream()),
        "nobody in particular"
    );
    of_ada.pop();
    assert!(by(&client, "ada").await.is_stream());
    drop((of_ada, anonymous));
    assert_eq!(client.mcp.listeners(), 0);
}

#[tokio::test]
async fn refused_streams_take_no_place() {
    let client = limited(1, 1);
    for _ in 0..3 {
        let wrong = listen(&client, Value::Null).await;
        assert_eq!(wrong.status, 200);
        let json_alone = listen(&client, every_list()).header("accept", "application/json");
        assert_eq!(json_alone.await.status, 406);
    }
    let taken = by(&client, "ada").await;
    for _ in 0..3 {
        assert_full(by(&client, "ada")).await;
    }
    drop(taken);
    assert!(by(&client, "ada").await.is_stream());
}

#[tokio::test]
async fn several_streams_with_the_same_id_are_independent() {
    let mut client = TestClient::new(everything());
    let (mut tools, _) = open(&client, json!({"toolsListChanged": true})).await;
    let (mut prompts, _) = open(&client, json!({"promptsListChanged": true})).await;
    let (gone, _) = open(&client, json!({"toolsListChanged": true})).await;
    assert_eq!(client.mcp.listeners(), 3);
    drop(gone);
    client.mcp.notifier().tools_changed();
    assert_eq!(heard(&mut client, &mut tools).await, ["tools/list_changed"]);
    let rest = prompts.rest().await;
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert_eq!(rest[0]["id"], 1);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_every_stream_at_once_with_its_result() {
    let mut client = TestClient::new(everything());
    let (mut read, _) = open(&client, every_list()).await;
    let unread = listen(&client, every_list()).await;
    client.mcp.notifier().tools_changed();
    let begun = Instant::now();
    let drained = client.take_guard().shutdown().await;
    let waited = begun.elapsed();
    assert!(
        waited < Duration::from_secs(1),
        "a drain waits for listeners"
    );
    assert_eq!(drained.cut, 0);
    for messages in [read.rest().await, unread.events().rest().await] {
        let end = messages.last().expect("a response");
        assert_eq!(end["id"], 1);
        let result = &end["result"];
        assert_eq!(result["resultType"], "complete");
        let meta = &result["_meta"];
        assert_eq!(meta["io.modelcontextprotocol/subscriptionId"], 1);
        assert_eq!(meta["io.modelcontextprotocol/serverInfo"]["name"], "t");
    }
    assert_full_after_the_end(&client).await;
}

async fn assert_full_after_the_end(client: &TestClient) {
    let reply = listen(client, every_list()).await;
    assert_eq!(reply.status, 503);
    assert!(reply.header("retry-after").is_some());
}

#[tokio::test]
async fn a_dropped_guard_ends_the_streams_too() {
    let mut client = TestClient::new(everything());
    let (mut events, _) = open(&client, every_list()).await;
    drop(client.take_guard());
    yield_now().await;
    let rest = events.rest().await;
    assert_eq!(rest.len(), 1, "{rest:?}");
    assert_eq!(rest[0]["result"]["resultType"], "complete");
}
