//! Which era a request belongs to is told by its body.

use http::Method;
use mcp_axum::{McpServer, tool};
use serde_json::{Value, json};

use crate::support::{Call, TestClient};

const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

fn server() -> McpServer {
    McpServer::new("t", "1").tool(tool("greet", async || "hello"))
}

/// A client of an endpoint that serves every revision.
fn client() -> TestClient {
    TestClient::new(server())
}

/// A client of an endpoint that serves the stateless era alone.
fn stateless_only() -> TestClient {
    TestClient::stateless_only(server())
}

/// Takes members out of the envelope.
fn lacking(mut call: Call, keys: &[&str]) -> Call {
    let meta = call.body["params"]["_meta"].as_object_mut();
    let meta = meta.expect("an envelope");
    for key in keys {
        meta.remove(*key);
    }
    call
}

#[tokio::test]
async fn t02_a_missing_envelope_is_invalid_params_whatever_the_headers_say() {
    let (client, alone) = (client(), stateless_only());
    let discover = || client.request("server/discover", json!({}));
    let without_meta = || {
        let mut call = discover();
        call.body["params"] = json!({});
        call
    };
    let without_params = || {
        let mut call = discover();
        call.body.as_object_mut().unwrap().remove("params");
        call
    };
    let rows = [
        (without_params(), VERSION),
        (without_meta(), VERSION),
        (lacking(discover(), &[VERSION]), VERSION),
        (lacking(discover(), &[CAPABILITIES]), CAPABILITIES),
        (discover().meta(VERSION, json!(20_260_728)), VERSION),
        (discover().meta(CAPABILITIES, json!([])), CAPABILITIES),
        (discover().meta(CAPABILITIES, Value::Null), CAPABILITIES),
        // No version at all outranks a header that contradicts the body.
        (without_meta().header("mcp-method", "tools/list"), VERSION),
        (
            alone
                .post(without_meta().body.to_string())
                .without("mcp-protocol-version"),
            VERSION,
        ),
        (
            without_meta().header("mcp-protocol-version", "2027-01-01"),
            VERSION,
        ),
    ];
    for (call, named) in rows {
        let sent = call.body.clone();
        let reply = call.await;
        assert_eq!(reply.status, 400, "{sent}");
        let message = reply.message().await;
        assert_eq!(message["id"], 1, "{sent}");
        assert_eq!(message["error"]["code"], -32602, "{sent}");
        let text = message["error"]["message"].as_str().unwrap();
        assert!(text.contains(named), "`{text}` does not name `{named}`");
    }
}

#[tokio::test]
async fn t02_an_envelope_without_the_header_is_not_taken_for_an_older_revision() {
    let client = client();
    let call = client.tool("greet", json!({}));
    let call = call.without("mcp-protocol-version");
    assert_eq!(call.await.refusal().await, (400, -32020));
}

#[tokio::test]
async fn t02_a_request_without_a_claim_learns_what_is_served() {
    let client = stateless_only();
    for (version, code) in [
        (None, -32602),
        (Some("2026-07-28"), -32602),
        (Some("2027-01-01"), -32602),
        (Some("2025-11-25"), -32022),
        (Some("2024-11-05"), -32022),
        (Some("v999.0.0"), -32600),
        (Some(""), -32600),
    ] {
        let call = lacking(client.tool("greet", json!({})), &[VERSION, CAPABILITIES]);
        let call = match version {
            Some(version) => call.header("mcp-protocol-version", version),
            None => call.without("mcp-protocol-version"),
        };
        let reply = call.await;
        assert_eq!(reply.status, 400, "{version:?}");
        let error = reply.error().await;
        assert_eq!(error["code"], code, "{version:?}");
        let served = &error["data"]["supported"];
        assert_eq!(*served, json!(["2026-07-28"]), "{version:?}");
    }
}

#[tokio::test]
async fn t03_methods_of_older_revisions_are_unknown_in_the_envelope() {
    let client = client();
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "no/such/method",
    ] {
        let reply = client.request(method, json!({})).await;
        assert_eq!(reply.refusal().await, (404, -32601), "{method}");
    }
}

#[tokio::test]
async fn t04_an_older_revision_in_the_envelope_is_not_served() {
    let client = client();
    for revision in [
        "2025-11-25",
        "2025-06-18",
        "2025-03-26",
        "2024-11-05",
        "v999.0.0",
    ] {
        let call = client.tool("greet", json!({}));
        let call = call.meta(VERSION, json!(revision));
        let reply = call.header("mcp-protocol-version", revision).await;
        assert_eq!(reply.status, 400, "{revision}");
        let error = reply.error().await;
        assert_eq!(error["code"], -32022, "{revision}");
        assert_eq!(error["data"]["requested"], revision);
        let discovered = client.request("server/discover", json!({})).await;
        let discovered = discovered.result().await;
        assert_eq!(error["data"]["supported"], discovered["supportedVersions"]);
    }
}

