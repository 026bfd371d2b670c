//! Pages of the lists, and the cursors between them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use mcp_axum::{McpServer, prompt, resource, tool};
use serde_json::{Value, json};

use crate::support::TestClient;

const LISTS: [(&str, &str); 4] = [
    ("tools/list", "tools"),
    ("prompts/list", "prompts"),
    ("resources/list", "resources"),
    ("resources/templates/list", "resourceTemplates"),
];

/// A server with so many of each.
fn server(count: usize) -> McpServer {
    (0..count).fold(McpServer::new("pages", "1"), |server, number| {
        let name = format!("n{number}");
        server
            .tool(tool(&*name, async || ()))
            .prompt(prompt(&*name, async || "x"))
            .resource(resource(format!("x://{name}"), async || "x"))
            .resource(resource(format!("x://{name}/{{id}}"), async || "x"))
    })
}

/// Reads a page: the names on it, and the cursor to the next.
async fn page(
    client: &TestClient,
    list: (&str, &str),
    cursor: Option<&str>,
) -> (Vec<String>, Option<String>) {
    let mut call = client.request(list.0, json!({}));
    if let Some(cursor) = cursor {
        call = call.param("cursor", json!(cursor));
    }
    let result = call.await.result().await;
    let name = |entry: &Value| {
        let key = ["uri", "uriTemplate", "name"]
            .into_iter()
            .find_map(|key| entry[key].as_str());
        key.expect("an entry has a name").to_owned()
    };
    let names = result[list.1]
        .as_array()
        .expect("a list")
        .iter()
        .map(name)
        .collect();
    (names, result["nextCursor"].as_str().map(str::to_owned))
}

/// Reads all pages from a cursor on.
async fn pages(
    client: &TestClient,
    list: (&str, &str),
    mut cursor: Option<String>,
) -> Vec<Vec<String>> {
    let mut pages = Vec::new();
    loop {
        let (names, next) = page(client, list, cursor.as_deref()).await;
        pages.push(names);
        match next {
            Some(next) => cursor = Some(next),
            None => return pages,
        }
    }
}

fn sizes(pages: &[Vec<String>]) -> Vec<usize> {
    pages.iter().map(Vec::len).collect()
}

#[tokio::test]
async fn pages_hold_everything_once_and_in_order() {
    for (count, page_size, expected) in [
        (7, 3, vec![3, 3, 1]),
        (6, 3, vec![3, 3]),
        (2, 3, vec![2]),
        (3, 1, vec![1, 1, 1]),
    ] {
        let whole = TestClient::new(server(count));
        let paged = TestClient::new(server(count).page_size(page_size));
        for list in LISTS {
            let all = pages(&whole, list, None).await.concat();
            assert_eq!(all.len(), count);
            let pages = pages(&paged, list, None).await;
            assert_eq!(sizes(&pages), expected, "{list:?}");
            assert_eq!(pages.concat(), all);
        }
    }
}

#[tokio::test]
async fn a_page_has_a_thousand_entries_by_default() {
    let client = TestClient::new(server(1001));
    for list in LISTS {
        assert_eq!(sizes(&pages(&client, list, None).await), [1000, 1]);
    }
}

#[tokio::test]
async fn lists_and_cursors_are_the_same_on_every_replica() {
    let (one, two) = (server(9).page_size(2), server(9).page_size(2));
    let (one, two) = (TestClient::new(one), TestClient::new(two));
    for list in LISTS {
        let mut cursor = None;
        for _ in 0..5 {
            let (first, second) = (
                page(&one, list, cursor.as_deref()).await,
                page(&two, list, cursor.as_deref()).await,
            );
            assert_eq!(first, second);
            cursor = first.1;
        }
        assert_eq!(cursor, None);
    }
    let bytes =
        async |client: &TestClient| client.request("tools/list", json!({})).await.bytes().await;
    assert_eq!(bytes(&one).await, bytes(&two).await);
    assert_eq!(bytes(&one).await, bytes(&one).await);
}

