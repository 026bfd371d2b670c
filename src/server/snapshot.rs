//! An immutable state of the registry, with its lists as bytes.

use std::{
    cmp::Reverse,
    sync::{Arc, OnceLock},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use serde_json::{Map, Value};

use crate::{
    protocol::{CacheHint, ErrorObject, Revision, ServerCapabilities, jsonrpc::write_json},
    resource::{Address, Resource, template::UriTemplate},
};

use super::{
    Draft, ServerCore, answer,
    catalog::{Catalog, Component, Entry},
};

/// The entries of a page when nothing else was set.
const PAGE_SIZE: usize = 1000;

/// An immutable state of the registry.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) draft: Draft,
    /// The templates in the order they are tried.
    templates: Vec<(UriTemplate, Arc<Resource>)>,
    /// The first page of each list; later ones are put together from the entries' bytes.
    lists: [OnceLock<Bytes>; 4],
    discover: OnceLock<Bytes>,
    capabilities: OnceLock<ServerCapabilities>,
}

/// One of the four lists.
#[derive(Clone, Copy, Debug)]
pub(crate) enum List {
    Tools,
    Resources,
    Templates,
    Prompts,
}

impl List {
    fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
            Self::Prompts => "prompts",
        }
    }

    fn cache(self, core: &ServerCore) -> CacheHint {
        let cache = &core.settings.cache;
        match self {
            Self::Tools => cache.tools,
            Self::Resources | Self::Templates => cache.resources,
            Self::Prompts => cache.prompts,
        }
    }
}

impl Snapshot {
    pub(crate) fn new(draft: Draft) -> Self {
        Self {
            templates: templates(&draft.resources),
            draft,
            lists: Default::default(),
            discover: OnceLock::new(),
            capabilities: OnceLock::new(),
        }
    }

    /// Returns the result of a list method, whole.
    pub(crate) fn page(
        &self,
        core: &ServerCore,
        list: List,
        cursor: Option<&str>,
    ) -> Result<Bytes, ErrorObject> {
        // An empty cursor names no place: it is as good as none.
        let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
            let first = &self.lists[list as usize];
            return Ok(first
                .get_or_init(|| self.write_page(core, list, None))
                .clone());
        };
        let after = self.position(list, cursor).ok_or_else(bad_cursor)?;
        Ok(self.write_page(core, list, Some(after)))
    }

    /// Finds where a cursor points: behind the entry it names, or where that was.
    fn position(&self, list: List, cursor: &str) -> Option<u64> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (sequence, name) = text.split_once('.')?;
        let named = match list {
            List::Tools => self.draft.tools.sequence_of(name),
            List::Resources | List::Templates => self.draft.resources.sequence_of(name),
            List::Prompts => self.draft.prompts.sequence_of(name),
        };
        // A name that was removed and added again stands further back than it did.
        let sequence: u64 = sequence.parse().ok()?;
        Some(named.map_or(sequence, |named| named.min(sequence)))
    }

    fn write_page(&self, core: &ServerCore, list: List, after: Option<u64>) -> Bytes {
        let draft = &self.draft;
        let mut page = Page::new(core, list);
        match list {
            List::Tools => page.fill(&draft.tools, after, |_| true),
            List::Resources => page.fill(&draft.resources, after, |r| !is_template(r)),
            List::Templates => page.fill(&draft.resources, after, is_template),
            List::Prompts => page.fill(&draft.prompts, after, |_| true),
        }
        page.finish(core, list.cache(core))
    }

    /// Returns the result of `server/discover`, whole.
    pub(crate) fn discover(&self, core: &ServerCore) -> Bytes {
        let write = || {
            let mut out = Vec::with_capacity(512);
            let result = Discover {
                supported_versions: Revision::SERVED.map(Revision::as_str),
                capabilities: self.capabilities(core),
                instructions: core.settings.instructions.as_deref(),
            };
            write_json(&mut out, &result);
            answer::complete(&mut out, core, Some(core.settings.cache.discover), None);
            out.into()
        };
        self.discover.get_or_init(write).clone()
    }

    /// Returns what this server can do, derived from what is registered.
    pub(crate) fn capabilities(&self, core: &ServerCore) -> &ServerCapabilities {
        self.capabilities.get_or_init(|| {
            let dynamic = core.settings.dynamic;
            let draft = &self.draft;
            let offered = |offered: bool, flags: &[&str]| offered.then(|| self::flags(flags));
            let tools = dynamic.tools || !draft.tools.is_empty();
            let prompts = dynamic.prompts || !draft.prompts.is_empty();
            let resources = dynamic.resources || !draft.resources.is_empty();
            ServerCapabilities {
                completions: offered(self.completes(), &[]),
                logging: offered(true, &[]),
                prompts: offered(prompts, &["listChanged"]),
                resources: offered(resources, &["listChanged", "subscribe"]),
                tools: offered(tools, &["listChanged"]),
            }
        })
    }

    /// Whether anything completes an argument.
    fn completes(&self) -> bool {
        let mut prompts = self.draft.prompts.visible();
        let mut resources = self.draft.resources.visible();
        prompts.any(|entry| !entry.item.completers.is_empty())
            || resources.any(|entry| !entry.item.completers.is_empty())
    }

    /// Returns the resource that answers for a URI, and its parameters.
    ///
    /// A fixed one first, then the template with the longest literal beginning,
    /// then the one registered first.
    pub(crate) fn find_resource(
        &self,
        uri: &str,
    ) -> Option<(Arc<Resource>, Vec<(String, String)>)> {
        let resources = &self.draft.resources;
        if let Some(fixed) = resources.get(uri).filter(|found| !is_template(found)) {
            return Some((Arc::clone(fixed), Vec::new()));
        }
        self.templates.iter().find_map(|(template, resource)| {
            let parameters = template.matches(uri)?;
            let pairs = parameters.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
            Some((Arc::clone(resource), pairs.collect()))
        })
    }
}

