//! What stands around a server that becomes part of another.

use mcp_axum::{McpServer, tool};
use serde_json::json;

use super::{Counting, Notes, client};

#[tokio::test]
async fn a_merged_server_keeps_its_layers_around_its_own_components() {
    let notes = Notes::default();
    let inner = McpServer::new("inner", "1")
        .tool(tool("a", async || "a").layer(notes.layer("a")))
        .tool(tool("b", async || "b"))
        .layer(notes.layer("inner"));
    let outer = McpServer::new("outer", "1")
        .tool(tool("c", async || "c"))
        .layer(notes.layer("outer"))
        .nest("n", inner);
    let client = client(outer);
    for (name, order) in [
        (
            "n_a",
            &["outer>", "inner>", "a>", "<a", "<inner", "<outer"][..],
        ),
        ("n_b", &["outer>", "inner>", "<inner", "<outer"]),
        ("c", &["outer>", "<outer"]),
    ] {
        client.tool(name, json!({})).await.text().await;
        assert_eq!(notes.take(), order, "{name}");
    }
}

#[tokio::test]
async fn the_components_of_a_merged_server_share_each_layer() {
    let shared = Counting::default();
    let inner = McpServer::new("inner", "1")
        .tool(tool("a", async || "a"))
        .tool(tool("b", async || "b"))
        .layer(shared.clone());
    let client = client(McpServer::new("outer", "1").merge(inner));
    for name in ["a", "b", "a"] {
        client.tool(name, json!({})).await.text().await;
    }
    assert_eq!(shared.counts(), (1, 3));
}
