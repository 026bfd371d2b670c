//! What a resource may return, and what is said of it.

use std::time::Duration;

use axum::Json;
use bytes::Bytes;
use mcp_axum::{
    BoxError,
    protocol::{
        Annotations, CacheHint, ErrorObject, Icon, Meta, ReadResourceResult, ResourceContents,
    },
    resource,
    resource::ResourceError,
};
use serde_json::{Value, json};

use super::{client, read};
use crate::support::Log;

#[tokio::test]
async fn each_form_becomes_its_contents() {
    let contents = |uri: &str| ResourceContents::text(uri, "x");
    let client = client([
        resource("a://string", async || "text".to_owned()),
        resource("a://str", async || "text"),
        resource("a://vec", async || vec![0_u8, 1, 255]),
        resource("a://bytes", async || Bytes::from_static(&[0, 1, 255])),
        resource("a://json", async || Json(json!({"a": [1, "é"]}))),
        resource("a://own", async move || {
            contents("a://else").mime_type("x/y")
        }),
        resource("a://many", async move || {
            vec![contents("a://1"), contents("a://2")]
        }),
        resource("a://some", async || Some("text")),
        resource("a://ok", async || Ok::<_, ResourceError>("text")),
        resource("a://boxed", async || Ok::<_, BoxError>(Some(Json(7)))),
    ]);
    for (name, expected) in [
        ("string", json!([{"uri": "a://string", "text": "text"}])),
        ("str", json!([{"uri": "a://str", "text": "text"}])),
        ("vec", json!([{"uri": "a://vec", "blob": "AAH/"}])),
        ("bytes", json!([{"uri": "a://bytes", "blob": "AAH/"}])),
        (
            "json",
            json!([{"uri": "a://json", "mimeType": "application/json",
            "text": r#"{"a":[1,"é"]}"#}]),
        ),
        (
            "own",
            json!([{"uri": "a://else", "mimeType": "x/y", "text": "x"}]),
        ),
        (
            "many",
            json!([{"uri": "a://1", "text": "x"}, {"uri": "a://2", "text": "x"}]),
        ),
        ("some", json!([{"uri": "a://some", "text": "text"}])),
        ("ok", json!([{"uri": "a://ok", "text": "text"}])),
        (
            "boxed",
            json!([{"uri": "a://boxed", "mimeType": "application/json", "text": "7"}]),
        ),
    ] {
        let reply = read(&client, &format!("a://{name}")).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.result().await["contents"], expected, "{name}");
    }
}

#[tokio::test]
async fn the_media_type_of_the_registration_fills_in_what_contents_leave_out() {
    let two = async || {
        let said = ResourceContents::text("a://1", "x").mime_type("text/html");
        vec![said, ResourceContents::blob("a://2", [1])]
    };
    let client = client([resource("a://two", two).mime_type("text/plain")]);
    let result = read(&client, "a://two").await.result().await;
    assert_eq!(result["contents"][0]["mimeType"], "text/html");
    assert_eq!(result["contents"][1]["mimeType"], "text/plain");
}

#[tokio::test]
async fn a_cache_hint_is_of_the_resource_unless_the_result_has_its_own() {
    let hint = |seconds| CacheHint::public(Duration::from_secs(seconds));
    let own = move || {
        let contents = ResourceContents::text("a://own", "x");
        ReadResourceResult::new([contents]).cache(CacheHint::private(Duration::from_millis(5)))
    };
    let client = client([
        resource("a://none", async || "x"),
        resource("a://some", async || "x").cache(hint(9)),
        resource("a://own", async move || own()).cache(hint(9)),
    ]);
    for (uri, ttl, scope) in [
        ("a://none", 0, "private"),
        ("a://some", 9000, "public"),
        ("a://own", 5, "private"),
    ] {
        let result = read(&client, uri).await.result().await;
        assert_eq!(result["ttlMs"], ttl, "{uri}");
        assert_eq!(result["cacheScope"], scope, "{uri}");
    }
}

#[tokio::test]
async fn each_list_has_a_hint_of_its_own() {
    let hint = |ms| CacheHint::public(Duration::from_millis(ms));
    let server = mcp_axum::McpServer::new("t", "1")
        .tool(mcp_axum::tool("t", async || ()))
        .prompt(mcp_axum::prompt("p", async || "p"))
        .resource(resource("a://b", async || "x"))
        .cache_tools(hint(1))
        .cache_resources(hint(2))
        .cache_prompts(hint(3))
        .cache_discover(hint(4));
    let client = crate::support::TestClient::new(server);
    for (method, ttl) in [
        ("tools/list", 1),
        ("resources/list", 2),
        ("resources/templates/list", 2),
        ("prompts/list", 3),
        ("server/discover", 4),
    ] {
        let result = client.request(method, json!({})).await.result().await;
        assert_eq!(
            (&result["ttlMs"], &result["cacheScope"]),
            (&json!(ttl), &json!("public"))
        );
    }
}

#[tokio::test]
async fn everything_said_of_a_resource_is_in_its_list() {
    let annotations = Annotations {
        last_modified: Some("2026-01-01T00:00:00Z".to_owned()),
        ..Annotations::default()
    };
    let say = |resource: mcp_axum::Resource| {
        resource
            .name("notes")
            .title("Notes")
            .description("All notes.")
            .mime_type("text/plain")
            .icon(Icon::new("https://x.example/i.png"))
            .annotations(annotations.clone())
            .meta("example.com/rank", 1)
            .size(42)
    };
    let client = client([
        say(resource("note://all", async || "x")),
        say(resource("note://{+any}", async || "x")),
        resource("note://bare", async || "x"),
    ]);
    let said = json!({
        "name": "notes", "title": "Notes", "description": "All notes.", "mimeType": "text/plain",
        "icons": [{"src": "https://x.example/i.png"}],
        "annotations": {"lastModified": "2026-01-01T00:00:00Z"}, "_meta": {"example.com/rank": 1}
    });
    let with = |mut said: Value, key: &str, value: Value| {
        said[key] = value;
        said
    };
    let fixed = with(
        with(said.clone(), "uri", json!("note://all")),
        "size",
        json!(42),
    );
    let list = client
        .request("resources/list", json!({}))
        .await
        .result()
        .await;
    let bare = json!({"uri": "note://bare", "name": "note://bare"});
    assert_eq!(list["resources"], json!([fixed, bare]));
    let list = client
        .request("resources/templates/list", json!({}))
        .await
        .result()
        .await;
    let template = with(said, "uriTemplate", json!("note://{+any}"));
    assert_eq!(list["resourceTemplates"], json!([template]));
}

#[tokio::test]
async fn failures_are_told_masked_or_not_found() {
    let log = Log::capture();
    let broken = async || Err::<String, _>(ResourceError::from("secret cause"));
    let client = client([
        resource("a://none", async || None::<String>),
        resource("a://gone", async || {
            Err::<String, _>(ResourceError::not_found())
        }),
        resource("a://told", async || {
            Err::<String, _>(ResourceError::new("closed today"))
        }),
        resource("a://own", async || {
            Err::<String, _>(ResourceError::protocol(ErrorObject::new(99, "own")))
        }),
        resource("a://broken", broken),
    ]);
    for (name, code, message) in [
        ("none", -32602, "resource not found"),
        ("gone", -32602, "resource not found"),
        ("unknown", -32602, "resource not found"),
        ("told", -32603, "closed today"),
        ("own", 99, "own"),
    ] {
        let reply = read(&client, &format!("a://{name}")).await;
        assert_eq!(reply.status, 200, "{name}");
        let error = reply.error().await;
        assert_eq!(
            (&error["code"], &error["message"]),
            (&json!(code), &json!(message))
        );
    }
    let error = read(&client, "a://broken").await.error().await;
    assert_eq!(error["code"], -32603);
    let message = error["message"].as_str().unwrap();
    assert!(!message.contains("secret"), "{message}");
    let id = message.rsplit(' ').next().unwrap();
    let lines = log.lines_with("secret cause");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].contains(id), "{lines:?}");
}

#[tokio::test]
async fn the_meta_of_a_result_and_of_contents_is_kept() {
    let meta = |value: i32| Meta::from_iter([("example.com/a".to_owned(), json!(value))]);
    let read_it = async move || {
        ReadResourceResult::new([ResourceContents::text("a://m", "x").meta(meta(1))]).meta(meta(2))
    };
    let client = client([resource("a://m", read_it)]);
    let result = read(&client, "a://m").await.result().await;
    assert_eq!(result["contents"][0]["_meta"], json!({"example.com/a": 1}));
    assert_eq!(result["_meta"]["example.com/a"], 2);
}
