//! What the list and the server say of themselves.

use axum::Json;
use mcp_axum::{Args, McpServer, prompt, protocol::Icon, resource, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::client;
use crate::support::TestClient;

/// Adds two numbers.
#[derive(Deserialize, JsonSchema)]
struct Add {
    /// The first one.
    a: i64,
    #[serde(default)]
    b: i64,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

async fn add(Args(input): Args<Add>) -> Json<Sum> {
    Json(Sum {
        sum: input.a + input.b,
    })
}

async fn list(client: &TestClient, method: &str) -> Value {
    client.request(method, json!({})).await.result().await
}

#[tokio::test]
async fn a_tool_is_described_by_its_input_unless_it_says_otherwise() {
    let client = client([
        tool("add", add),
        tool("said", add).description("Says it itself."),
        tool("silent", async || ()),
    ]);
    let tools = list(&client, "tools/list").await;
    assert_eq!(tools["tools"][0]["description"], "Adds two numbers.");
    assert_eq!(tools["tools"][1]["description"], "Says it itself.");
    assert_eq!(tools["tools"][2].get("description"), None);
    let schema = &tools["tools"][0]["inputSchema"];
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["required"], json!(["a"]));
    assert_eq!(schema["properties"]["a"]["description"], "The first one.");
    assert_eq!(schema["properties"]["b"]["default"], 0);
    let schema = &tools["tools"][0]["outputSchema"];
    assert_eq!(schema["properties"]["sum"]["type"], "integer");
    assert_eq!(schema["required"], json!(["sum"]));
}

#[tokio::test]
async fn a_tool_without_typed_output_has_no_output_schema() {
    let client = client([
        tool("text", async || "x"),
        tool("any", async || Json(json!({"a": 1}))),
        tool("result", async || {
            Ok::<_, mcp_axum::ToolError>(Json(Sum { sum: 1 }))
        }),
        tool("hand", async || "x").output_schema(json!({"type": "object"})),
    ]);
    let tools = list(&client, "tools/list").await;
    assert_eq!(tools["tools"][0].get("outputSchema"), None);
    assert_eq!(tools["tools"][1].get("outputSchema"), None);
    assert_eq!(tools["tools"][2]["outputSchema"]["type"], "object");
    assert_eq!(tools["tools"][3]["outputSchema"], json!({"type": "object"}));
}

#[tokio::test]
async fn everything_said_of_a_tool_is_in_the_list() {
    let icon = Icon::new("https://x.example/i.png").mime_type("image/png");
    let full = tool("full", async || ())
        .title("Full")
        .description("All of it.")
        .icon(icon.size("48x48").theme("dark"))
        .icon(Icon::new("data:image/png;base64,AA=="))
        .meta("example.com/rank", 7)
        .meta("example.com/tags", ["a", "b"])
        .read_only()
        .idempotent()
        .additive()
        .closed_world();
    let client = client([full, tool("danger", async || ()).destructive()]);
    let tools = list(&client, "tools/list").await;
    assert_eq!(
        tools["tools"][0],
        json!({
            "name": "full", "title": "Full", "description": "All of it.",
            "icons": [
                {"src": "https://x.example/i.png", "mimeType": "image/png",
                    "sizes": ["48x48"], "theme": "dark"},
                {"src": "data:image/png;base64,AA=="}],
            "inputSchema": {"type": "object", "additionalProperties": false},
            "annotations": {"readOnlyHint": true, "destructiveHint": false,
                "idempotentHint": true, "openWorldHint": false},
            "_meta": {"example.com/rank": 7, "example.com/tags": ["a", "b"]}
        })
    );
    assert_eq!(
        tools["tools"][1]["annotations"],
        json!({"destructiveHint": true})
    );
}

#[tokio::test]
async fn everything_said_of_the_server_is_on_its_card() {
    let server = McpServer::new("notes", "1.2.3")
        .title("Notes")
        .description("Keeps notes.")
        .website("https://notes.example")
        .icon(Icon::new("https://notes.example/i.svg"))
        .instructions("Search first.")
        .tool(tool("t", async || "x"));
    let client = TestClient::new(server);
    let card = json!({
        "name": "notes", "version": "1.2.3", "title": "Notes", "description": "Keeps notes.",
        "websiteUrl": "https://notes.example",
        "icons": [{"src": "https://notes.example/i.svg"}]
    });
    let discover = list(&client, "server/discover").await;
    assert_eq!(discover["instructions"], "Search first.");
    for result in [
        discover,
        list(&client, "tools/list").await,
        client.tool("t", json!({})).await.result().await,
    ] {
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"], card);
    }
    let bare = TestClient::new(McpServer::new("bare", "0"));
    let discover = list(&bare, "server/discover").await;
    assert_eq!(discover.get("instructions"), None);
    let card = &discover["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(*card, json!({"name": "bare", "version": "0"}));
}

#[tokio::test]
async fn capabilities_are_those_of_what_is_registered() {
    let hello = async || "hello";
    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its field's name matters")]
    struct Input {
        name: String,
    }
    let server = || McpServer::new("t", "1");
    let completed = prompt("p", async |_: Args<Input>| "p").complete("name", async || vec!["a"]);
    for (server, expected) in [
        (server(), json!([])),
        (server().tool(tool("t", hello)), json!(["tools"])),
        (server().dynamic_tools(), json!(["tools"])),
        (server().prompt(prompt("p", hello)), json!(["prompts"])),
        (server().dynamic_prompts(), json!(["prompts"])),
        (
            server().resource(resource("a://b", hello)),
            json!(["resources"]),
        ),
        (
            server().resource(resource("a://{b}", hello)),
            json!(["resources"]),
        ),
        (server().dynamic_resources(), json!(["resources"])),
        (
            server().prompt(completed),
            json!(["completions", "prompts"]),
        ),
    ] {
        let client = TestClient::new(server);
        let mut discover = list(&client, "server/discover").await;
        let mut capabilities = discover["capabilities"].take();
        capabilities.as_object_mut().unwrap().remove("logging");
        let names: Vec<&String> = capabilities.as_object().unwrap().keys().collect();
        assert_eq!(json!(names), expected);
        for (name, methods) in [
            ("tools", ["tools/list", "tools/call"]),
            ("prompts", ["prompts/list", "prompts/get"]),
            ("resources", ["resources/list", "resources/templates/list"]),
        ] {
            let offered = expected.as_array().unwrap().contains(&json!(name));
            for method in methods {
                let status = client.request(method, json!({"name": "x"})).await.status;
                assert_eq!(status, if offered { 200 } else { 404 }, "{method}");
            }
        }
    }
}

#[tokio::test]
async fn servers_are_merged_and_nested() {
    let one = McpServer::new("one", "1")
        .tool(tool("a", async || "a"))
        .prompt(prompt("p", async || "p"))
        .resource(resource("note://a", async || "a"));
    let two = || McpServer::new("two", "2").tool(tool("b", async || "b"));
    let nested = two()
        .prompt(prompt("q", async || "q"))
        .resource(resource("note://b", async || "b"));
    let client = TestClient::new(one.merge(two()).nest("sub", nested));
    let names = async |method: &str, member: &str, key: &str| {
        let list = list(&client, method).await;
        let entries = list[member].as_array().unwrap().iter();
        entries
            .map(|entry| entry[key].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names("tools/list", "tools", "name").await,
        ["a", "b", "sub_b"]
    );
    assert_eq!(
        names("prompts/list", "prompts", "name").await,
        ["p", "sub_q"]
    );
    assert_eq!(
        names("resources/list", "resources", "uri").await,
        ["note://a", "note://b"]
    );
    assert_eq!(client.tool("sub_b", json!({})).await.text().await, "b");
    let discover = list(&client, "server/discover").await;
    assert_eq!(
        discover["_meta"]["io.modelcontextprotocol/serverInfo"]["name"],
        "one"
    );
}
