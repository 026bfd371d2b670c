//! The components of one kind, in the order they were added.

use std::{collections::HashMap, fmt, sync::Arc};

use bytes::Bytes;

use crate::{
    error::Error,
    prompt::Prompt,
    protocol::{ResourceEntry, ResourceTemplateEntry, Revision, adapt::Adapt, jsonrpc::write_json},
    resource::{Address, Resource},
    tool::Tool,
};

/// The components of one kind: tools, resources or prompts.
///
/// Lists show them in the order they were added.
pub struct Catalog<T> {
    entries: Vec<Entry<T>>,
    by_name: HashMap<Arc<str>, usize>,
    next: u64,
    changed: bool,
}

/// A component, and what the lists say of it.
pub(crate) struct Entry<T> {
    /// Grows with each component added; a cursor's fallback when its name is gone.
    pub(crate) sequence: u64,
    pub(crate) name: Arc<str>,
    /// How the newest revision lists it.
    json: Bytes,
    pub(crate) enabled: bool,
    pub(crate) item: Arc<T>,
}

/// A component that a catalog can hold.
pub(crate) trait Listed {
    /// What one is called in an error.
    const KIND: &'static str;

    /// What it is found by: its name or its URI.
    fn key(&self) -> &str;

    /// Writes its entry in the list, as the revision has it.
    fn write(&self, out: &mut Vec<u8>, revision: Revision);
}

impl<T: Listed> Entry<T> {
    /// Writes what the list of a revision says of the component.
    pub(crate) fn write(&self, out: &mut Vec<u8>, revision: Revision) {
        if revision.is_newest() {
            out.extend_from_slice(&self.json);
        } else {
            self.item.write(out, revision);
        }
    }
}

#[expect(private_bounds, reason = "the kinds of component are fixed")]
impl<T: Listed> Catalog<T> {
    /// Adds a component.
    ///
    /// # Errors
    ///
    /// When one of that name or URI is there already.
    pub fn add(&mut self, item: T) -> Result<(), Error> {
        let name: Arc<str> = item.key().into();
        if self.by_name.contains_key(&name) {
            let kind = T::KIND;
            return Err(Error::new(format!("{kind} `{name}` is registered twice")));
        }
        let mut json = Vec::new();
        item.write(&mut json, Revision::ALL[0]);
        self.by_name.insert(Arc::clone(&name), self.entries.len());
        self.entries.push(Entry {
            sequence: self.next,
            json: json.into(),
            name,
            enabled: true,
            item: Arc::new(item),
        });
        self.next += 1;
        self.changed = true;
        Ok(())
    }

    /// Removes the component of that name or URI; returns whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let Some(index) = self.by_name.remove(name) else {
            return false;
        };
        self.entries.remove(index);
        for later in self.by_name.values_mut().filter(|later| **later > index) {
            *later -= 1;
        }
        self.changed = true;
        true
    }

    /// Shows a component again; returns whether it was there.
    pub fn enable(&mut self, name: &str) -> bool {
        self.set_enabled(name, true)
    }

    /// Hides a component, as if it were removed; returns whether it was there.
    pub fn disable(&mut self, name: &str) -> bool {
        self.set_enabled(name, false)
    }

    /// Returns whether a component of that name or URI is there, hidden or not.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    fn set_enabled(&mut self, name: &str, enabled: bool) -> bool {
        let Some(index) = self.by_name.get(name) else {
            return false;
        };
        let entry = &mut self.entries[*index];
        self.changed |= entry.enabled != enabled;
        entry.enabled = enabled;
        true
    }

    /// Returns the component of that name, unless it is hidden.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<T>> {
        let entry = &self.entries[*self.by_name.get(name)?];
        entry.enabled.then_some(&entry.item)
    }

    /// Returns all components, hidden ones included.
    pub(crate) fn items(&self) -> impl Iterator<Item = &Arc<T>> {
        self.entries.iter().map(|entry| &entry.item)
    }

    /// Returns the components that are not hidden.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.iter().filter(|entry| entry.enabled)
    }

    /// Returns the sequence to go on after, for a cursor that names its last entry.
    pub(crate) fn sequence_of(&self, name: &str, seen: impl Fn(&T) -> bool) -> Option<u64> {
        let entry = &self.entries[*self.by_name.get(name)?];
        (entry.enabled && seen(&entry.item)).then_some(entry.sequence)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns whether anything changed since the last time this was asked.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}

impl Listed for Tool {
    const KIND: &'static str = "tool";

    fn key(&self) -> &str {
        self.name()
    }

    fn write(&self, out: &mut Vec<u8>, revision: Revision) {
        write_json(out, &self.entry.clone().adapted(revision));
    }
}

impl Listed for Prompt {
    const KIND: &'static str = "prompt";

    fn key(&self) -> &str {
        self.name()
    }

    fn write(&self, out: &mut Vec<u8>, revision: Revision) {
        write_json(out, &self.entry.clone().adapted(revision));
    }
}

impl Listed for Resource {
    const KIND: &'static str = "resource";

    fn key(&self) -> &str {
        self.uri()
    }

    fn write(&self, out: &mut Vec<u8>, revision: Revision) {
        let common = self.common.clone().adapted(revision);
        match &self.address {
            Address::Fixed(uri) => write_json(
                out,
                &ResourceEntry {
                    uri: uri.clone(),
                    common,
                    size: self.size,
                },
            ),
            Address::Template(template) => write_json(
                out,
                &ResourceTemplateEntry {
                    uri_template: template.as_str().to_owned(),
                    common,
                },
            ),
        }
    }
}

impl<T> Default for Catalog<T> {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            by_name: HashMap::new(),
            next: 0,
            changed: false,
        }
    }
}

impl<T> Clone for Catalog<T> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            by_name: self.by_name.clone(),
            next: self.next,
            changed: self.changed,
        }
    }
}

impl<T> Clone for Entry<T> {
    fn clone(&self) -> Self {
        Self {
            sequence: self.sequence,
            name: Arc::clone(&self.name),
            json: self.json.clone(),
            enabled: self.enabled,
            item: Arc::clone(&self.item),
        }
    }
}

impl<T> fmt::Debug for Catalog<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.entries.iter().map(|entry| &entry.name))
            .finish()
    }
}
