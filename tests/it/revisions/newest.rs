//! What 2026-07-28 says of every result, beside the older revisions on one endpoint.

use std::time::Duration;

use mcp_axum::protocol::CacheHint;
use serde_json::{Value, json};

use crate::support::TestClient;

use super::{
    exchanges, rich,
    tongue::{REVISIONS, Tongue},
};

const NEWEST: &str = "2026-07-28";

/// The methods whose complete results say how long they stay fresh.
const CACHEABLE: [&str; 6] = [
    "server/discover",
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
];

#[tokio::test]
async fn t31_to_t34_every_result_says_its_type_and_six_how_long_they_are_fresh() {
    let mut seen = Vec::new();
    for exchange in exchanges::all() {
        let dialogue = exchange.held_in(NEWEST).await;
        let method = dialogue.said[0]["client"]["method"].as_str().unwrap_or("");
        for result in dialogue.server().filter_map(|said| said.get("result")) {
            let kind = result["resultType"].as_str().unwrap_or("none");
            assert!(["complete", "input_required"].contains(&kind), "{result}");
            let fresh = (result.get("ttlMs"), result.get("cacheScope"));
            // The one resource that says otherwise; the default is of use to nobody else.
            let expected = match exchange.name {
                "read_text" => (json!(60_000), json!("public")),
                _ => (json!(0), json!("private")),
            };
            let cacheable = kind == "complete" && CACHEABLE.contains(&method);
            let expected = cacheable.then_some(&expected);
            let expected = expected.map(|(ttl, scope)| (ttl, scope)).unzip();
            assert_eq!(fresh, expected, "{}: {result}", exchange.name);
            seen.push((method.to_owned(), kind.to_owned()));
        }
    }
    for method in CACHEABLE {
        let complete = (method.to_owned(), "complete".to_owned());
        assert!(seen.contains(&complete), "{method} was never seen");
    }
    // One that asks first, of a method that is otherwise fresh for a while.
    let asks = ("resources/read".to_owned(), "input_required".to_owned());
    assert!(seen.contains(&asks));
}

/// Walks a list to its end; returns its pages.
async fn pages(tongue: &Tongue<'_>, method: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut params = json!({});
    loop {
        let dialogue = tongue.converse(method, &params).await;
        let page = dialogue.response()["result"].clone();
        let next = page.get("nextCursor").cloned();
        pages.push(page);
        match next {
            Some(cursor) => params["cursor"] = cursor,
            None => return pages,
        }
    }
}

#[tokio::test]
async fn t35_all_pages_of_a_list_have_one_scope_and_every_revision_the_same_entries() {
    let minute = Duration::from_secs(60);
    let server = rich::server()
        .page_size(2)
        .cache_tools(CacheHint::public(minute))
        .cache_resources(CacheHint::private(minute))
        .cache_prompts(CacheHint::public(minute));
    let client = TestClient::new(server);
    for (method, member, scope) in [
        ("tools/list", "tools", "public"),
        ("resources/list", "resources", "private"),
        ("resources/templates/list", "resourceTemplates", "private"),
        ("prompts/list", "prompts", "public"),
    ] {
        let mut first = None;
        for revision in REVISIONS {
            let tongue = Tongue::new(&client, revision).await;
            let pages = pages(&tongue, method).await;
            let scope = (revision == NEWEST).then(|| json!(scope));
            let scopes = pages.iter().map(|page| page.get("cacheScope"));
            assert!(
                scopes.clone().all(|said| said == scope.as_ref()),
                "{pages:?}"
            );
            let entries = pages
                .iter()
                .flat_map(|page| page[member].as_array().unwrap());
            let names: Vec<_> = entries.map(|entry| entry["name"].clone()).collect();
            assert_eq!(pages.len(), names.len().div_ceil(2), "{revision} {method}");
            assert_eq!(*first.get_or_insert(names.clone()), names, "{revision}");
        }
    }
}

#[tokio::test]
async fn t36_no_call_of_any_era_changes_a_list() {
    let client = TestClient::new(rich::server());
    let newest = Tongue::new(&client, NEWEST).await;
    let mut lists = Vec::new();
    for round in 0..2 {
        for (at, method) in CACHEABLE[..5].iter().enumerate() {
            let list = newest.converse(method, &json!({})).await;
            match round {
                0 => lists.push(list.response().clone()),
                _ => assert_eq!(lists[at], *list.response(), "{method}"),
            }
        }
        for revision in REVISIONS {
            let tongue = Tongue::new(&client, revision).await;
            for name in ["book", "tell", "contents", "nobody"] {
                tongue.converse("tools/call", &json!({"name": name})).await;
            }
        }
    }
}
