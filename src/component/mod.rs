//! What tools, resources and prompts have in common: who may see them, and
//! what stands around them.

mod builder;

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{
    auth::check_scope,
    context::Context,
    middleware::{Layered, Layers},
    principal::{Principal, has_scopes},
    protocol::ToolAnnotations,
};

pub(crate) use self::builder::policy_methods;

/// A component as a predicate or a layer sees it.
#[derive(Clone, Copy)]
pub struct Component<'a> {
    pub(crate) kind: Kind,
    pub(crate) name: &'a str,
    pub(crate) annotations: Option<&'a ToolAnnotations>,
    pub(crate) policy: &'a Policy,
}

/// The kinds of component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// What a model may call.
    Tool,
    /// What a client may read, or a template of it.
    Resource,
    /// What a person may pick.
    Prompt,
}

impl<'a> Component<'a> {
    /// Returns what kind of component it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the name of the tool or prompt, or the URI or template of the resource.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Returns whether it was registered with this tag.
    #[must_use]
    pub fn has_tag(&self, tag: &str) -> bool {
        self.policy.tags.contains(tag)
    }

    /// Returns its tags.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> {
        self.policy.tags.iter().map(String::as_str)
    }

    /// Returns the scopes that it asks for.
    pub fn scopes(&self) -> impl Iterator<Item = &'a str> {
        self.policy.scopes.iter().map(String::as_str)
    }

    /// Returns the hints of a tool, if it has any.
    #[must_use]
    pub fn annotations(&self) -> Option<&'a ToolAnnotations> {
        self.annotations
    }
}

impl fmt::Debug for Component<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component")
            .field("kind", &self.kind)
            .field("name", &self.name)
            .field("tags", &self.policy.tags)
            .finish_non_exhaustive()
    }
}

/// Something registered that can say what it is.
pub(crate) trait Described: Send + Sync {
    fn component(&self) -> Component<'_>;
}

/// Tells whether a request may see a component.
pub(crate) type Guard = Arc<dyn Fn(&Context, &Component<'_>) -> bool + Send + Sync>;

/// Who may see a component, and what stands around it.
#[derive(Default)]
pub(crate) struct Policy {
    tags: BTreeSet<String>,
    scopes: Vec<String>,
    guards: Vec<Guard>,
    pub(crate) layers: Layers,
}

impl Policy {
    pub(crate) fn tag(&mut self, tag: String) {
        self.tags.insert(tag);
    }

    #[track_caller]
    pub(crate) fn require_scope(&mut self, scope: String) {
        check_scope(&scope);
        if !self.scopes.contains(&scope) {
            self.scopes.push(scope);
        }
    }

    pub(crate) fn guard(&mut self, guard: Guard) {
        self.guards.push(guard);
    }

    pub(crate) fn layer(&mut self, layer: Arc<Layered>) {
        self.layers.push(layer);
    }

    /// Whether any scope is asked for.
    pub(crate) fn is_scoped(&self) -> bool {
        !self.scopes.is_empty()
    }

    /// Whether it depends on the caller what is seen.
    pub(crate) fn depends_on_caller(&self) -> bool {
        self.is_scoped() || !self.guards.is_empty()
    }
}

impl Component<'_> {
    /// Whether the guards let the request see it.
    pub(crate) fn is_open_to(&self, ctx: &Context) -> bool {
        self.policy.guards.iter().all(|guard| guard(ctx, self))
    }

    /// Whether the caller has all scopes that it asks for.
    pub(crate) fn is_in_scope(&self, principal: Option<&Principal>) -> bool {
        has_scopes(principal, &self.policy.scopes)
    }

    /// Returns the scopes that it asks for, all of them.
    pub(crate) fn required_scopes(&self) -> &[String] {
        &self.policy.scopes
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policy")
            .field("tags", &self.tags)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
