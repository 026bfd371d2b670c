//! Templates: typed parameters, precedence, and spellings that lead elsewhere.

use std::collections::BTreeMap;

use mcp_axum::{Args, Context, Resource, resource};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::{client, read};
use crate::support::TestClient;

#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "shown as a whole")]
struct Note {
    id: u64,
    deep: Option<bool>,
    order: Option<Order>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    Up,
}

async fn note(Args(note): Args<Note>) -> String {
    format!("{note:?}")
}

/// Shows the parameters as they came.
async fn shown(Args(parameters): Args<BTreeMap<String, String>>) -> String {
    format!("{parameters:?}")
}

fn named(uri: &str, name: &'static str) -> Resource {
    resource(uri, async move || name)
}

async fn text(client: &TestClient, uri: &str) -> String {
    let result = read(client, uri).await.result().await;
    let text = result["contents"][0]["text"].as_str();
    text.expect("contents of text").to_owned()
}

/// Checks that the answer is that of a resource which does not exist.
async fn assert_not_found(client: &TestClient, uri: &str) {
    let reply = read(client, uri).await;
    assert_eq!(reply.status, 200, "{uri}");
    let error = reply.error().await;
    let expected = json!({"code": -32602, "message": "resource not found", "data": {"uri": uri}});
    assert_eq!(error, expected, "{uri}");
}

#[tokio::test]
async fn parameters_are_read_as_the_types_say() {
    let client = client([resource("note://{id}{?deep,order}", note)]);
    for (uri, expected) in [
        ("note://7", "Note { id: 7, deep: None, order: None }"),
        (
            "note://7?deep=true",
            "Note { id: 7, deep: Some(true), order: None }",
        ),
        (
            "note://7?order=up&deep=false",
            "Note { id: 7, deep: Some(false), order: Some(Up) }",
        ),
        ("note://%37", "Note { id: 7, deep: None, order: None }"),
    ] {
        assert_eq!(text(&client, uri).await, expected, "{uri}");
    }
}

#[tokio::test]
async fn a_parameter_that_does_not_fit_names_nothing_that_exists() {
    let client = client([resource("note://{id}{?deep,order}", note)]);
    for uri in [
        "note://",
        "note://x",
        "note://-1",
        "note://1.5",
        "note://7/8",
        "note://7?deep=maybe",
        "note://7?order=down",
        "note://18446744073709551616",
        "note://7#part",
        "notes://7",
        "NOTE://7",
        "note:7",
        "",
    ] {
        assert_not_found(&client, uri).await;
    }
}

