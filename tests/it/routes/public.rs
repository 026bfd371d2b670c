//! Routes that are open to everybody.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    body::Bytes,
    extract::State,
    middleware::from_fn,
    routing::{get as on_get, post},
};
use http::{Method, StatusCode};
use mcp_axum::{Refusal, mount::Cors};

use super::{MOUNTS, beside, builder, get, item};
use crate::support::TestClient;

async fn nobody_passes(_: axum::extract::Request, _: axum::middleware::Next) -> StatusCode {
    StatusCode::UNAUTHORIZED
}

#[tokio::test]
async fn nothing_of_the_endpoint_stands_in_front_of_them() {
    for (app, mount) in MOUNTS {
        let asked = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&asked);
        let mcp = builder()
            .body_limit(10)
            .layer(from_fn(nobody_passes))
            .principal(move |_| {
                counter.fetch_add(1, Ordering::SeqCst);
                Err(Refusal::new(StatusCode::UNAUTHORIZED))
            })
            .cors(Cors::origins(["https://chat.example"]))
            .route("/size", post(async |body: Bytes| body.len().to_string()))
            .route("/beside", on_get(beside))
            .route("/items/{id}", on_get(item))
            .build();
        let app = app(&mcp);
        // Not even the lifespan: these are the host's.
        let client = TestClient::undriven(mcp, app, "/");
        let body = vec![b' '; 100_000];
        for (call, expected) in [
            (
                client
                    .raw(Method::POST, body)
                    .path(&format!("{mount}/size")),
                "100000",
            ),
            (
                get(&client, &format!("{mount}/beside")),
                "nobody, 0 sessions",
            ),
            (get(&client, &format!("{mount}/items/a%20b")), "a b"),
        ] {
            let call = call.header("host", "evil.example");
            let reply = call.header("origin", "https://evil.example").await;
            assert_eq!(reply.status, 200, "{mount}: {reply:?}");
            let vary = reply.header("vary");
            assert_eq!(vary, None, "CORS is of the endpoint alone");
            assert_eq!(reply.bytes().await, expected, "{mount}");
        }
        assert_eq!(asked.load(Ordering::SeqCst), 0, "{mount}");
    }
}

#[tokio::test]
async fn they_answer_at_their_own_paths_and_methods_only() {
    let mcp = builder()
        .route("/version", on_get(async || "1"))
        .route("/slash/", on_get(async || "2"))
        .build();
    let app = axum::Router::new()
        .nest("/a", mcp.router())
        .nest_service("/exact", mcp.clone());
    let client = TestClient::mounted(mcp, app, "/");
    for (method, path, status) in [
        (Method::GET, "/a/version", 200),
        (Method::HEAD, "/a/version", 200),
        (Method::POST, "/a/version", 405),
        (Method::GET, "/a/version/", 404),
        (Method::GET, "/a/slash/", 200),
        (Method::GET, "/a/slash", 404),
        (Method::GET, "/version", 404),
        // The plain tower service has one endpoint and no routes.
        (Method::GET, "/exact/version", 404),
    ] {
        let reply = client.raw(method.clone(), "").path(path).await;
        assert_eq!(reply.status, status, "{method} {path}");
    }
}

#[tokio::test]
async fn their_state_is_their_own() {
    let route = on_get(async |State(text): State<&'static str>| text);
    let mcp = builder().route("/state", route.with_state("mine")).build();
    let app = axum::Router::<&'static str>::new()
        .route(
            "/host",
            on_get(async |State(text): State<&'static str>| text),
        )
        .merge(mcp.router())
        .with_state("the host's");
    let client = TestClient::mounted(mcp, app, "/mcp");
    for (path, expected) in [("/state", "mine"), ("/host", "the host's")] {
        assert_eq!(get(&client, path).await.bytes().await, expected);
    }
}
