//! The low-level form of asking: a handler ends with its questions itself.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::protocol::{InputRequest, RawJson};

use super::replay::{Replay, Rounds, digest};

/// An end of a handler that asks the client for input.
///
/// The client sends the same request again with its answers, which
/// [`InputResponses`] reads, and with the state, sealed: the client can neither
/// read nor change it, nor use it for another request, principal or time.
///
/// # Examples
///
/// ```
/// use mcp_axum::{peer::{InputRequired, InputResponses}, protocol::{ElicitResult, InputRequest}};
/// use serde_json::json;
///
/// async fn confirm(responses: InputResponses) -> Result<String, InputRequired> {
///     match responses.read::<ElicitResult>("confirm") {
///         Some(answer) => Ok(format!("{:?}", answer.action)),
///         None => {
///             let schema = json!({"type": "object", "properties": {"ok": {"type": "boolean"}}});
///             let question = InputRequest::form("Really?", &schema);
///             Err(InputRequired::new().request("confirm", question).state(&json!({"step": 1})))
///         }
///     }
/// }
/// # let _: mcp_axum::Tool = mcp_axum::tool("confirm", confirm);
/// ```
#[derive(Debug, Default)]
#[must_use]
pub struct InputRequired {
    requests: Vec<(String, InputRequest)>,
    own: Option<Box<RawValue>>,
    /// The handler did not end by itself: it waits in the middle of its run.
    parked: bool,
}

impl InputRequired {
    /// Creates an end without questions; with state alone it means "come back later".
    pub fn new() -> Self {
        Self::default()
    }

    /// The open questions of a handler that waits in the middle of its run.
    pub(crate) fn parked(requests: Vec<(String, InputRequest)>) -> Self {
        Self {
            requests,
            own: None,
            parked: true,
        }
    }

    /// Adds a question under a key that is unique within the request.
    pub fn request(mut self, key: impl Into<String>, request: InputRequest) -> Self {
        self.requests.push((key.into(), request));
        self
    }

    /// Sets the state that comes back with the answers.
    ///
    /// # Panics
    ///
    /// When `state` cannot be written as JSON.
    #[track_caller]
    pub fn state<T: Serialize>(mut self, state: &T) -> Self {
        let text = serde_json::value::to_raw_value(state);
        self.own = Some(text.expect("the state can be written as JSON"));
        self
    }

    pub(crate) fn requests(&self) -> &[(String, InputRequest)] {
        &self.requests
    }

    /// Returns the state, for a handler that runs again in this process.
    pub(crate) fn into_state(self) -> Option<Box<RawValue>> {
        self.own
    }

    /// Whether the handler wants to be run again with what it knows.
    pub(crate) fn has_state(&self) -> bool {
        self.own.is_some()
    }

    /// Returns what has to travel with the questions.
    ///
    /// The answers taken so far always do. A handler that waits in the middle
    /// keeps the state it has.
    pub(crate) fn rounds(&self, replay: &Replay, own: Option<&RawValue>) -> Rounds {
        let mut rounds = Rounds {
            answers: replay.used(),
            own: self.own.clone(),
            ..Rounds::default()
        };
        if self.parked {
            rounds.own = own.map(ToOwned::to_owned);
        }
        // A state that travels anyway says which answers it waits for, and no other counts.
        if self.parked || !rounds.is_empty() {
            let asked = self.requests.iter();
            rounds.asked = asked
                .map(|(key, request)| (key.clone(), digest(request)))
                .collect();
        }
        rounds
    }
}

/// The client's answers and the state, for a handler that returned
/// [`InputRequired`] itself.
///
/// In the first round it is empty.
#[derive(Debug, Default)]
pub struct InputResponses {
    answers: BTreeMap<String, RawJson>,
    state: Option<Box<RawValue>>,
}

impl InputResponses {
    pub(crate) fn new(answers: BTreeMap<String, RawJson>, state: Option<Box<RawValue>>) -> Self {
        Self { answers, state }
    }

    /// Returns the answer to the question of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&RawJson> {
        self.answers.get(key)
    }

    /// Reads the answer to the question of that key, when it fits `T`.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.get(key)?.parse().ok()
    }

    /// Reads the state of the round before, when there was one and it fits `T`.
    #[must_use]
    pub fn state<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.state.as_ref()?.get()).ok()
    }
}
