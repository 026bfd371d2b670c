//! The components on offer, changeable while the server answers.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use crate::{
    context::Context,
    error::Error,
    extract::{Fault, FromContext, Rejection},
    prompt::Prompt,
    resource::Resource,
    store::{Change, ChangeBus},
    tool::Tool,
};

use super::{Catalog, ServerCore, snapshot::Snapshot};

/// The components on offer, changeable while the server answers.
///
/// Requests read an immutable snapshot; a change builds the next one aside and
/// swaps it in, so no reader ever waits for it. Clients that listen are told.
/// Handlers may take it as an argument.
///
/// # Examples
///
/// ```
/// use mcp_axum::{tool, McpServer, McpService, Tool};
///
/// let mcp = McpService::new(McpServer::new("notes", "1.0.0").dynamic_tools());
/// let late: Tool = tool("late", async || "hello");
/// mcp.registry().add_tool(late)?;
/// mcp.registry().update(|draft| {
///     draft.tools.disable("late");
///     Ok(())
/// })?;
/// # Ok::<(), mcp_axum::Error>(())
/// ```
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

struct Shared {
    current: RwLock<Arc<Snapshot>>,
    /// One writer at a time; readers never touch it.
    writing: Mutex<()>,
    bus: Arc<ChangeBus>,
    /// Somebody says which scopes a caller was granted.
    scopes_known: bool,
}

/// The next state of the registry, while it is being made.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Draft {
    /// The tools.
    pub tools: Catalog<Tool>,
    /// The resources and templates.
    pub resources: Catalog<Resource>,
    /// The prompts.
    pub prompts: Catalog<Prompt>,
}

impl Draft {
    /// Returns which kinds changed since the last time this was asked.
    fn take_changed(&mut self) -> [(bool, Change); 3] {
        [
            (self.tools.take_changed(), Change::Tools),
            (self.resources.take_changed(), Change::Resources),
            (self.prompts.take_changed(), Change::Prompts),
        ]
    }
}

impl Registry {
    pub(crate) fn new(
        mut draft: Draft,
        bus: Arc<ChangeBus>,
        scopes_known: bool,
    ) -> Result<Self, Error> {
        check_scoped(&draft, scopes_known)?;
        // What is there from the start is no change.
        draft.take_changed();
        let snapshot = Snapshot::new(draft);
        Ok(Self {
            shared: Arc::new(Shared {
                current: RwLock::new(Arc::new(snapshot)),
                writing: Mutex::new(()),
                bus,
                scopes_known,
            }),
        })
    }

    pub(crate) fn bus(&self) -> &Arc<ChangeBus> {
        &self.shared.bus
    }

    /// Returns what is on offer now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        // Held by a writer only while it swaps a pointer.
        let current = self.shared.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes several changes at once; clients are told once of each kind.
    ///
    /// # Errors
    ///
    /// That of `change`, or when a component asks for scopes that nobody grants;
    /// nothing has changed then.
    ///
    /// # Panics
    ///
    /// When `change` does; nothing has changed then.
    ///
    /// # Deadlocks
    ///
    /// When `change` itself changes this registry: it has the draft for that.
    pub fn update<R>(
        &self,
        change: impl FnOnce(&mut Draft) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let writing = self.shared.writing.lock();
        let writing = writing.unwrap_or_else(PoisonError::into_inner);
        let mut draft = self.snapshot().draft.clone();
        let changed = change(&mut draft);
        let checked = changed.and_then(|result| {
            check_scoped(&draft, self.shared.scopes_known)?;
            Ok(result)
        });
        let result = match checked {
            Ok(result) => result,
            Err(error) => {
                // Before the draft goes: the state of a handler may look in here.
                drop(writing);
                return Err(error);
            }
        };
        let changed = draft.take_changed();
        if changed.iter().any(|(changed, _)| *changed) {
            let mut next = Arc::new(Snapshot::new(draft));
            let current = self.shared.current.write();
            std::mem::swap(
                &mut *current.unwrap_or_else(PoisonError::into_inner),
                &mut next,
            );
            drop(writing);
            // So does the snapshot before.
            drop(next);
        }
        for (changed, change) in changed {
            if changed {
                self.shared.bus.publish(&change);
            }
        }
        Ok(result)
    }

    /// Adds a tool.
    ///
    /// # Errors
    ///
    /// When a tool of that name is there already.
    pub fn add_tool(&self, tool: Tool) -> Result<(), Error> {
        self.update(|draft| draft.tools.add(tool))
    }

    /// Removes a tool; returns whether it was there.
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn remove_tool(&self, name: &str) -> bool {
        self.update(|draft| Ok(draft.tools.remove(name)))
            .unwrap_or(false)
    }

    /// Adds a resource or a template.
    ///
    /// # Errors
    ///
    /// When a resource of that URI is there already.
    pub fn add_resource(&self, resource: Resource) -> Result<(), Error> {
        self.update(|draft| draft.resources.add(resource))
    }

    /// Removes a resource or a template; returns whether it was there.
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn remove_resource(&self, uri: &str) -> bool {
        self.update(|draft| Ok(draft.resources.remove(uri)))
            .unwrap_or(false)
    }

    /// Adds a prompt.
    ///
    /// # Errors
    ///
    /// When a prompt of that name is there already.
    pub fn add_prompt(&self, prompt: Prompt) -> Result<(), Error> {
        self.update(|draft| draft.prompts.add(prompt))
    }

    /// Removes a prompt; returns whether it was there.
    #[expect(clippy::must_use_candidate, reason = "called for what it does")]
    pub fn remove_prompt(&self, name: &str) -> bool {
        self.update(|draft| Ok(draft.prompts.remove(name)))
            .unwrap_or(false)
    }
}

/// Refuses a component that asks for scopes when nobody says which were granted.
fn check_scoped(draft: &Draft, scopes_known: bool) -> Result<(), Error> {
    if scopes_known {
        return Ok(());
    }
    match draft.scoped() {
        None => Ok(()),
        Some(name) => Err(Error::new(format!(
            "`{name}` requires scopes, but nothing says which a caller was granted; tell it with \
             `McpService::builder(..).principal_from(..)`"
        ))),
    }
}

impl<S: Sync> FromContext<S> for Registry {
    async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        match ctx.request().server.downcast_ref::<ServerCore>() {
            Some(core) => Ok(core.registry.clone()),
            None => Err(Fault::masked("the request belongs to no server").into()),
        }
    }
}

impl<S: Sync> FromContext<S> for super::Notifier {
    async fn from_context(ctx: &Context, state: &S) -> Result<Self, Rejection> {
        let registry = Registry::from_context(ctx, state).await?;
        Ok(Self::new(Arc::clone(registry.bus())))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("draft", &self.snapshot().draft)
            .finish()
    }
}
