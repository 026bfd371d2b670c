//! A server ready to answer: its registry, and what never changes.

use std::sync::Arc;

use crate::{
    error::Error,
    protocol::{Revision, jsonrpc::write_json},
    store::ChangeBus,
};

use super::{Draft, McpServer, Notifier, Registry, Settings};

/// A server ready to answer.
#[derive(Debug)]
pub(crate) struct ServerCore {
    pub(crate) settings: Settings,
    pub(crate) registry: Registry,
    /// The revisions that are served, newest first.
    pub(crate) revisions: Vec<Revision>,
    /// The member of every result's `_meta` that names the server, as JSON.
    pub(crate) name_card: Vec<u8>,
}

impl ServerCore {
    pub(crate) fn new(server: McpServer, revisions: Vec<Revision>) -> Result<Arc<Self>, Error> {
        let mut draft = Draft::default();
        for tool in server.tools {
            draft.tools.add(tool)?;
        }
        for resource in server.resources {
            draft.resources.add(resource)?;
        }
        for prompt in server.prompts {
            draft.prompts.add(prompt)?;
        }
        let settings = server.settings;
        let mut name_card = br#""io.modelcontextprotocol/serverInfo":"#.to_vec();
        write_json(&mut name_card, &settings.info);
        Ok(Arc::new(Self {
            registry: Registry::new(draft, Arc::<ChangeBus>::default()),
            revisions,
            settings,
            name_card,
        }))
    }

    pub(crate) fn notifier(&self) -> Notifier {
        Notifier::new(Arc::clone(self.registry.bus()))
    }
}
