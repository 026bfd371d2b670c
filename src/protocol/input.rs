//! Questions to the client, and its answers: elicitation, sampling, roots.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::{ContentBlock, Role};

/// A question to the client.
///
/// A handler rarely builds one: `ctx.elicit(..)`, `ctx.sample(..)` and
/// `ctx.roots()` do. It is the currency of a handler that returns
/// [`InputRequired`](crate::peer::InputRequired) itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[must_use]
pub struct InputRequest {
    pub(super) method: &'static str,
    pub(super) params: Value,
}

/// What a client must have declared to be asked a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Form,
    Url,
    Sampling,
    Roots,
}

impl Need {
    /// The declaration that would have allowed the question.
    pub(crate) fn required_capabilities(self) -> Value {
        match self {
            Self::Form => json!({"elicitation": {"form": {}}}),
            Self::Url => json!({"elicitation": {"url": {}}}),
            Self::Sampling => json!({"sampling": {}}),
            Self::Roots => json!({"roots": {}}),
        }
    }
}

impl InputRequest {
    /// Creates a form; `schema` is an object of flat primitives.
    pub fn form(message: impl Into<String>, schema: &Value) -> Self {
        let message: String = message.into();
        Self {
            method: "elicitation/create",
            params: json!({"mode": "form", "message": message, "requestedSchema": schema}),
        }
    }

    /// Creates a request to open `url`.
    pub fn url(message: impl Into<String>, url: impl Into<String>) -> Self {
        let (message, url): (String, String) = (message.into(), url.into());
        Self {
            method: "elicitation/create",
            params: json!({"mode": "url", "message": message, "url": url}),
        }
    }

    /// Creates a request to the client's model.
    pub fn sample(sample: &Sample) -> Self {
        Self {
            method: "sampling/createMessage",
            params: serde_json::to_value(sample).unwrap_or_default(),
        }
    }

    /// Creates a request for the client's roots.
    pub fn roots() -> Self {
        Self {
            method: "roots/list",
            params: json!({}),
        }
    }

    pub(crate) fn need(&self) -> Need {
        match self.method {
            "sampling/createMessage" => Need::Sampling,
            "roots/list" => Need::Roots,
            _ if self.params["mode"] == "url" => Need::Url,
            _ => Need::Form,
        }
    }
}

/// What the person did with an elicitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElicitAction {
    /// Filled in the form, or agreed to open the URL.
    Accept,
    /// Said no.
    Decline,
    /// Closed the question.
    Cancel,
}

/// The answer to an elicitation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ElicitResult {
    /// What the person did.
    pub action: ElicitAction,
    /// What was filled in; only with an accepted form.
    #[serde(default)]
    pub content: Option<Map<String, Value>>,
}

/// A request to the client's model.
///
/// # Examples
///
/// ```
/// use mcp_axum::protocol::Sample;
///
/// let sample = Sample::new(100).user("What is the capital of France?");
/// ```
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct Sample {
    messages: Vec<SampleMessage>,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_prompt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stop_sequences: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model_preferences: Option<ModelPreferences>,
}

/// A message of a sampling request.
#[derive(Clone, Debug, Serialize)]
#[must_use]
pub struct SampleMessage {
    role: Role,
    content: ContentBlock,
}

/// Which kind of model is wanted; each priority goes from 0 to 1.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct ModelPreferences {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<Value>,
    /// How much cost matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_priority: Option<f64>,
    /// How much speed matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed_priority: Option<f64>,
    /// How much intelligence matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intelligence_priority: Option<f64>,
}

impl ModelPreferences {
    /// Adds the name, or part of the name, of a model.
    pub fn hint(mut self, name: impl Into<String>) -> Self {
        let name: String = name.into();
        self.hints.push(json!({"name": name}));
        self
    }
}

impl Sample {
    /// Creates a request for at most `max_tokens` tokens.
    pub fn new(max_tokens: u32) -> Self {
        Self {
            messages: Vec::new(),
            max_tokens,
            system_prompt: None,
            temperature: None,
            stop_sequences: Vec::new(),
            model_preferences: None,
        }
    }

    /// Adds a message of the person.
    pub fn user(self, content: impl Into<ContentBlock>) -> Self {
        self.message(Role::User, content)
    }

    /// Adds a message of the model.
    pub fn assistant(self, content: impl Into<ContentBlock>) -> Self {
        self.message(Role::Assistant, content)
    }

    fn message(mut self, role: Role, content: impl Into<ContentBlock>) -> Self {
        self.messages.push(SampleMessage {
            role,
            content: content.into(),
        });
        self
    }

    /// Sets the system prompt.
    pub fn system_prompt(mut self, prompt: impl Into<String>) -> Self {
        self.system_prompt = Some(prompt.into());
        self
    }

    /// Sets the temperature.
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Adds a sequence that ends the answer.
    pub fn stop_sequence(mut self, sequence: impl Into<String>) -> Self {
        self.stop_sequences.push(sequence.into());
        self
    }

    /// Sets which kind of model is wanted.
    pub fn model_preferences(mut self, preferences: ModelPreferences) -> Self {
        self.model_preferences = Some(preferences);
        self
    }
}

/// The answer of the client's model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Sampled {
    /// Who speaks.
    pub role: Role,
    /// What was said.
    #[serde(deserialize_with = "one_or_many")]
    pub content: Vec<ContentBlock>,
    /// The model that answered.
    pub model: String,
    /// Why it stopped.
    #[serde(default)]
    pub stop_reason: Option<String>,
}

impl Sampled {
    /// Returns the first block of text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.content.iter().find_map(ContentBlock::as_text)
    }
}

fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ContentBlock>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        Many(Vec<ContentBlock>),
        One(Box<ContentBlock>),
    }
    Ok(match OneOrMany::deserialize(from)? {
        OneOrMany::Many(blocks) => blocks,
        OneOrMany::One(block) => vec![*block],
    })
}

/// A root of the client's file system.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Root {
    /// Its `file://` URI.
    pub uri: String,
    /// Its name for people.
    #[serde(default)]
    pub name: Option<String>,
}
