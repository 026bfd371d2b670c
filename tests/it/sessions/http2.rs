//! All streams of a session at once, over one connection of HTTP/2.

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{Request, Version};
use http_body_util::Full;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mcp_axum::McpService;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinHandle};

use super::{NEWEST, call, text_of};
use crate::{
    lifespan::{self, Hold, soon},
    support::{Call, Events, Reply, Session, TestClient, spawn::Spawned, wire::apart},
};

/// The one connection there is.
struct Connection {
    requests: SendRequest<Full<Bytes>>,
    spawned: Spawned,
    task: JoinHandle<hyper::Result<()>>,
}

impl Connection {
    /// Connects with prior knowledge: plain text, and no upgrade.
    async fn open(mcp: &McpService) -> Self {
        let spawned = Spawned::new(Router::new().merge(mcp.router())).await;
        let stream = TcpStream::connect(spawned.address).await;
        let stream = TokioIo::new(stream.expect("a connection"));
        let connection = handshake(TokioExecutor::new(), stream).await;
        let (requests, connection) = connection.expect("HTTP/2");
        Self {
            requests,
            spawned,
            task: tokio::spawn(connection),
        }
    }

    async fn send(&self, call: Call) -> Reply {
        // The host stands in the URI.
        let (mut parts, body) = apart(call.without("host")).await;
        let uri = format!("http://{}{}", self.spawned.address, parts.uri);
        parts.uri = uri.parse().expect("a URI");
        let request = Request::from_parts(parts, Full::new(body));
        let mut requests = self.requests.clone();
        let response = soon(requests.send_request(request)).await;
        let (head, body) = response.expect("a response").into_parts();
        assert_eq!(head.version, Version::HTTP_2);
        Reply {
            status: head.status,
            headers: head.headers,
            body: Body::new(body),
        }
    }

    /// Calls `talk`, which says a word and waits.
    async fn talk(&self, session: &Session<'_>, id: &str) -> Events {
        let mut events = self.send(session.post(&call(id, "talk"))).await.events();
        let word = next(&mut events).await;
        assert_eq!(word["method"], "notifications/progress");
        events
    }
}

async fn next(events: &mut Events) -> Value {
    soon(events.next()).await.expect("the stream goes on")
}

fn service(hold: &Hold) -> McpService {
    let server = lifespan::server(hold).dynamic_tools();
    McpService::new(server)
}

#[tokio::test]
async fn two_calls_and_the_standalone_stream_share_a_connection() {
    let hold = Hold::new();
    let mcp = service(&hold);
    let client = TestClient::with(mcp.clone());
    let connection = Connection::open(&mcp).await;
    let hello = connection.send(client.initialize(NEWEST, json!({}))).await;
    assert!(hello.header("mcp-session-id").is_some());
    let session = client.open(NEWEST).await;

    let mut standalone = connection.send(session.get()).await.events();
    let mut one = connection.talk(&session, "one").await;
    let mut two = connection.talk(&session, "two").await;
    let info = mcp.sessions().list();
    let streams = info.iter().map(|info| (info.streams, info.in_flight));
    assert_eq!(streams.max(), Some((3, 2)), "all are open at once");
    // A short call passes by the open streams.
    let quick = connection.send(session.tool("quick", json!({}))).await;
    assert_eq!(soon(quick.text()).await, "quick");

    mcp.notifier().tools_changed();
    let told = next(&mut standalone).await;
    assert_eq!(told["method"], "notifications/tools/list_changed");
    hold.release.add_permits(2);
    for (events, id) in [(&mut two, "two"), (&mut one, "one")] {
        let rest = soon(events.rest()).await;
        assert_eq!(rest.len(), 1, "nothing of anybody else's: {rest:?}");
        assert_eq!(
            (&rest[0]["id"], text_of(&rest[0])),
            (&json!(id), "released")
        );
    }
    assert_eq!(connection.send(session.delete()).await.status, 204);
    assert_eq!(soon(standalone.rest()).await, [] as [Value; 0]);
    let late = connection.send(session.tool("quick", json!({}))).await;
    assert_eq!(late.status, 404);
    assert!(!connection.task.is_finished(), "the connection lives on");
}

#[tokio::test]
async fn a_stream_that_is_reset_disturbs_no_other_and_is_taken_up_again() {
    let hold = Hold::new();
    let mcp = service(&hold);
    let client = TestClient::with(mcp.clone());
    let connection = Connection::open(&mcp).await;
    let session = client.open(NEWEST).await;
    let mut standalone = connection.send(session.get()).await.events();
    let reset = connection.talk(&session, "reset").await;
    let mut kept = connection.talk(&session, "kept").await;
    drop(reset);
    soon(async {
        while mcp.sessions().list()[0].streams > 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(mcp.in_flight(), 2, "a reset cancels nothing");
    let mut again = connection.send(session.resume("1.1")).await.events();
    hold.release.add_permits(2);
    for (events, id) in [(&mut again, "reset"), (&mut kept, "kept")] {
        let rest = soon(events.rest()).await;
        assert_eq!((&rest[0]["id"], rest.len()), (&json!(id), 1));
        assert_eq!(text_of(&rest[0]), "released");
    }
    mcp.notifier().tools_changed();
    let told = next(&mut standalone).await;
    assert_eq!(told["method"], "notifications/tools/list_changed");
    // The whole connection breaks: the session does not.
    connection.task.abort();
    drop((connection, standalone));
    assert!(super::lives(&session).await);
}
