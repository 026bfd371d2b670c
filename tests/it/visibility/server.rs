//! Predicates of a whole server, which go by tags.

use mcp_axum::{Context, McpServer, server::Component, tool};
use serde_json::json;

use super::{by, client, names};

fn tagged() -> McpServer {
    McpServer::new("tagged", "1")
        .tool(tool("read", async || "x"))
        .tool(tool("purge", async || "x").tag("admin"))
}

fn by_tag(ctx: &Context, component: &Component<'_>) -> bool {
    let admin = ctx.principal().is_some_and(|it| it.has_scope("admin"));
    admin || !component.has_tag("admin")
}

async fn sees(server: McpServer, who: &str) -> Vec<String> {
    let client = client(server);
    let list = by(client.request("tools/list", json!({})), who).await;
    let seen = names(&list.result().await);
    for name in ["read", "purge", "n_read", "n_purge", "late"] {
        let call = by(client.tool(name, json!({})), who).await.message().await;
        let served = call.get("result").is_some();
        assert_eq!(served, seen.contains(&name.to_owned()), "{who}: {name}");
    }
    seen
}

#[tokio::test]
async fn a_predicate_goes_by_tags_for_lists_and_calls_alike() {
    let server = || tagged().visible_if(by_tag);
    assert_eq!(sees(server(), "eve").await, ["read"]);
    assert_eq!(sees(server(), "ada admin").await, ["read", "purge"]);
}

#[tokio::test]
async fn what_a_merged_server_hides_stays_hidden() {
    let inner = tagged().visible_if(by_tag);
    let outer = tagged().nest("n", inner);
    assert_eq!(sees(outer, "eve").await, ["read", "purge", "n_read"]);
}

#[tokio::test]
async fn it_covers_what_is_added_later() {
    let client = client(tagged().visible_if(by_tag));
    let late = tool("late", async || "x").tag("admin");
    client.mcp.registry().add_tool(late).unwrap();
    for (who, served) in [("eve", false), ("ada admin", true)] {
        let list = by(client.request("tools/list", json!({})), who).await;
        let listed = names(&list.result().await).contains(&"late".to_owned());
        let call = by(client.tool("late", json!({})), who)
            .await
            .message()
            .await;
        assert_eq!(
            (listed, call.get("result").is_some()),
            (served, served),
            "{who}"
        );
    }
}
