//! P10, P13 and P20: pages, names of hosts, and what a client accepts.

use axum::routing::get;
use http::{Method, StatusCode};
use mcp_axum::{
    Args, Context, McpServer, McpService, McpServiceBuilder, Principal, Refusal, mount::Cors, tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{ERAS, SESSIONFUL, call, reporting, server, started};
use crate::support::{Call, Log, Reply, TestClient};

const PAGE: &str = "https://page.example";
const EVIL: &str = "https://evil.example";

/// Where to look.
#[derive(Deserialize, JsonSchema)]
struct Query {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: Option<String>,
}

async fn look(Args(query): Args<Query>) -> String {
    query.region.unwrap_or_default()
}

/// A service for browsers, which wants to know who asks.
fn for_pages(cors: Option<Cors>) -> TestClient {
    let server = McpServer::new("browsers", "1").tool(tool("look", look));
    let mcp = McpService::builder(server).legacy_sse().principal(|parts| {
        let token = parts.headers.get("authorization");
        let token = token.map(|_| Principal::new("ada"));
        token
            .map(Some)
            .ok_or(Refusal::new(StatusCode::UNAUTHORIZED))
    });
    let mcp = match cors {
        Some(cors) => mcp.cors(cors),
        None => mcp.allowed_origins([PAGE]),
    };
    TestClient::with(mcp.build())
}

/// What a browser asks before it lets a page of this origin send its request.
fn preflight(client: &TestClient, origin: &str, method: &str, headers: &str) -> Call {
    let call = client.raw(Method::OPTIONS, "").header("origin", origin);
    let call = call.header("access-control-request-method", method);
    call.header("access-control-request-headers", headers)
}

/// Whether a list in a header names all of these.
fn lists(reply: &Reply, header: &str, names: &str) -> bool {
    let list = reply.header(header).unwrap_or_default();
    let listed = |name: &str| {
        list.split(',')
            .any(|it| it.trim().eq_ignore_ascii_case(name))
    };
    names.split(", ").all(listed)
}

#[tokio::test]
async fn p10_a_page_may_send_all_that_a_client_sends_before_anybody_logs_in_and_keeps_it_a_day() {
    let client = for_pages(Some(Cors::origins([PAGE])));
    let headers = "accept, authorization, content-type, last-event-id, mcp-session-id, \
        mcp-protocol-version, mcp-method, mcp-name, mcp-param-region";
    for path in ["/mcp", "/mcp/", "/sse", "/messages"] {
        let asked = preflight(&client, PAGE, "POST", headers).path(path);
        let reply = asked.await;
        assert_eq!(reply.status, StatusCode::OK, "{path}");
        let origin = reply.header("access-control-allow-origin");
        assert_eq!(origin, Some(PAGE), "{path}");
        let methods = "GET, POST, DELETE, OPTIONS";
        assert!(lists(&reply, "access-control-allow-methods", methods));
        assert!(lists(&reply, "access-control-allow-headers", headers));
        let age = reply.header("access-control-max-age");
        assert_eq!(age, Some("86400"), "{path}");
    }
    let other = preflight(&client, PAGE, "POST", "x-other").await;
    let listed = lists(&other, "access-control-allow-headers", "x-other");
    assert!(!listed, "no client sends it");
}

#[tokio::test]
async fn p10_a_page_reads_every_answer_and_its_headers_errors_too() {
    let client = for_pages(Some(Cors::origins([PAGE])));
    let look = || client.tool("look", json!({}));
    let hello = || client.initialize(SESSIONFUL, json!({}));
    let known = |call: Call| call.header("authorization", "x");
    for (call, status) in [
        (known(look()), 200),
        (known(hello()), 200),
        (look(), 401),
        (hello(), 401),
        (known(client.post("not JSON")), 400),
        (known(client.raw(Method::GET, "")), 400),
        (known(client.raw(Method::PUT, "")), 405),
        (known(look()).header("accept", "text/html"), 406),
        (known(look()).header("host", "evil.example"), 403),
    ] {
        let reply = call.header("origin", PAGE).await;
        assert_eq!(reply.status, status, "{reply:?}");
        let origin = reply.header("access-control-allow-origin");
        assert_eq!(origin, Some(PAGE), "{reply:?}");
        let exposed = "mcp-session-id, www-authenticate, retry-after";
        assert!(lists(&reply, "access-control-expose-headers", exposed));
    }
}

#[tokio::test]
async fn p10_one_list_of_origins_serves_cors_and_the_guard_and_without_it_there_is_no_cors() {
    for (cors, origin, status, allowed) in [
        (true, PAGE, 200, Some(PAGE)),
        (true, EVIL, 403, None),
        (true, "null", 403, None),
        (false, PAGE, 200, None),
        (false, EVIL, 403, None),
    ] {
        let client = for_pages(cors.then(|| Cors::origins([PAGE])));
        let look = client.tool("look", json!({})).header("authorization", "x");
        let reply = look.header("origin", origin).await;
        assert_eq!(reply.status, status, "{cors} {origin}");
        let asked = preflight(&client, origin, "POST", "mcp-method").await;
        for reply in [reply, asked] {
            let told = reply.header("access-control-allow-origin");
            assert_eq!(told, allowed, "{cors} {origin}");
        }
    }
}

type Set = fn(McpServiceBuilder) -> McpServiceBuilder;

const PLAIN: Set = |mcp| mcp;
const NAMED: Set = |mcp| mcp.allowed_hosts(["app.example"]);
const LISTED: Set = |mcp| mcp.allowed_origins([PAGE]);

#[tokio::test]
async fn p13_only_hosts_and_origins_that_are_named_pass_and_a_refusal_says_how_to_name_one() {
    for (set, host, origin, refused) in [
        (PLAIN, "localhost:1", None, None),
        (PLAIN, "127.0.0.1:65535", None, None),
        (PLAIN, "[::1]", Some("http://localhost:3000"), None),
        (
            PLAIN,
            "app.example",
            None,
            Some("allowed_hosts([\"app.example\"])"),
        ),
        // A page that has its own name point here sends both, and they are equal.
        (
            PLAIN,
            "evil.example",
            Some(EVIL),
            Some("allowed_hosts([\"evil.example\"])"),
        ),
        (
            PLAIN,
            "localhost",
            Some(PAGE),
            Some("allowed_origins([\"https://page.example\"])"),
        ),
        (PLAIN, "localhost", Some("null"), Some("allowed_origins([")),
        (NAMED, "app.example", None, None),
        (NAMED, "app.example", Some("https://app.example"), None),
        (NAMED, "localhost", None, None),
        (
            NAMED,
            "app.example",
            Some(EVIL),
            Some("allowed_origins([\"https://evil.example\"])"),
        ),
        (LISTED, "localhost", Some(PAGE), None),
        (LISTED, "localhost", Some("null"), Some("allowed_origins([")),
    ] {
        let client = TestClient::with(set(McpService::builder(server())).build());
        for revision in ERAS {
            let log = Log::capture();
            let echo = call(&client, revision, "echo").await.header("host", host);
            let reply = match origin {
                Some(origin) => echo.header("origin", origin).await,
                None => echo.await,
            };
            let what = format!("{host} {origin:?}");
            let Some(cure) = refused else {
                assert_eq!(reply.text().await, "whole", "{what}");
                continue;
            };
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{what}");
            let error = reply.error().await;
            let told = error["message"].as_str().expect("a message");
            assert!(told.contains(cure), "{what}: {told}");
            assert_eq!(log.lines_with(told).len(), 1, "{what}: not logged");
        }
    }
}

#[tokio::test]
async fn p13_health_and_public_routes_are_no_business_of_the_guard() {
    let mcp = McpService::builder(server())
        .legacy_sse()
        .health("/health")
        .route("/version", get(async || "1"))
        .build();
    let client = TestClient::with(mcp);
    started(&client).await;
    for (path, status) in [
        ("/health", 200),
        ("/version", 200),
        ("/mcp", 403),
        ("/sse", 403),
        ("/messages", 403),
    ] {
        let call = client.raw(Method::GET, "").path(path);
        let call = call.header("host", "10.0.0.1:8000").header("origin", EVIL);
        assert_eq!(call.await.status, status, "{path}");
    }
}

async fn quiet() -> &'static str {
    "done"
}

