//! Who may use a prompt, and what stands around it.

use crate::component::{Component, Described, Kind, policy_methods};

use super::Prompt;

policy_methods!(Prompt, "prompt", "a use");

impl<S> Described for Prompt<S> {
    fn component(&self) -> Component<'_> {
        Component {
            kind: Kind::Prompt,
            name: self.name(),
            annotations: None,
            policy: &self.policy,
        }
    }
}
