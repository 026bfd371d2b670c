//! P1 to P3: a lifespan that was forgotten, and paths that nobody expected.

use std::future::pending;

use axum::Router;
use http::{Method, StatusCode};
use mcp_axum::{Lifespan, McpService};
use serde_json::json;

use super::{ERAS, SESSIONFUL, call, server};
use crate::{
    mounting,
    support::{Call, Log, Reply, TestClient, client::REVISION},
};

/// A way to mount a service, and the URL that it promises.
type Recipe = (&'static str, fn(&McpService) -> Router, &'static str);

const RECIPES: [Recipe; 4] = [
    ("merge", |mcp| Router::new().merge(mcp.router()), "/mcp"),
    (
        "nest",
        |mcp| Router::new().nest("/mcp-server", mcp.router()),
        "/mcp-server/mcp",
    ),
    (
        "mount",
        |mcp| Router::new().merge(mcp.mount("/mcp-server")),
        "/mcp-server/mcp",
    ),
    (
        "nest_service",
        |mcp| Router::new().nest_service("/api/mcp", mcp.clone()),
        "/api/mcp",
    ),
];

/// Reads a 503, which says when to come back; returns what else it says.
async fn unavailable(reply: Reply, what: &str) -> String {
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{what}");
    assert!(reply.header("retry-after").is_some(), "{what}");
    let error = reply.error().await;
    error["message"].as_str().expect("a message").to_owned()
}

