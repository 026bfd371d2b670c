//! Extractors that fail: what the client reads, and what the log says.

use axum::{
    Extension,
    extract::{FromRequestParts, Path},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::WWW_AUTHENTICATE, request::Parts};
use mcp_axum::{
    Args, Refusal, ToolError,
    extract::{Http, Rejection},
    prompt, resource, tool,
};
use serde_json::json;

use super::{Input, Language, User, client, server};
use crate::support::Log;

/// An axum extractor that always refuses, as a login would.
struct Refuses<const STATUS: u16>;

impl<S: Sync, const STATUS: u16> FromRequestParts<S> for Refuses<STATUS> {
    type Rejection = Response;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let status = StatusCode::from_u16(STATUS).expect("a status");
        let headers = [
            (WWW_AUTHENTICATE, "Bearer"),
            (http::header::RETRY_AFTER, "7"),
        ];
        Err((status, headers, "secret reason").into_response())
    }
}

#[tokio::test]
async fn a_login_that_refuses_keeps_its_status_and_headers() {
    async fn tools<const S: u16>(_: Http<Refuses<S>>) -> &'static str {
        "never"
    }
    let server = server()
        .tool(tool("s401", tools::<401>))
        .tool(tool("s403", tools::<403>))
        .tool(tool("s429", tools::<429>))
        .tool(tool("s503", tools::<503>))
        .prompt(prompt("s401", tools::<401>))
        .resource(resource("a://s401", tools::<401>));
    let client = client(server);
    let mut calls: Vec<_> = [401, 403, 429, 503]
        .map(|status| (status, client.tool(&format!("s{status}"), json!({}))))
        .into();
    calls.push((401, client.request("prompts/get", json!({"name": "s401"}))));
    calls.push((
        401,
        client.request("resources/read", json!({"uri": "a://s401"})),
    ));
    for (status, call) in calls {
        let reply = call.id(json!("mine")).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        assert_eq!(reply.header("retry-after"), Some("7"));
        let message = reply.message().await;
        assert_eq!(message["id"], "mine");
        assert!(message["error"]["code"].is_i64());
        assert!(!message.to_string().contains("secret"), "{message}");
    }
}

#[tokio::test]
async fn any_other_refusal_is_masked_and_named_in_the_log() {
    async fn teapot(_: Http<Refuses<418>>) -> &'static str {
        "never"
    }
    async fn path(_: Http<Path<u32>>) -> &'static str {
        "never"
    }
    let log = Log::capture();
    let client = client(
        server()
            .tool(tool("teapot", teapot))
            .tool(tool("path", path)),
    );
    for (name, parts) in [
        ("teapot", ["Refuses<418>", "418"]),
        ("path", ["Path<u32>", "400"]),
    ] {
        let reply = client.tool(name, json!({})).await;
        assert_eq!(
            (reply.status, reply.header("www-authenticate")),
            (StatusCode::OK, None)
        );
        let message = reply.message().await;
        assert!(!message.to_string().contains(parts[0]), "{message}");
        let lines = log.lines_with(parts[0]);
        assert_eq!(lines.len(), 1, "{}", log.text());
        assert!(
            lines[0].contains(parts[1]) && lines[0].contains("ERROR"),
            "{lines:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_extension_is_named_in_the_log_alone() {
    #[derive(Clone)]
    struct Forgotten;
    async fn wants(_: Extension<Forgotten>) -> &'static str {
        "never"
    }
    let log = Log::capture();
    let client = client(server().tool(tool("wants", wants)));
    let message = client.tool("wants", json!({})).await.message().await;
    assert!(!message.to_string().contains("Forgotten"), "{message}");
    let lines = log.lines_with("Forgotten");
    assert_eq!(lines.len(), 1, "{}", log.text());
    assert!(lines[0].contains("layer"), "it names the cure: {lines:?}");
}

#[tokio::test]
async fn option_and_result_leave_the_failure_to_the_handler() {
    #[derive(Clone)]
    struct Forgotten;
    async fn lenient(
        user: Option<Extension<User>>,
        forgotten: Option<Extension<Forgotten>>,
        login: Option<Http<Refuses<401>>>,
        input: Result<Args<Input>, Rejection>,
        teapot: Result<Http<Refuses<418>>, Rejection>,
        language: Result<Language, Rejection>,
    ) -> String {
        let seen = (
            user.is_some(),
            forgotten.is_some(),
            login.is_some(),
            teapot.is_ok(),
        );
        let input = input
            .map(|input| input.id)
            .map_err(|error| error.to_string());
        let language = language.map(|language| language.0);
        format!(
            "{seen:?} {input:?} {:?}",
            language.map_err(|error| error.to_string())
        )
    }
    let client = client(server().tool(tool("lenient", lenient)));
    let text = client.tool("lenient", json!({"id": 3})).await.text().await;
    let language = r#"Err("invalid arguments: say your language")"#;
    assert_eq!(
        text,
        format!("(true, false, false, false) Ok(3) {language}")
    );
    let call = client
        .tool("lenient", json!({}))
        .header("accept-language", "de");
    let text = call.await.text().await;
    assert!(
        text.ends_with(r#"Ok("de")"#) && text.contains("missing field `id`"),
        "{text}"
    );
}

#[tokio::test]
async fn a_rejection_may_go_on_through_the_question_mark() {
    async fn strict(login: Result<Http<Refuses<403>>, Rejection>) -> Result<String, ToolError> {
        login?;
        Ok("never".to_owned())
    }
    async fn refuse() -> Result<String, ToolError> {
        Err(ToolError::refuse(Refusal::new(
            StatusCode::TOO_MANY_REQUESTS,
        )))
    }
    let client = client(
        server()
            .tool(tool("strict", strict))
            .tool(tool("refuse", refuse)),
    );
    assert_eq!(client.tool("strict", json!({})).await.status, 403);
    assert_eq!(client.tool("refuse", json!({})).await.status, 429);
}

#[tokio::test]
async fn an_optional_login_is_none_where_it_is_missing_and_refuses_where_it_says_no() {
    async fn maybe<const S: u16>(login: Option<Http<Refuses<S>>>) -> &'static str {
        login.map_or("nobody", |_| "somebody")
    }
    let server = server()
        .tool(tool("s400", maybe::<400>))
        .tool(tool("s401", maybe::<401>))
        .tool(tool("s404", maybe::<404>))
        .tool(tool("s403", maybe::<403>))
        .tool(tool("s429", maybe::<429>))
        .tool(tool("s503", maybe::<503>))
        .tool(tool("s500", maybe::<500>));
    let client = client(server);
    for status in [400, 401, 404] {
        let reply = client.tool(&format!("s{status}"), json!({})).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.text().await, "nobody", "{status}");
    }
    for status in [403, 429, 503] {
        let reply = client.tool(&format!("s{status}"), json!({})).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("retry-after"), Some("7"));
        assert!(reply.error().await["code"].is_i64());
    }
    let broken = client.tool("s500", json!({})).await.result().await;
    assert_eq!(broken["isError"], true);
}