#[tokio::test]
async fn t04_a_header_that_differs_outranks_a_version_that_is_not_served() {
    let client = client();
    for (claim, header, code) in [
        ("v999.0.0", Some("2026-07-28"), -32020),
        ("2026-07-28", Some("v999.0.0"), -32020),
        ("2026-07-28", Some("2025-11-25"), -32020),
        ("2025-11-25", Some("2026-07-28"), -32020),
        ("v999.0.0", Some("v999.0.0"), -32022),
        ("v999.0.0", None, -32022),
        ("2026-07-28", None, -32020),
    ] {
        let call = client.tool("greet", json!({})).meta(VERSION, json!(claim));
        let call = match header {
            Some(header) => call.header("mcp-protocol-version", header),
            None => call.without("mcp-protocol-version"),
        };
        let refusal = call.await.refusal().await;
        assert_eq!(refusal, (400, code), "{claim} under {header:?}");
    }
}

#[tokio::test]
async fn t04_initialize_without_a_claim_is_answered_with_the_versions_that_are_served() {
    let client = stateless_only();
    for requested in ["2025-11-25", "2026-07-28", "1.0"] {
        let call = client.request("initialize", json!({"protocolVersion": requested}));
        let call = lacking(call, &[VERSION, CAPABILITIES]).without("mcp-protocol-version");
        let reply = call.await;
        assert_eq!(reply.status, 400, "{requested}");
        let error = reply.error().await;
        assert_eq!(error["code"], -32022, "{requested}");
        assert_eq!(error["data"]["requested"], requested);
        assert_eq!(error["data"]["supported"], json!(["2026-07-28"]));
    }
    let call = client.request("initialize", json!({"protocolVersion": "2025-11-25"}));
    let contradiction = lacking(call, &[VERSION, CAPABILITIES]);
    assert_eq!(contradiction.await.refusal().await, (400, -32020));
    // Where older revisions are served, it contradicts itself all the same.
    let both = self::client();
    let call = both.initialize("2025-11-25", json!({}));
    let contradiction = call.header("mcp-protocol-version", "2026-07-28");
    assert_eq!(contradiction.await.refusal().await, (400, -32020));
    assert_eq!(both.mcp.sessions().count(), 0);
}

#[tokio::test]
async fn t05_a_session_id_is_ignored_and_never_echoed() {
    let both = client();
    let open = both.open("2025-11-25").await;
    let known = open.id.as_deref().unwrap();
    for (client, id) in [
        (&stateless_only(), "of-another-era"),
        (&both, "of-another-era"),
        (&both, known),
    ] {
        let call = client.tool("greet", json!({}));
        let reply = call
            .header("mcp-session-id", id)
            .header("last-event-id", "7")
            .await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("mcp-session-id"), None);
        assert_eq!(reply.text().await, "hello");
    }
    let client = stateless_only();
    for method in [Method::GET, Method::DELETE] {
        let call = client.raw(method, "");
        let reply = call.header("mcp-session-id", "of-another-era").await;
        assert_eq!(reply.status, 405);
        assert_eq!(reply.header("allow"), Some("POST"));
    }
}

#[tokio::test]
async fn t05b_a_batch_never_slips_through() {
    for client in [client(), stateless_only()] {
        no_batch_slips_through(&client).await;
    }
}

async fn no_batch_slips_through(client: &TestClient) {
    let enveloped = client.tool("greet", json!({})).body;
    let bare = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
    for batch in [
        json!([enveloped]),
        json!([bare, enveloped]),
        json!([bare]),
        json!([{"jsonrpc": "2.0", "method": "notifications/initialized"}]),
        json!([]),
        json!([1]),
        json!([[bare]]),
    ] {
        let text = batch.to_string();
        for version in ["2026-07-28", "2025-03-26"] {
            let call = client.post(text.clone());
            let reply = call.header("mcp-protocol-version", version).await;
            assert_eq!(reply.refusal().await, (400, -32600), "{text}");
        }
        let reply = client
            .post(text.clone())
            .without("mcp-protocol-version")
            .await;
        assert_eq!(reply.refusal().await, (400, -32600), "{text}");
    }
}
