//! Where the documents are, and what they say.

use axum::Router;
use http::Method;
use mcp_axum::McpService;
use serde_json::json;

use super::{ISSUER, SCOPES, WELL_KNOWN, builder, client, document, get, resource};

#[tokio::test]
async fn a_document_says_what_was_set_and_nothing_else() {
    let full = resource()
        .scopes(SCOPES)
        .initial_scopes(["notes:read"])
        .name("Notes")
        .documentation("https://notes.example.com/help")
        .member("tls_client_certificate_bound_access_tokens", false);
    for (resource, expected) in [
        (
            resource(),
            json!({
                "resource": "http://localhost/mcp",
                "authorization_servers": [ISSUER],
                "bearer_methods_supported": ["header"],
            }),
        ),
        (
            full,
            json!({
                "resource": "http://localhost/mcp",
                "authorization_servers": [ISSUER],
                "bearer_methods_supported": ["header"],
                "scopes_supported": SCOPES,
                "resource_name": "Notes",
                "resource_documentation": "https://notes.example.com/help",
                "tls_client_certificate_bound_access_tokens": false,
            }),
        ),
    ] {
        let mcp = builder().protected_resource(resource).build();
        let client = client(&mcp, mcp.mount(""));
        let reply = get(&client, &format!("{WELL_KNOWN}/mcp")).await;
        assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(document(reply, "").await, expected);
    }
}

#[tokio::test]
async fn they_are_public_at_both_paths_and_in_both_spellings_to_every_page() {
    let mcp = builder().protected_resource(resource()).build();
    let undriven = mcp.mount::<()>("/mcp-server");
    let client = crate::support::TestClient::undriven(mcp, undriven, "/");
    for path in ["", "/", "/mcp-server/mcp", "/mcp-server/mcp/"] {
        let path = format!("{WELL_KNOWN}{path}");
        let reply = get(&client, &path).header("origin", "https://evil.example");
        let reply = reply.header("authorization", "Bearer stale").await;
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        let found = document(reply, &path).await;
        assert_eq!(found["resource"], "http://localhost/mcp-server/mcp");
        let head = client.raw(Method::HEAD, "").path(&path).await;
        assert_eq!(head.status, 200, "{path}");
        assert!(head.bytes().await.is_empty(), "{path}");
        let asked = client.raw(Method::OPTIONS, "").path(&path);
        let asked = asked
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "mcp-protocol-version")
            .await;
        assert_eq!(asked.status, 200, "{path}");
        for (name, value) in [
            ("access-control-allow-origin", "*"),
            ("access-control-allow-headers", "*"),
            ("access-control-allow-methods", "GET"),
        ] {
            assert_eq!(asked.header(name), Some(value), "{path}");
        }
        let post = client.raw(Method::POST, "").path(&path).await;
        assert_eq!(post.status, 405, "{path}");
    }
    for path in ["/mcp", "/mcp-server", "/mcp-server/mcp/more", "s"] {
        let reply = get(&client, &format!("{WELL_KNOWN}{path}")).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_host_that_is_not_ours_gets_none() {
    let path = format!("{WELL_KNOWN}/mcp");
    let plain = || builder().protected_resource(resource());
    for (builder, host, found) in [
        (plain(), "localhost:8000", Some("http://localhost:8000/mcp")),
        (plain(), "LOCALHOST", Some("http://localhost/mcp")),
        (plain(), "[::1]:80", Some("http://[::1]:80/mcp")),
        (plain(), "evil.example", None),
        (plain(), "a b", None),
        (plain(), "", None),
        (plain(), "localhost\"", None),
        (
            plain().allowed_hosts(["notes.example.com"]),
            "Notes.example.com",
            Some("https://notes.example.com/mcp"),
        ),
        (
            plain().any_host(),
            "evil.example",
            Some("https://evil.example/mcp"),
        ),
        (
            plain().public_url("https://notes.example.com"),
            "10.0.0.7:8000",
            Some("https://notes.example.com/mcp"),
        ),
    ] {
        let mcp = builder.build();
        let client = client(&mcp, mcp.mount(""));
        let reply = get(&client, &path).header("host", host).await;
        match found {
            Some(url) => assert_eq!(document(reply, host).await["resource"], url),
            None => {
                assert_eq!(reply.status, 403, "{host}");
                assert!(reply.bytes().await.is_empty(), "{host}");
            }
        }
    }
}

#[tokio::test]
async fn two_services_of_one_app_have_a_document_each() {
    let one = builder().protected_resource(resource().name("one")).build();
    let other = resource().name("other").not_at_root();
    let other = builder().protected_resource(other).build();
    let app: Router = one.mount("/one").merge(other.mount("/other"));
    let client = client(&one, app);
    for (path, name, url) in [
        ("", "one", "http://localhost/one/mcp"),
        ("/one/mcp", "one", "http://localhost/one/mcp"),
        ("/other/mcp", "other", "http://localhost/other/mcp"),
    ] {
        let reply = get(&client, &format!("{WELL_KNOWN}{path}")).await;
        let found = document(reply, path).await;
        assert_eq!(found["resource_name"], name, "{path}");
        assert_eq!(found["resource"], url, "{path}");
    }
}

#[tokio::test]
async fn a_path_with_parameters_has_a_document_for_each_of_its_resources() {
    let mcp = builder().protected_resource(resource()).build();
    let client = client(&mcp, mcp.mount("/t/{tenant}"));
    for tenant in ["acme", "other", "a%20b"] {
        let reply = get(&client, &format!("{WELL_KNOWN}/t/{tenant}/mcp")).await;
        let url = format!("http://localhost/t/{tenant}/mcp");
        assert_eq!(document(reply, tenant).await["resource"], url);
    }
    let reply = get(&client, WELL_KNOWN).await;
    assert_eq!(reply.status, 404, "nobody knows which");
}

#[tokio::test]
async fn without_metadata_mount_is_the_nested_router_alone() {
    let mcp: McpService = builder().build();
    for (path, endpoint) in [
        ("", "/mcp"),
        ("/", "/mcp"),
        ("/a", "/a/mcp"),
        ("/a/", "/a/mcp/"),
    ] {
        let client = client(&mcp, mcp.mount(path));
        let call = client.request("tools/list", json!({})).path(endpoint);
        assert_eq!(call.await.status, 200, "{path}");
        for document in ["", "/mcp", "/a/mcp"] {
            let reply = get(&client, &format!("{WELL_KNOWN}{document}")).await;
            assert_eq!(reply.status, 404, "{path}");
        }
    }
}
