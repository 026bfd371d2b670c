//! P8 and P17: sessions that pile up, and what their end takes along.

use std::{
    future::IntoFuture,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::extract::State;
use http::{Method, request::Parts};
use mcp_axum::{
    McpServer, McpService, McpServiceBuilder, Principal, Refusal,
    session::{SessionLimits, Sessions},
    tool,
};
use serde_json::json;
use tokio::time::sleep;

use super::{ERAS, SESSIONFUL, call};
use crate::{
    lifespan::{self, Hold, soon},
    support::{Call, Reply, Session, TestClient},
};

const MINUTE: Duration = Duration::from_secs(60);

/// A login that believes `x-user`; whoever does not say is anonymous.
fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let user = parts.headers.get("x-user");
    let user = user.and_then(|user| user.to_str().ok());
    Ok(user.map(Principal::new))
}

fn limited(hold: &Hold, limits: SessionLimits) -> TestClient {
    let mcp = lifespan::builder(hold).principal(log_in);
    TestClient::with(mcp.sessions(Sessions::InMemory(limits)).build())
}

/// Whether a session is still there; that it is asked for counts as its use.
async fn lives(session: &Session<'_>) -> bool {
    let ping = session.request("ping", json!({})).await;
    match ping.status.as_u16() {
        200 => true,
        404 => false,
        status => panic!("neither there nor gone: {status}"),
    }
}

