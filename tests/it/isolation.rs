//! Many clients at once, with the same ids and tokens: nobody reads another's messages.

use axum::Router;
use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use mcp_axum::{Args, Context, McpServer, McpService, protocol::Level, tool};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Call, TestClient, spawn::Spawned};

const CLIENTS: usize = 200;
const IDS: usize = 5;

/// What only one client knows.
#[derive(Deserialize, JsonSchema)]
struct Secret {
    nonce: String,
    streams: bool,
}

async fn keep(ctx: Context, Args(secret): Args<Secret>) -> String {
    if secret.streams {
        for step in 1..=3_u32 {
            ctx.progress(f64::from(step), None, Some(&secret.nonce));
            tokio::task::yield_now().await;
            ctx.log(Level::Info, &secret.nonce);
        }
    }
    tokio::task::yield_now().await;
    secret.nonce
}

fn service() -> McpService {
    McpService::new(McpServer::new("isolation", "1").tool(tool("keep", keep)))
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
async fn two_hundred_clients_with_the_same_ids_read_their_own_messages_only() {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_over_one_connection_of_http_2() {
    let mcp = service();
    let client = TestClient::with(mcp.clone());
    let spawned = Spawned::new(Router::new().merge(mcp.router())).await;
    let h2: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let calls = (0..CLIENTS).map(|number| {
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
