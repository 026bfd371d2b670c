//! Resources on the wire: entries of the lists, the result of reading.

use serde::Serialize;

use super::{Annotations, CacheHint, Icon, Meta, ResourceContents};

/// A resource as `resources/list` shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceEntry {
    /// The URI it is read by.
    pub uri: String,
    /// What it has in common with a template.
    #[serde(flatten)]
    pub common: ResourceCommon,
    /// Its size in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A resource template as `resources/templates/list` shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceTemplateEntry {
    /// The RFC 6570 template of its URIs.
    pub uri_template: String,
    /// What it has in common with a fixed resource.
    #[serde(flatten)]
    pub common: ResourceCommon,
}

/// What fixed resources and templates have in common.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceCommon {
    /// The programmatic name.
    pub name: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its media type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Pictures to show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// Who it is for and how much it matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Open metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// The result of reading a resource.
#[derive(Clone, Debug, Default, Serialize)]
#[must_use]
pub struct ReadResourceResult {
    pub(crate) contents: Vec<ResourceContents>,
    #[serde(skip)]
    pub(crate) cache: Option<CacheHint>,
    #[serde(skip)]
    pub(crate) meta: Option<Meta>,
}

impl ReadResourceResult {
    /// Creates a result; an empty one is answered as "not found".
    pub fn new(contents: impl IntoIterator<Item = ResourceContents>) -> Self {
        Self {
            contents: contents.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Sets how long the client may keep this result, over the resource's own hint.
    pub fn cache(mut self, hint: CacheHint) -> Self {
        self.cache = Some(hint);
        self
    }

    /// Sets `_meta`.
    pub fn meta(mut self, meta: Meta) -> Self {
        self.meta = Some(meta);
        self
    }
}
