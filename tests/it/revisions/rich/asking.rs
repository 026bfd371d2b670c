//! Every kind of question to the client.

use mcp_axum::{
    Args, Context, McpServer, ToolError,
    peer::{Elicited, InputRequired, InputResponses},
    prompt,
    prompt::PromptError,
    protocol::{ContentBlock, ElicitResult, InputRequest, ModelPreferences, Sample},
    resource,
    resource::ResourceError,
    tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

/// What to ask for.
#[derive(Deserialize, JsonSchema)]
struct Question {
    what: What,
}

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum What {
    Form,
    Titled,
    Several,
    Url,
    Model,
    Sound,
    Tools,
    Roots,
}

async fn ask(ctx: Context, Args(question): Args<Question>) -> Result<String, ToolError> {
    Ok(match question.what {
        What::Form => answer(ctx.elicit_with("form", "Who travels?", form()).await?),
        What::Titled => answer(ctx.elicit_with("class", "Which class?", titled()).await?),
        What::Several => answer(ctx.elicit_with("meals", "Which meals?", several()).await?),
        What::Url => {
            let page = "https://rich.example/pay";
            let answer = ctx.elicit_url("pay", "Please pay", page).await?;
            format!("{answer:?}")
        }
        What::Model => sampled(&ctx, &model()).await?,
        What::Sound => {
            let sound = ContentBlock::audio([4, 5, 6], "audio/wav");
            sampled(&ctx, &Sample::new(10).user(sound)).await?
        }
        What::Tools => {
            sampled(
                &ctx,
                &Sample::new(10).user("Go on").assistant(use_of_a_tool()?),
            )
            .await?
        }
        What::Roots => format!("{:?}", ctx.roots().await?),
    })
}

fn answer(answer: Elicited<Value>) -> String {
    answer.accepted().unwrap_or_default().to_string()
}

async fn sampled(ctx: &Context, sample: &Sample) -> Result<String, ToolError> {
    let sampled = ctx.sample("model", sample).await?;
    Ok(sampled.text().unwrap_or_default().to_owned())
}

/// A block that only a model has reason to build.
fn use_of_a_tool() -> serde_json::Result<ContentBlock> {
    let input = json!({"city": "Paris"});
    serde_json::from_value(json!({"type": "tool_use", "id": "t1", "name": "book", "input": input}))
}

/// A form of every plain input, each with a default.
fn form() -> Value {
    json!({
        "type": "object",
        "properties": {
            "name": {"type": "string", "title": "Name", "minLength": 1, "default": "Ada"},
            "nights": {"type": "integer", "minimum": 1, "maximum": 30, "default": 2},
            "price": {"type": "number", "default": 99.5},
            "window": {"type": "boolean", "description": "A window seat", "default": true},
            "meal": {"type": "string", "enum": ["none", "lunch"], "default": "none"},
        },
        "required": ["name"],
    })
}

fn titled() -> Value {
    let classes = json!([{"const": "1", "title": "First"}, {"const": "2", "title": "Second"}]);
    json!({"type": "object", "properties": {"class": {"type": "string", "oneOf": classes}}})
}

fn several() -> Value {
    let meals = json!({"type": "string", "enum": ["lunch", "dinner"]});
    json!({"type": "object", "properties": {"meals": {"type": "array", "items": meals}}})
}

fn model() -> Sample {
    let mut preferences = ModelPreferences::default().hint("haiku");
    preferences.cost_priority = Some(1.0);
    Sample::new(100)
        .system_prompt("Be brief.")
        .user("What is the capital of France?")
        .assistant("Do you mean the city?")
        .user(ContentBlock::image([1, 2, 3], "image/png"))
        .temperature(0.5)
        .stop_sequence("END")
        .model_preferences(preferences)
}

/// Ends with a page to visit, as a handler of its own rounds does.
async fn pay(responses: InputResponses) -> Result<String, InputRequired> {
    let question = InputRequest::url("Please pay", "https://rich.example/pay");
    match responses.read::<ElicitResult>("pay") {
        Some(answer) => Ok(format!("{:?}", answer.action)),
        None => Err(InputRequired::new().request("pay", question)),
    }
}

pub(super) fn add(server: McpServer) -> McpServer {
    let greet = async |ctx: Context| {
        let told = ctx.elicit_with("form", "Who travels?", form()).await?;
        Ok::<_, PromptError>(answer(told))
    };
    let read = async |ctx: Context| {
        let told = ctx.elicit_with("form", "Who travels?", form()).await?;
        Ok::<_, ResourceError>(answer(told))
    };
    server
        .tool(tool("ask", ask))
        .tool(tool("pay", pay))
        .prompt(prompt("greet", greet))
        .resource(resource("note://asks", read))
}
