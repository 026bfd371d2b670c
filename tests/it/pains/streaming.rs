//! P11, P12 and P16: streams behind proxies and layers, and clients that leave.

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn},
};
use http::{Method, StatusCode};
use mcp_axum::{
    Context, McpServer, McpService, McpServiceBuilder,
    session::{SessionLimits, Sessions},
    tool,
};
use serde_json::json;
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout},
};
use tower_http::{
    compression::CompressionLayer,
    cors::CorsLayer,
    limit::RequestBodyLimitLayer,
    timeout::{ResponseBodyTimeoutLayer, TimeoutLayer},
    trace::TraceLayer,
};

use super::{ERAS, SESSIONFUL, reporting};
use crate::{
    lifespan::{self, Hold, soon},
    support::{
        Call, TestClient,
        client::REVISION,
        spawn::Spawned,
        wire::{Wire, text_of},
    },
};

/// Every request that is answered by a stream.
async fn streams(client: &TestClient) -> Vec<(&'static str, Call)> {
    let filter = json!({"notifications": {"toolsListChanged": true}});
    let sse = |call: Call| call.header("accept", "text/event-stream");
    let session = client.open(SESSIONFUL).await;
    let talked = session.request(
        "tools/call",
        json!({"name": "talk", "_meta": {"progressToken": 1}}),
    );
    // A stream to come back to: the first of the session.
    drop(talked.await);
    vec![
        ("a call", reporting(client, REVISION, "talk").await),
        (
            "a call in a session",
            reporting(client, SESSIONFUL, "talk").await,
        ),
        ("a silent call", sse(client.tool("hold", json!({})))),
        ("a list", client.request("subscriptions/listen", filter)),
        ("the stream of a session", session.get()),
        ("a stream again", session.resume("1.0")),
        ("HTTP+SSE", client.raw(Method::GET, "").path("/sse")),
    ]
}

#[tokio::test(start_paused = true)]
async fn p11_every_stream_begins_at_once_forbids_buffering_and_is_never_silent_for_long() {
    for (set, gap) in [
        (
            (|mcp| mcp) as fn(McpServiceBuilder) -> McpServiceBuilder,
            15,
        ),
        (|mcp| mcp.keep_alive(Duration::from_secs(5)), 5),
    ] {
        let mcp = lifespan::builder(&Hold::new()).legacy_sse();
        let client = TestClient::with(set(mcp).build());
        for (what, call) in streams(&client).await {
            let began = Instant::now();
            let mut reply = call.await;
            assert!(reply.is_stream(), "{what}: {reply:?}");
            for (name, value) in [
                ("x-accel-buffering", "no"),
                ("cache-control", "no-cache, no-transform"),
            ] {
                assert_eq!(reply.header(name), Some(value), "{what}");
            }
            assert!(reply.frame_now().is_some(), "{what}: no byte at once");
            assert_eq!(began.elapsed(), Duration::ZERO, "{what}");
            // Whatever was said already is read; then comments keep the line open.
            while reply.frame_now().is_some() {}
            for comment in 1..=20 / gap {
                let frame = reply.frame().await.expect("a comment");
                assert_eq!(frame, ": keep-alive\n\n", "{what}");
                assert_eq!(began.elapsed(), Duration::from_secs(gap * comment));
            }
        }
    }
}

type Wrap = fn(Router) -> Router;

const LONG: Duration = Duration::from_secs(60);

const LAYERS: [(&str, Wrap); 7] = [
    ("compression", |app| app.layer(CompressionLayer::new())),
    ("timeout", |app| {
        let status = StatusCode::REQUEST_TIMEOUT;
        app.layer(TimeoutLayer::with_status_code(status, LONG))
    }),
    ("gaps", |app| app.layer(ResponseBodyTimeoutLayer::new(LONG))),
    ("body limit", |app| {
        app.layer(RequestBodyLimitLayer::new(9999))
    }),
    ("trace", |app| app.layer(TraceLayer::new_for_http())),
    ("cors", |app| app.layer(CorsLayer::permissive())),
    ("from_fn", |app| {
        app.layer(from_fn(async |request: Request, next: Next| {
            next.run(request).await
        }))
    }),
];

