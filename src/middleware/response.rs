//! A response as a layer sees it.

use crate::{
    principal::Refusal,
    protocol::{CallToolResult, Completion, ErrorObject, GetPromptResult, ReadResourceResult},
};

use super::{Ended, Failure, Outcome};

/// How a request ended, on its way back through the layers.
///
/// A layer may look at it, change the result of a handler, or give one of its own
/// instead: a result with `into`, or [`error`](Self::error), or [`refuse`](Self::refuse).
/// Lists are finished text and cannot be changed; see
/// [`visible_if`](crate::McpServer::visible_if) for those.
#[derive(Debug)]
#[must_use]
pub struct McpResponse(pub(crate) Ended);

impl McpResponse {
    /// Creates the answer that the request has failed.
    pub fn error(error: ErrorObject) -> Self {
        Self(Ended::Failed(Failure::Error(error)))
    }

    /// Turns the HTTP request away, while nothing was sent; later, answers with an error.
    pub fn refuse(refusal: Refusal) -> Self {
        Self(Ended::Failed(Failure::Refused(refusal)))
    }

    /// Returns whether the request has failed, or a tool has.
    #[must_use]
    pub fn is_error(&self) -> bool {
        match &self.0 {
            Ended::Failed(_) => true,
            Ended::Done(Outcome::Tool(result)) => result.is_error(),
            Ended::Done(_) | Ended::Asks(_) | Ended::Listens(_) => false,
        }
    }

    /// Returns the error, if the request has failed with one.
    #[must_use]
    pub fn as_error(&self) -> Option<&ErrorObject> {
        match &self.0 {
            Ended::Failed(Failure::Error(error) | Failure::Unserved(error)) => Some(error),
            _ => None,
        }
    }

    /// Returns whether the client is asked for input first.
    #[must_use]
    pub fn asks(&self) -> bool {
        let asks = matches!(&self.0, Ended::Done(Outcome::InputRequired { .. }));
        asks || matches!(&self.0, Ended::Asks(_))
    }

    /// Returns the result of a tool.
    pub fn as_tool_mut(&mut self) -> Option<&mut CallToolResult> {
        match &mut self.0 {
            Ended::Done(Outcome::Tool(result)) => Some(result),
            _ => None,
        }
    }

    /// Returns what was read of a resource.
    pub fn as_resource_mut(&mut self) -> Option<&mut ReadResourceResult> {
        match &mut self.0 {
            Ended::Done(Outcome::Resource(result)) => Some(result),
            _ => None,
        }
    }

    /// Returns the messages of a prompt.
    pub fn as_prompt_mut(&mut self) -> Option<&mut GetPromptResult> {
        match &mut self.0 {
            Ended::Done(Outcome::Prompt(result)) => Some(result),
            _ => None,
        }
    }

    /// Returns the suggestions for an argument.
    pub fn as_completion_mut(&mut self) -> Option<&mut Completion> {
        match &mut self.0 {
            Ended::Done(Outcome::Completion(result)) => Some(result),
            _ => None,
        }
    }
}

impl From<CallToolResult> for McpResponse {
    fn from(result: CallToolResult) -> Self {
        Self(Ended::Done(Outcome::Tool(result)))
    }
}

impl From<ReadResourceResult> for McpResponse {
    fn from(result: ReadResourceResult) -> Self {
        Self(Ended::Done(Outcome::Resource(result)))
    }
}

impl From<GetPromptResult> for McpResponse {
    fn from(result: GetPromptResult) -> Self {
        Self(Ended::Done(Outcome::Prompt(result)))
    }
}

impl From<Completion> for McpResponse {
    fn from(result: Completion) -> Self {
        Self(Ended::Done(Outcome::Completion(result)))
    }
}
