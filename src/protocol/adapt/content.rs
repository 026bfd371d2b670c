//! Blocks of content in older revisions.

use crate::protocol::{
    Annotations, ContentBlock, ResourceContents, ResourceLink, content::Kind, dialect::Dialect,
};

use super::{Adapt, keep};

impl Adapt for ContentBlock {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.metas, &mut self.meta);
        adapt_annotations(&mut self.annotations, dialect);
        let replaced = match &mut self.kind {
            Kind::Audio { mime_type, .. } if !dialect.audio => instead_of_audio(mime_type),
            Kind::ResourceLink(link) if !dialect.resource_links => instead_of_link(link),
            Kind::ResourceLink(link) => return link.adapt(dialect),
            Kind::Resource { resource } => return resource.adapt(dialect),
            Kind::Text { .. }
            | Kind::Image { .. }
            | Kind::Audio { .. }
            | Kind::ToolUse { .. }
            | Kind::ToolResult { .. } => return,
        };
        self.kind = Kind::Text { text: replaced };
    }
}

fn instead_of_audio(mime_type: &str) -> String {
    format!("[audio of type {mime_type}, which this client's protocol revision cannot carry]")
}

fn instead_of_link(link: &ResourceLink) -> String {
    let name = link.title.as_ref().unwrap_or(&link.name);
    let uri = &link.uri;
    match &link.mime_type {
        Some(mime_type) => format!("[resource {name} ({mime_type}): {uri}]"),
        None => format!("[resource {name}: {uri}]"),
    }
}

impl Adapt for ResourceLink {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.titles, &mut self.title);
        keep(dialect.icons, &mut self.icons);
    }
}

impl Adapt for ResourceContents {
    fn adapt(&mut self, dialect: &Dialect) {
        keep(dialect.metas, &mut self.meta);
    }
}

/// Annotations that say nothing any more are left out.
pub(super) fn adapt_annotations(annotations: &mut Option<Annotations>, dialect: &Dialect) {
    if let Some(said) = annotations {
        keep(dialect.last_modified, &mut said.last_modified);
        if *said == Annotations::default() {
            *annotations = None;
        }
    }
}
