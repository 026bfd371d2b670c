//! rmcp's client against `examples/everything`, in every revision: `mcp-axum-interop URL`. It panics at the first surprise.
#![expect(
    deprecated,
    reason = "subscriptions and log levels are on their way out"
)]

mod fixtures;
mod host;

use std::{env, error::Error, time::Duration};

use rmcp::{
    ClientLifecycleMode, ClientServiceExt, RoleClient, ServiceError,
    model::*,
    service::{PeerRequestOptions, RunningService},
    transport::StreamableHttpClientTransport,
};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::host::{Heard, Host};

type Client = RunningService<RoleClient, Host>;
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const NEWEST: ProtocolVersion = ProtocolVersion::V_2026_07_28;
const WATCHED: &str = "test://watched-resource";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let url = env::args().nth(1).ok_or("where is the server?")?;
    let older = [
        ProtocolVersion::V_2025_11_25,
        ProtocolVersion::V_2025_06_18,
        ProtocolVersion::V_2025_03_26,
        ProtocolVersion::V_2024_11_05,
    ];
    let either = ClientLifecycleMode::Auto {
        preferred_versions: vec![NEWEST],
        legacy_version: Some(ProtocolVersion::V_2025_11_25),
    };
    timeout(Duration::from_secs(60), talk(&url, NEWEST, either)).await??;
    let newest = ClientLifecycleMode::Discover {
        preferred_versions: vec![NEWEST],
    };
    timeout(Duration::from_secs(60), talk(&url, NEWEST, newest)).await??;
    for revision in older {
        let talk = talk(&url, revision, ClientLifecycleMode::Initialize);
        timeout(Duration::from_secs(60), talk).await??;
    }
    Ok(())
}

/// Tries all that a client of this revision can do.
async fn talk(url: &str, revision: ProtocolVersion, mode: ClientLifecycleMode) -> Outcome {
    let heard = Heard::default();
    let host = Host {
        revision: revision.clone(),
        answers: true,
        heard: heard.clone(),
    };
    let client = connect(url, host, &mode).await?;
    let server = client.peer_info().ok_or("nobody introduced themselves")?;
    assert_eq!(server.protocol_version, revision);

    lists(&client).await?;
    tells(&client, &heard).await?;
    asks(&client, &revision).await?;
    cancels(&client).await?;
    assert_eq!(
        say(&client, "test_reconnection", json!({})).await?,
        "Reconnection test completed successfully"
    );
    if revision == NEWEST {
        listens(&client).await?;
    } else {
        subscribes(&client, &heard).await?;
    }
    fixtures::every(&client, &revision).await?;
    client.cancel().await?;

    let mute = Host {
        revision: revision.clone(),
        answers: false,
        heard,
    };
    lacks(&connect(url, mute, &mode).await?, &revision).await?;
    println!("ok   {revision}, {mode:?}");
    Ok(())
}

async fn connect(url: &str, host: Host, mode: &ClientLifecycleMode) -> Outcome<Client> {
    let transport = StreamableHttpClientTransport::from_uri(url);
    Ok(host.serve_with_lifecycle(transport, mode.clone()).await?)
}

async fn lists(client: &Client) -> Outcome {
    assert_eq!(client.list_all_tools().await?[0].name, "test_simple_text");
    assert_eq!(
        client.list_all_resources().await?[0].uri,
        "test://static-text"
    );
    assert_eq!(client.list_all_resource_templates().await?.len(), 1);
    assert_eq!(client.list_all_prompts().await?.len(), 5);

    let read = async |uri: &str| {
        client
            .read_resource(ReadResourceRequestParams::new(uri))
            .await
    };
    assert!(json!(read("test://static-text").await?)["contents"][0]["text"].is_string());
    assert!(json!(read("test://static-binary").await?)["contents"][0]["blob"].is_string());
    let data = json!(read("test://template/123/data").await?).to_string();
    assert!(data.contains("123"), "{data}");
    assert!(matches!(
        read("test://nowhere").await,
        Err(ServiceError::McpError(_))
    ));

    let name = "test_prompt_with_arguments";
    let arguments = object(json!({"arg1": "one", "arg2": "two"}));
    let prompt = GetPromptRequestParams::new(name).with_arguments(arguments);
    let prompt = json!(client.get_prompt(prompt).await?).to_string();
    assert!(prompt.contains("'one'"), "{prompt}");
    let completed = client.complete_prompt_simple(name, "arg1", "test").await?;
    assert_eq!(completed, ["test1", "test2"]);
    Ok(())
}

/// Contents, progress, and what the server logs.
async fn tells(client: &Client, heard: &Heard) -> Outcome {
    assert!(
        say(client, "test_simple_text", json!({}))
            .await?
            .contains("simple text")
    );
    assert_eq!(
        client
            .call_tool(tool("test_multiple_content_types"))
            .await?
            .content
            .len(),
        3
    );
    assert_eq!(
        client
            .call_tool(tool("test_error_handling"))
            .await?
            .is_error,
        Some(true)
    );
    say(client, "test_tool_with_progress", json!({})).await?;
    until(async || Ok(lines(heard, "progress") == ["progress 0", "progress 50", "progress 100"]))
        .await
}

