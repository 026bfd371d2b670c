//! P14, P15 and P18: who asks, what is open to whom, and what the host knows of them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Extension, Router,
    extract::{Path, Request, State},
    middleware::{Next, from_fn},
    response::Response,
    routing::get,
};
use http::{
    HeaderMap, HeaderValue, Method, StatusCode,
    header::{AUTHORIZATION, COOKIE, RETRY_AFTER},
    request::Parts,
};
use mcp_axum::{
    McpServer, McpService, McpServiceBuilder, Principal, Refusal, auth::ProtectedResource,
    extract::Http, prompt, resource, tool,
};
use serde_json::{Value, json};

use super::{ERAS, SESSIONFUL, started};
use crate::support::{Call, Reply, TestClient, client::REVISION, panics::panic_of};

/// A login by tokens of one word: what the token is, or who.
fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    let token = parts.headers.get(AUTHORIZATION);
    let token = token.and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
    match token {
        Some("outage") => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE)
            .header(RETRY_AFTER, HeaderValue::from_static("7"))),
        Some("weak") => Ok(Some(Principal::new("ada"))),
        Some("good") => Ok(Some(Principal::new("ada").scopes(["notes"]))),
        _ => Ok(None),
    }
}

/// A service that wants a token, with a tool that wants the scope `notes`.
fn builder() -> McpServiceBuilder {
    let server = McpServer::new("identity", "1")
        .tool(tool("notes", async || "notes").requires_scope("notes"));
    McpService::builder(server)
        .protected_resource(ProtectedResource::new(["https://login.example"]))
        .principal(log_in)
}

fn by(call: Call, token: Option<&str>) -> Call {
    match token {
        Some(token) => call.header("authorization", &format!("Bearer {token}")),
        None => call,
    }
}

/// Calls the tool in a session whose owner has all that it takes.
async fn in_session(client: &TestClient, name: &str) -> Call {
    let hello = client.initialize(SESSIONFUL, json!({}));
    let session = client.opened(by(hello, Some("good")).await).await;
    session.tool(name, json!({}))
}

#[tokio::test]
async fn p14_a_public_route_never_meets_the_login_and_a_protected_one_always_does() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let mcp = builder()
        .principal(move |parts| {
            count.fetch_add(1, Ordering::SeqCst);
            log_in(parts)
        })
        .route("/version", get(async || "1"))
        .health("/health")
        .protected_route(
            "/mine",
            get(async |Extension(who): Extension<Principal>| who.key().to_owned()),
        )
        .build();
    let app = Router::new().merge(mcp.mount("/n"));
    let client = TestClient::mounted(mcp, app, "/n/mcp");
    started(&client).await;
    let metadata = "/.well-known/oauth-protected-resource/n/mcp";
    for (path, token, status, asks) in [
        ("/n/version", None, 200, 0),
        ("/n/version", Some("bad"), 200, 0),
        ("/n/version", Some("outage"), 200, 0),
        ("/n/health", Some("outage"), 200, 0),
        (metadata, Some("outage"), 200, 0),
        ("/n/mine", None, 401, 1),
        ("/n/mine", Some("bad"), 401, 1),
        ("/n/mine", Some("outage"), 503, 1),
        ("/n/mine", Some("good"), 200, 1),
        ("/n/mcp", None, 401, 1),
    ] {
        asked.store(0, Ordering::SeqCst);
        let reply = by(client.raw(Method::GET, ""), token).path(path).await;
        assert_eq!(reply.status, status, "{path} {token:?}");
        assert_eq!(asked.load(Ordering::SeqCst), asks, "{path} {token:?}");
    }
}

#[tokio::test]
async fn p14_a_layer_of_the_hosts_wraps_everything_and_one_of_ours_the_endpoint_and_its_like() {
    async fn refuse(_: Request) -> StatusCode {
        StatusCode::IM_A_TEAPOT
    }
    let routes = |mcp: McpServiceBuilder| {
        let mcp = mcp.route("/version", get(async || "1")).health("/health");
        mcp.protected_route("/mine", get(async || "mine"))
    };
    let layered = || from_fn(async |request: Request, _: Next| refuse(request).await);
    let theirs = routes(builder()).build();
    let ours = routes(builder()).layer(layered()).build();
    let app = Router::new()
        .nest("/theirs", theirs.router().layer(layered()))
        .nest("/ours", ours.router());
    let client = TestClient::mounted(ours, app, "/ours/mcp");
    let _guard = theirs.lifespan().start();
    // Their layers refuse what would wait for the start.
    tokio::task::yield_now().await;
    for (path, theirs, ours) in [
        ("/mcp", 418, 418),
        ("/mine", 418, 418),
        ("/version", 418, 200),
        ("/health", 418, 200),
    ] {
        for (mount, status) in [("/theirs", theirs), ("/ours", ours)] {
            let path = format!("{mount}{path}");
            let reply = client.raw(Method::GET, "").path(&path).await;
            assert_eq!(reply.status, status, "{path}");
        }
    }
}

