//! What stands around everything a server does: layers, predicates, hooks.

use std::{fmt, sync::Arc};

use serde_json::{Map, Value};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    component::Component,
    context::Context,
    error::BoxError,
    middleware::{Layered, McpRequest, McpResponse, Next},
    peer::outbox::Edit,
    principal::Principal,
    protocol::{Revision, jsonrpc::write_json},
};

use super::{McpServer, ServerCore, Settings};

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
    /// Wraps every request of a method in a layer; the last one added is outermost.
    ///
    /// Components that are added later are included. What belongs to a session itself,
    /// `initialize`, `ping` and subscriptions, passes by; see
    /// [`middleware`](crate::middleware).
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next> + Send + Sync + 'static,
        L::Service: Service<McpRequest, Response = McpResponse> + Send + 'static,
        <L::Service as Service<McpRequest>>::Error: Into<BoxError>,
        <L::Service as Service<McpRequest>>::Future: Send + 'static,
    {
        self.settings.layers.push(Layered::new(layer));
        self
    }

    /// Shows components only where the predicate agrees, in lists and in calls alike.
    ///
    /// What it hides does not exist for the caller. Several predicates have to agree, and so
    /// do the component's own [guards](crate::Tool::guard). Decide by who asks, never by
    /// what an earlier request did.
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::{tool, McpServer};
    ///
    /// let server: McpServer = McpServer::new("notes", "1.0.0")
    ///     .tool(tool("purge", async || "gone").tag("admin"))
    ///     .visible_if(|ctx, component| {
    ///         let admin = ctx.principal().is_some_and(|it| it.has_scope("admin"));
    ///         admin || !component.has_tag("admin")
    ///     });
    /// ```
    pub fn visible_if<F>(mut self, predicate: F) -> Self
    where
        F: Fn(&Context, &Component<'_>) -> bool + Send + Sync + 'static,
    {
        self.settings.visible.push(Arc::new(predicate));
        self
    }

    /// Sees every message on its way to the client, and may change its payload.
    ///
    /// For redaction and audit: results, errors, progress, log messages, questions, and
    /// notices of changes. Refusals of the HTTP request, which carry nothing of a handler's,
    /// pass by. With a hook each message is parsed and written again.
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

    /// Leaves to the components what stands around all of them, before they move elsewhere.
    pub(super) fn hand_down(&mut self) {
        let Settings {
            layers, visible, ..
        } = &self.settings;
        let tools = self.tools.iter_mut().map(|it| &mut it.policy);
        let resources = self.resources.iter_mut().map(|it| &mut it.policy);
        let prompts = self.prompts.iter_mut().map(|it| &mut it.policy);
        for policy in tools.chain(resources).chain(prompts) {
            policy.layers.extend(layers);
            visible.iter().for_each(|it| policy.guard(Arc::clone(it)));
        }
    }
}

impl ServerCore {
    /// Returns what edits messages to a principal, when any hook wants to see them.
    pub(crate) fn edit(
        self: &Arc<Self>,
        principal: Option<&Principal>,
        revision: Revision,
    ) -> Option<Edit> {
        if self.settings.outgoing.is_empty() {
            return None;
        }
        let (core, principal) = (Arc::clone(self), principal.cloned());
        let edit = move |message| core.edited(message, principal.as_ref(), revision);
        Some(Edit(Arc::new(edit)))
    }

    /// Shows a message to the hooks; returns it as they leave it.
    pub(crate) fn edited(
        &self,
        message: Vec<u8>,
        principal: Option<&Principal>,
        revision: Revision,
    ) -> Vec<u8> {
        if self.settings.outgoing.is_empty() {
            return message;
        }
        let Ok(mut envelope) = serde_json::from_slice::<Map<String, Value>>(&message) else {
            return message;
        };
        let mut members = ["result", "error"].into_iter();
        let member = members.find(|it| envelope.contains_key(*it));
        let member = member.unwrap_or("params");
        let mut payload = envelope.remove(member).unwrap_or_default();
        for hook in &self.settings.outgoing {
            hook(&mut Outgoing {
                method: envelope.get("method").and_then(Value::as_str),
                failed: member == "error",
                revision,
                principal,
                payload: &mut payload,
            });
        }
        if !payload.is_null() || member != "params" {
            envelope.insert(member.to_owned(), payload);
        }
        let mut edited = Vec::with_capacity(message.len());
        write_json(&mut edited, &envelope);
        edited
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("info", &self.info)
            .field("layers", &self.layers.count())
            .finish_non_exhaustive()
    }
}
