//! Questions that an older revision has no words for: refused, never bent.

use mcp_axum::{
    Context, Tool, ToolError,
    peer::Elicited,
    protocol::{ContentBlock, Sample},
    tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    client,
    live::{NEWEST, answer, everything, outcome, question},
    name,
};
use crate::support::accept;

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Titled {
    size: Size,
}

#[derive(Deserialize, JsonSchema)]
enum Size {
    /// Small enough
    Small,
    /// Rather large
    Large,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Plain {
    Milk,
    Sugar,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Many {
    extras: Vec<Plain>,
}

#[derive(Deserialize, JsonSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Defaults {
    #[serde(default)]
    gift: bool,
    #[serde(default)]
    note: String,
    extra: Plain,
}

fn form<T: for<'de> Deserialize<'de> + JsonSchema + Send + 'static>(name: &'static str) -> Tool {
    tool(name, async |ctx: Context| -> Result<String, ToolError> {
        Ok(match ctx.elicit::<T>("form", "?").await? {
            Elicited::Accepted(_) => "accepted".to_owned(),
            Elicited::Declined | Elicited::Cancelled => "no".to_owned(),
        })
    })
}

fn sampling(name: &'static str, sample: fn() -> Sample) -> Tool {
    tool(
        name,
        async move |ctx: Context| -> Result<String, ToolError> {
            Ok(ctx.sample("model", &sample()).await?.model)
        },
    )
}

fn tools() -> Vec<Tool> {
    vec![
        tool("name", name),
        form::<Titled>("titled"),
        form::<Many>("many"),
        form::<Defaults>("defaults"),
        tool("url", async |ctx: Context| -> Result<String, ToolError> {
            let asked = ctx.elicit_url("page", "Open", "https://a.example/").await?;
            Ok(format!("{asked:?}"))
        }),
        sampling("audio", || {
            Sample::new(1).user(ContentBlock::audio(b"a".as_slice(), "audio/wav"))
        }),
        sampling("image", || {
            Sample::new(1).user(ContentBlock::image(b"a".as_slice(), "image/png"))
        }),
    ]
}

#[tokio::test(start_paused = true)]
async fn what_a_revision_cannot_ask_is_a_tool_error_that_says_why() {
    let client = client(tools());
    for (revision, refused) in [
        ("2025-11-25", &[][..]),
        ("2025-06-18", &["titled", "many", "url"][..]),
        (
            "2025-03-26",
            &["name", "titled", "many", "defaults", "url"][..],
        ),
        (
            "2024-11-05",
            &["name", "titled", "many", "defaults", "url", "audio"][..],
        ),
    ] {
        let session = client.open_with(revision, everything()).await;
        for tool in [
            "name", "titled", "many", "defaults", "url", "audio", "image",
        ] {
            let reply = session.tool(tool, json!({})).await;
            assert_eq!(
                reply.is_stream(),
                !refused.contains(&tool),
                "{revision} {tool}"
            );
            if reply.is_stream() {
                continue;
            }
            let result = reply.result().await;
            assert_eq!(result["isError"], true, "{revision} {tool} {result}");
            let text = result["content"][0]["text"].as_str().expect("a text");
            assert!(text.contains(revision), "{text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_of_2025_06_18_has_no_mode_and_defaults_of_booleans_only() {
    let client = client(tools());
    for (revision, mode, defaults) in [("2025-06-18", None, 1), (NEWEST, Some(json!("form")), 2)] {
        let session = client.open_with(revision, everything()).await;
        let (mut events, asked) = question(&session, "defaults").await;
        let params = &asked["params"];
        assert_eq!(params.get("mode"), mode.as_ref(), "{revision}");
        let properties = params["requestedSchema"]["properties"]
            .as_object()
            .expect("fields");
        assert_eq!(properties["gift"]["default"], false);
        assert_eq!(properties["extra"]["enum"], json!(["milk", "sugar"]));
        let with_default = properties
            .values()
            .filter(|field| field.get("default").is_some());
        assert_eq!(with_default.count(), defaults, "{revision} {params}");
        answer(&session, &asked, accept(json!({"extra": "milk"}))).await;
        assert_eq!(outcome(&mut events).await, (false, "accepted".to_owned()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sample_has_one_block_a_message_in_every_older_revision() {
    let client = client(tools());
    for revision in ["2025-11-25", "2025-06-18", "2025-03-26"] {
        let session = client.open_with(revision, everything()).await;
        let (mut events, asked) = question(&session, "audio").await;
        let content: &Value = &asked["params"]["messages"][0]["content"];
        assert_eq!(content["type"], "audio", "{revision} {content}");
        let sampled = json!({"role": "assistant", "model": "m",
            "content": {"type": "text", "text": "?"}});
        answer(&session, &asked, sampled).await;
        assert_eq!(outcome(&mut events).await, (false, "m".to_owned()));
    }
}
