//! Which member exists where: the rows of the protocol's own table.
//!
//! Each row says where a member stands, and whether each revision has it.

use std::collections::btree_map::{BTreeMap, Entry};

use serde_json::{Value, json};

use super::{
    exchanges::hold,
    tongue::{Dialogue, REVISIONS},
};

/// An exchange, where the member stands in its response, and the revisions that have it.
type Row = (&'static str, &'static str, [u8; 5]);

const LISTS: &[Row] = &[
    ("tools_list", "/tools/0/description", [1, 1, 1, 1, 1]),
    ("tools_list", "/tools/0/annotations", [0, 1, 1, 1, 1]),
    ("tools_list", "/tools/0/title", [0, 0, 1, 1, 1]),
    ("tools_list", "/tools/0/outputSchema", [0, 0, 1, 1, 1]),
    ("tools_list", "/tools/0/_meta", [0, 0, 1, 1, 1]),
    ("tools_list", "/tools/0/icons", [0, 0, 0, 1, 1]),
    ("tools_list", "/tools/0/execution", [0, 0, 0, 0, 0]),
    // An array and an integer at the root of the schema.
    ("tools_list", "/tools/1/outputSchema", [0, 0, 0, 0, 1]),
    ("tools_list", "/tools/2/outputSchema", [0, 0, 0, 0, 1]),
    ("resources_list", "/resources/0/size", [1, 1, 1, 1, 1]),
    ("resources_list", "/resources/0/title", [0, 0, 1, 1, 1]),
    ("resources_list", "/resources/0/_meta", [0, 0, 1, 1, 1]),
    ("resources_list", "/resources/0/icons", [0, 0, 0, 1, 1]),
    (
        "resources_list",
        "/resources/0/annotations/audience",
        [1, 1, 1, 1, 1],
    ),
    (
        "resources_list",
        "/resources/0/annotations/priority",
        [1, 1, 1, 1, 1],
    ),
    (
        "resources_list",
        "/resources/0/annotations/lastModified",
        [0, 0, 1, 1, 1],
    ),
    (
        "templates_list",
        "/resourceTemplates/0/title",
        [0, 0, 1, 1, 1],
    ),
    (
        "templates_list",
        "/resourceTemplates/0/_meta",
        [0, 0, 1, 1, 1],
    ),
    (
        "templates_list",
        "/resourceTemplates/0/icons",
        [0, 0, 0, 1, 1],
    ),
    (
        "templates_list",
        "/resourceTemplates/0/annotations/lastModified",
        [0, 0, 1, 1, 1],
    ),
    ("prompts_list", "/prompts/0/title", [0, 0, 1, 1, 1]),
    ("prompts_list", "/prompts/0/_meta", [0, 0, 1, 1, 1]),
    ("prompts_list", "/prompts/0/icons", [0, 0, 0, 1, 1]),
    (
        "prompts_list",
        "/prompts/0/arguments/0/description",
        [1, 1, 1, 1, 1],
    ),
    (
        "prompts_list",
        "/prompts/0/arguments/0/title",
        [0, 0, 1, 1, 1],
    ),
];

const RESULTS: &[Row] = &[
    ("call_structured", "/content/0/text", [1, 1, 1, 1, 1]),
    ("call_structured", "/structuredContent", [0, 0, 1, 1, 1]),
    ("call_list", "/structuredContent", [0, 0, 0, 0, 1]),
    ("call_number", "/structuredContent", [0, 0, 0, 0, 1]),
    ("call_bare", "/structuredContent", [0, 0, 1, 1, 1]),
    // Guaranteed where the structured content is not there.
    ("call_bare", "/content/0/text", [1, 1, 0, 0, 0]),
    // A result's own `_meta` is in every revision, a block's is not.
    ("call_contents", "/_meta/example.com~1k", [1, 1, 1, 1, 1]),
    ("call_contents", "/content/0/_meta", [0, 0, 1, 1, 1]),
    (
        "call_contents",
        "/content/3/resource/_meta",
        [0, 0, 1, 1, 1],
    ),
    (
        "call_contents",
        "/content/0/annotations/audience",
        [1, 1, 1, 1, 1],
    ),
    (
        "call_contents",
        "/content/0/annotations/lastModified",
        [0, 0, 1, 1, 1],
    ),
    ("call_contents", "/content/2/data", [0, 1, 1, 1, 1]),
    ("call_contents", "/content/5/uri", [0, 0, 1, 1, 1]),
    ("call_contents", "/content/5/title", [0, 0, 1, 1, 1]),
    ("call_contents", "/content/5/icons", [0, 0, 0, 1, 1]),
    ("get_prompt", "/messages/3/content/data", [0, 1, 1, 1, 1]),
    ("get_prompt", "/messages/6/content/uri", [0, 0, 1, 1, 1]),
    ("get_prompt", "/messages/6/content/icons", [0, 0, 0, 1, 1]),
    ("get_prompt", "/messages/1/content/_meta", [0, 0, 1, 1, 1]),
    ("read_text", "/contents/0/_meta", [0, 0, 1, 1, 1]),
    ("read_text", "/_meta/example.com~1k", [1, 1, 1, 1, 1]),
    ("complete_argument", "/completion/total", [1, 1, 1, 1, 1]),
    ("initialize", "/serverInfo/version", [1, 1, 1, 1, 0]),
    ("initialize", "/serverInfo/title", [0, 0, 1, 1, 0]),
    ("initialize", "/serverInfo/description", [0, 0, 0, 1, 0]),
    ("initialize", "/serverInfo/icons", [0, 0, 0, 1, 0]),
    ("initialize", "/serverInfo/websiteUrl", [0, 0, 0, 1, 0]),
    ("initialize", "/capabilities/logging", [1, 1, 1, 1, 0]),
    ("initialize", "/capabilities/completions", [0, 1, 1, 1, 0]),
    ("initialize", "/capabilities/tasks", [0, 0, 0, 0, 0]),
    ("discover", "/capabilities/completions", [0, 0, 0, 0, 1]),
    ("discover", "/serverInfo", [0, 0, 0, 0, 0]),
];