#[test]
fn p14_a_route_whose_path_is_taken_is_a_mistake_of_the_build_at_the_callers_line() {
    for (path, by) in [
        ("/mcp", "the MCP endpoint"),
        ("/mcp/", "the MCP endpoint"),
        ("/sse", "HTTP+SSE"),
        ("/version", "another route"),
        ("/.well-known/oauth-protected-resource", "the metadata"),
    ] {
        let routes = [McpServiceBuilder::route, McpServiceBuilder::protected_route];
        for route in routes {
            let taken = builder().legacy_sse().route("/version", get(async || ""));
            let taken = route(taken, path, get(async || ""));
            let panicked = panic_of(|| taken.build());
            for part in [path, by] {
                assert!(panicked.message.contains(part), "{panicked:?}");
            }
            assert!(panicked.file.ends_with("identity.rs"), "{panicked:?}");
        }
    }
}

/// What a client of each outcome is told: status, error, scope and whether to try again.
fn outcome(reply: &Reply) -> (u16, Option<&str>, bool, Option<&str>) {
    let challenge = reply.header("www-authenticate").unwrap_or_default();
    assert_eq!(challenge.is_empty(), !challenge.starts_with("Bearer"));
    let error = challenge.split_once("error=\"");
    let error = error.and_then(|(_, rest)| Some(rest.split_once('"')?.0));
    let scope = challenge.contains("scope=\"notes\"");
    let status = reply.status.as_u16();
    (status, error, scope, reply.header("retry-after"))
}

#[tokio::test]
async fn p15_no_token_a_bad_one_a_weak_one_and_an_outage_are_four_answers() {
    let mcp = builder().build();
    let client = TestClient::mounted(mcp.clone(), mcp.mount(""), "/mcp");
    for revision in ERAS {
        for (token, expected) in [
            (None, (401, None, false, None)),
            (Some("bad"), (401, Some("invalid_token"), false, None)),
            (Some("weak"), (403, Some("insufficient_scope"), true, None)),
            (Some("outage"), (503, None, false, Some("7"))),
            (Some("good"), (200, None, false, None)),
        ] {
            let call = match revision {
                REVISION => client.tool("notes", json!({})),
                _ => in_session(&client, "notes").await,
            };
            let reply = by(call, token).await;
            assert_eq!(outcome(&reply), expected, "{token:?} in {revision}");
            let challenged = reply.header("www-authenticate").is_some();
            assert_eq!(challenged, matches!(expected.0, 401 | 403), "{token:?}");
        }
    }
}

/// What an outer layer established.
#[derive(Clone)]
struct User(&'static str);

/// What the server was given.
#[derive(Clone)]
struct Pool(&'static str);

async fn everything(
    State(Pool(pool)): State<Pool>,
    Extension(User(user)): Extension<User>,
    Http(headers): Http<HeaderMap>,
    Http(Path(tenant)): Http<Path<String>>,
) -> String {
    let header = |name| headers.get(name).and_then(|it| it.to_str().ok());
    let (token, cookie) = (header(AUTHORIZATION), header(COOKIE));
    let sent = [token, cookie].map(Option::unwrap_or_default);
    format!("{pool}, {user} of {tenant}, {}, {}", sent[0], sent[1])
}

async fn establish(mut request: Request, next: Next) -> Response {
    request.extensions_mut().insert(User("ada"));
    next.run(request).await
}

/// The same handler as a tool, a resource and a prompt, and where its text is.
fn kinds() -> [(&'static str, Value, &'static str); 3] {
    [
        (
            "tools/call",
            json!({"name": "t", "arguments": {}}),
            "/content/0/text",
        ),
        (
            "resources/read",
            json!({"uri": "r://r"}),
            "/contents/0/text",
        ),
        (
            "prompts/get",
            json!({"name": "p"}),
            "/messages/0/content/text",
        ),
    ]
}

#[tokio::test]
async fn p18_what_the_host_established_is_an_argument_of_tools_resources_and_prompts() {
    let server = McpServer::new("identity", "1")
        .tool(tool("t", everything))
        .resource(resource("r://r", everything))
        .prompt(prompt("p", everything))
        .with_state(Pool("the pool"));
    let mcp = McpService::new(server);
    let exact = Router::new().nest_service("/mcp", mcp.clone());
    let app = Router::new()
        .nest("/nest/{tenant}", mcp.router())
        .nest("/exact/{tenant}", exact)
        .layer(from_fn(establish));
    for path in ["/nest/acme/mcp", "/exact/acme/mcp"] {
        let client = TestClient::mounted(mcp.clone(), app.clone(), path);
        let session = client.open(SESSIONFUL).await;
        for (method, params, at) in kinds() {
            for call in [
                client.request(method, params.clone()),
                session.request(method, params.clone()),
            ] {
                let call = call.header("authorization", "Bearer t");
                let result = call.header("cookie", "c=1").await.result().await;
                let text = result.pointer(at).and_then(Value::as_str);
                let expected = "the pool, ada of acme, Bearer t, c=1";
                assert_eq!(text, Some(expected), "{method} at {path}");
            }
        }
    }
}