#[tokio::test]
async fn a_cursor_stays_good_when_the_list_changes() {
    let names = |from: usize, to: usize| (from..to).map(|n| format!("n{n}")).collect::<Vec<_>>();
    let tools = LISTS[0];
    let begin = async || {
        let client = TestClient::new(server(6).page_size(2));
        let (first, cursor) = page(&client, tools, None).await;
        assert_eq!(first, names(0, 2));
        (client, cursor)
    };

    // The entry that the cursor stands behind goes, and so does one before and one after it.
    let (client, cursor) = begin().await;
    for gone in ["n1", "n0", "n3"] {
        assert!(client.mcp.registry().remove_tool(gone));
    }
    let rest = pages(&client, tools, cursor).await;
    assert_eq!(rest.concat(), ["n2", "n4", "n5"]);

    // It comes again, at the end: it is told of once more, and nothing is left out.
    let (client, cursor) = begin().await;
    assert!(client.mcp.registry().remove_tool("n0"));
    client
        .mcp
        .registry()
        .add_tool(tool("n0", async || ()))
        .unwrap();
    let rest = pages(&client, tools, cursor).await;
    assert_eq!(rest.concat(), ["n2", "n3", "n4", "n5", "n0"]);

    // What is hidden takes no room.
    let (client, cursor) = begin().await;
    let hide = |name: &'static str| {
        let registry = client.mcp.registry();
        registry
            .update(|draft| Ok(draft.tools.disable(name)))
            .unwrap()
    };
    assert!(hide("n1") && hide("n2"));
    let rest = pages(&client, tools, cursor).await;
    assert_eq!(rest, [names(3, 5), names(5, 6)]);
}

#[tokio::test]
async fn a_cursor_of_a_replaced_entry_leaves_nothing_out() {
    let client = TestClient::new(server(6).page_size(2));
    let (_, cursor) = page(&client, LISTS[0], None).await;
    assert!(client.mcp.registry().remove_tool("n1"));
    client
        .mcp
        .registry()
        .add_tool(tool("n1", async || ()))
        .unwrap();
    let rest = pages(&client, LISTS[0], cursor).await.concat();
    for name in ["n2", "n3", "n4", "n5"] {
        assert!(
            rest.contains(&name.to_owned()),
            "{name} is missing in {rest:?}"
        );
    }
}

#[tokio::test]
async fn a_cursor_that_was_never_given_is_refused() {
    let client = TestClient::new(server(3).page_size(2));
    for (method, _) in LISTS {
        for cursor in [
            json!("garbage"),
            json!("0"),
            json!("!!"),
            json!("bjE"),
            json!("x".repeat(5000)),
            json!(null),
            json!(1),
            json!({}),
            json!(["MS5uMQ"]),
        ] {
            let reply = client.request(method, json!({"cursor": cursor})).await;
            assert_eq!(reply.refusal().await, (200, -32602), "{method} {cursor}");
        }
    }
}

#[tokio::test]
async fn an_empty_cursor_is_the_beginning() {
    // 2026-07-28 server/utilities/pagination: an empty string may be a cursor. We never
    // give it out, so it names no place, and the list begins.
    let client = TestClient::new(server(3).page_size(2));
    for list in LISTS {
        let first = page(&client, list, None).await;
        assert_eq!(page(&client, list, Some("")).await, first);
    }
}

#[tokio::test]
async fn a_cursor_that_somebody_made_up_shows_nothing_but_the_list() {
    let client = TestClient::new(server(6).page_size(2));
    for list in LISTS {
        let all = pages(&client, list, None).await.concat();
        let known = &all[3];
        for sequence in ["0", "3", "5", "6", "18446744073709551615"] {
            for name in [known, "", "none", ".", "n3.n3"] {
                let made_up = URL_SAFE_NO_PAD.encode(format!("{sequence}.{name}"));
                let rest = pages(&client, list, Some(made_up)).await.concat();
                assert!(all.ends_with(&rest), "{sequence} {name}: {rest:?}");
            }
        }
        for text in ["18446744073709551616.n3", "-1.n3", "1e3.n3", ".n3", "3"] {
            let call = client.request(list.0, json!({"cursor": URL_SAFE_NO_PAD.encode(text)}));
            assert_eq!(call.await.refusal().await, (200, -32602), "{text}");
        }
    }
}

#[tokio::test]
async fn a_cursor_of_an_entry_that_came_again_leaves_out_nothing_that_came_between() {
    let client = TestClient::new(server(4).page_size(2));
    let registry = client.mcp.registry();
    let add = |name: &'static str| registry.add_tool(tool(name, async || ())).unwrap();
    let (_, cursor) = page(&client, LISTS[0], None).await;
    add("between");
    assert!(registry.remove_tool("n1"));
    add("n1");
    add("last");
    let rest = pages(&client, LISTS[0], cursor).await.concat();
    assert_eq!(rest, ["n2", "n3", "between", "n1", "last"]);
}
