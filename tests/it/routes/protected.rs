//! Routes behind the endpoint's layers and its login.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
    routing::{any, get as on_get, post},
};
use http::{HeaderValue, Method, StatusCode, header::RETRY_AFTER, request::Parts};
use mcp_axum::{McpServiceBuilder, Principal, Refusal, auth::ProtectedResource, mount::Cors};

use super::{MOUNTS, beside, builder, get, item};
use crate::support::{Log, TestClient, panics::panic_of};

/// A login that knows `x-user`, and is down for `down`.
fn log_in(parts: &Parts) -> Result<Option<Principal>, Refusal> {
    match parts.headers.get("x-user").map(HeaderValue::as_bytes) {
        Some(b"ada") => Ok(Some(Principal::new("ada"))),
        Some(b"down") => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE)
            .header(RETRY_AFTER, HeaderValue::from_static("7"))),
        Some(_) => Err(Refusal::new(StatusCode::UNAUTHORIZED)),
        None => Ok(None),
    }
}

async fn mark(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let value = HeaderValue::from_static("yes");
    response.headers_mut().append("x-layered", value);
    response
}

fn with_routes(builder: McpServiceBuilder) -> McpServiceBuilder {
    builder
        .protected_route("/admin", on_get(beside))
        .protected_route("/admin/items/{id}", on_get(item).post(item))
}

