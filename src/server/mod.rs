//! What is offered: tools, resources, prompts, and everything said about them.
//!
//! A server knows nothing of HTTP; [`McpService`](crate::McpService) serves it.

pub(crate) mod answer;
mod catalog;
mod core;
pub(crate) mod dispatch;
mod handle;
pub(crate) mod methods;
mod middleware;
mod notifier;
mod outgoing;
mod page;
mod registry;
mod responses;
pub(crate) mod rounds;
mod running;
mod snapshot;
mod visibility;

use std::fmt;

use crate::{
    component::Guard,
    error::or_panic,
    middleware::Layers,
    prompt::Prompt,
    protocol::{CacheHint, Icon, Implementation},
    resource::Resource,
    schema,
    tool::Tool,
};

pub(crate) use self::core::ServerCore;
use self::outgoing::Hook;
pub use self::{
    catalog::Catalog,
    handle::ServerHandle,
    notifier::Notifier,
    outgoing::Outgoing,
    registry::{Draft, Registry},
};
pub use crate::component::{Component, Kind};

/// What is offered: tools, resources, prompts, and everything said about them.
///
/// `S` is the state of the handlers; [`with_state`](Self::with_state) provides it.
///
/// # Examples
///
/// ```
/// use axum::extract::State;
/// use mcp_axum::{tool, McpServer, McpService};
///
/// async fn count(State(notes): State<Vec<String>>) -> String {
///     notes.len().to_string()
/// }
///
/// let server = McpServer::new("notes", "1.0.0")
///     .instructions("Knows all notes.")
///     .tool(tool("count", count).description("Counts the notes").read_only())
///     .with_state(vec!["milk".to_owned()]);
/// let mcp = McpService::new(server);
/// ```
#[must_use]
pub struct McpServer<S = ()> {
    settings: Settings,
    tools: Vec<Tool<S>>,
    resources: Vec<Resource<S>>,
    prompts: Vec<Prompt<S>>,
}

/// Everything about a server that no handler's state is part of.
#[derive(Clone, Default)]
pub(crate) struct Settings {
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    pub(crate) page_size: Option<usize>,
    pub(crate) cache: ListCache,
    pub(crate) dynamic: Kinds,
    pub(crate) expose_errors: bool,
    /// Around every request of a method.
    pub(crate) layers: Layers,
    /// What has to agree before a component is seen.
    pub(crate) visible: Vec<Guard>,
    pub(crate) outgoing: Vec<Hook>,
}

/// The cache hints of the lists.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ListCache {
    pub(crate) tools: CacheHint,
    pub(crate) resources: CacheHint,
    pub(crate) prompts: CacheHint,
    pub(crate) discover: CacheHint,
}

/// Which kinds of component are offered even while none is registered.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Kinds {
    pub(crate) tools: bool,
    pub(crate) resources: bool,
    pub(crate) prompts: bool,
}

