//! A layer around the server that does nothing changes nothing: the same status, headers and bytes as without it.

use http::{header::WWW_AUTHENTICATE, request::Parts};
use mcp_axum::{
    Args, Context, McpServer, McpService, Principal, Refusal, middleware, peer::AskError, prompt,
    protocol::Sample, resource, tool,
};
use serde_json::{Map, Value, json};

use crate::support::{Call, SESSIONFUL, TestClient};

async fn echo(Args(input): Args<Map<String, Value>>) -> String {
    Value::Object(input).to_string()
}

async fn ask(ctx: Context) -> Result<&'static str, AskError> {
    ctx.sample("answer", &Sample::new(1).user("?")).await?;
    Ok("asked")
}

fn server() -> McpServer {
    let routed = json!({"type": "object", "properties": {
        "region": {"type": "string", "x-mcp-header": "Region"},
    }});
    McpServer::new("layers", "1")
        .tool(tool("routed", echo).input_schema(routed))
        .tool(tool("ask", ask))
        .tool(tool("write", async || "written").requires_scope("write"))
        .tool(tool("boom", async || -> &'static str { panic!("boom") }).tag("hidden"))
        .resource(resource("a://text", async || "text"))
        .visible_if(|_, component| !component.has_tag("hidden"))
}

fn reader(_: &Parts) -> Result<Option<Principal>, Refusal> {
    Ok(Some(Principal::new("ada").scopes(["read"])))
}

fn client(server: McpServer) -> TestClient {
    TestClient::with(McpService::builder(server).principal(reader).build())
}

fn layered(server: McpServer) -> McpServer {
    let idle = async |request, next: middleware::Next| next.run(request).await;
    server.layer(middleware::from_fn(idle))
}

/// Requests that end in every way that needs no second look at them.
const REQUESTS: &[(&str, &str)] = &[
    ("server/discover", "{}"),
    ("tools/list", "{}"),
    ("tools/list", r#"{"cursor":"garbage"}"#),
    (
        "tools/call",
        r#"{"name":"routed","arguments":{"region":"eu"}}"#,
    ),
    ("tools/call", r#"{"name":"routed","arguments":[]}"#),
    ("tools/call", r#"{"name":"ask"}"#),
    ("tools/call", r#"{"name":"write"}"#),
    ("tools/call", r#"{"name":"boom"}"#),
    ("tools/call", r#"{"name":"no such"}"#),
    ("tools/call", "{}"),
    ("resources/read", r#"{"uri":"a://text"}"#),
    ("resources/read", r#"{"uri":"a://nowhere"}"#),
    ("prompts/list", "{}"),
    ("prompts/get", r#"{"name":"none is offered"}"#),
    ("completion/complete", "{}"),
    ("no/such", "{}"),
];

async fn check(what: &str, plain: Call, layered: Call) {
    let (plain, layered) = (plain.await, layered.await);
    assert_eq!(layered.status, plain.status, "{what}");
    let challenge = |reply: &crate::support::Reply| reply.headers.get(WWW_AUTHENTICATE).cloned();
    assert_eq!(challenge(&layered), challenge(&plain), "{what}");
    assert_eq!(layered.bytes().await, plain.bytes().await, "{what}");
}

#[tokio::test]
async fn a_request_that_stands_alone_is_answered_as_without_it() {
    let (plain, behind) = (client(server()), client(layered(server())));
    for (method, params) in REQUESTS {
        let params: Value = serde_json::from_str(params).expect("JSON");
        for region in ["eu", "us"] {
            let call = |client: &TestClient| {
                let call = client.request(method, params.clone());
                call.header("mcp-param-region", region)
            };
            check(
                &format!("{method} {params} {region}"),
                call(&plain),
                call(&behind),
            )
            .await;
        }
    }
}

#[tokio::test]
async fn a_request_of_a_session_is_answered_as_without_it() {
    let (plain, behind) = (client(server()), client(layered(server())));
    for revision in SESSIONFUL {
        let (plain, behind) = (plain.open(revision).await, behind.open(revision).await);
        for (method, params) in REQUESTS {
            let params: Value = serde_json::from_str(params).expect("JSON");
            let what = format!("{revision}: {method} {params}");
            let [plain, behind] = [&plain, &behind].map(|it| it.request(method, params.clone()));
            check(&what, plain, behind).await;
        }
    }
}

#[tokio::test]
async fn what_is_not_offered_is_not_offered_behind_it_either() {
    let bare = || McpServer::new("bare", "1").prompt(prompt("tidy", async || "Tidy up."));
    let (plain, behind) = (client(bare()), client(layered(bare())));
    for method in [
        "tools/list",
        "tools/call",
        "resources/read",
        "completion/complete",
    ] {
        let call =
            |client: &TestClient| client.request(method, json!({"name": "x", "uri": "x://y"}));
        check(method, call(&plain), call(&behind)).await;
    }
}
