//! What client and server declare they can do.

use serde::Serialize;
use serde_json::{Map, Value};

use super::input::Need;

/// What a client declared it can do, on this very request.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ClientCapabilities {
    /// The client can ask its person for input.
    pub elicitation: Option<Map<String, Value>>,
    /// The client can ask its model.
    pub sampling: Option<Map<String, Value>>,
    /// The client can tell its file system roots.
    pub roots: Option<Map<String, Value>>,
    /// Settings of extensions, by id.
    pub extensions: Map<String, Value>,
}

impl ClientCapabilities {
    /// Takes what has the right shape; a capability of another shape is not declared.
    pub(crate) fn from_map(mut declared: Map<String, Value>) -> Self {
        let mut take = |key: &str| match declared.remove(key) {
            Some(Value::Object(settings)) => Some(settings),
            Some(_) | None => None,
        };
        Self {
            elicitation: take("elicitation"),
            sampling: take("sampling"),
            roots: take("roots"),
            extensions: take("extensions").unwrap_or_default(),
        }
    }

    /// Whether a question with this need may be asked.
    pub(crate) fn meets(&self, need: Need) -> bool {
        match need {
            Need::Form => self.elicits_forms(),
            Need::Url => self.elicits_urls(),
            Need::Sampling => self.samples(),
            Need::Roots => self.lists_roots(),
        }
    }

    /// Whether the client shows forms; an empty `elicitation` means just that.
    #[must_use]
    pub fn elicits_forms(&self) -> bool {
        self.elicitation
            .as_ref()
            .is_some_and(|modes| modes.contains_key("form") || !modes.contains_key("url"))
    }

    /// Whether the client opens URLs for its person.
    #[must_use]
    pub fn elicits_urls(&self) -> bool {
        self.elicitation
            .as_ref()
            .is_some_and(|modes| modes.contains_key("url"))
    }

    /// Whether the client asks its model on our behalf.
    #[must_use]
    pub fn samples(&self) -> bool {
        self.sampling.is_some()
    }

    /// Whether the client tells its roots.
    #[must_use]
    pub fn lists_roots(&self) -> bool {
        self.roots.is_some()
    }
}

/// What the server offers; derived from what is registered, never set by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ServerCapabilities {
    /// Completions of arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completions: Option<Map<String, Value>>,
    /// Log messages to the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<Map<String, Value>>,
    /// Prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompts: Option<Map<String, Value>>,
    /// Resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Map<String, Value>>,
    /// Tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<Map<String, Value>>,
}

impl ServerCapabilities {
    /// Takes back what is told to a session outside of any answer.
    pub(crate) fn renounce_sessions(&mut self) {
        self.logging = None;
        for offered in [&mut self.prompts, &mut self.resources, &mut self.tools] {
            offered.iter_mut().for_each(Map::clear);
        }
    }
}
