//! `Debug` of what ends up in logs: no token, key, argument or identity.

use std::fmt::Debug;

use axum::extract::State;
use mcp_axum::{
    Args, Context, McpServer, McpService, Principal, peer::StateKeys, prompt, resource, tool,
};
use serde_json::{Map, Value, json};

use crate::support::TestClient;

const KEY: [u8; 32] = *b"s3cret-s3cret-s3cret-s3cret-s3cr";

fn shown(value: &impl Debug) -> String {
    format!("{value:?} {value:#?}")
}

fn principal() -> Principal {
    Principal::new("s3cret|ada")
        .display("Ada")
        .scopes(["read"])
        .claims("s3cret claims".to_owned())
}

async fn show(ctx: Context, _: Option<Args<Map<String, Value>>>) -> String {
    shown(&ctx)
}

fn service() -> McpService {
    async fn state(State(secret): State<String>) -> String {
        secret
    }
    let server = McpServer::new("secrets", "1")
        .tool(tool("state", state))
        .with_state("s3cret state".to_owned())
        .tool(tool("show", show))
        .prompt(prompt("show", async |ctx: Context| shown(&ctx)))
        .resource(resource("a://b", async |ctx: Context| shown(&ctx)));
    McpService::builder(server)
        .state_keys(StateKeys::new(KEY).accept(KEY))
        .principal(|_| Ok(Some(principal())))
        .build()
}

#[tokio::test]
async fn a_context_shows_its_target_and_nothing_that_came_with_it() {
    let client = TestClient::with(service());
    let secret = json!({"secret": "s3cret"});
    let get = json!({"name": "show", "arguments": secret});
    for (call, target) in [
        (client.tool("show", secret), "show"),
        (client.request("prompts/get", get), "show"),
        (
            client.request("resources/read", json!({"uri": "a://b"})),
            "a://b",
        ),
    ] {
        let result = call
            .header("authorization", "Bearer s3cret")
            .header("cookie", "s3cret")
            .path("/mcp?token=s3cret")
            .param("inputResponses", json!({"s3cret": {"s3cret": "s3cret"}}))
            .meta("example.com/s3cret", json!("s3cret"))
            .await
            .result()
            .await;
        let text = result.to_string();
        assert!(
            text.contains("Context {") && text.contains(target),
            "{text}"
        );
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[test]
fn keys_and_identities_are_not_shown() {
    let keys = shown(&StateKeys::new(KEY).accept([0xAB; 32]));
    // As text, as a list of numbers, and in hexadecimal.
    for secret in ["s3cret", "115", "171", "7333", "abab", "ABAB"] {
        assert!(!keys.contains(secret), "{keys}");
    }
    assert!(keys.contains("redacted"), "{keys}");
    let ada = shown(&principal());
    assert!(ada.contains("Ada") && ada.contains("read"), "{ada}");
    assert!(!ada.contains("s3cret"), "{ada}");
}

#[tokio::test]
async fn a_service_shows_its_settings_only() {
    let client = TestClient::with(service());
    client.tool("state", json!({"secret": "s3cret"})).await;
    let lifespan = client.mcp.lifespan();
    for text in [
        shown(&client.mcp),
        shown(&lifespan),
        shown(client.mcp.registry()),
    ] {
        assert!(!text.contains("s3cret") && !text.contains("115"), "{text}");
    }
    assert!(shown(&client.mcp).contains("McpService"));
}
