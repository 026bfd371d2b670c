//! What becomes of a route's answer.

use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use mcp_axum::route_tool::route_tool;
use serde_json::{Value, json};

use super::client;

/// Calls a route that gives this answer.
async fn answered<R>(answer: R) -> Value
where
    R: IntoResponse + Clone + Send + Sync + 'static,
{
    let app = Router::new().route("/a/b", get(async move || answer));
    let client = client([route_tool(&app, Method::GET, "/a/b").tool("route")]);
    let mut result = client.tool("route", json!({})).await.result().await;
    result
        .as_object_mut()
        .expect("a result")
        .retain(|name, _| ["content", "structuredContent", "isError"].contains(&name.as_str()));
    result
}

fn text(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

fn error(told: &str) -> Value {
    json!({"content": [{"type": "text", "text": told}], "isError": true})
}

fn typed(kind: &'static str, body: &'static [u8]) -> impl IntoResponse + Clone + use<> {
    ([(header::CONTENT_TYPE, kind)], body)
}

#[tokio::test]
async fn json_is_structured_and_repeated_as_text() {
    for (kind, body, structured) in [
        ("application/json", &br#"{"a":1}"#[..], json!({"a": 1})),
        (
            "application/json; charset=utf-8",
            br#"{"a":1}"#,
            json!({"a": 1}),
        ),
        ("Application/Problem+JSON", br#"{"a":1}"#, json!({"a": 1})),
        ("application/json", b"[1,2]", json!([1, 2])),
        ("application/json", b"null", Value::Null),
    ] {
        let body_text = std::str::from_utf8(body).expect("a text");
        let mut expected = text(body_text);
        expected["structuredContent"] = structured;
        assert_eq!(answered(typed(kind, body)).await, expected, "{kind}");
    }
}

#[tokio::test]
async fn every_kind_of_body_has_its_block() {
    for (kind, body, expected) in [
        ("text/plain", &b"hello"[..], text("hello")),
        ("text/html; charset=utf-8", b"<p>", text("<p>")),
        ("application/xml", b"<a/>", text("<a/>")),
        ("image/svg+xml", b"<svg/>", text("<svg/>")),
        (
            "image/png",
            b"\x89PNG",
            json!({"content": [{"type": "image", "data": "iVBORw==", "mimeType": "image/png"}]}),
        ),
        (
            "audio/wav",
            b"RIFF",
            json!({"content": [{"type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"}]}),
        ),
        (
            "application/pdf",
            b"%PDF",
            json!({"content": [{"type": "resource", "resource":
                {"uri": "route:/a/b", "mimeType": "application/pdf", "blob": "JVBERg=="}}]}),
        ),
        (
            "text/plain; charset=latin1",
            b"\xe9",
            json!({"content": [{"type": "resource", "resource":
                {"uri": "route:/a/b", "mimeType": "text/plain", "blob": "6Q=="}}]}),
        ),
    ] {
        assert_eq!(answered(typed(kind, body)).await, expected, "{kind}");
    }
}

#[tokio::test]
async fn a_body_without_a_type_is_text_where_it_can_be() {
    #[derive(Clone)]
    struct Bare(&'static [u8]);
    impl IntoResponse for Bare {
        fn into_response(self) -> Response {
            Response::new(Body::from(self.0))
        }
    }
    assert_eq!(answered(Bare(b"hello")).await, text("hello"));
    let result = answered(Bare(b"\xff")).await;
    assert_eq!(
        result["content"][0]["resource"]["mimeType"],
        "application/octet-stream"
    );
}

#[tokio::test]
async fn an_answer_without_a_body_tells_its_status() {
    assert_eq!(
        answered(StatusCode::NO_CONTENT).await,
        text("204 No Content")
    );
    assert_eq!(answered(StatusCode::CREATED).await, text("201 Created"));
}

#[tokio::test]
async fn a_status_that_is_no_success_is_an_error() {
    for (status, said, told) in [
        (404, "no such user", "404 Not Found: no such user"),
        (404, "", "404 Not Found"),
        (400, r#"{"why":"x"}"#, r#"400 Bad Request: {"why":"x"}"#),
        (401, "", "401 Unauthorized"),
        (500, "oops\n", "500 Internal Server Error: oops"),
        (599, "odd", "599 <unknown status code>: odd"),
    ] {
        let status = StatusCode::from_u16(status).expect("a status");
        assert_eq!(answered((status, said)).await, error(told));
    }
    let waits = (
        StatusCode::TOO_MANY_REQUESTS,
        [(header::RETRY_AFTER, "30")],
        "slow down",
    );
    assert_eq!(
        answered(waits).await,
        error("429 Too Many Requests (retry after 30): slow down")
    );
    let long = "x".repeat(5000);
    let result = answered((StatusCode::BAD_REQUEST, long)).await;
    let told = result["content"][0]["text"].as_str().expect("a text");
    assert_eq!(told.chars().count(), "400 Bad Request: ".len() + 4096 + 1);
}

#[tokio::test]
async fn a_redirect_is_an_error_that_names_where_to() {
    #[derive(Clone)]
    struct Elsewhere;
    impl IntoResponse for Elsewhere {
        fn into_response(self) -> Response {
            Redirect::to("/login?next=1").into_response()
        }
    }
    assert_eq!(
        answered(Elsewhere).await,
        error("303 See Other: the answer is at `/login?next=1`")
    );
    assert_eq!(
        answered(StatusCode::NOT_MODIFIED).await,
        error("304 Not Modified")
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_an_error_that_says_why() {
    let result = answered(typed("application/json", b"{\"a\":")).await;
    let told = result["content"][0]["text"].as_str().expect("a text");
    assert!(
        told.starts_with("200 OK: the answer says it is JSON, and is not"),
        "{told}"
    );
    assert_eq!(result["isError"], true);

    let zipped = ([(header::CONTENT_ENCODING, "gzip")], "??");
    assert_eq!(
        answered(zipped).await,
        error("200 OK: the answer is encoded with `gzip`, which was not asked for")
    );
}

#[tokio::test]
async fn headers_of_the_answer_stay_behind() {
    let app = Router::new().route(
        "/",
        get(async || ([("set-cookie", "a=b"), ("x-secret", "s")], "hello")),
    );
    let client = client([route_tool(&app, Method::GET, "/").tool("route")]);
    let reply = client.tool("route", json!({})).await;
    assert_eq!(reply.header("set-cookie"), None);
    assert_eq!(reply.header("x-secret"), None);
    let message = reply.message().await.to_string();
    assert!(
        !message.contains("a=b") && !message.contains("x-secret"),
        "{message}"
    );
}

#[tokio::test]
async fn a_missing_route_is_told_as_404() {
    let app: Router = Router::new();
    let client = client([route_tool(&app, Method::GET, "/nowhere").tool("route")]);
    let result = client.tool("route", json!({})).await.result().await;
    assert_eq!(result["isError"], true);
    assert_eq!(result["content"][0]["text"], "404 Not Found");
}
