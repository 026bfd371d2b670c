//! Who may see and use which component: the same answer for lists and calls.

use std::sync::Arc;

use crate::{
    component::{Component, Described, Guard},
    context::Context,
    principal::Refusal,
    resource::Resource,
};

use super::{
    Draft, ServerCore,
    catalog::{Catalog, Listed},
};

impl ServerCore {
    /// Whether the guards of the server and the component's own let the request see it.
    ///
    /// What they hide does not exist for the caller.
    pub(crate) fn shows<T: Described + ?Sized>(&self, ctx: &Context, item: &T) -> bool {
        let component = item.component();
        let visible = |guard: &Guard| guard(ctx, &component);
        self.settings.visible.iter().all(visible) && component.is_open_to(ctx)
    }

    /// Whether a list shows it: it is visible, and the caller has the scopes it asks for.
    pub(super) fn lists(&self, ctx: &Context, item: &impl Described) -> bool {
        let in_scope = item.component().is_in_scope(ctx.principal());
        in_scope && self.shows(ctx, item)
    }

    /// Whether the caller may be told that the contents at this URI changed.
    ///
    /// Of a URI that no resource answers for the host alone knows what it means.
    pub(crate) fn may_follow(&self, ctx: &Context, uri: &str) -> bool {
        let snapshot = self.registry.snapshot();
        let visible = snapshot.find_resource(uri, |it| self.lists(ctx, it));
        visible.is_some() || snapshot.find_resource(uri, |_| true).is_none()
    }

    /// Whether lists are the same for every caller.
    pub(super) fn shows_all_to_all(&self, draft: &Draft) -> bool {
        self.settings.visible.is_empty() && !draft.depends_on_caller()
    }
}

/// Refuses a caller who lacks scopes that a component asks for.
pub(super) fn check_scopes<T: Described + ?Sized>(ctx: &Context, item: &T) -> Result<(), Refusal> {
    let component = item.component();
    let scopes = component.required_scopes();
    let auth = &ctx.request().auth;
    auth.check_scopes(ctx.parts(), ctx.principal(), scopes)
}

impl Draft {
    /// Whether it depends on the caller what is seen of any component.
    fn depends_on_caller(&self) -> bool {
        let depends = |component: Component<'_>| component.policy.depends_on_caller();
        self.components().any(depends)
    }

    /// Returns the name of a component that asks for scopes, if there is any.
    pub(super) fn scoped(&self) -> Option<String> {
        let scoped = |component: &Component<'_>| component.policy.is_scoped();
        let found = self.components().find(scoped);
        found.map(|component| component.name().to_owned())
    }

    /// Forgets what the layers of all components have built.
    pub(super) fn reset_layers(&self) {
        for component in self.components() {
            component.policy.layers.reset();
        }
    }

    fn components(&self) -> impl Iterator<Item = Component<'_>> {
        let tools = described(&self.tools);
        tools
            .chain(described::<Resource>(&self.resources))
            .chain(described(&self.prompts))
    }
}

fn described<T: Listed + Described>(catalog: &Catalog<T>) -> impl Iterator<Item = Component<'_>> {
    catalog.items().map(|item: &Arc<T>| item.component())
}