impl<S> McpServer<S> {
    /// Creates a server with the name and version that clients see.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        let info = Implementation {
            name: name.into(),
            version: version.into(),
            ..Implementation::default()
        };
        Self {
            settings: Settings {
                info,
                ..Settings::default()
            },
            tools: Vec::new(),
            resources: Vec::new(),
            prompts: Vec::new(),
        }
    }

    /// Sets the name for people.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.settings.info.title = Some(title.into());
        self
    }

    /// Sets what the server is.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.settings.info.description = Some(description.into());
        self
    }

    /// Adds an icon.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.settings.info.icons.push(icon);
        self
    }

    /// Sets where to read more.
    pub fn website(mut self, url: impl Into<String>) -> Self {
        self.settings.info.website_url = Some(url.into());
        self
    }

    /// Sets how to use the server, for the model to read.
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.settings.instructions = Some(instructions.into());
        self
    }

    /// Adds a tool.
    ///
    /// # Panics
    ///
    /// When a tool of that name is there already.
    #[track_caller]
    pub fn tool(mut self, tool: Tool<S>) -> Self {
        let taken = self.tools.iter().any(|other| other.name() == tool.name());
        assert!(!taken, "tool `{}` is registered twice", tool.name());
        self.tools.push(tool);
        self
    }

    /// Adds several tools.
    ///
    /// # Panics
    ///
    /// When two tools have the same name.
    #[track_caller]
    pub fn tools(mut self, tools: impl IntoIterator<Item = Tool<S>>) -> Self {
        for tool in tools {
            self = self.tool(tool);
        }
        self
    }

    /// Adds a resource or a template of resources.
    ///
    /// # Panics
    ///
    /// When a resource of that URI is there already.
    #[track_caller]
    pub fn resource(mut self, resource: Resource<S>) -> Self {
        let taken = self
            .resources
            .iter()
            .any(|other| other.uri() == resource.uri());
        assert!(!taken, "resource `{}` is registered twice", resource.uri());
        self.resources.push(resource);
        self
    }

    /// Adds a prompt.
    ///
    /// # Panics
    ///
    /// When a prompt of that name is there already.
    #[track_caller]
    pub fn prompt(mut self, prompt: Prompt<S>) -> Self {
        let taken = self
            .prompts
            .iter()
            .any(|other| other.name() == prompt.name());
        assert!(!taken, "prompt `{}` is registered twice", prompt.name());
        self.prompts.push(prompt);
        self
    }

    /// Adds everything that another server offers; its own name and settings go.
    ///
    /// Its layers and what it hides stay with its components; its hooks for
    /// [outgoing](Self::outgoing) messages see all messages from now on.
    ///
    /// # Panics
    ///
    /// When both have a tool or prompt of the same name, or a resource of the same URI.
    #[track_caller]
    pub fn merge(mut self, mut other: Self) -> Self {
        other.hand_down();
        for tool in other.tools {
            self = self.tool(tool);
        }
        for resource in other.resources {
            self = self.resource(resource);
        }
        for prompt in other.prompts {
            self = self.prompt(prompt);
        }
        self.settings.outgoing.extend(other.settings.outgoing);
        self
    }

    /// Adds everything that another server offers, tools and prompts as `prefix_name`.
    ///
    /// URIs of resources name their place already and stay as they are.
    ///
    /// # Panics
    ///
    /// As [`merge`](Self::merge), and when a prefixed name is no valid name.
    #[track_caller]
    pub fn nest(self, prefix: &str, mut other: Self) -> Self {
        for tool in &mut other.tools {
            rename("tool", prefix, &mut tool.entry.name);
        }
        for prompt in &mut other.prompts {
            rename("prompt", prefix, &mut prompt.entry.name);
        }
        self.merge(other)
    }

    /// Sets how many entries a page of a list has; up to 1 000 entries by default.
    ///
    /// # Panics
    ///
    /// When `entries` is zero.
    #[track_caller]
    pub fn page_size(mut self, entries: usize) -> Self {
        assert!(entries > 0, "a page has at least one entry");
        self.settings.page_size = Some(entries);
        self
    }

    /// Sets how long and for whom a client may keep the list of tools.
    pub fn cache_tools(mut self, hint: CacheHint) -> Self {
        self.settings.cache.tools = hint;
        self
    }

    /// Sets how long and for whom a client may keep the lists of resources and templates.
    pub fn cache_resources(mut self, hint: CacheHint) -> Self {
        self.settings.cache.resources = hint;
        self
    }

    /// Sets how long and for whom a client may keep the list of prompts.
    pub fn cache_prompts(mut self, hint: CacheHint) -> Self {
        self.settings.cache.prompts = hint;
        self
    }

    /// Sets how long and for whom a client may keep the answer to `server/discover`.
    pub fn cache_discover(mut self, hint: CacheHint) -> Self {
        self.settings.cache.discover = hint;
        self
    }

    /// Offers tools even while none is registered, for a registry that fills later.
    pub fn dynamic_tools(mut self) -> Self {
        self.settings.dynamic.tools = true;
        self
    }

    /// Offers resources even while none is registered.
    pub fn dynamic_resources(mut self) -> Self {
        self.settings.dynamic.resources = true;
        self
    }

    /// Offers prompts even while none is registered.
    pub fn dynamic_prompts(mut self) -> Self {
        self.settings.dynamic.prompts = true;
        self
    }

    /// Shows masked errors to the client, with their causes. For development only.
    pub fn expose_errors(mut self) -> Self {
        self.settings.expose_errors = true;
        self
    }
}

impl<S: Clone + Send + Sync + 'static> McpServer<S> {
    /// Provides the state of the handlers.
    ///
    /// As with axum's router, the result still fits any missing state: usually
    /// none, for [`McpService::new`](crate::McpService::new).
    pub fn with_state<S2>(self, state: S) -> McpServer<S2> {
        let Self {
            settings,
            tools,
            resources,
            prompts,
        } = self;
        McpServer {
            settings,
            tools: tools
                .into_iter()
                .map(|tool| tool.with_state(state.clone()))
                .collect(),
            resources: resources
                .into_iter()
                .map(|resource| resource.with_state(state.clone()))
                .collect(),
            prompts: prompts
                .into_iter()
                .map(|prompt| prompt.with_state(state.clone()))
                .collect(),
        }
    }
}

impl<S> fmt::Debug for McpServer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpServer")
            .field("name", &self.settings.info.name)
            .field("tools", &self.tools)
            .field("resources", &self.resources)
            .field("prompts", &self.prompts)
            .finish()
    }
}

#[track_caller]
fn rename(kind: &str, prefix: &str, name: &mut String) {
    let prefixed = format!("{prefix}_{name}");
    or_panic(
        schema::check_name(&prefixed),
        format_args!("{kind} `{prefixed}`"),
    );
    *name = prefixed;
}
