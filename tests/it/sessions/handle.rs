//! What the host sees of the sessions, and may do to them.

use mcp_axum::{McpService, session::Sessions};
use serde_json::json;
use tokio::time::sleep;

use super::{NEWEST, answered, begun, call, client, lives, log_in, open_as, ping_as, seconds};
use crate::{
    lifespan::{self, Hold, soon},
    support::{SESSIONFUL, TestClient},
};

#[tokio::test(start_paused = true)]
async fn a_session_is_listed_with_all_there_is_to_know() {
    let hold = Hold::new();
    let client = TestClient::with(lifespan::builder(&hold).principal(log_in).build());
    let sessions = client.mcp.sessions();
    assert!(sessions.list().is_empty());
    let id = open_as(&client, "ada").await;
    sleep(seconds(10)).await;
    let [info] = &sessions.list()[..] else {
        panic!("one session");
    };
    assert_eq!(info.id, id);
    assert_eq!(info.revision.as_str(), NEWEST);
    let card = info.client.as_ref().expect("a name card");
    assert_eq!((&*card.name, &*card.version), ("test", "1"));
    assert_eq!(info.principal.as_deref(), Some("ada"));
    assert_eq!((info.age, info.idle), (seconds(10), seconds(10)));
    assert_eq!((info.in_flight, info.streams), (0, 0));

    let post = client.post_older(&call(1, "talk")).header("x-user", "ada");
    let stream = post.header("mcp-session-id", &id).await;
    hold.begun().await;
    sleep(seconds(5)).await;
    let info = &sessions.list()[0];
    assert_eq!(
        (info.age, info.idle),
        (seconds(15), seconds(0)),
        "it is in use"
    );
    assert_eq!((info.in_flight, info.streams), (1, 1));
    hold.release.add_permits(1);
    stream.text().await;
    sleep(seconds(2)).await;
    let info = &sessions.list()[0];
    assert_eq!(
        (info.idle, info.in_flight, info.streams),
        (seconds(2), 0, 0)
    );
}

#[tokio::test]
async fn a_client_without_a_name_is_listed_without_one() {
    let client = client(&Hold::new());
    let params = json!({"protocolVersion": NEWEST, "capabilities": {}, "clientInfo": {}});
    assert_eq!(client.older("initialize", params).await.status, 200);
    let info = &client.mcp.sessions().list()[0];
    assert!(info.client.is_none() && info.principal.is_none());
}

#[tokio::test]
async fn what_is_listed_does_not_print_the_id_or_the_principal() {
    let client = TestClient::with(lifespan::builder(&Hold::new()).principal(log_in).build());
    let id = open_as(&client, "ada@example.org").await;
    let sessions = client.mcp.sessions();
    let text = format!("{sessions:?} {:?} {:?}", sessions.list(), client.mcp);
    for secret in [&*id, &id[2..24], "ada@example.org"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn closing_one_ends_it_and_what_it_runs_and_no_other() {
    let hold = Hold::new();
    let client = client(&hold);
    let (one, other) = (client.open(NEWEST).await, client.open(NEWEST).await);
    let running = begun(one.post(&call(1, "hold")), &hold).await;
    let mut stream = one.get().await.events();
    let sessions = client.mcp.sessions();
    let id = one.id.clone().unwrap();
    for (id, closed) in [("forged", false), (&*id, true), (&*id, false), ("", false)] {
        assert_eq!(sessions.close(id), closed, "{id}");
    }
    let message = answered(running).await.message().await;
    assert_eq!(message["error"]["code"], -32603);
    assert!(soon(stream.rest()).await.is_empty());
    assert!(!lives(&one).await);
    assert!(lives(&other).await);
    assert_eq!(sessions.count(), 1);
}

#[tokio::test]
async fn those_that_are_picked_are_closed() {
    let client = TestClient::with(lifespan::builder(&Hold::new()).principal(log_in).build());
    let mut ids = Vec::new();
    for user in ["ada", "eve", "ada"] {
        ids.push((user, open_as(&client, user).await));
    }
    let sessions = client.mcp.sessions();
    let of_ada = |info: &mcp_axum::session::SessionInfo| info.principal.as_deref() == Some("ada");
    assert_eq!(sessions.close_where(of_ada), 2);
    assert_eq!(sessions.close_where(of_ada), 0);
    for (user, id) in &ids {
        let expected = if *user == "ada" { 404 } else { 200 };
        assert_eq!(
            ping_as(&client, Some(user), id).await.status,
            expected,
            "{user}"
        );
    }
    // A place that was taken is free again.
    assert_eq!(sessions.count(), 1);
    open_as(&client, "ada").await;
    assert_eq!(sessions.count(), 2);
}

#[tokio::test]
async fn all_are_closed_and_new_ones_open() {
    let client = client(&Hold::new());
    let mut open = Vec::new();
    for revision in SESSIONFUL {
        open.push(client.open(revision).await);
    }
    let sessions = client.mcp.sessions();
    assert_eq!(sessions.close_all(), 4);
    assert_eq!((sessions.close_all(), sessions.count()), (0, 0));
    for session in &open {
        assert!(!lives(session).await, "{}", session.revision);
    }
    assert!(lives(&client.open(NEWEST).await).await);
}

#[tokio::test]
async fn without_sessions_there_is_nothing_to_see_or_close() {
    let server = || lifespan::server(&Hold::new());
    let off = McpService::builder(server())
        .sessions(Sessions::Off)
        .build();
    for client in [TestClient::with(off), TestClient::stateless_only(server())] {
        let sessions = client.mcp.sessions();
        client.initialize(NEWEST, json!({})).await;
        assert_eq!((sessions.count(), sessions.list().len()), (0, 0));
        assert_eq!(
            (sessions.close_all(), sessions.close_where(|_| true)),
            (0, 0)
        );
        assert!(!sessions.close("1.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAA"));
    }
}

#[tokio::test]
async fn when_the_lifespan_ends_there_are_none() {
    let hold = Hold::new();
    for drains in [true, false] {
        let mut client = client(&hold);
        client.open(NEWEST).await;
        let guard = client.take_guard();
        if drains {
            guard.shutdown().await;
        } else {
            drop(guard);
            tokio::task::yield_now().await;
        }
        assert_eq!(client.mcp.sessions().count(), 0, "drains: {drains}");
    }
}
