//! P4 and P5: what a client is told of other URLs leads there.

use axum::Router;
use http::{Method, StatusCode};
use mcp_axum::{McpService, McpServiceBuilder, Principal, auth::ProtectedResource};
use serde_json::{Value, json};

use super::{SESSIONFUL, server};
use crate::{
    legacy_sse::opened,
    support::{Call, Log, Reply, TestClient},
};

/// A mount behind a proxy, or without one.
struct Place {
    name: &'static str,
    set: fn(McpServiceBuilder) -> McpServiceBuilder,
    app: fn(&McpService) -> Router,
    /// What the host in front adds to the path, and the proxy takes off again.
    prefix: &'static str,
    /// What the proxy adds to the request.
    forwarded: &'static [(&'static str, &'static str)],
    /// Where the router is mounted.
    mount: &'static str,
}

/// What a proxy says that takes `/proxy` off.
const FORWARDED: &[(&str, &str)] = &[
    ("x-forwarded-host", "notes.example"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-prefix", "/proxy"),
];

const PLACES: [Place; 5] = [
    Place {
        name: "mount",
        set: |mcp| mcp,
        app: |mcp| Router::new().merge(mcp.mount("/api")),
        prefix: "",
        forwarded: &[],
        mount: "/api",
    },
    Place {
        name: "nested nest",
        set: |mcp| mcp,
        app: |mcp| {
            let inner = Router::new().nest("/inner", mcp.router());
            let app = Router::new().nest("/outer", inner);
            app.merge(mcp.well_known_router("/outer/inner/mcp"))
        },
        prefix: "",
        forwarded: &[],
        mount: "/outer/inner",
    },
    Place {
        name: "a public URL",
        set: |mcp| mcp.public_url("https://notes.example/proxy"),
        app: |mcp| Router::new().merge(mcp.mount("/api")),
        prefix: "/proxy",
        forwarded: &[],
        mount: "/api",
    },
    Place {
        name: "a proxy that is trusted",
        set: McpServiceBuilder::trust_forwarded,
        app: |mcp| Router::new().merge(mcp.mount("/api")),
        prefix: "/proxy",
        forwarded: FORWARDED,
        mount: "/api",
    },
    Place {
        name: "a proxy that nobody trusts",
        set: |mcp| mcp,
        app: |mcp| Router::new().merge(mcp.mount("/api")),
        prefix: "",
        forwarded: FORWARDED,
        mount: "/api",
    },
];

impl Place {
    /// Serves here, with metadata and HTTP+SSE, and a login that believes every token.
    fn serve(&self) -> TestClient {
        let resource = ProtectedResource::new(["https://login.example"]);
        let mcp = McpService::builder(server())
            .legacy_sse()
            .principal(|parts| {
                let token = parts.headers.get("authorization");
                Ok(token.map(|_| Principal::new("ada")))
            })
            .protected_resource(resource);
        let mcp = (self.set)(mcp).build();
        let app = (self.app)(&mcp);
        TestClient::mounted(mcp, app, &format!("{}/mcp", self.mount))
    }

    /// Sends a request through the proxy to a path that the client uses.
    async fn send(&self, call: Call, path: &str) -> Reply {
        let path = path.strip_prefix(self.prefix);
        let path = path.unwrap_or_else(|| panic!("{}: outside", self.name));
        let headers = self.forwarded.iter();
        let call = headers.fold(call, |call, (name, value)| call.header(name, value));
        call.path(path).await
    }

    /// The beginning of every URL, as the client sees it.
    fn origin(&self) -> &'static str {
        match self.prefix {
            "" => "http://localhost",
            _ => "https://notes.example",
        }
    }
}