async fn aloud(ctx: Context) -> &'static str {
    ctx.progress(1.0, None, None);
    "done"
}

#[tokio::test]
async fn p20_a_client_gets_a_form_that_it_accepts_and_is_refused_only_without_any() {
    let server = McpServer::new("accept", "1")
        .tool(tool("quiet", quiet))
        .tool(tool("aloud", aloud));
    let client = TestClient::new(server);
    let (json, sse) = ([Some(false); 2], [Some(true); 2]);
    // A tool that says nothing before its end is JSON where the client takes both.
    let both = [Some(false), Some(true)];
    for (accept, forms) in [
        (None, both),
        (Some("*/*"), both),
        (Some("application/json, text/event-stream"), both),
        (Some("application/json"), json),
        (Some("*/*, text/event-stream;q=0"), json),
        (Some("text/event-stream"), sse),
        (Some("*/*, application/json;q=0"), sse),
        (Some("text/html"), [None; 2]),
        (
            Some("application/json;q=0, text/event-stream;q=0"),
            [None; 2],
        ),
    ] {
        for revision in ERAS {
            for (name, form) in ["quiet", "aloud"].into_iter().zip(forms) {
                let mut call = reporting(&client, revision, name).await.without("accept");
                if let Some(accept) = accept {
                    call = call.header("accept", accept);
                }
                let reply = call.await;
                let what = format!("{accept:?}, {name} in {revision}");
                let Some(streams) = form else {
                    not_acceptable(reply, &what).await;
                    continue;
                };
                assert_eq!(reply.is_stream(), streams, "{what}");
                assert_eq!(reply.text().await, "done", "{what}");
            }
        }
    }
}

/// Reads a 406, which names what to send.
async fn not_acceptable(reply: Reply, what: &str) {
    assert_eq!(reply.status, StatusCode::NOT_ACCEPTABLE, "{what}");
    let error = reply.error().await;
    let told = error["message"].as_str().expect("a message");
    assert!(told.contains("text/event-stream"), "{what}: {told}");
}

#[tokio::test]
async fn p20_a_browser_that_opens_the_endpoint_is_told_what_it_is() {
    let client = TestClient::new(server());
    let page = client.raw(Method::GET, "");
    let page = page.header("accept", "text/html,application/xhtml+xml");
    not_acceptable(page.await, "a page").await;
}
