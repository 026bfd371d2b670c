//! A challenge leads to a document, and that names the URL which the client used.

use axum::{Router, body::Body, extract::Request, response::Response};
use http::Version;
use mcp_axum::{McpService, McpServiceBuilder};
use serde_json::json;
use tower::ServiceExt;

use super::{SCOPES, WELL_KNOWN, builder, client, document, get, parameter, resource};
use crate::support::{Call, Reply, TestClient};

type SetUp = fn(McpServiceBuilder) -> McpServiceBuilder;

/// One way to mount a service, and how a client gets to it.
struct Way {
    name: &'static str,
    set_up: SetUp,
    app: fn(&McpService) -> Router,
    /// The URL that the client uses.
    url: &'static str,
    /// What of it a proxy takes off before the request comes to us.
    stripped: &'static str,
    /// The headers that the request comes with.
    headers: &'static [(&'static str, &'static str)],
}

const PLAIN: Way = Way {
    name: "merged",
    set_up: |it| it,
    app: |mcp| mcp.mount(""),
    url: "http://localhost:8000/mcp",
    stripped: "http://localhost:8000",
    headers: &[("host", "localhost:8000")],
};

fn ways() -> Vec<Way> {
    let rows = NESTED.into_iter().chain(EXACT);
    let rows = rows.map(|(name, app, url)| Way {
        name,
        app,
        url,
        ..PLAIN
    });
    [PLAIN].into_iter().chain(rows).chain(proxied()).collect()
}

/// A way that differs in its app and in its URL only.
type Row = (&'static str, fn(&McpService) -> Router, &'static str);

const NESTED: [Row; 4] = [
    (
        "mounted",
        |mcp| mcp.mount("/mcp-server"),
        "http://localhost:8000/mcp-server/mcp",
    ),
    (
        "nested twice",
        |mcp| {
            let inner = Router::new().nest("/b", mcp.router());
            let metadata = mcp.well_known_router("/a/b/mcp");
            Router::new().nest("/a", inner).merge(metadata)
        },
        "http://localhost:8000/a/b/mcp",
    ),
    (
        "a path parameter",
        |mcp| mcp.mount("/t/{tenant}"),
        "http://localhost:8000/t/a%20b/mcp",
    ),
    (
        "two mounts",
        |mcp| {
            let metadata = mcp.well_known_router("/a/mcp");
            let other = Router::new().nest("/a", mcp.router()).merge(metadata);
            // The path that names no resource is taken by the first.
            Router::new().merge(other).nest("/b", mcp.router())
        },
        "http://localhost:8000/a/mcp",
    ),
];

const EXACT: [Row; 3] = [
    (
        "exact",
        |mcp| {
            let metadata = mcp.well_known_router("/api/tools/");
            Router::new()
                .nest_service("/api/tools", mcp.clone())
                .merge(metadata)
        },
        "http://localhost:8000/api/tools",
    ),
    (
        "a service of a route",
        |mcp| {
            let metadata = mcp.well_known_router("/here");
            Router::new()
                .route_service("/here", mcp.clone())
                .merge(metadata)
        },
        "http://localhost:8000/here",
    ),
    (
        "an exact mount within a parameter",
        |mcp| {
            let inner = Router::new().nest_service("/mcp", mcp.clone());
            let metadata = mcp.well_known_router("/t/{tenant}/mcp");
            Router::new().nest("/t/{tenant}", inner).merge(metadata)
        },
        "http://localhost:8000/t/acme/mcp",
    ),
];

