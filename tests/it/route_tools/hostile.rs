//! Values that would like to be more than a value.

use http::Method;
use mcp_axum::route_tool::route_tool;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{client, echo};

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only the schema is of use")]
struct Search {
    text: String,
}

async fn call(path: &str, arguments: Value) -> Result<String, String> {
    let route = route_tool(&echo(), Method::GET, path);
    let client = client([route.query::<Search>().tool("route")]);
    let result = client.tool("route", arguments).await.result().await;
    if result["isError"] == true {
        return Err(result["content"][0]["text"].to_string());
    }
    Ok(result["structuredContent"]["request"]
        .as_str()
        .expect("a request")
        .to_owned())
}

#[tokio::test]
async fn a_value_of_the_path_fills_its_segment_and_no_more() {
    for (value, expected) in [
        ("a/b", "a%2Fb"),
        ("a?b=c", "a%3Fb%3Dc"),
        ("a#b", "a%23b"),
        ("a b", "a%20b"),
        ("a%2fb", "a%252fb"),
        ("%2e%2e", "%252e%252e"),
        ("a\\b", "a%5Cb"),
        ("a;b", "a%3Bb"),
        ("a\r\nHost: b", "a%0D%0AHost%3A%20b"),
        ("é", "%C3%A9"),
        ("...", "..."),
        ("a..b", "a..b"),
        ("a/", "a%2F"),
        ("//evil", "%2F%2Fevil"),
        ("{id}", "%7Bid%7D"),
    ] {
        let got = call("/files/{id}/raw", json!({"id": value, "text": "t"})).await;
        assert_eq!(
            got,
            Ok(format!("GET /files/{expected}/raw?text=t")),
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_value_that_would_climb_or_vanish_is_refused() {
    for value in [
        "",
        ".",
        "..",
        "../x",
        "x/..",
        "x/./y",
        "..\\x",
        "x\\..",
        "a\0b",
        "\0",
        "/..",
        "x/../../y",
    ] {
        for path in ["/files/{id}", "/files/{id}/raw", "/files/{*id}"] {
            let told = call(path, json!({"id": value, "text": "t"})).await;
            let told = told.expect_err(value);
            assert!(told.contains("`id`"), "{value:?} in {path}: {told}");
        }
    }
}

#[tokio::test]
async fn a_rest_keeps_its_slashes_and_escapes_all_else() {
    for (value, expected) in [
        ("a/b/c.txt", Some("a/b/c.txt")),
        ("a b/c?d", Some("a%20b/c%3Fd")),
        ("/a", None),
        ("a//b", None),
        ("a/", None),
    ] {
        let got = call("/files/{*id}", json!({"id": value, "text": "t"})).await;
        let expected = expected.map(|path| format!("GET /files/{path}?text=t"));
        assert_eq!(got.ok(), expected, "{value}");
    }
}

#[tokio::test]
async fn a_value_of_the_query_adds_no_key() {
    let got = call("/f/{id}", json!({"id": "1", "text": "a&id=2#x=y+z\0"})).await;
    assert_eq!(
        got,
        Ok("GET /f/1?text=a%26id%3D2%23x%3Dy%2Bz%00".to_owned())
    );
}

#[tokio::test]
async fn a_url_that_is_too_long_is_told() {
    let told = call("/f/{id}", json!({"id": "x".repeat(70_000), "text": "t"})).await;
    assert!(told.expect_err("too long").contains("too long"));
}

#[tokio::test]
async fn braces_of_the_route_stand_for_themselves() {
    let got = call("/{{x}}/{id}", json!({"id": "1", "text": "t"})).await;
    assert_eq!(got, Ok("GET /%7Bx%7D/1?text=t".to_owned()));
}
