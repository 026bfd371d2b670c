//! Who may use a prompt, and what stands around it.

use std::sync::Arc;

use tower_layer::Layer;
use tower_service::Service;

use crate::{
    component::{Component, Described, Kind},
    context::Context,
    error::BoxError,
    middleware::{Layered, McpRequest, McpResponse, Next},
};

use super::Prompt;

impl<S> Prompt<S> {
    /// Adds a tag, for [predicates](crate::McpServer::visible_if) and layers to go by;
    /// clients do not see it.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.policy.tag(tag.into());
        self
    }

    /// Shows the prompt only to requests that the guard lets through.
    ///
    /// For all others it does not exist: it is in no list, and getting it is answered
    /// like an unknown one. Several guards have to agree. Decide by who asks, never by what an
    /// earlier request did: lists may be asked for on any connection.
    pub fn guard<F>(mut self, guard: F) -> Self
    where
        F: Fn(&Context) -> bool + Send + Sync + 'static,
    {
        self.policy.guard(Arc::new(move |ctx, _| guard(ctx)));
        self
    }

    /// Asks for a scope that the caller must have been granted.
    ///
    /// Without it the prompt is in no list, and the HTTP request is refused: 401 without a
    /// principal, else 403 with a challenge that names all its scopes (RFC 6750 §3.1).
    ///
    /// # Panics
    ///
    /// When it is no scope; and when the service is built, if nothing says which scopes a
    /// caller was granted.
    #[track_caller]
    pub fn requires_scope(mut self, scope: impl Into<String>) -> Self {
        self.policy.require_scope(scope.into());
        self
    }

    /// Wraps the prompt in a layer; the last one added is outermost.
    ///
    /// See [`middleware`](crate::middleware).
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: Layer<Next> + Send + Sync + 'static,
        L::Service: Service<McpRequest, Response = McpResponse> + Send + 'static,
        <L::Service as Service<McpRequest>>::Error: Into<BoxError>,
        <L::Service as Service<McpRequest>>::Future: Send + 'static,
    {
        self.policy.layer(Layered::new(layer));
        self
    }
}

impl<S> Described for Prompt<S> {
    fn component(&self) -> Component<'_> {
        Component {
            kind: Kind::Prompt,
            name: self.name(),
            annotations: None,
            policy: &self.policy,
        }
    }
}