#[tokio::test]
async fn p08_a_request_that_is_refused_leaves_no_session() {
    let client = limited(&Hold::new(), SessionLimits::default());
    let hello = || client.initialize(SESSIONFUL, json!({}));
    let incomplete = json!({"protocolVersion": SESSIONFUL});
    let refused: Vec<Call> = vec![
        hello().header("host", "evil.example"),
        hello().header("origin", "https://evil.example"),
        hello().header("accept", "text/html"),
        hello().header("content-type", "text/plain"),
        hello().raw_body("{"),
        client.older("initialize", incomplete),
        client.older("initialize", json!([])),
        client.older("tools/list", json!({})),
        client.raw(Method::GET, ""),
        client.raw(Method::HEAD, ""),
        client.raw(Method::OPTIONS, ""),
        client.raw(Method::DELETE, ""),
    ];
    for call in refused {
        let reply = call.await;
        assert_eq!(reply.header("mcp-session-id"), None, "{reply:?}");
        assert_eq!(client.mcp.sessions().count(), 0, "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn p08_a_session_is_idle_from_the_end_of_its_last_request_and_an_open_get_holds_it() {
    let hold = Hold::new();
    let client = limited(&hold, SessionLimits::default());
    let idle = client.open(SESSIONFUL).await;
    let held = client.open(SESSIONFUL).await;
    let busy = client.open(SESSIONFUL).await;
    let get = held.get().await;
    let work = busy.tool("hold", json!({}));
    let work = work.header("accept", "application/json");
    let running = tokio::spawn(work.into_future());
    hold.begun().await;
    sleep(30 * MINUTE).await;
    assert!(!lives(&idle).await, "nobody used it");
    assert_eq!(client.mcp.sessions().count(), 2);
    hold.release.add_permits(1);
    let answer = soon(running).await.expect("no panic");
    assert_eq!(answer.text().await, "released");
    // The half hour of both begins now.
    drop(get);
    sleep(29 * MINUTE).await;
    assert!(lives(&held).await && lives(&busy).await);
    sleep(30 * MINUTE).await;
    assert!(!lives(&held).await && !lives(&busy).await);
    assert_eq!(client.mcp.sessions().count(), 0);
}

/// Opens a session, a moment after whatever came before.
async fn open(client: &TestClient, user: Option<&str>) -> Reply {
    sleep(Duration::from_millis(2)).await;
    let hello = client.initialize(SESSIONFUL, json!({}));
    match user {
        Some(user) => hello.header("x-user", user).await,
        None => hello.await,
    }
}

/// Asks for the session that a reply has opened.
async fn ping(client: &TestClient, user: Option<&str>, opened: &Reply) -> u16 {
    let id = opened.header("mcp-session-id").expect("an id");
    let ping = client.older("ping", json!({})).header("mcp-session-id", id);
    let ping = match user {
        Some(user) => ping.header("x-user", user).await,
        None => ping.await,
    };
    ping.status.as_u16()
}

#[tokio::test(start_paused = true)]
async fn p08_at_a_cap_the_session_that_is_idle_longest_gives_way() {
    let limits = SessionLimits::default;
    let (ada, eve) = (Some("ada"), Some("eve"));
    for (what, limits, users) in [
        ("of all", limits().total(2), [ada, eve, Some("bob")]),
        ("of one caller", limits().per_principal(2), [ada; 3]),
        ("of strangers", limits().anonymous(2), [None; 3]),
    ] {
        let client = limited(&Hold::new(), limits);
        // Neither has anything to do with strangers.
        let other = users[0].is_none().then_some("zoe");
        let apart = open(&client, other).await;
        let first = open(&client, users[0]).await;
        let second = open(&client, users[1]).await;
        sleep(Duration::from_millis(2)).await;
        assert_eq!(ping(&client, users[0], &first).await, 200, "{what}");
        let third = open(&client, users[2]).await;
        assert_eq!(client.mcp.sessions().count(), 3, "{what}");
        for (user, session, status) in [
            (users[0], first, 200),
            (users[1], second, 404),
            (users[2], third, 200),
            (other, apart, 200),
        ] {
            let found = ping(&client, user, &session).await;
            assert_eq!(found, status, "{what}: {user:?}");
        }
    }
}

#[tokio::test]
async fn p08_when_no_session_is_idle_a_new_one_is_told_to_wait_and_nobody_is_cut() {
    let hold = Hold::new();
    let client = limited(&hold, SessionLimits::default().anonymous(1));
    let session = client.open(SESSIONFUL).await;
    let get = session.get().await;
    let full = client.initialize(SESSIONFUL, json!({})).await;
    assert!(full.header("retry-after").is_some(), "{full:?}");
    assert_eq!(full.refusal().await, (503, -32603));
    assert!(lives(&session).await);
    drop(get);
    client.open(SESSIONFUL).await;
}

#[tokio::test]
async fn p08_the_end_of_a_session_aborts_what_it_owns_and_the_gauge_follows() {
    let hold = Hold::new();
    let mcp = lifespan::builder(&hold).health("/health").build();
    let client = TestClient::with(mcp.clone());
    for what in ["DELETE", "the host"] {
        let session = client.open(SESSIONFUL).await;
        let talk = json!({"name": "talk", "_meta": {"progressToken": 1}});
        let running = session.request("tools/call", talk).await;
        hold.begun().await;
        let get = session.get().await;
        assert_eq!((gauge(&client).await, mcp.in_flight()), (1, 1), "{what}");
        match what {
            "DELETE" => assert_eq!(session.delete().await.status, 204),
            _ => assert_eq!(mcp.sessions().close_all(), 1),
        }
        assert_eq!(gauge(&client).await, 0, "{what}");
        let told = soon(running.events().rest()).await;
        assert!(told.last().expect("an end")["error"].is_object(), "{what}");
        assert!(soon(get.events().rest()).await.is_empty(), "{what}");
        assert_eq!(mcp.in_flight(), 0, "{what}");
    }
}

/// Reads how many sessions the health route counts.
async fn gauge(client: &TestClient) -> u64 {
    let health = client.raw(Method::GET, "").path("/health").await;
    let message = health.message().await;
    message["sessions"].as_u64().expect("a number")
}

/// What the host shares: it is closed when the last who holds it is gone.
#[derive(Clone)]
struct Pool(Arc<Open>);

struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn look(State(Pool(pool)): State<Pool>) -> String {
    format!("closed {} times", pool.0.load(Ordering::SeqCst))
}

/// Counts how often the hooks of a service run.
fn hooked(builder: McpServiceBuilder, ran: &Arc<Mutex<Vec<&'static str>>>) -> McpServiceBuilder {
    let note = |word: &'static str| {
        let ran = Arc::clone(ran);
        move || {
            ran.lock().expect("no panic").push(word);
            async { Ok(()) }
        }
    };
    let (start, stop) = (note("started"), note("stopped"));
    builder.on_start(start).on_shutdown(stop)
}

#[tokio::test(start_paused = true)]
async fn p17_the_state_is_the_hosts_and_no_end_of_a_session_closes_it() {
    let (closed, ran) = (Arc::default(), Arc::default());
    let pool = Pool(Arc::new(Open(Arc::clone(&closed))));
    let server = McpServer::new("pool", "1").tool(tool("look", look));
    let builder = McpService::builder(server.with_state(pool)).legacy_sse();
    let mut client = TestClient::with(hooked(builder, &ran).build());

    let deleted = client.open(SESSIONFUL).await;
    assert_eq!(deleted.delete().await.status, 204);
    client.open(SESSIONFUL).await;
    sleep(31 * MINUTE).await;
    client.open(SESSIONFUL).await;
    client.mcp.sessions().close_all();
    drop(client.raw(Method::GET, "").path("/sse").await);
    sleep(MINUTE).await;
    assert_eq!(client.mcp.sessions().count(), 0, "each ended its own way");

    for revision in ERAS {
        let look = call(&client, revision, "look").await;
        assert_eq!(look.await.text().await, "closed 0 times");
    }
    assert_eq!(*ran.lock().unwrap(), ["started"]);
    client.take_guard().shutdown().await;
    assert_eq!(*ran.lock().unwrap(), ["started", "stopped"]);
    drop(client);
    assert_eq!(closed.load(Ordering::SeqCst), 1, "with the service");
}
