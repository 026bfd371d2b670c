//! Requests that are asked back: the rounds of a call.

use serde_json::{Value, json};

use super::{Call, Reply};

impl Call {
    /// Answers the questions of the round before, and brings its state along.
    pub fn answering(self, round: &Value, answers: Value) -> Self {
        assert_eq!(round["resultType"], "input_required", "{round}");
        let call = self.param("inputResponses", answers);
        match round.get("requestState") {
            Some(state) => call.param("requestState", state.clone()),
            None => call,
        }
    }

    /// Declares everything that a client can be asked for.
    pub fn answers_everything(self) -> Self {
        self.capable(json!({"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}))
    }
}

impl Reply {
    /// Reads a result that asks for input; panics when it is none.
    pub async fn round(self) -> Value {
        let result = self.result().await;
        assert_eq!(result["resultType"], "input_required", "{result}");
        result
    }
}

/// Returns the keys of the questions of a round.
pub fn asked(round: &Value) -> Vec<&str> {
    let requests = round["inputRequests"].as_object();
    requests
        .map(|requests| requests.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

/// The answer of a person who filled in a form.
pub fn accept(content: Value) -> Value {
    json!({"action": "accept", "content": content})
}
