//! Lists that depend on the caller.

use std::time::Duration;

use mcp_axum::{Context, McpServer, protocol::CacheHint, resource, tool};
use serde_json::json;

use super::{by, client, names};

fn named(name: String) -> impl Fn(&Context) -> bool + Send + Sync + 'static {
    move |ctx| ctx.principal().is_some_and(|it| it.key() == name)
}

#[tokio::test]
async fn what_depends_on_the_caller_is_for_no_other_cache() {
    let public = CacheHint::public(Duration::from_secs(60));
    let open = || {
        McpServer::new("cached", "1")
            .tool(tool("t", async || "t"))
            .resource(resource("r://r", async || "r").cache(public))
            .cache_tools(public)
            .cache_resources(public)
    };
    let guarded = open()
        .tool(tool("u", async || "u").guard(|_| true))
        .resource(
            resource("r://s", async || "s")
                .cache(public)
                .guard(|_| true),
        );
    for (server, scope) in [(open(), "public"), (guarded, "private")] {
        let client = client(server);
        for list in ["tools/list", "resources/list"] {
            let list = client.request(list, json!({})).await.result().await;
            assert_eq!(list["cacheScope"], scope, "{list}");
            assert_eq!(list["ttlMs"], 60_000);
        }
        let read = |uri: &str| client.request("resources/read", json!({"uri": uri}));
        assert_eq!(read("r://r").await.result().await["cacheScope"], "public");
        if scope == "private" {
            assert_eq!(read("r://s").await.result().await["cacheScope"], "private");
        }
    }
}

#[tokio::test]
async fn each_caller_pages_through_its_own_list() {
    let server = (0..30).fold(McpServer::new("pages", "1").page_size(4), |server, at| {
        let owner = ["ada", "eve", "both"][at % 3];
        let tool = tool(format!("{owner}{at}"), async || "x");
        server.tool(match owner {
            "both" => tool,
            owner => tool.guard(named(owner.to_owned())),
        })
    });
    let client = client(server);
    for who in ["ada", "eve"] {
        let mut seen = Vec::new();
        let mut cursor = json!(null);
        loop {
            let mut call = client.request("tools/list", json!({}));
            if !cursor.is_null() {
                call = call.param("cursor", cursor);
            }
            let page = by(call, who).await.result().await;
            assert!(names(&page).len() <= 4);
            seen.extend(names(&page));
            cursor = page["nextCursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        let other = ["eve", "ada"][usize::from(who == "eve")];
        assert_eq!(seen.len(), 20, "{who}");
        assert!(seen.iter().all(|name| !name.starts_with(other)), "{seen:?}");
    }
}

#[tokio::test]
async fn a_list_is_asked_for_on_any_connection_and_is_the_same() {
    let server = McpServer::new("same", "1")
        .tool(tool("a", async || "a").guard(named("ada".to_owned())))
        .tool(tool("b", async || "b"));
    let client = client(server);
    let first = by(client.request("tools/list", json!({})), "ada")
        .await
        .result()
        .await;
    by(client.request("tools/list", json!({})), "eve")
        .await
        .result()
        .await;
    by(client.tool("a", json!({})), "ada").await.text().await;
    let again = by(client.request("tools/list", json!({})), "ada")
        .await
        .result()
        .await;
    assert_eq!(first, again);
}

/// A cursor is made of a name and a number, and anybody can make one.
#[tokio::test]
async fn a_cursor_that_was_made_up_tells_nothing_of_what_is_hidden() {
    let server = McpServer::new("cursors", "1")
        .tool(tool("a", async || "a"))
        .tool(tool("purge", async || "b").guard(named("ada".to_owned())))
        .tool(tool("z", async || "z"));
    let client = client(server);
    client
        .mcp
        .registry()
        .update(|draft| {
            draft.tools.add(tool("off", async || "x"))?;
            draft.tools.disable("off");
            draft.tools.add(tool("last", async || "x"))
        })
        .unwrap();
    let page = async |name: &str| {
        let cursor = format!("{}.{name}", u64::MAX);
        let cursor =
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, cursor);
        let call = client.request("tools/list", json!({"cursor": cursor}));
        names(&by(call, "eve").await.result().await)
    };
    assert_eq!(page("a").await, ["z", "last"]);
    for name in ["purge", "off", "nobody"] {
        assert!(page(name).await.is_empty(), "{name}");
    }
}

#[tokio::test]
async fn what_a_server_hides_from_some_is_for_no_other_cache() {
    let public = CacheHint::public(Duration::from_secs(60));
    let server = McpServer::new("cached", "1")
        .resource(resource("r://r", async || "r").cache(public))
        .visible_if(|ctx, _| ctx.principal().is_some());
    let client = client(server);
    let read = client.request("resources/read", json!({"uri": "r://r"}));
    assert_eq!(
        by(read, "ada").await.result().await["cacheScope"],
        "private"
    );
}
