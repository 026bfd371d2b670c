//! Tells clients that something on offer has changed.

use std::sync::Arc;

use crate::store::{Change, ChangeBus};

/// Tells every client that listens, whatever revision it speaks.
///
/// Never waits. The registry tells of its own changes; this is for the rest:
/// contents of resources, and lists that depend on something else.
#[derive(Clone, Debug)]
pub struct Notifier {
    bus: Arc<ChangeBus>,
}

impl Notifier {
    pub(crate) fn new(bus: Arc<ChangeBus>) -> Self {
        Self { bus }
    }

    /// Tells that the list of tools changed.
    pub fn tools_changed(&self) {
        self.bus.publish(&Change::Tools);
    }

    /// Tells that the list of prompts changed.
    pub fn prompts_changed(&self) {
        self.bus.publish(&Change::Prompts);
    }

    /// Tells that the list of resources or of templates changed.
    pub fn resources_changed(&self) {
        self.bus.publish(&Change::Resources);
    }

    /// Tells that the contents of a resource changed.
    ///
    /// Reaches those who subscribed to this URI or to one above it.
    pub fn resource_updated(&self, uri: impl Into<Arc<str>>) {
        self.bus.publish(&Change::Resource(uri.into()));
    }
}