#[tokio::test]
async fn every_revision_has_its_members_and_no_others() {
    let mut held: BTreeMap<_, Dialogue> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (at, revision) in REVISIONS.into_iter().enumerate() {
        for (name, pointer, has) in LISTS.iter().chain(RESULTS) {
            let dialogue = match held.entry((at, *name)) {
                Entry::Occupied(held) => held.into_mut(),
                Entry::Vacant(place) => place.insert(hold(name, revision).await),
            };
            let result = &dialogue.response()["result"];
            let is_there = result.pointer(pointer).is_some();
            if is_there != (has[at] == 1) {
                wrong.push(format!("{revision} {name} {pointer}: {is_there}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Members that no message of an older revision has, wherever they would stand.
const STATELESS: [&str; 5] = [
    "resultType",
    "ttlMs",
    "cacheScope",
    "io.modelcontextprotocol/serverInfo",
    "inputRequests",
];

#[tokio::test]
async fn nothing_of_the_stateless_era_reaches_an_older_revision() {
    for exchange in super::exchanges::all() {
        for revision in &REVISIONS[..4] {
            let dialogue = exchange.held_in(revision).await;
            let found = dialogue.server().flat_map(|message| {
                let text = message.to_string();
                STATELESS.into_iter().filter(move |key| text.contains(key))
            });
            let found: Vec<_> = found.collect();
            assert!(found.is_empty(), "{revision} {}: {found:?}", exchange.name);
        }
    }
}

#[tokio::test]
async fn what_a_revision_cannot_carry_is_told_in_words() {
    for (revision, at, words) in [
        ("2024-11-05", 2, vec!["audio", "audio/wav"]),
        ("2024-11-05", 5, vec!["note://one", "text/plain"]),
        ("2025-03-26", 5, vec!["note://one", "text/plain"]),
    ] {
        for (name, block) in [
            ("call_contents", format!("/content/{at}")),
            ("get_prompt", format!("/messages/{}/content", at + 1)),
        ] {
            let dialogue = hold(name, revision).await;
            let block = dialogue.response()["result"].pointer(&block).cloned();
            let block = block.unwrap_or_default();
            assert_eq!(block["type"], "text", "{revision} {name}: {block}");
            let text = block["text"].as_str().unwrap_or_default();
            let lacking: Vec<_> = words.iter().filter(|word| !text.contains(**word)).collect();
            assert!(lacking.is_empty(), "{revision} {name}: {text}");
            // It keeps what it can of what was said about it.
            assert_eq!(block["annotations"]["priority"], 0.5, "{block}");
        }
    }
}

#[tokio::test]
async fn t38_structured_content_that_a_revision_lacks_is_told_as_text() {
    let trip = json!({"city": "Paris", "nights": 2, "extras": ["{\"view\":\"sea\"}", "window"]});
    for (name, value, structured) in [
        ("call_structured", trip, [0, 0, 1, 1, 1]),
        ("call_bare", json!({"ok": true}), [0, 0, 1, 1, 1]),
        ("call_list", json!([1, 2, 3]), [0, 0, 0, 0, 1]),
        ("call_number", json!(42), [0, 0, 0, 0, 1]),
    ] {
        for (revision, structured) in REVISIONS.into_iter().zip(structured) {
            let dialogue = hold(name, revision).await;
            let result = &dialogue.response()["result"];
            let told: Value = match structured {
                1 => result["structuredContent"].clone(),
                _ => {
                    assert!(result.get("structuredContent").is_none(), "{result}");
                    let text = result["content"][0]["text"].as_str();
                    serde_json::from_str(text.unwrap_or_default()).unwrap_or_default()
                }
            };
            assert_eq!(told, value, "{revision} {name}: {result}");
            let blocks = result["content"].as_array().map_or(0, Vec::len);
            assert!(blocks <= 1, "told twice: {result}");
        }
    }
}

#[tokio::test]
async fn a_schema_of_a_property_is_an_object_before_2026_07_28() {
    for revision in REVISIONS {
        let dialogue = hold("tools_list", revision).await;
        let result = &dialogue.response()["result"];
        let tools = result["tools"].as_array().unwrap().iter();
        let bare = tools.clone().find(|tool| tool["name"] == "bare").unwrap();
        let [any, none] = ["any", "none"].map(|name| &bare["inputSchema"]["properties"][name]);
        let expected = match revision {
            "2026-07-28" => [json!(true), json!(false)],
            _ => [json!({}), json!({"not": {}})],
        };
        assert_eq!([any, none], [&expected[0], &expected[1]], "{revision}");
        for tool in tools {
            assert_eq!(tool["inputSchema"]["type"], "object", "{revision} {tool}");
        }
    }
}
