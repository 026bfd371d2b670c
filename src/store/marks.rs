//! What changed since somebody last looked: marks, not a queue.
//!
//! A slow reader misses repetitions only.

use std::{collections::BTreeSet, sync::Arc};

use crate::protocol::ListenFilter;

use super::Change;

/// The most updated resources that are told one by one.
const MAX_UPDATED: usize = 1024;

/// What somebody wants to be told of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) tools: bool,
    pub(crate) prompts: bool,
    pub(crate) resources: bool,
    pub(crate) uris: Vec<String>,
}

/// What changed since somebody last looked.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    pub(crate) tools: bool,
    pub(crate) prompts: bool,
    pub(crate) resources: bool,
    pub(crate) updated: BTreeSet<Arc<str>>,
}

impl From<ListenFilter> for Wanted {
    fn from(filter: ListenFilter) -> Self {
        Self {
            tools: filter.tools_list_changed,
            prompts: filter.prompts_list_changed,
            resources: filter.resources_list_changed,
            uris: filter.resource_subscriptions,
        }
    }
}

impl Wanted {
    /// Returns the resource that was asked for: this or one above it.
    fn followed(&self, uri: &str) -> Option<&String> {
        self.uris.iter().find(|wanted| {
            let below = uri.strip_prefix(wanted.as_str());
            below.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('/') || wanted.ends_with('/')
            })
        })
    }
}

impl Marks {
    /// Everything that is wanted, as if it had all changed.
    pub(crate) fn all(wanted: &Wanted) -> Self {
        Self {
            tools: wanted.tools,
            prompts: wanted.prompts,
            resources: wanted.resources,
            updated: wanted.uris.iter().map(|uri| uri.as_str().into()).collect(),
        }
    }

    /// Whether nothing has changed.
    pub(crate) fn is_empty(&self) -> bool {
        !(self.tools || self.prompts || self.resources) && self.updated.is_empty()
    }

    /// Adds marks that were taken and not told.
    pub(crate) fn add(&mut self, others: Self) {
        self.tools |= others.tools;
        self.prompts |= others.prompts;
        self.resources |= others.resources;
        self.updated.extend(others.updated);
    }

    /// Takes note of a change; returns whether it is wanted.
    pub(crate) fn mark(&mut self, wanted: &Wanted, change: &Change) -> bool {
        match change {
            Change::Tools if wanted.tools => self.tools = true,
            Change::Prompts if wanted.prompts => self.prompts = true,
            Change::Resources if wanted.resources => self.resources = true,
            Change::Tools | Change::Prompts | Change::Resources => return false,
            Change::Resource(uri) => {
                let Some(followed) = wanted.followed(uri) else {
                    return false;
                };
                // Bounded without a loss: one resource that was asked for stands for many below.
                let full = self.updated.len() >= MAX_UPDATED && !self.updated.contains(uri);
                let told = match full {
                    true => followed.as_str().into(),
                    false => Arc::clone(uri),
                };
                self.updated.insert(told);
            }
        }
        true
    }

    /// Returns the notifications of the lists that changed.
    pub(crate) fn lists(&self) -> impl Iterator<Item = &'static ListChanged> {
        let lists = [
            (self.tools, &ListChanged::TOOLS),
            (self.prompts, &ListChanged::PROMPTS),
            (self.resources, &ListChanged::RESOURCES),
        ];
        let changed = lists.into_iter().filter(|(changed, _)| *changed);
        changed.map(|(_, list)| list)
    }
}

/// The notification that a list has changed.
#[derive(Debug)]
pub(crate) struct ListChanged {
    /// What it is called.
    pub(crate) kind: &'static str,
    /// The whole of it, where it has no parameters: the same for all who listen.
    pub(crate) message: &'static [u8],
}

impl ListChanged {
    const TOOLS: Self = Self {
        kind: "tools/list_changed",
        message: br#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#,
    };
    const PROMPTS: Self = Self {
        kind: "prompts/list_changed",
        message: br#"{"jsonrpc":"2.0","method":"notifications/prompts/list_changed"}"#,
    };
    const RESOURCES: Self = Self {
        kind: "resources/list_changed",
        message: br#"{"jsonrpc":"2.0","method":"notifications/resources/list_changed"}"#,
    };
}