#[tokio::test]
async fn p04_the_endpoint_event_of_http_sse_leads_to_its_messages_through_mount_and_proxy() {
    for place in PLACES {
        let client = place.serve();
        let Place { prefix, mount, .. } = place;
        for slash in ["", "/"] {
            let get = client.raw(Method::GET, "").header("authorization", "x");
            let path = format!("{prefix}{mount}/sse{slash}");
            let mut old = opened(&client, place.send(get, &path).await).await;
            let expected = format!("{prefix}{mount}/messages?sessionId=");
            assert!(old.place.starts_with(&expected), "{}", old.place);

            let ping = old.request("ping", json!({}));
            let ping = ping.header("authorization", "x");
            let taken = place.send(ping, &old.place).await;
            assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", place.name);
            assert_eq!(old.hear().await["result"], json!({}), "{}", place.name);
        }
    }
}

/// Returns the URL of the metadata that a refusal names.
fn named(reply: &Reply) -> Option<String> {
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    let challenge = reply.header("www-authenticate").expect("a challenge");
    assert!(challenge.starts_with("Bearer"), "{challenge}");
    let (_, rest) = challenge.split_once("resource_metadata=\"")?;
    Some(rest.trim_end_matches('"').to_owned())
}

/// The first request of each era.
fn firsts(client: &TestClient) -> [Call; 2] {
    [
        client.tool("echo", json!({"text": "x"})),
        client.initialize(SESSIONFUL, json!({})),
    ]
}

#[tokio::test]
async fn p05_the_challenge_leads_to_metadata_of_the_url_that_was_asked() {
    for place in PLACES {
        let client = place.serve();
        let (name, origin) = (place.name, place.origin());
        let endpoint = format!("{}{}/mcp", place.prefix, place.mount);
        for first in firsts(&client) {
            let refused = place.send(first, &endpoint).await;
            let url = named(&refused).unwrap_or_else(|| panic!("{name}: {refused:?}"));
            let path = url.strip_prefix(origin);
            let path = path.unwrap_or_else(|| panic!("{name}: {url}"));
            // Clients try the path that names no resource, too.
            let bare = format!("{}/.well-known/oauth-protected-resource", place.prefix);
            for path in [path, &bare] {
                let document = place.send(client.raw(Method::GET, ""), path).await;
                assert_eq!(document.status, StatusCode::OK, "{name}: {path}");
                let document: Value = document.message().await;
                assert_eq!(document["resource"], format!("{origin}{endpoint}"));
                let servers = &document["authorization_servers"];
                assert_eq!(*servers, json!(["https://login.example"]), "{name}");
            }
        }
    }
}

#[tokio::test]
async fn p05_metadata_that_no_route_serves_are_not_named_and_the_log_says_which_line_is_missing() {
    let log = Log::capture();
    let mcp = McpService::builder(server())
        .protected_resource(ProtectedResource::new(["https://login.example"]))
        .build();
    let app = Router::new().nest("/api", mcp.router());
    let client = TestClient::mounted(mcp, app, "/api/mcp");
    for first in firsts(&client) {
        assert_eq!(named(&first.await), None);
    }
    let warned = log.lines_with("WARN");
    assert_eq!(warned.len(), 1, "{warned:?}");
    for line in ["app.merge(mcp.mount(", "app.merge(mcp.well_known_router("] {
        assert!(warned[0].contains(line), "{warned:?}");
    }
}

#[tokio::test]
async fn p05_two_resources_of_one_app_keep_their_metadata_apart() {
    let resource = || ProtectedResource::new(["https://login.example"]);
    let build = |resource| {
        let mcp = McpService::builder(server());
        mcp.protected_resource(resource).build()
    };
    let (one, two) = (build(resource()), build(resource().not_at_root()));
    let app = Router::new()
        .merge(one.mount("/one"))
        .merge(two.mount("/two"));
    let client = TestClient::mounted(one, app, "/one/mcp");
    let _guard = two.lifespan().start();
    for endpoint in ["/one/mcp", "/two/mcp"] {
        for first in firsts(&client) {
            let url = named(&first.path(endpoint).await).expect("metadata");
            let path = url.strip_prefix("http://localhost").expect("here");
            let document = client.raw(Method::GET, "").path(path).await.message().await;
            assert_eq!(document["resource"], format!("http://localhost{endpoint}"));
        }
    }
}