/// The first request of this or that client.
fn firsts(client: &TestClient) -> [(&'static str, Call); 4] {
    [
        ("a call", client.tool("echo", json!({"text": "x"}))),
        ("initialize", client.initialize(SESSIONFUL, json!({}))),
        ("a stream", client.raw(Method::GET, "")),
        ("nonsense", client.post("not JSON")),
    ]
}

#[tokio::test]
async fn p01_the_minimal_program_without_a_lifespan_is_told_what_to_write_on_its_first_request() {
    let log = Log::capture();
    for (number, mount) in mounting::mounts().into_iter().enumerate() {
        let mcp = McpService::new(server());
        let app = (mount.app)(&mcp);
        let client = TestClient::undriven(mcp, app, mount.answers[0]);
        for (what, first) in firsts(&client) {
            let told = unavailable(first.await, what).await;
            for cure in ["mcp.lifespan().run(signal)", "with_graceful_shutdown"] {
                assert!(told.contains(cure), "{}: {what}: {told}", mount.name);
            }
        }
        let logged = log.lines_with("lifespan is not driven").len();
        assert_eq!(logged, number + 1, "{}: once", mount.name);
    }
}

#[tokio::test]
async fn p01_health_is_no_greener_than_the_service() {
    let mcp = McpService::builder(server()).health("/health").build();
    let app = Router::new().nest("/n", mcp.router());
    let client = TestClient::undriven(mcp.clone(), app, "/n/mcp");
    let health = || client.raw(Method::GET, "").path("/n/health");
    let echo = || client.tool("echo", json!({"text": "x"}));
    // A service may be driven again: the next run is the next life.
    for before in ["not driven", "closed"] {
        let reply = health().await;
        assert_eq!(reply.status, 503, "{before}");
        assert_eq!(reply.message().await["status"], before);
        unavailable(echo().await, before).await;

        let guard = mcp.lifespan().start();
        assert_eq!(echo().await.text().await, "x");
        let reply = health().await;
        assert_eq!(reply.status, 200, "driven");
        assert_eq!(reply.message().await["status"], "ok");

        guard.shutdown().await;
        unavailable(echo().await, "after shutdown").await;
    }
}

#[test]
fn p01_constructors_spawn_nothing_and_work_outside_a_runtime() {
    let mcp = McpService::builder(server()).legacy_sse().build();
    let _: [Router; 2] = [mcp.router(), mcp.mount("/mcp-server")];
    let lifespans = [mcp, McpService::new(server())].map(|mcp| mcp.lifespan());
    drop(Lifespan::join(lifespans).run(pending::<()>()));
}

#[test]
#[expect(unused_must_use, reason = "the compiler's warning is what is tested")]
fn p01_a_lifespan_that_is_not_driven_is_a_warning_of_the_compiler() {
    McpService::new(server()).lifespan();
}

#[tokio::test]
async fn p02_each_recipe_serves_at_the_url_that_it_promises_and_the_service_knows_it() {
    for revision in ERAS {
        for (name, app, path) in RECIPES {
            let log = Log::capture();
            let mcp = McpService::new(server());
            let client = TestClient::mounted(mcp.clone(), app(&mcp), path);
            let doubled = call(&client, revision, "echo").await;
            let doubled = doubled.path(&format!("{path}/mcp")).await;
            assert_eq!(doubled.status, StatusCode::NOT_FOUND, "{name}");

            let echo = call(&client, revision, "echo").await;
            assert_eq!(echo.await.text().await, "whole", "{name}");
            assert_eq!(mcp.endpoint(), Some(path), "{name}");
            let logged = log.lines_with("took its first request");
            assert_eq!(logged.len(), 1, "{name}: {logged:?}");
            assert!(logged[0].contains(path), "{name}: {logged:?}");
        }
    }
}

#[tokio::test]
async fn p02_all_other_paths_are_the_hosts() {
    for (name, app, path) in RECIPES {
        let mcp = McpService::new(server());
        // A page that answers for every path, as of an application in the browser.
        let app = app(&mcp).fallback(async || "the host's page");
        let client = TestClient::mounted(mcp, app, path);
        for other in ["/", "/health", "/sse", "/mcp-server", "/typo/mcp"] {
            let reply = client.raw(Method::GET, "").path(other).await;
            assert_eq!(reply.bytes().await, "the host's page", "{name}: {other}");
        }
        let typo = client.tool("echo", json!({})).path(&format!("{path}/typo"));
        let typo = typo.await;
        // What stands below a service that owns its path is the service's to refuse.
        if name == "nest_service" {
            assert_eq!(typo.status, StatusCode::NOT_FOUND);
            let told = typo.error().await["message"].to_string();
            assert!(told.contains("at the path above"), "{told}");
        } else {
            assert_eq!(typo.bytes().await, "the host's page", "{name}");
        }
    }
}

#[tokio::test]
async fn p03_a_slash_at_the_end_keeps_the_body_and_the_token_and_redirects_nowhere() {
    for revision in ERAS {
        for (name, app, path) in RECIPES {
            let mcp = McpService::new(server());
            let client = TestClient::mounted(mcp.clone(), app(&mcp), path);
            for spelled in [path.to_owned(), format!("{path}/")] {
                let echo = call(&client, revision, "echo").await.path(&spelled);
                let reply = echo.header("authorization", "Bearer t").await;
                assert_eq!(reply.header("location"), None, "{name}: {spelled}");
                let said = reply.text().await;
                assert_eq!(said, "whole by Bearer t", "{name}: {spelled}");
            }
        }
    }
}

#[tokio::test]
async fn p03_both_spellings_of_every_path_get_the_same_answer() {
    let mcp = McpService::builder(server()).legacy_sse().build();
    let client = TestClient::with(mcp);
    for (method, path, status) in [
        (Method::POST, "/mcp", 415),
        (Method::GET, "/mcp", 400),
        (Method::PUT, "/mcp", 405),
        (Method::GET, "/sse", 200),
        (Method::POST, "/messages", 415),
        (Method::PUT, "/messages", 405),
    ] {
        for spelled in [path.to_owned(), format!("{path}/")] {
            let reply = client.raw(method.clone(), "").path(&spelled).await;
            assert_eq!(reply.status, status, "{method} {spelled}");
            assert_eq!(reply.header("location"), None, "{method} {spelled}");
        }
    }
}

#[tokio::test]
async fn p03_a_request_without_a_token_is_challenged_in_both_spellings() {
    let mcp = McpService::builder(server())
        .principal(|_| Err(mcp_axum::Refusal::new(StatusCode::UNAUTHORIZED)))
        .build();
    let client = TestClient::with(mcp);
    for path in ["/mcp", "/mcp/"] {
        for (revision, first) in [
            (REVISION, client.tool("echo", json!({"text": "x"}))),
            (SESSIONFUL, client.initialize(SESSIONFUL, json!({}))),
        ] {
            let reply = first.path(path).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{revision}: {path}");
        }
    }
}
