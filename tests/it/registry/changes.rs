//! Adding, removing, hiding; all or nothing.

use mcp_axum::Error;
use serde_json::{Value, json};

use super::{a_prompt, a_resource, a_tool, client, shown};
use crate::support::{TestClient, panics::panic_of};

async fn status(client: &TestClient, method: &str, params: Value) -> bool {
    let message = client.request(method, params).await.message().await;
    message.get("result").is_some()
}

#[tokio::test]
async fn components_come_and_go_while_requests_are_answered() {
    let client = client();
    let registry = client.mcp.registry();
    registry.add_tool(a_tool("c")).unwrap();
    registry.add_prompt(a_prompt("c")).unwrap();
    registry.add_resource(a_resource("x://c")).unwrap();
    registry.add_resource(a_resource("x://u/{c}")).unwrap();
    assert!(registry.remove_tool("a") && registry.remove_prompt("a"));
    assert!(registry.remove_resource("x://a") && registry.remove_resource("x://t/{b}"));
    assert_eq!(
        shown(&client).await,
        [
            vec!["b", "c"],
            vec!["b", "c"],
            vec!["x://c"],
            vec!["x://u/{c}"]
        ]
    );
    for (method, params, there) in [
        ("tools/call", json!({"name": "a"}), false),
        ("tools/call", json!({"name": "c"}), true),
        ("prompts/get", json!({"name": "a"}), false),
        ("prompts/get", json!({"name": "c"}), true),
        ("resources/read", json!({"uri": "x://a"}), false),
        ("resources/read", json!({"uri": "x://t/1"}), false),
        ("resources/read", json!({"uri": "x://c"}), true),
        ("resources/read", json!({"uri": "x://u/1"}), true),
    ] {
        assert_eq!(
            status(&client, method, params.clone()).await,
            there,
            "{params}"
        );
    }
    assert!(!registry.remove_tool("a") && !registry.remove_prompt("a"));
    assert!(!registry.remove_resource("x://a"));
}

#[tokio::test]
async fn what_is_disabled_is_hidden_and_comes_back_in_its_place() {
    let client = client();
    let before = shown(&client).await;
    let set = |enabled: bool| {
        client.mcp.registry().update(|draft| {
            for (name, uri) in [("a", "x://a"), ("none", "x://t/{b}")] {
                let there = match enabled {
                    true => (draft.tools.enable(name), draft.prompts.enable(name)),
                    false => (draft.tools.disable(name), draft.prompts.disable(name)),
                };
                assert_eq!(there, (name == "a", name == "a"));
                match enabled {
                    true => draft.resources.enable(uri),
                    false => draft.resources.disable(uri),
                };
            }
            assert!(draft.tools.contains("a") && !draft.tools.contains("none"));
            Ok(())
        })
    };
    set(false).unwrap();
    assert_eq!(shown(&client).await, [vec!["b"], vec!["b"], vec![], vec![]]);
    assert!(!status(&client, "tools/call", json!({"name": "a"})).await);
    assert!(!status(&client, "prompts/get", json!({"name": "a"})).await);
    assert!(!status(&client, "resources/read", json!({"uri": "x://a"})).await);
    assert!(!status(&client, "resources/read", json!({"uri": "x://t/1"})).await);
    let taken = client.mcp.registry().add_tool(a_tool("a"));
    assert!(taken.is_err(), "a hidden name is still taken");
    set(true).unwrap();
    assert_eq!(shown(&client).await, before);
}

#[tokio::test]
async fn an_update_that_fails_changes_nothing() {
    let client = client();
    let before = shown(&client).await;
    let failed = client.mcp.registry().update(|draft| {
        assert!(draft.tools.remove("a") && draft.prompts.remove("a"));
        draft.tools.add(a_tool("new"))?;
        draft.resources.disable("x://a");
        draft.tools.add(a_tool("b"))
    });
    assert_eq!(
        failed.unwrap_err().to_string(),
        "tool `b` is registered twice"
    );
    assert_eq!(shown(&client).await, before);

    let panicked = panic_of(|| {
        client.mcp.registry().update(|draft| -> Result<(), Error> {
            draft.tools.remove("a");
            panic!("in the middle")
        })
    });
    assert_eq!(panicked.message, "in the middle");
    assert_eq!(shown(&client).await, before);
    client.mcp.registry().add_tool(a_tool("after")).unwrap();
    assert_eq!(shown(&client).await[0], ["a", "b", "after"]);
}

#[tokio::test]
async fn a_name_that_is_taken_is_an_error_that_says_so() {
    let client = client();
    let registry = client.mcp.registry();
    for (error, name) in [
        (registry.add_tool(a_tool("a")), "tool `a`"),
        (registry.add_prompt(a_prompt("a")), "prompt `a`"),
        (
            registry.add_resource(a_resource("x://a")),
            "resource `x://a`",
        ),
        (
            registry.add_resource(a_resource("x://t/{b}")),
            "resource `x://t/{b}`",
        ),
    ] {
        assert!(error.unwrap_err().to_string().contains(name), "{name}");
    }
}
