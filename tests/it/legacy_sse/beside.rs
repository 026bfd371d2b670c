//! Both transports and both eras at once, in one service.

use mcp_axum::{
    Context, McpServer,
    session::{SessionLimits, Sessions},
    tool,
};
use serde_json::{Value, json};

use super::{connect, open, serving, taken};
use crate::{
    lifespan::{self, Hold},
    shutdown::nothing_left,
    support::{SESSIONFUL, TestClient},
};

async fn revision(ctx: Context) -> String {
    ctx.revision().as_str().to_owned()
}

fn text(message: &Value) -> &Value {
    &message["result"]["content"][0]["text"]
}

#[tokio::test]
async fn every_client_is_answered_in_its_own_revision_over_its_own_transport() {
    let server = McpServer::new("b", "1").tool(tool("revision", revision));
    let client = TestClient::with(serving(server).build());
    let mut olds = Vec::new();
    let mut news = Vec::new();
    for revision in SESSIONFUL {
        olds.push((revision, open(&client, revision, json!({})).await));
        news.push((revision, client.open(revision).await));
    }
    assert_eq!(client.mcp.sessions().count(), 8);
    for (revision, old) in &mut olds {
        taken(old.tool("revision")).await;
        assert_eq!(*text(&old.hear().await), *revision);
    }
    for (revision, new) in &news {
        assert_eq!(
            new.tool("revision", json!({})).await.text().await,
            *revision
        );
    }
    let reply = client.tool("revision", json!({})).await;
    assert_eq!(reply.text().await, "2026-07-28");
}

#[tokio::test]
async fn the_same_id_in_flight_everywhere_is_answered_everywhere_and_ends_in_nothing() {
    let hold = Hold::new();
    let mut client = TestClient::with(serving(lifespan::server(&hold)).build());
    let guard = client.take_guard();
    let mcp = client.mcp.clone();
    {
        let mut one = open(&client, "2024-11-05", json!({})).await;
        let mut two = open(&client, "2025-03-26", json!({})).await;
        let new = client.open("2025-11-25").await;
        let message = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
            "params": {"name": "talk", "_meta": {"progressToken": 1}}});
        let stateless = client
            .tool("talk", json!({}))
            .id(json!(2))
            .progress(json!(1))
            .await;
        let streamed = new.post(&message).await;
        for old in [&mut one, &mut two] {
            taken(old.post(&message)).await;
            assert_eq!(old.hear().await["method"], "notifications/progress");
        }
        assert_eq!(mcp.in_flight(), 4);
        hold.release.add_permits(4);
        for old in [&mut one, &mut two] {
            assert_eq!(*text(&old.hear().await), "released");
            old.heard_all().await;
        }
        assert_eq!(stateless.text().await, "released");
        assert_eq!(streamed.text().await, "released");
        assert_eq!(mcp.sessions().count(), 3);
    }
    assert_eq!(
        mcp.sessions().count(),
        1,
        "the one that outlives its connections"
    );
    guard.shutdown().await;
    assert_eq!(mcp.sessions().count(), 0);
    nothing_left(&mcp).await;
}

#[tokio::test]
async fn a_change_is_told_on_every_kind_of_stream() {
    let client = super::client();
    let mut old = open(&client, "2024-11-05", json!({})).await;
    let new = client.open("2025-11-25").await;
    let mut standalone = new.get().await.events();
    let filter = json!({"notifications": {"toolsListChanged": true}});
    let mut listen = client
        .request("subscriptions/listen", filter)
        .await
        .events();
    listen.next().await;
    client.mcp.notifier().tools_changed();
    let changed = "notifications/tools/list_changed";
    assert_eq!(old.hear().await["method"], changed);
    assert_eq!(standalone.next().await.unwrap()["method"], changed);
    assert_eq!(listen.next().await.unwrap()["method"], changed);
    old.heard_all().await;
}

#[tokio::test]
async fn the_mcp_endpoint_stays_as_it_is() {
    let client = super::client();
    let old = connect(&client).await;
    let bare = client
        .raw(http::Method::GET, "")
        .header("accept", "text/event-stream");
    let reply = bare.await;
    assert_eq!(reply.status, 400, "no stream of the old kind opens here");
    let missing = client.older("ping", json!({})).await;
    assert_eq!(
        missing.refusal().await,
        (400, -32600),
        "nor is there a session to guess"
    );
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let queried = client
        .post_older(&ping)
        .path(&old.place.replace("/messages", "/mcp"));
    assert_eq!(queried.await.refusal().await, (400, -32600));
}

#[tokio::test]
async fn where_sessions_are_optional_a_stream_still_is_one() {
    let builder = serving(super::server());
    let sessions = Sessions::Optional(SessionLimits::default());
    let client = TestClient::with(builder.sessions(sessions).build());
    let mut old = open(&client, "2025-06-18", json!({})).await;
    old.heard_all().await;
    let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
    let reply = super::post(&client, "/messages", &ping).await;
    assert_eq!(reply.refusal().await, (400, -32600));
}