fn proxied() -> [Way; 5] {
    let proxied = Way {
        name: "a public URL",
        set_up: |it| it.public_url("https://Notes.example.com/"),
        app: |mcp| mcp.mount("/s"),
        url: "https://notes.example.com/s/mcp",
        stripped: "https://notes.example.com",
        headers: &[("host", "localhost")],
    };
    [
        Way {
            name: "a public URL with a path",
            set_up: |it| it.public_url("https://notes.example.com/pre/fix"),
            url: "https://notes.example.com/pre/fix/s/mcp",
            stripped: "https://notes.example.com/pre/fix",
            ..proxied
        },
        Way {
            name: "a named host",
            set_up: |it| it.allowed_hosts(["notes.example.com"]),
            headers: &[("host", "notes.example.com")],
            ..proxied
        },
        Way {
            name: "forwarded",
            set_up: |it| it.trust_forwarded(),
            url: "https://notes.example.com/pre/s/mcp",
            stripped: "https://notes.example.com/pre",
            headers: &[
                ("host", "localhost"),
                ("x-forwarded-host", "notes.example.com, inner.example"),
                ("x-forwarded-proto", "https, http"),
                ("x-forwarded-prefix", "/pre/"),
            ],
            ..proxied
        },
        Way {
            name: "forwarded, and not believed",
            set_up: |it| it,
            url: "http://localhost/s/mcp",
            stripped: "http://localhost",
            headers: &[
                ("host", "localhost"),
                ("x-forwarded-host", "evil.example"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-prefix", "/evil"),
                ("forwarded", "host=evil.example;proto=https"),
            ],
            ..proxied
        },
        proxied,
    ]
}

impl Way {
    fn send(&self, call: Call, url: &str) -> Call {
        let path = url.strip_prefix(self.stripped);
        let path = path.unwrap_or_else(|| panic!("{}: {url} is elsewhere", self.name));
        let headers = self.headers.iter();
        headers.fold(call.path(path), |call, (name, value)| {
            call.header(name, value)
        })
    }

    fn client(&self) -> TestClient {
        let mcp = (self.set_up)(builder()).protected_resource(resource());
        let mcp = mcp.build();
        client(&mcp, (self.app)(&mcp))
    }
}

#[tokio::test]
async fn the_document_that_a_challenge_names_names_the_endpoint_that_was_asked() {
    for way in ways() {
        let client = way.client();
        for slash in ["", "/"] {
            if slash == "/" && way.name == "a service of a route" {
                continue;
            }
            let used = format!("{}{slash}", way.url);
            let list = client.request("tools/list", json!({}));
            let reply = way.send(list, &used).await;
            assert_eq!(reply.status, 401, "{} {used}: {reply:?}", way.name);
            let challenge = reply.header("www-authenticate").expect("a challenge");
            let url = parameter(challenge, "resource_metadata");
            let url = url.unwrap_or_else(|| panic!("{}: {challenge}", way.name));
            let reply = way.send(get(&client, "/"), url).await;
            let found = document(reply, way.name).await;
            assert_eq!(found["resource"], way.url, "{}", way.name);
        }
    }
}

#[tokio::test]
async fn the_path_that_names_no_resource_tells_the_same() {
    for way in ways() {
        let client = way.client();
        let url = format!("{}{WELL_KNOWN}", way.stripped);
        let reply = way.send(get(&client, "/"), &url).await;
        if way.url.contains("/t/") {
            assert_eq!(reply.status, 404, "{}", way.name);
            continue;
        }
        let found = document(reply, way.name).await;
        assert_eq!(found["resource"], way.url, "{}", way.name);
    }
}

/// Sends a request of HTTP/2 with this scheme and authority in it.
async fn over_http_2(call: Call) -> Reply {
    let (app, mut request): (Router, Request<Body>) = call.without("host").build();
    *request.version_mut() = Version::HTTP_2;
    let (head, body) = Response::into_parts(app.oneshot(request).await.unwrap());
    Reply {
        status: head.status,
        headers: head.headers,
        body,
    }
}

#[tokio::test]
async fn http_2_has_the_host_in_its_authority() {
    let mcp = builder()
        .allowed_hosts(["notes.example.com"])
        .protected_resource(resource())
        .build();
    let client = client(&mcp, mcp.mount("/s"));
    for (sent, expected) in [
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("https://notes.example.com", "https://notes.example.com"),
        // A proxy that ends TLS speaks plainly to us.
        ("http://notes.example.com", "https://notes.example.com"),
    ] {
        let list = client.request("tools/list", json!({}));
        let reply = over_http_2(list.path(&format!("{sent}/s/mcp"))).await;
        assert_eq!(reply.status, 401, "{sent}");
        let challenge = reply.header("www-authenticate").expect("a challenge");
        let url = format!("{expected}{WELL_KNOWN}/s/mcp");
        assert_eq!(
            parameter(challenge, "resource_metadata"),
            Some(url.as_str())
        );
        let reply = get(&client, &format!("{sent}{WELL_KNOWN}/s/mcp"));
        let found = document(over_http_2(reply).await, sent).await;
        assert_eq!(found["resource"], format!("{expected}/s/mcp"));
    }
}

#[tokio::test]
async fn forwarded_values_that_are_none_are_passed_over() {
    let mcp = builder().trust_forwarded().protected_resource(resource());
    let mcp = mcp.build();
    let client = client(&mcp, mcp.mount(""));
    for (name, value, expected) in [
        ("x-forwarded-proto", "javascript", "http://localhost"),
        ("x-forwarded-proto", "https", "https://localhost"),
        ("x-forwarded-prefix", "evil", "http://localhost"),
        ("x-forwarded-prefix", "//evil.example", "http://localhost"),
        ("x-forwarded-prefix", "/a?b", "http://localhost"),
        ("x-forwarded-prefix", "/", "http://localhost"),
        ("x-forwarded-host", "", "http://localhost"),
        ("x-forwarded-host", "notes.example", "https://notes.example"),
    ] {
        let list = client.request("tools/list", json!({})).path("/mcp");
        let reply = list.header(name, value).await;
        let challenge = reply.header("www-authenticate").expect("a challenge");
        let url = format!("{expected}{WELL_KNOWN}/mcp");
        let found = parameter(challenge, "resource_metadata");
        assert_eq!(found, Some(url.as_str()), "{name}: {value}");
    }
    for value in [
        "a b",
        "evil\"",
        "evil.example/path",
        "ada@evil.example",
        "evil\\",
    ] {
        let list = client.request("tools/list", json!({})).path("/mcp");
        let reply = list.header("x-forwarded-host", value).await;
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{value}");
    }
}

#[tokio::test]
async fn nothing_in_a_path_ends_a_parameter() {
    let mcp = builder().protected_resource(resource()).build();
    let client = client(&mcp, mcp.mount("/t/{tenant}"));
    for (tenant, expected) in [
        (r#"a",x="b"#, r#"a\",x=\"b"#),
        ("a%22%0d%0ax:%20y", "a%22%0d%0ax:%20y"),
        ("{tenant}", "{tenant}"),
    ] {
        let path = format!("/t/{tenant}/mcp");
        let reply = client.request("tools/list", json!({})).path(&path).await;
        let challenge = reply.header("www-authenticate").expect("a challenge");
        let url = format!("http://localhost{WELL_KNOWN}/t/{expected}/mcp");
        let whole = format!("Bearer resource_metadata=\"{url}\"");
        assert_eq!(challenge, whole);
    }
}

#[tokio::test]
async fn all_scopes_are_named_at_once_and_the_initial_ones_first() {
    let resource = resource().scopes(SCOPES).initial_scopes(["notes:read"]);
    let mcp = builder().protected_resource(resource).build();
    let client = client(&mcp, mcp.mount(""));
    for (token, status, error, scope) in [
        (None, 401, None, "notes:read"),
        (
            Some("Bearer stale"),
            401,
            Some("invalid_token"),
            "notes:read",
        ),
        (
            Some("Bearer weak"),
            403,
            Some("insufficient_scope"),
            "notes:read notes:write",
        ),
    ] {
        let mut call = client.tool("write", json!({})).path("/mcp");
        if let Some(token) = token {
            call = call.header("authorization", token);
        }
        let reply = call.await;
        assert_eq!(reply.status, status, "{token:?}");
        let challenge = reply.header("www-authenticate").expect("a challenge");
        assert_eq!(parameter(challenge, "error"), error, "{token:?}");
        assert_eq!(parameter(challenge, "scope"), Some(scope), "{token:?}");
        let url = format!("http://localhost{WELL_KNOWN}/mcp");
        let found = parameter(challenge, "resource_metadata");
        assert_eq!(found, Some(url.as_str()), "{token:?}");
    }
}
