//! An immutable state of the registry, with its lists as bytes.

use std::{
    cmp::Reverse,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::{
    context::Context,
    protocol::{
        ErrorObject, Implementation, Revision, ServerCapabilities, adapt::Adapt,
        jsonrpc::write_json,
    },
    resource::{Address, Resource, template::UriTemplate},
};

use super::{
    Draft, ServerCore, answer,
    catalog::Catalog,
    page::{self, List},
};

/// An immutable state of the registry.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) draft: Draft,
    /// The templates in the order they are tried.
    templates: Vec<(UriTemplate, Arc<Resource>)>,
    /// The first page of each list in each revision; later ones are put together when asked for.
    lists: [[OnceLock<Bytes>; Revision::ALL.len()]; 4],
    /// For the revisions that were asked for first: a service always asks for the same.
    discover: OnceLock<(Vec<Revision>, Bytes)>,
    capabilities: OnceLock<ServerCapabilities>,
    same_for_all: OnceLock<bool>,
}

impl Snapshot {
    pub(crate) fn new(draft: Draft) -> Self {
        Self {
            templates: templates(&draft.resources),
            draft,
            lists: Default::default(),
            discover: OnceLock::new(),
            capabilities: OnceLock::new(),
            same_for_all: OnceLock::new(),
        }
    }

    /// Returns the result of a list method, whole.
    pub(crate) fn page(
        &self,
        core: &ServerCore,
        list: List,
        cursor: Option<&str>,
        ctx: &Context,
    ) -> Result<Bytes, ErrorObject> {
        let same_for_all = self.is_same_for_all(core);
        let caller = (!same_for_all).then_some(ctx);
        let revision = ctx.revision();
        let write = |after| page::write(&self.draft, core, list, after, revision, caller);
        // An empty cursor names no place: it is as good as none.
        if let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) {
            let after =
                page::position(&self.draft, core, list, cursor, caller).ok_or_else(bad_cursor)?;
            return Ok(write(Some(after)));
        }
        if !same_for_all {
            return Ok(write(None));
        }
        let first = &self.lists[list as usize][revision as usize];
        Ok(first.get_or_init(|| write(None)).clone())
    }

    /// Whether what is on offer is the same for every caller.
    pub(crate) fn is_same_for_all(&self, core: &ServerCore) -> bool {
        let same = || core.shows_all_to_all(&self.draft);
        *self.same_for_all.get_or_init(same)
    }

    /// Returns the `InitializeResult` of a revision.
    ///
    /// A service without sessions promises nothing that a session would be told of.
    pub(crate) fn initialize(
        &self,
        core: &ServerCore,
        revision: Revision,
        sessions: bool,
    ) -> Vec<u8> {
        let mut capabilities = self.capabilities(core).clone().adapted(revision);
        if !sessions {
            capabilities.renounce_sessions();
        }
        let mut out = Vec::with_capacity(512);
        let result = Initialize {
            protocol_version: revision.as_str(),
            capabilities,
            server_info: core.settings.info.clone().adapted(revision),
            instructions: core.settings.instructions.as_deref(),
        };
        write_json(&mut out, &result);
        out
    }

    /// Returns the result of `server/discover`, whole, for a service of these revisions.
    pub(crate) fn discover(&self, core: &ServerCore, served: &[Revision]) -> Bytes {
        let write = || -> Bytes {
            let mut out = Vec::with_capacity(512);
            let result = Discover {
                supported_versions: served.iter().map(|it| it.as_str()).collect(),
                capabilities: self.capabilities(core),
                instructions: core.settings.instructions.as_deref(),
            };
            write_json(&mut out, &result);
            let cache = Some(core.settings.cache.discover);
            answer::complete(&mut out, core, cache, None, Revision::ALL[0]);
            out.into()
        };
        let (first, result) = self.discover.get_or_init(|| (served.to_vec(), write()));
        match first == served {
            true => result.clone(),
            false => write(),
        }
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
    /// then the one registered first; of those that `shown` lets be seen.
    pub(crate) fn find_resource(
        &self,
        uri: &str,
        shown: impl Fn(&Resource) -> bool,
    ) -> Option<(Arc<Resource>, Vec<(String, String)>)> {
        let resources = &self.draft.resources;
        let fixed = resources.get(uri).filter(|found| !is_template(found));
        if let Some(fixed) = fixed.filter(|found| shown(found)) {
            return Some((Arc::clone(fixed), Vec::new()));
        }
        let mut templates = self.templates.iter().filter(|(_, found)| shown(found));
        templates.find_map(|(template, resource)| {
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
    supported_versions: Vec<&'static str>,
    capabilities: &'a ServerCapabilities,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Initialize<'a> {
    protocol_version: &'static str,
    capabilities: ServerCapabilities,
    server_info: Implementation,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
}

fn flags(names: &[&str]) -> Map<String, Value> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), Value::Bool(true)))
        .collect()
}

pub(super) fn is_template(resource: &Resource) -> bool {
    matches!(resource.address, Address::Template(_))
}

fn bad_cursor() -> ErrorObject {
    ErrorObject::invalid_params("unknown cursor; start again without one")
}
