//! Layers of the host that could stall a stream, or cut it.

use http::StatusCode;
use mcp_axum::{Context, McpServer, McpService, Tool, tool};
use serde_json::json;
use tokio::time::{Duration, Instant, sleep, timeout};
use tower_http::{compression::CompressionLayer, timeout::TimeoutLayer};

use crate::support::{Call, TestClient};

fn server() -> McpServer {
    McpServer::new("t", "1").tool(steps())
}

fn listen(client: &TestClient) -> Call {
    let params = json!({"notifications": {"toolsListChanged": true}});
    client.request("subscriptions/listen", params)
}

/// A client of a host that puts a layer around the service.
macro_rules! behind {
    ($layer:expr, $server:expr) => {{
        let mcp = McpService::new($server);
        let app = mcp.router().layer($layer);
        TestClient::mounted(mcp, app, "/mcp")
    }};
}

#[tokio::test(start_paused = true)]
async fn t14_a_compressing_host_passes_every_event_on_as_it_comes() {
    let client = behind!(CompressionLayer::new(), server());
    let zipped = |call: Call| call.header("accept-encoding", "gzip");
    let plain = zipped(client.request("tools/list", json!({}))).await;
    assert_eq!(
        plain.header("content-encoding"),
        Some("gzip"),
        "it does compress"
    );

    let listening = zipped(listen(&client)).await;
    assert_eq!(listening.header("content-encoding"), None);
    let mut events = listening.events();
    assert!(events.next().await.is_some());
    client.mcp.notifier().tools_changed();
    assert!(timeout(Duration::ZERO, events.next()).await.is_ok());

    let begun = Instant::now();
    let stepping = zipped(client.tool("steps", json!({})).progress(json!(1))).await;
    assert_eq!(stepping.header("content-encoding"), None);
    let mut events = stepping.events();
    for second in 0..5 {
        assert!(events.next().await.is_some());
        assert_eq!(begun.elapsed().as_secs(), second);
    }
}

/// Reports at once and then every second, four times.
fn steps() -> Tool {
    tool("steps", async |ctx: Context| {
        for step in 0..4 {
            ctx.progress(f64::from(step), None, None);
            sleep(Duration::from_secs(1)).await;
        }
        "done"
    })
}

fn hurried() -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(1500))
}

#[tokio::test(start_paused = true)]
async fn t15_a_hurried_host_does_not_cut_a_stream() {
    let slow = tool("slow", async || {
        sleep(Duration::from_secs(60)).await;
        "at last"
    });
    let client = behind!(hurried(), server().tool(slow));
    // Silent for longer than the host waits: the head left before.
    assert_eq!(client.tool("slow", json!({})).await.text().await, "at last");
    let stepping = client.tool("steps", json!({})).progress(json!(1)).await;
    assert_eq!(stepping.events().rest().await.len(), 5);
    let mut events = listen(&client).await.events();
    assert!(events.next().await.is_some());
    sleep(Duration::from_secs(600)).await;
    client.mcp.notifier().tools_changed();
    let change = events.next().await.unwrap();
    assert_eq!(change["method"], "notifications/tools/list_changed");
}