#[tokio::test]
async fn p12_under_ordinary_middleware_a_stream_arrives_event_by_event_and_ends() {
    for (name, wrap) in LAYERS {
        let hold = Hold::new();
        let mcp = lifespan::builder(&hold).build();
        let app = wrap(Router::new().nest("/n", mcp.router()));
        let client = TestClient::mounted(mcp, app, "/n/mcp");
        for revision in ERAS {
            let call = reporting(&client, revision, "talk").await;
            let reply = soon(call.header("accept-encoding", "gzip").into_future()).await;
            let mut events = reply.events();
            // The handler goes on only when its first word has arrived.
            let said = soon(events.next()).await.expect("progress");
            assert_eq!(said["method"], "notifications/progress", "{name}");
            hold.release.add_permits(1);
            let answer = soon(events.next()).await.expect("the answer");
            let text = &answer["result"]["content"][0]["text"];
            assert_eq!(text, "released", "{name} in {revision}");
            assert_eq!(soon(events.next()).await, None, "{name} in {revision}");
        }
        let session = client.open(SESSIONFUL).await;
        let mut events = session.get().await.events();
        assert_eq!(session.delete().await.status, 204, "{name}");
        assert_eq!(soon(events.next()).await, None, "{name}: it ends");
    }
}

/// What becomes of calls whose client leaves.
#[derive(Clone)]
struct Ends {
    hold: Hold,
    /// One permit for each call that was given up.
    told: Arc<Semaphore>,
    finished: Arc<AtomicUsize>,
}

impl Ends {
    fn new() -> Self {
        Self {
            hold: Hold::new(),
            told: Arc::new(Semaphore::new(0)),
            finished: Arc::default(),
        }
    }

    /// Waits until a call was given up.
    async fn told(&self) {
        self.told.acquire().await.expect("open").forget();
    }
}

/// Waits, and has somebody else watch whether it is given up.
async fn work(State(ends): State<Ends>, ctx: Context) -> &'static str {
    let (mut cancellation, told) = (ctx.cancellation(), Arc::clone(&ends.told));
    tokio::spawn(async move {
        cancellation.cancelled().await;
        told.add_permits(1);
    });
    ctx.progress(1.0, None, None);
    ends.hold.begun.add_permits(1);
    let release = ends.hold.release.acquire().await;
    release.expect("open").forget();
    ends.finished.fetch_add(1, Ordering::SeqCst);
    "done"
}

fn working(ends: &Ends, sessions: Sessions) -> McpService {
    let server = McpServer::new("leaving", "1").tool(tool("work", work));
    let mcp = McpService::builder(server.with_state(ends.clone()));
    mcp.sessions(sessions).build()
}

fn detached(handlers: usize) -> Sessions {
    Sessions::InMemory(SessionLimits::default().detached(handlers))
}

#[tokio::test]
async fn p16_a_client_that_leaves_cancels_unless_it_has_a_session_to_come_back_to() {
    for (what, sessions, revision, goes_on) in [
        ("stateless", Sessions::default(), REVISION, false),
        ("in a session", Sessions::default(), SESSIONFUL, true),
        ("in one that may not", detached(0), SESSIONFUL, false),
        ("without sessions", Sessions::Off, SESSIONFUL, false),
    ] {
        for accept in ["application/json", "text/event-stream"] {
            let ends = Ends::new();
            let mcp = working(&ends, sessions.clone());
            let client = TestClient::with(mcp.clone());
            let spawned = Spawned::new(mcp.router()).await;
            let call = reporting(&client, revision, "work").await;
            let mut wire = Wire::connect(spawned.address).await;
            wire.send(text_of(call.header("accept", accept)).await)
                .await;
            ends.hold.begun().await;
            soon(wire.hang_up()).await;

            match goes_on {
                true => {
                    assert_eq!(mcp.in_flight(), 1, "{what} {accept}");
                    ends.hold.release.add_permits(1);
                }
                false => soon(ends.told()).await,
            }
            while mcp.in_flight() > 0 {
                tokio::task::yield_now().await;
            }
            let finished = ends.finished.load(Ordering::SeqCst);
            assert_eq!(finished, usize::from(goes_on), "{what} {accept}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn p16_in_a_session_a_call_outlives_its_client_for_a_bounded_time() {
    let ends = Ends::new();
    let client = TestClient::with(working(&ends, Sessions::default()));
    let stream = reporting(&client, SESSIONFUL, "work").await.await;
    assert!(stream.is_stream());
    let left = Instant::now();
    drop(stream);
    let hour = Duration::from_secs(60 * 60);
    let told = timeout(hour, ends.told()).await;
    assert!(told.is_ok(), "it runs for ever");
    assert_eq!(left.elapsed(), Duration::from_secs(5 * 60));
    assert_eq!(ends.finished.load(Ordering::SeqCst), 0);
}
