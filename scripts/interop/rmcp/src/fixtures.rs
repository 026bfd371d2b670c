//! Every fixture that the server lists, against what `fixtures.json` says of its end.

use rmcp::{
    ServiceError,
    model::{
        CallToolRequestParams, GetPromptRequestParams, ProtocolVersion, ReadResourceRequestParams,
    },
};
use serde_json::{Map, Value, json};

use crate::{Client, Outcome};

enum Fixture {
    Tool(String),
    Prompt(String),
    Resource(String),
}

/// Calls all that is listed and compares how it ends.
pub async fn every(client: &Client, revision: &ProtocolVersion) -> Outcome {
    let fixtures: Value = serde_json::from_str(include_str!("../../fixtures.json"))?;
    let mut promised = promised(&fixtures, revision.as_str());
    for fixture in listed(client).await? {
        let (Fixture::Tool(name) | Fixture::Prompt(name) | Fixture::Resource(name)) = &fixture;
        let promise = promised.remove(name);
        if fixtures["leftOut"].get(name).is_none() {
            let result = call(client, &fixture, &fixtures["arguments"]).await;
            assert_eq!(
                Some(json!(end(result, revision.as_str()))),
                promise,
                "{name}"
            );
        }
    }
    assert!(promised.is_empty(), "not listed: {promised:?}");
    Ok(())
}

async fn listed(client: &Client) -> Outcome<Vec<Fixture>> {
    let tools = client.list_all_tools().await?.into_iter();
    let prompts = client.list_all_prompts().await?.into_iter();
    let resources = client.list_all_resources().await?.into_iter();
    let fixtures = tools
        .map(|tool| Fixture::Tool(tool.name.into_owned()))
        .chain(prompts.map(|prompt| Fixture::Prompt(prompt.name)))
        .chain(resources.map(|resource| Fixture::Resource(resource.uri)));
    Ok(fixtures.collect())
}

async fn call(
    client: &Client,
    fixture: &Fixture,
    arguments: &Value,
) -> Result<Value, ServiceError> {
    let arguments = |name: &str| arguments[name].as_object().cloned().unwrap_or_default();
    Ok(match fixture {
        Fixture::Tool(name) => {
            let params = CallToolRequestParams::new(name.clone()).with_arguments(arguments(name));
            json!(client.call_tool(params).await?)
        }
        Fixture::Prompt(name) => {
            let params = GetPromptRequestParams::new(name).with_arguments(arguments(name));
            json!(client.get_prompt(params).await?)
        }
        Fixture::Resource(uri) => {
            let params = ReadResourceRequestParams::new(uri);
            json!(client.read_resource(params).await?)
        }
    })
}

/// How every fixture ends for a client of this revision.
fn promised(fixtures: &Value, revision: &str) -> Map<String, Value> {
    let all = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut promises = all(&fixtures["leftOut"]);
    for (since, ends) in all(&fixtures["ends"]) {
        for (name, end) in all(&ends) {
            if since.as_str() <= revision {
                promises.insert(name, end);
            } else {
                promises.entry(name).or_insert_with(|| json!("refused"));
            }
        }
    }
    promises
}

/// How a fixture has ended, as `promised` tells it.
fn end(result: Result<Value, ServiceError>, revision: &str) -> String {
    let (failed, said) = match &result {
        Ok(result) => (result["isError"] == true, tell_all(result)),
        Err(ServiceError::McpError(error)) => (true, error.message.to_string()),
        Err(error) => (true, error.to_string()),
    };
    let refusal = format!("a client of {revision} cannot be asked this");
    match failed {
        false => said,
        true if said.starts_with(&refusal) => "refused".to_owned(),
        true => format!("error: {said}"),
    }
}

fn tell_all(result: &Value) -> String {
    let lists = ["content", "contents", "messages"].map(|list| result[list].as_array());
    let blocks = lists.into_iter().flatten().flatten();
    let said: Vec<String> = blocks.map(tell).collect();
    said.join(" | ")
}

fn tell(block: &Value) -> String {
    // A message holds one block.
    let block = block.get("content").unwrap_or(block);
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match (block.get("text"), block.get("resource")) {
        (Some(text), _) => word(text),
        (None, Some(resource)) => {
            format!("{} {}", word(&resource["uri"]), word(&resource["mimeType"]))
        }
        (None, None) => word(&block["mimeType"]),
    }
}
