//! A server ready to answer: its registry, and what never changes.

use std::sync::Arc;

use crate::{error::Error, protocol::jsonrpc::write_json, store::ChangeBus};

use super::{Draft, McpServer, Notifier, Registry, Settings};

/// A server ready to answer.
#[derive(Debug)]
pub(crate) struct ServerCore {
    /// What tells it from the others that a service picks from.
    pub(crate) key: Option<Arc<String>>,
    pub(crate) settings: Settings,
    pub(crate) registry: Registry,
    /// The member of every result's `_meta` that names the server, as JSON.
    pub(crate) name_card: Vec<u8>,
}

impl ServerCore {
    /// Makes a server ready; `scopes_known` tells whether anybody says which scopes a
    /// caller was granted.
    pub(crate) fn new(
        server: McpServer,
        key: Option<Arc<String>>,
        scopes_known: bool,
    ) -> Result<Arc<Self>, Error> {
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
        let bus = Arc::<ChangeBus>::default();
        Ok(Arc::new(Self {
            key,
            registry: Registry::new(draft, bus, scopes_known)?,
            settings,
            name_card,
        }))
    }

    pub(crate) fn notifier(&self) -> Notifier {
        Notifier::new(Arc::clone(self.registry.bus()))
    }

    /// Forgets what the layers have built: the next life of the service builds them again.
    pub(crate) fn reset_layers(&self) {
        self.settings.layers.reset();
        self.registry.snapshot().draft.reset_layers();
    }
}
