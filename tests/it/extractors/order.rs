//! Extractors of every kind, side by side.

use axum::{
    Extension,
    extract::{OriginalUri, Path, State},
};
use http::HeaderMap;
use mcp_axum::{
    Args, Context, Registry, extract::Http, peer::InputResponses, prompt, resource,
    server::Notifier, tool,
};
use serde_json::{Value, json};

use super::{App, Counter, Input, Language, User, client, server};

/// Takes one of each.
#[expect(clippy::too_many_arguments, reason = "as many kinds as there are")]
async fn forth(
    State(app): State<App>,
    Extension(user): Extension<User>,
    Http(headers): Http<HeaderMap>,
    Http(Path(tenant)): Http<Path<String>>,
    Http(OriginalUri(uri)): Http<OriginalUri>,
    State(counter): State<Counter>,
    ctx: Context,
    Args(input): Args<Input>,
    Language(language): Language,
) -> String {
    let (name, method) = (app.name, ctx.method());
    let accepts = headers.contains_key("accept");
    let numbers = (uri.query(), counter.0, input.id);
    format!(
        "{name} {} {accepts} {tenant} {numbers:?} {method} {language}",
        user.0
    )
}

/// The same the other way round.
#[expect(clippy::too_many_arguments, reason = "as many kinds as there are")]
async fn back(
    Language(language): Language,
    Args(input): Args<Input>,
    responses: InputResponses,
    ctx: Context,
    State(counter): State<Counter>,
    Http(OriginalUri(uri)): Http<OriginalUri>,
    Http(Path(tenant)): Http<Path<String>>,
    Http(headers): Http<HeaderMap>,
    Extension(user): Extension<User>,
    State(app): State<App>,
) -> String {
    assert!(responses.get("none").is_none());
    let (app, user) = (State(app), Extension(user));
    let tail = (Http(Path(tenant)), Http(OriginalUri(uri)), State(counter));
    let (args, language) = (Args(input), Language(language));
    forth(
        app,
        user,
        Http(headers),
        tail.0,
        tail.1,
        tail.2,
        ctx,
        args,
        language,
    )
    .await
}

#[tokio::test]
async fn extractors_come_in_any_order_for_every_kind() {
    let server = server()
        .tool(tool("forth", forth))
        .tool(tool("back", back))
        .prompt(prompt("forth", forth))
        .resource(resource("a://{id}", forth));
    let client = client(server);
    for (method, params, text) in [
        (
            "tools/call",
            json!({"name": "forth", "arguments": {"id": 3}}),
            "/content/0/text",
        ),
        (
            "tools/call",
            json!({"name": "back", "arguments": {"id": 3}}),
            "/content/0/text",
        ),
        (
            "prompts/get",
            json!({"name": "forth", "arguments": {"id": "3"}}),
            "/messages/0/content/text",
        ),
        (
            "resources/read",
            json!({"uri": "a://3"}),
            "/contents/0/text",
        ),
    ] {
        let call = client
            .request(method, params)
            .header("accept-language", "de");
        let result = call.await.result().await;
        let expected = format!("app ada true acme (Some(\"q=1\"), 7, 3) {method} de");
        assert_eq!(
            result.pointer(text),
            Some(&Value::from(expected)),
            "{result}"
        );
    }
}

#[tokio::test]
async fn the_registry_and_the_notifier_are_at_hand() {
    async fn retire(registry: Registry, notifier: Notifier, ctx: Context) -> String {
        notifier.resource_updated("a://b");
        registry
            .remove_tool(&ctx.target().expect("a call has a target"))
            .to_string()
    }
    let client = client(server().tool(tool("retire", retire)).dynamic_tools());
    assert_eq!(client.tool("retire", json!({})).await.text().await, "true");
    assert_eq!(
        client.tool("retire", json!({})).await.refusal().await,
        (200, -32602)
    );
}
