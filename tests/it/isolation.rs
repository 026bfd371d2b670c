//! Many clients at once, with the same ids and tokens: nobody reads another's messages.

use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use mcp_axum::{
    Args, Context, McpServer, McpService, ToolError,
    protocol::{Level, Sample},
    tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Call, Session, TestClient, spawn::Spawned};

const CLIENTS: usize = 1000;
const IDS: usize = 10;
/// The clients that share one connection.
const SHARING: usize = 200;

/// What only one client knows.
#[derive(Deserialize, JsonSchema)]
struct Secret {
    nonce: String,
    streams: bool,
    #[serde(default)]
    asks: bool,
}

async fn keep(ctx: Context, Args(secret): Args<Secret>) -> Result<String, ToolError> {
    if secret.streams {
        for step in 1..=3_u32 {
            ctx.progress(f64::from(step), None, Some(&secret.nonce));
            tokio::task::yield_now().await;
            ctx.log(Level::Info, &secret.nonce);
        }
    }
    tokio::task::yield_now().await;
    if secret.asks {
        // The answer comes in by a request of its own, under an id that the server chose.
        let question = Sample::new(1).user(secret.nonce);
        let answer = ctx.sample("nonce", &question).await?;
        return Ok(answer.text().unwrap_or_default().to_owned());
    }
    Ok(secret.nonce)
}

fn service() -> McpService {
    let server = McpServer::new("isolation", "1").dynamic_resources();
    McpService::new(server.tool(tool("keep", keep)))
}

fn nonce(client: usize, id: usize) -> String {
    format!("<nonce {client} of {id}>")
}

/// The call with the same id and token from every client.
fn call(client: &TestClient, number: usize, id: usize) -> Call {
    let streams = (number + id) % 2 == 0;
    let arguments = json!({"nonce": nonce(number, id), "streams": streams});
    client
        .tool("keep", arguments)
        .id(json!(id))
        .progress(json!("token"))
        .meta("io.modelcontextprotocol/logLevel", json!("debug"))
}

/// Asserts that every message is this client's, and says how many there were.
fn all_own(messages: &[Value], client: usize, id: usize) -> usize {
    for message in messages {
        let text = message.to_string();
        assert!(text.contains(&nonce(client, id)), "{text}");
        assert_eq!(text.matches("<nonce").count(), 1, "{text}");
    }
    let last = messages.last().expect("an answer");
    assert_eq!(last["id"], id);
    assert!(last["result"].is_object(), "{last}");
    messages.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_clients_with_the_same_ids_read_their_own_messages_only() {
    let client = TestClient::with(service());
    let clients = (0..CLIENTS).map(|number| {
        let calls: Vec<_> = (0..IDS).map(|id| call(&client, number, id)).collect();
        tokio::spawn(async move {
            let calls = calls.into_iter().enumerate().map(|(id, call)| async move {
                let reply = call.await;
                let messages = match reply.is_stream() {
                    true => reply.events().rest().await,
                    false => vec![reply.message().await],
                };
                all_own(&messages, number, id)
            });
            join_all(calls).await.into_iter().sum::<usize>()
        })
    });
    let counts = join_all(clients).await.into_iter().map(Result::unwrap);
    // Half of the calls stream six messages ahead of their answer.
    assert_eq!(counts.sum::<usize>(), CLIENTS * IDS / 2 * (7 + 1));
}

/// The revisions whose every message can carry a nonce.
const REVISIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];

/// Calls with an id that every other client uses at the same time.
async fn call_in(session: &Session<'_>, number: usize, id: usize) -> usize {
    let streams = (number + id) % 5 == 0;
    let arguments = json!({"nonce": nonce(number, id), "streams": streams, "asks": streams});
    let params = json!({
        "name": "keep", "arguments": arguments, "_meta": {"progressToken": "token"},
    });
    let call = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params});
    let reply = session.post(&call).await;
    if !reply.is_stream() {
        return all_own(&[reply.message().await], number, id);
    }
    let (mut events, mut messages) = (reply.events(), Vec::new());
    while let Some(message) = events.next().await {
        if message["method"] == "sampling/createMessage" {
            let content = json!({"type": "text", "text": nonce(number, id)});
            let answer = json!({"role": "assistant", "content": content, "model": "m"});
            assert_eq!(session.answer(&message, answer).await.status, 202);
        }
        messages.push(message);
    }
    all_own(&messages, number, id)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_sessions_with_the_same_ids_read_their_own_messages_only() {
    let client = Arc::new(TestClient::with(service()));
    let clients = (0..CLIENTS).map(|number| {
        let client = Arc::clone(&client);
        tokio::spawn(async move {
            let revision = REVISIONS[number % REVISIONS.len()];
            let session = client.open_with(revision, json!({"sampling": {}})).await;
            let calls = (0..IDS).map(|id| call_in(&session, number, id));
            join_all(calls).await.into_iter().sum::<usize>()
        })
    });
    let counts = join_all(clients).await.into_iter().map(Result::unwrap);
    // One call in five streams six messages and a question ahead of its answer.
    assert_eq!(counts.sum::<usize>(), CLIENTS * IDS / 5 * (8 + 4));
    assert_eq!(client.mcp.sessions().count(), CLIENTS);
}

/// The resource that only one client knows of.
fn own_resource(number: usize) -> String {
    format!("note://{}", nonce(number, 0))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_sessions_hear_of_the_resource_they_asked_for_only() {
    let client = Arc::new(TestClient::with(service()));
    let listening = (0..CLIENTS).map(|number| {
        let client = Arc::clone(&client);
        tokio::spawn(async move {
            let session = client.open(REVISIONS[number % REVISIONS.len()]).await;
            let uri = json!({"uri": own_resource(number)});
            let reply = session.request("resources/subscribe", uri).await;
            assert_eq!(reply.status, 200);
            session.get().await.events()
        })
    });
    let streams: Vec<_> = join_all(listening).await;
    for number in 0..CLIENTS {
        client.mcp.notifier().resource_updated(own_resource(number));
    }
    assert_eq!(client.mcp.sessions().close_all(), CLIENTS);
    for (number, events) in streams.into_iter().enumerate() {
        let told = events.unwrap().rest().await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0]["params"]["uri"], own_resource(number));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_over_one_connection_of_http_2() {
    let mcp = service();
    let client = TestClient::with(mcp.clone());
    let spawned = Spawned::new(Router::new().merge(mcp.router())).await;
    let h2: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let calls = (0..SHARING).map(|number| {
        let id = number % 2;
        let (parts, body) = call(&client, number, id)
            .without("host")
            .build()
            .1
            .into_parts();
        let (h2, address) = (h2.clone(), spawned.address);
        tokio::spawn(async move {
            let body = body.collect().await.unwrap().to_bytes();
            let mut request = http::Request::from_parts(parts, Full::new(body));
            *request.uri_mut() = format!("http://{address}/mcp").parse().unwrap();
            let response = h2.request(request).await.unwrap();
            assert_eq!(response.version(), http::Version::HTTP_2);
            assert_eq!(response.status(), 200);
            let text = response.into_body().collect().await.unwrap().to_bytes();
            let text = std::str::from_utf8(&text).unwrap();
            let data = text
                .lines()
                .map(|line| line.strip_prefix("data: ").unwrap_or(line));
            let messages = data.filter(|line| line.starts_with('{'));
            let messages: Vec<Value> = messages
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            all_own(&messages, number, id);
        })
    });
    for call in join_all(calls).await {
        call.unwrap();
    }
}
