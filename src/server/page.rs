//! The pages of the four lists, and the cursors between them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;

use crate::{
    component::Described,
    context::Context,
    protocol::{CacheHint, Revision, jsonrpc::write_json},
    resource::Resource,
};

use super::{
    Draft, ServerCore, answer,
    catalog::{Catalog, Entry, Listed},
    snapshot::is_template,
};

/// The entries of a page when nothing else was set.
const PAGE_SIZE: usize = 1000;

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

/// Finds where a cursor points: behind the entry it names, or where that was.
///
/// A name counts for those alone who see it: else a cursor could ask what is hidden.
pub(super) fn position(
    draft: &Draft,
    core: &ServerCore,
    list: List,
    cursor: &str,
    caller: Option<&Context>,
) -> Option<u64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (sequence, name) = text.split_once('.')?;
    let named = match list {
        List::Tools => draft.tools.sequence_of(name, |it| seen(core, caller, it)),
        List::Resources | List::Templates => {
            let seen = |it: &Resource| seen(core, caller, it);
            draft.resources.sequence_of(name, seen)
        }
        List::Prompts => draft.prompts.sequence_of(name, |it| seen(core, caller, it)),
    };
    // A name that was removed and added again stands further back than it did.
    let sequence: u64 = sequence.parse().ok()?;
    Some(named.map_or(sequence, |named| named.min(sequence)))
}

/// Whether a caller sees a component in lists; without one, everybody does.
fn seen(core: &ServerCore, caller: Option<&Context>, item: &impl Described) -> bool {
    caller.is_none_or(|ctx| core.lists(ctx, item))
}

/// Writes the page of a list that begins behind a position, as far as a caller sees it.
pub(super) fn write(
    draft: &Draft,
    core: &ServerCore,
    list: List,
    after: Option<u64>,
    revision: Revision,
    caller: Option<&Context>,
) -> Bytes {
    let mut page = Page::new(core, list, revision);
    let resource = |it: &Resource| seen(core, caller, it);
    match list {
        List::Tools => page.fill(&draft.tools, after, |it| seen(core, caller, it)),
        List::Resources => page.fill(&draft.resources, after, |it| {
            !is_template(it) && resource(it)
        }),
        List::Templates => page.fill(&draft.resources, after, |it| {
            is_template(it) && resource(it)
        }),
        List::Prompts => page.fill(&draft.prompts, after, |it| seen(core, caller, it)),
    }
    let cache = list.cache(core);
    // What depends on the caller is for nobody else to keep.
    page.finish(
        core,
        if caller.is_some() {
            cache.for_caller()
        } else {
            cache
        },
    )
}

/// A page while it is put together.
struct Page {
    revision: Revision,
    out: Vec<u8>,
    room: usize,
    written: usize,
    next: Option<String>,
}

impl Page {
    fn new(core: &ServerCore, list: List, revision: Revision) -> Self {
        let mut out = Vec::with_capacity(1024);
        out.extend_from_slice(b"{\"");
        out.extend_from_slice(list.member().as_bytes());
        out.extend_from_slice(b"\":[");
        Self {
            revision,
            out,
            room: core.settings.page_size.unwrap_or(PAGE_SIZE),
            written: 0,
            next: None,
        }
    }

    fn fill<T: Listed>(
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
            entry.write(&mut self.out, self.revision);
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
        answer::complete(&mut self.out, core, Some(cache), None, self.revision);
        self.out.into()
    }
}

/// The position behind an entry: its name, and its number in case it goes.
fn cursor_behind<T>(entry: &Entry<T>) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", entry.sequence, entry.name))
}