/// Returns the templates in the order they are tried: longest literal beginning first.
fn templates(resources: &Catalog<Resource>) -> Vec<(UriTemplate, Arc<Resource>)> {
    let mut templates: Vec<_> = resources
        .visible()
        .filter_map(|entry| match &entry.item.address {
            Address::Fixed(_) => None,
            Address::Template(template) => Some((template.clone(), Arc::clone(&entry.item))),
        })
        .collect();
    // Stable: of two alike the one registered first stays first.
    templates.sort_by_key(|(template, _)| Reverse(template.literal_prefix_len()));
    templates
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Discover<'a> {
    supported_versions: [&'static str; Revision::SERVED.len()],
    capabilities: &'a ServerCapabilities,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
}

fn flags(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), Value::Bool(true)))
        .collect()
}

fn is_template(resource: &Resource) -> bool {
    matches!(resource.address, Address::Template(_))
}

fn bad_cursor() -> ErrorObject {
    ErrorObject::invalid_params("unknown cursor; start again without one")
}

/// A page while it is put together.
struct Page {
    out: Vec<u8>,
    room: usize,
    written: usize,
    next: Option<String>,
}

impl Page {
    fn new(core: &ServerCore, list: List) -> Self {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(b"{\"");
        out.extend_from_slice(list.member().as_bytes());
        out.extend_from_slice(b"\":[");
        Self {
            out,
            room: core.settings.page_size.unwrap_or(PAGE_SIZE),
            written: 0,
            next: None,
        }
    }

    fn fill<T: Component>(
        &mut self,
        catalog: &Catalog<T>,
        after: Option<u64>,
        shown: impl Fn(&T) -> bool,
    ) {
        let entries = catalog
            .visible()
            .filter(|entry| after.is_none_or(|after| entry.sequence > after))
            .filter(|entry| shown(&entry.item));
        let mut last: Option<&Entry<T>> = None;
        for entry in entries {
            if self.written == self.room {
                self.next = last.map(cursor_behind);
                return;
            }
            if self.written > 0 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&entry.json);
            self.written += 1;
            last = Some(entry);
        }
    }

    fn finish(mut self, core: &ServerCore, cache: CacheHint) -> Bytes {
        self.out.push(b']');
        if let Some(next) = &self.next {
            self.out.extend_from_slice(b",\"nextCursor\":");
            write_json(&mut self.out, next);
        }
        self.out.push(b'}');
        answer::complete(&mut self.out, core, Some(cache), None);
        self.out.into()
    }
}

/// The position behind an entry: its name, and its number in case it goes.
fn cursor_behind<T>(entry: &Entry<T>) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", entry.sequence, entry.name))
}