#[tokio::test]
async fn values_are_decoded_once_and_end_where_the_template_says() {
    let client = client([
        resource("a://{one}", shown),
        resource("b://{+all}", shown),
        resource("c://{dir}/x/{file}", shown),
        resource("d://{?q,r}", shown),
    ]);
    for (uri, expected) in [
        ("a://plain", r#"{"one": "plain"}"#),
        ("a://a%20b%C3%A9", r#"{"one": "a bé"}"#),
        ("a://50%2525", r#"{"one": "50%25"}"#),
        ("b://a/b/c.txt", r#"{"all": "a/b/c.txt"}"#),
        ("c://d/x/f", r#"{"dir": "d", "file": "f"}"#),
        ("d://?r=2&q=a+b", r#"{"q": "a+b", "r": "2"}"#),
        ("d://?q=%2Fetc", r#"{"q": "/etc"}"#),
        ("d://", "{}"),
    ] {
        assert_eq!(text(&client, uri).await, expected, "{uri}");
    }
}

#[tokio::test]
async fn traversal_in_any_spelling_is_not_found() {
    let client = client([
        resource("file:///{name}", shown),
        resource("tree:///{+path}", shown),
        resource("find://x{?path}", shown),
    ]);
    let climbing = [
        "..",
        ".",
        "%2e%2e",
        "%2E.",
        ".%2e",
        "%252e%252e",
        "..%2fetc",
        "..%2Fetc%2Fpasswd",
        "..%5cetc",
        "%2e%2e%2f",
        "..%c0%af",
        "%c0%ae%c0%ae",
        "a%00",
        "%00",
        "a%0ab",
        "C:",
        "c%3a%5c",
        "a%2fb",
        "a%5cb",
        "..;",
        "..%3bx",
        "%EF%BC%8E%EF%BC%8E",
        "%E2%80%A5",
        "a%",
        "a%zz",
        "%ff",
    ];
    for value in climbing {
        assert_not_found(&client, &format!("file:///{value}")).await;
    }
    for path in climbing {
        assert_not_found(&client, &format!("tree:///{path}")).await;
        // A drive means something at the beginning only.
        if path != "C:" {
            assert_not_found(&client, &format!("tree:///a/{path}/b")).await;
        }
    }
    for path in [
        "/etc/passwd",
        "//etc",
        "a/../b",
        "a/..",
        "../a",
        "file:///etc",
        "a/./b",
    ] {
        assert_not_found(&client, &format!("tree:///{path}")).await;
    }
    for path in ["..", "../a", "a/../b", "..%2fa", "%2e%2e/a", "..%5ca"] {
        assert_not_found(&client, &format!("find://x?path={path}")).await;
    }
}

#[tokio::test]
async fn a_fixed_resource_wins_then_the_longest_beginning_then_the_first() {
    let client = client([
        named("note://{+any}", "any"),
        named("note://{id}", "id"),
        named("note://by/{name}", "by name"),
        named("note://by/{other}", "by other"),
        named("note://by/ada", "ada"),
    ]);
    for (uri, expected) in [
        ("note://by/ada", "ada"),
        ("note://by/bob", "by name"),
        ("note://7", "any"),
        ("note://by/a/b", "any"),
    ] {
        assert_eq!(text(&client, uri).await, expected, "{uri}");
    }
}

#[tokio::test]
async fn a_template_is_no_uri_itself() {
    let client = client([
        resource("note://{id}", shown),
        named("note://fixed", "fixed"),
    ]);
    assert_not_found(&client, "other://{id}").await;
    let listed = client
        .request("resources/list", json!({}))
        .await
        .result()
        .await;
    assert_eq!(listed["resources"].as_array().unwrap().len(), 1);
    let templates = client
        .request("resources/templates/list", json!({}))
        .await
        .result()
        .await;
    assert_eq!(
        templates["resourceTemplates"][0]["uriTemplate"],
        "note://{id}"
    );
}

#[tokio::test]
async fn text_is_under_the_uri_that_was_asked_for() {
    async fn target(ctx: Context) -> String {
        format!("{} {}", ctx.method(), ctx.target().unwrap_or_default())
    }
    let client = client([resource("note://{id}", target)]);
    let result = read(&client, "note://a%20b").await.result().await;
    assert_eq!(result["contents"][0]["uri"], "note://a%20b");
    assert_eq!(result["contents"][0]["text"], "resources/read note://a%20b");
}

#[tokio::test]
async fn a_uri_that_is_no_string_is_refused() {
    let client = client([resource("note://{id}", shown)]);
    for uri in [json!(7), json!(null), json!(["note://1"])] {
        let call = client.request("resources/read", json!({"uri": uri}));
        assert_eq!(call.await.refusal().await.1 / 100, -326, "{uri}");
    }
}

#[tokio::test]
async fn a_long_uri_that_names_nothing_is_not_repeated_whole() {
    let client = client([resource("note://{id}", note)]);
    for uri in ["none", "note"].map(|scheme| format!("{scheme}://{}", "x".repeat(10_240))) {
        let error = read(&client, &uri).await.error().await;
        assert_eq!(error["code"], -32602);
        let shown = error["data"]["uri"].as_str().unwrap();
        assert!(uri.starts_with(shown) && shown.len() == 8192, "{shown}");
        assert!(error.to_string().len() < 8192 + 200);
    }
}