async fn asks(client: &Client, revision: &ProtocolVersion) -> Outcome {
    assert_eq!(
        say(client, "test_sampling", json!({"prompt": "?"})).await?,
        "LLM response: Paris"
    );
    let roots = say(client, "test_input_required_result_list_roots", json!({})).await?;
    assert!(roots.contains("file:///home"), "{roots}");
    if *revision >= ProtocolVersion::V_2025_06_18 {
        let login = say(
            client,
            "test_elicitation",
            json!({"message": "Who are you?"}),
        )
        .await?;
        assert!(login.contains(r#""username":"Ada""#), "{login}");
        let steps = say(client, "test_input_required_result_multi_round", json!({})).await?;
        assert_eq!(steps, "Ada likes Ada");
        let all = say(
            client,
            "test_input_required_result_multiple_inputs",
            json!({}),
        )
        .await?;
        assert_eq!(all, "Ada; Paris; 1 roots");
    }
    if *revision >= ProtocolVersion::V_2025_11_25 {
        let account = say(client, "test_elicitation_sep1034_defaults", json!({})).await?;
        assert!(account.contains(r#""score":95.5"#), "{account}");
        let choices = say(client, "test_elicitation_sep1330_enums", json!({})).await?;
        assert!(
            choices.contains(r#""untitledMulti":["option1"]"#),
            "{choices}"
        );
        let page = say(client, "test_elicitation_url", json!({})).await?;
        assert_eq!(page, "URL elicitation: action=accept");
    }
    Ok(())
}

async fn cancels(client: &Client) -> Outcome {
    let waiting = async |count: &str| Ok(say(client, "test_waiting", json!({})).await? == count);
    let request = ClientRequest::CallToolRequest(Request::new(tool("test_wait")));
    let options = PeerRequestOptions::no_options();
    let call = client.send_cancellable_request(request, options).await?;
    until(async || waiting("1").await).await?;
    call.cancel(None).await?;
    until(async || waiting("0").await).await
}

/// Log levels, subscriptions and changes, as sessions have them.
async fn subscribes(client: &Client, heard: &Heard) -> Outcome {
    for (level, count) in [(LoggingLevel::Error, 0), (LoggingLevel::Debug, 3)] {
        client.set_level(SetLevelRequestParams::new(level)).await?;
        say(client, "test_tool_with_logging", json!({})).await?;
        until(async || Ok(lines(heard, "log").len() == count)).await?;
    }

    // The stream for news opens some time after the client has connected: tell until it is heard.
    let hears = async |trigger: &'static str, news: &str| {
        say(client, trigger, json!({})).await?;
        Ok(!lines(heard, news).is_empty())
    };
    client
        .subscribe(SubscribeRequestParams::new(WATCHED))
        .await?;
    until(async || hears("test_trigger_resource_update", "updated").await).await?;
    until(async || hears("test_trigger_tool_change", "tools changed").await).await?;
    client
        .unsubscribe(UnsubscribeRequestParams::new(WATCHED))
        .await?;
    heard.lock().expect("nobody panics with it").clear();
    say(client, "test_trigger_resource_update", json!({})).await?;
    until(async || hears("test_trigger_tool_change", "tools changed").await).await?;
    assert!(
        lines(heard, "updated").is_empty(),
        "the subscription has ended"
    );
    Ok(())
}

/// Changes and updates, as the newest revision has them.
async fn listens(client: &Client) -> Outcome {
    let filter = SubscriptionFilter::builder()
        .tools_list_changed()
        .resource_subscription(WATCHED);
    let mut subscription = client.listen(filter.build()).await?;
    say(client, "test_trigger_tool_change", json!({})).await?;
    let news = subscription.next().await?;
    assert!(
        matches!(
            news,
            Some(ServerNotification::ToolListChangedNotification(_))
        ),
        "{news:?}"
    );
    say(client, "test_trigger_resource_update", json!({})).await?;
    let news = subscription.next().await?;
    assert!(
        matches!(
            news,
            Some(ServerNotification::ResourceUpdatedNotification(_))
        ),
        "{news:?}"
    );
    Ok(subscription.cancel().await?)
}

/// A client that cannot answer is told what it lacks.
async fn lacks(client: &Client, revision: &ProtocolVersion) -> Outcome {
    match client.call_tool(tool("test_missing_capability")).await {
        Err(ServiceError::McpError(error)) if *revision == NEWEST => {
            assert_eq!(error.code.0, -32021)
        }
        Ok(result) if *revision != NEWEST => assert_eq!(result.is_error, Some(true)),
        other => return Err(format!("{revision}: {other:?}").into()),
    }
    Ok(())
}

/// Calls a tool and returns its text.
async fn say(client: &Client, name: &'static str, arguments: Value) -> Outcome<String> {
    let result = client
        .call_tool(tool(name).with_arguments(object(arguments)))
        .await?;
    assert_ne!(result.is_error, Some(true), "{name}: {result:?}");
    let text = json!(result)["content"][0]["text"]
        .as_str()
        .map(str::to_owned);
    Ok(text.ok_or("no text came")?)
}

fn tool(name: &'static str) -> CallToolRequestParams {
    CallToolRequestParams::new(name)
}

/// Returns the lines that begin like this.
fn lines(heard: &Heard, beginning: &str) -> Vec<String> {
    let lines = heard.lock().expect("nobody panics with it");
    lines
        .iter()
        .filter(|line| line.starts_with(beginning))
        .cloned()
        .collect()
}

/// Waits until something holds.
async fn until(holds: impl AsyncFn() -> Outcome<bool>) -> Outcome {
    for _ in 0..200 {
        if holds().await? {
            return Ok(());
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err("it never came to pass".into())
}
