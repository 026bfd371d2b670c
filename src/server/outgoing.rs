//! Hooks that see messages on their way to the client.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};

use crate::{
    peer::outbox::Edit,
    principal::Principal,
    protocol::{Revision, code, jsonrpc::write_json},
};

use super::{McpServer, ServerCore};

/// Sees messages on their way to the client.
pub(super) type Hook = Arc<dyn Fn(&mut Outgoing<'_>) + Send + Sync>;

/// A message on its way to the client.
///
/// The envelope is written already: what a hook can change is the payload.
#[derive(Debug)]
pub struct Outgoing<'a> {
    method: Option<&'a str>,
    failed: bool,
    revision: Revision,
    principal: Option<&'a Principal>,
    payload: &'a mut Value,
}

impl Outgoing<'_> {
    /// Returns the method of a notification or question; `None` for the answer to a request.
    #[must_use]
    pub fn method(&self) -> Option<&str> {
        self.method
    }

    /// Returns whether it is the answer that a request has failed.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.failed
    }

    /// Returns the revision that the client speaks.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Returns who gets the message.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.principal
    }

    /// Returns the payload: the parameters, the result or the error.
    #[must_use]
    pub fn payload(&self) -> &Value {
        self.payload
    }

    /// Returns the payload, to be changed.
    #[must_use]
    pub fn payload_mut(&mut self) -> &mut Value {
        self.payload
    }
}

impl<S> McpServer<S> {
    /// Sees every message on its way to the client, and may change its payload.
    ///
    /// For redaction and audit: results, errors, progress, log messages, questions, and
    /// notices of changes. Refusals of the HTTP request, which carry nothing of a handler's,
    /// pass by. With a hook each message is parsed and written again, numbers of more than
    /// 64 bits as floating point; one that cannot be parsed, or whose hook panics, is withheld.
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::McpServer;
    ///
    /// let server: McpServer = McpServer::new("notes", "1.0.0").outgoing(|message| {
    ///     let to = message.principal().and_then(|it| it.name()).unwrap_or("anybody");
    ///     println!("{to}: {}", message.payload());
    /// });
    /// ```
    pub fn outgoing<F>(mut self, hook: F) -> Self
    where
        F: Fn(&mut Outgoing<'_>) + Send + Sync + 'static,
    {
        self.settings.outgoing.push(Arc::new(hook));
        self
    }
}

impl ServerCore {
    /// Returns what edits messages to a principal, when any hook wants to see them.
    pub(crate) fn edit(
        self: &Arc<Self>,
        principal: Option<&Principal>,
        revision: Revision,
    ) -> Option<Edit> {
        if self.is_shown_as_written() {
            return None;
        }
        let (core, principal) = (Arc::clone(self), principal.cloned());
        let edit = move |message| core.edited(message, principal.as_ref(), revision);
        Some(Edit(Arc::new(edit)))
    }

    /// Whether no hook wants to see messages.
    pub(crate) fn is_shown_as_written(&self) -> bool {
        self.settings.outgoing.is_empty()
    }

    /// Shows a message to the hooks; returns it as they leave it.
    pub(crate) fn edited(
        &self,
        message: Vec<u8>,
        principal: Option<&Principal>,
        revision: Revision,
    ) -> Vec<u8> {
        if self.is_shown_as_written() {
            return message;
        }
        let mut envelope = Envelope::read(&message);
        let failed = envelope.error.is_some();
        let shown = catch_unwind(AssertUnwindSafe(|| {
            for hook in &self.settings.outgoing {
                let (method, payload) = envelope.parts();
                hook(&mut Outgoing {
                    method,
                    failed,
                    revision,
                    principal,
                    payload,
                });
            }
        }));
        if shown.is_err() {
            tracing::error!("a hook for outgoing messages panicked; its message is withheld");
            envelope = Envelope::withheld(&message);
        }
        // Asked for by the hooks alone: a notice without parameters goes out without any.
        envelope.params.take_if(|params| params.is_null());
        let mut edited = Vec::with_capacity(message.len());
        write_json(&mut edited, &envelope);
        edited
    }
}

/// A message of ours, taken apart.
#[derive(Serialize, Deserialize)]
struct Envelope {
    jsonrpc: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    params: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

impl Envelope {
    /// Takes a message apart. One that no hook could look into does not go out.
    fn read(message: &[u8]) -> Self {
        serde_json::from_slice(message).unwrap_or_else(|error| {
            tracing::error!(%error, "a message cannot be shown to the hooks that have to see it");
            Self::withheld(message)
        })
    }

    fn withheld(message: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Outline {
            id: Option<Box<RawValue>>,
            method: Option<String>,
        }
        let outline: Option<Outline> = serde_json::from_slice(message).ok();
        let (id, method) = outline.map_or((None, None), |it| (it.id, it.method));
        let what = "a message was withheld; the server's log has the reason";
        let answers = method.is_none();
        Self {
            jsonrpc: "2.0".to_owned(),
            id,
            method,
            // What cannot be read in a notification is the data of a log message.
            params: (!answers).then(|| json!({"level": "error", "data": what})),
            result: None,
            error: answers.then(|| json!({"code": code::INTERNAL_ERROR, "message": what})),
        }
    }

    /// Returns the method, if it is no answer, and the payload.
    fn parts(&mut self) -> (Option<&str>, &mut Value) {
        let Self {
            method,
            params,
            result,
            error,
            ..
        } = self;
        let payload = result.as_mut().or(error.as_mut());
        let payload = payload.unwrap_or_else(|| params.get_or_insert_default());
        (method.as_deref(), payload)
    }
}
