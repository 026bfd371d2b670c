//! Who may use a resource, and what stands around it.

use crate::component::{Component, Described, Kind, policy_methods};

use super::Resource;

policy_methods!(Resource, "resource", "a read");

impl<S> Described for Resource<S> {
    fn component(&self) -> Component<'_> {
        Component {
            kind: Kind::Resource,
            name: self.uri(),
            annotations: None,
            policy: &self.policy,
        }
    }
}
