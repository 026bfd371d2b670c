//! What stands around everything a server does: layers and predicates.

use std::{fmt, sync::Arc};

use crate::{
    component::Component,
    context::Context,
    middleware::{Layered, McpLayer},
};

use super::{McpServer, Settings};

impl<S> McpServer<S> {
    /// Wraps every request of a method in a layer; the last one added is outermost.
    ///
    /// Components that are added later are included. What belongs to a session itself,
    /// `initialize`, `ping` and subscriptions, passes by; see
    /// [`middleware`](crate::middleware).
    pub fn layer(mut self, layer: impl McpLayer) -> Self {
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

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("info", &self.info)
            .field("layers", &self.layers.count())
            .finish_non_exhaustive()
    }
}
