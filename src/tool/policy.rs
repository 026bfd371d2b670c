//! Who may use a tool, and what stands around it.

use crate::component::{Component, Described, Kind, policy_methods};

use super::Tool;

policy_methods!(Tool, "tool", "a call");

impl<S> Described for Tool<S> {
    fn component(&self) -> Component<'_> {
        Component {
            kind: Kind::Tool,
            name: self.name(),
            annotations: self.entry.annotations.as_ref(),
            policy: &self.policy,
        }
    }
}