#[tokio::test]
async fn a_login_and_layers_stand_in_front_of_them_and_the_guard_does_not() {
    for (app, mount) in MOUNTS {
        let mcp = with_routes(builder().principal(log_in).layer(from_fn(mark))).build();
        let app = app(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for (path, user, status, text) in [
            ("/admin", Some("ada"), 200, "ada, 0 sessions"),
            ("/admin", None, 200, "nobody, 0 sessions"),
            ("/admin/items/a%20b", Some("ada"), 200, "a b"),
            ("/admin", Some("eve"), 401, ""),
            ("/admin/items/7", Some("eve"), 401, ""),
            ("/admin/items/7", Some("down"), 503, ""),
        ] {
            let mut call = get(&client, &format!("{mount}{path}"));
            call = call.header("host", "evil.example");
            if let Some(user) = user {
                call = call.header("x-user", user);
            }
            let reply = call.await;
            let what = format!("{mount}{path} {user:?}");
            assert_eq!(reply.status, status, "{what}");
            let layered = reply.headers.get_all("x-layered").iter().count();
            assert_eq!(layered, 1, "{what}");
            let retry = (status == 503).then_some("7");
            assert_eq!(reply.header("retry-after"), retry, "{what}");
            match status {
                200 => assert_eq!(reply.bytes().await, text, "{what}"),
                _ => assert!(reply.error().await["message"].is_string(), "{what}"),
            }
        }
    }
}

#[tokio::test]
async fn with_metadata_whoever_brings_no_token_is_told_where_they_are() {
    for (app, mount) in [
        (
            (|mcp| mcp.mount("/server")) as fn(&mcp_axum::McpService) -> Router,
            "/server",
        ),
        (|mcp| mcp.mount(""), ""),
        (|mcp| mcp.mount("/t/{tenant}"), "/t/acme"),
        (
            |mcp| {
                let inner = Router::new().nest("/b", mcp.router());
                let metadata = mcp.well_known_router("/a/b/mcp");
                Router::new().nest("/a", inner).merge(metadata)
            },
            "/a/b",
        ),
    ] {
        let log = Log::capture();
        let builder = with_routes(builder().principal(log_in))
            .protected_resource(ProtectedResource::new(["https://login.example"]));
        let mcp = builder.build();
        let app = app(&mcp);
        let client = TestClient::mounted(mcp, app, "/");
        for path in ["/admin", "/admin/items/7"] {
            for method in [Method::GET, Method::POST, Method::PATCH] {
                let path = format!("{mount}{path}");
                let reply = client.raw(method.clone(), "").path(&path).await;
                assert_eq!(reply.status, 401, "{method} {path}");
                let challenge = reply.header("www-authenticate");
                let expected = format!(
                    "Bearer resource_metadata=\"http://localhost/.well-known/oauth-protected-resource{mount}/mcp\""
                );
                assert_eq!(challenge, Some(expected.as_str()), "{method} {path}");
            }
        }
        let warned = log.lines_with("are not served");
        assert!(warned.is_empty(), "{mount}: {warned:?}");
        let reply = get(&client, &format!("{mount}/admin")).header("x-user", "ada");
        assert_eq!(reply.await.bytes().await, "ada, 0 sessions", "{mount}");
    }
}

#[tokio::test]
async fn a_challenge_names_no_host_that_the_service_does_not_know() {
    let mcp = with_routes(builder())
        .protected_resource(ProtectedResource::new(["https://login.example"]))
        .build();
    let app = mcp.mount("");
    let client = TestClient::mounted(mcp, app, "/");
    for host in ["evil.example", "a b", "evil.example\\\", x=\\\""] {
        let reply = get(&client, "/admin").header("host", host).await;
        assert_eq!(reply.status, 401, "{host}");
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{host}");
    }
}

#[tokio::test]
async fn without_a_principal_those_who_may_be_anonymous_pass() {
    let resource = ProtectedResource::new(["https://login.example"]).allow_anonymous();
    let mcp = with_routes(builder().principal(log_in)).protected_resource(resource);
    let client = TestClient::with(mcp.build());
    let reply = get(&client, "/admin").await;
    assert_eq!(reply.bytes().await, "nobody, 0 sessions");
}

#[tokio::test]
async fn methods_and_bodies_are_the_routes_own() {
    let size = post(async |body: axum::body::Bytes| body.len().to_string());
    let mcp = builder()
        .body_limit(10)
        .protected_route("/size", size)
        .protected_route("/any", any(async |method: Method| method.to_string()))
        .build();
    let app = mcp.router();
    let client = TestClient::undriven(mcp, app, "/");
    let reply = client.raw(Method::POST, vec![b' '; 1000]).path("/size");
    assert_eq!(reply.await.bytes().await, "1000");
    let reply = client.raw(Method::GET, "").path("/size").await;
    assert_eq!(reply.status, 405);
    assert_eq!(reply.header("allow"), Some("POST"));
    for method in ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
        let own = Method::from_bytes(method.as_bytes()).unwrap();
        let reply = client.raw(own, "").path("/any").await;
        assert_eq!(reply.status, 200, "{method}");
        assert_eq!(reply.bytes().await, method);
    }
    let reply = client.raw(Method::HEAD, "").path("/any").await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_page_that_may_use_the_endpoint_may_use_them_too() {
    let cors = Cors::origins(["https://chat.example"]);
    let mcp = with_routes(builder().principal(log_in).cors(cors)).build();
    let client = TestClient::with(mcp);
    for (origin, allowed) in [
        ("https://chat.example", Some("https://chat.example")),
        ("https://evil.example", None),
    ] {
        let asked = client
            .raw(Method::OPTIONS, "")
            .path("/admin")
            .header("access-control-request-method", "PATCH")
            .header("access-control-request-headers", "authorization");
        let reply = asked.header("origin", origin).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("access-control-allow-origin"), allowed);
        assert_eq!(reply.header("access-control-allow-methods"), Some("PATCH"));
        for (user, status) in [("ada", 200), ("eve", 401)] {
            let call = get(&client, "/admin").header("x-user", user);
            let reply = call.header("origin", origin).await;
            assert_eq!(reply.status, status);
            assert_eq!(reply.header("access-control-allow-origin"), allowed);
        }
    }
}

#[test]
fn a_route_of_the_hosts_on_such_a_path_collides_when_the_app_is_built() {
    let mcp = with_routes(builder().legacy_sse().health("/health")).build();
    for path in [
        "/admin",
        "/admin/items/{id}",
        "/sse",
        "/sse/",
        "/messages",
        "/messages/",
        "/health",
    ] {
        // Otherwise it would take over its method, and nobody would log in.
        let host = || Router::<()>::new().route(path, on_get(async || ""));
        let panicked = panic_of(|| mcp.router().merge(host()));
        assert!(
            panicked.message.contains("Overlapping"),
            "{path}: {panicked:?}"
        );
        if path != "/health" {
            let host = || Router::<()>::new().route(path, post(async || ""));
            let panicked = panic_of(|| host().merge(mcp.router()));
            assert!(
                panicked.message.contains("Overlapping"),
                "{path}: {panicked:?}"
            );
        }
    }
}
