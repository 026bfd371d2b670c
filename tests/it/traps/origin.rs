//! Who may reach the endpoint: `Origin` and `Host`.

use http::Method;
use mcp_axum::{McpServer, McpService, tool};
use serde_json::json;

use crate::support::{Call, TestClient};

fn server() -> McpServer {
    McpServer::new("t", "1").tool(tool("hello", async || "hello"))
}

fn list(client: &TestClient) -> Call {
    client.request("tools/list", json!({}))
}

#[tokio::test]
async fn t77_a_missing_origin_passes_and_a_null_one_does_not() {
    let public = McpService::builder(server()).any_host().build();
    for client in [TestClient::new(server()), TestClient::with(public)] {
        assert_eq!(list(&client).await.status, 200);
        for origin in ["null", "https://evil.example", "", "file://", "localhost"] {
            let reply = list(&client).header("origin", origin).await;
            assert_eq!(reply.refusal().await, (403, -32600), "{origin:?}");
        }
    }
}

#[tokio::test]
async fn t77_listed_origins_pass_and_their_neighbours_do_not() {
    let mcp = McpService::builder(server()).any_host();
    let client = TestClient::with(mcp.allowed_origins(["https://chat.example"]).build());
    for (origin, status) in [
        ("https://chat.example", 200),
        ("https://chat.example:443", 200),
        ("http://chat.example", 403),
        ("https://chat.example:8443", 403),
        ("https://chat.example.evil.example", 403),
        ("https://evilchat.example", 403),
        ("http://localhost", 403),
    ] {
        let reply = list(&client).header("origin", origin).await;
        assert_eq!(reply.status, status, "{origin}");
    }
    let twice = list(&client).header("origin", "https://chat.example");
    let twice = twice.also_header("origin", "https://evil.example").await;
    assert_eq!(twice.status, 403);
}

#[tokio::test]
async fn t78_a_foreign_host_is_refused_whatever_the_origin_and_the_method() {
    let client = TestClient::new(server());
    for host in [
        "evil.example",
        "evil.example:8000",
        "localhost.evil.example",
        "10.0.0.1",
    ] {
        for origin in [
            None,
            Some(format!("http://{host}")),
            Some("http://localhost".to_owned()),
        ] {
            for method in [Method::POST, Method::GET, Method::DELETE] {
                let mut call = list(&client)
                    .header("host", host)
                    .http_method(method.clone());
                if let Some(origin) = &origin {
                    call = call.header("origin", origin);
                }
                let refusal = call.await.refusal().await;
                assert_eq!(refusal, (403, -32600), "{method} {host} {origin:?}");
            }
        }
    }
}

#[tokio::test]
async fn t78_ports_do_not_matter_on_this_machine() {
    let client = TestClient::new(server());
    for host in ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"] {
        for (port, other) in [("", ""), (":8000", ":8000"), (":8000", ":5173"), ("", ":1")] {
            let call = list(&client).header("host", &format!("{host}{port}"));
            let reply = call
                .header("origin", &format!("http://{host}{other}"))
                .await;
            assert_eq!(reply.status, 200, "{host}{port} {other}");
        }
    }
}

#[tokio::test]
async fn t78_a_refusal_names_the_method_to_call() {
    let client = TestClient::new(server());
    let error = list(&client)
        .header("host", "notes.example")
        .await
        .error()
        .await;
    assert!(
        error["message"].as_str().unwrap().contains("allowed_hosts"),
        "{error}"
    );
    let error = list(&client)
        .header("origin", "https://chat.example")
        .await
        .error()
        .await;
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("allowed_origins"),
        "{error}"
    );
}
