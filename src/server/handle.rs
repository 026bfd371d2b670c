//! A server made ready once, to be picked for each request.

use std::{fmt, sync::Arc};

use crate::error::or_panic;

use super::{McpServer, Notifier, Registry, ServerCore};

/// A server made ready once, to be picked for each request.
///
/// For [`McpService::select`](crate::McpService::select); a clone is cheap and is the same server.
///
/// # Examples
///
/// ```
/// use std::collections::HashMap;
/// use mcp_axum::{server::ServerHandle, McpServer, McpService};
///
/// let servers: HashMap<&str, ServerHandle> = ["acme", "globex"]
///     .map(|tenant| (tenant, ServerHandle::new(tenant, McpServer::new("notes", "1.0.0"))))
///     .into();
/// let mcp = McpService::select(move |parts| {
///     let tenant = parts.headers.get("x-tenant")?.to_str().ok()?;
///     servers.get(tenant).cloned()
/// })
/// .build();
/// ```
#[derive(Clone)]
pub struct ServerHandle {
    pub(crate) core: Arc<ServerCore>,
}

impl ServerHandle {
    /// Makes a server ready; `key` tells it from the others of a service.
    ///
    /// Sessions, and what clients carry between two rounds of questions, belong to the
    /// server with this key. One that is made again with the same key takes them over; a
    /// session's open stream hears of its changes from the client's next subscription or
    /// stream on.
    ///
    /// # Panics
    ///
    /// When the server has two components of one name.
    #[track_caller]
    #[must_use]
    pub fn new(key: impl Into<String>, server: McpServer) -> Self {
        // Whether scopes are known depends on the service; one that does not know them
        // grants none.
        let core = ServerCore::new(server, Some(Arc::new(key.into())), true);
        Self {
            core: or_panic(core, "server"),
        }
    }

    /// Returns the key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.core.key.as_deref().map_or("", String::as_str)
    }

    /// Returns the components on offer, changeable while the service runs.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.core.registry
    }

    /// Returns what tells clients of changes.
    #[must_use]
    pub fn notifier(&self) -> Notifier {
        self.core.notifier()
    }
}

impl fmt::Debug for ServerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerHandle")
            .field("key", &self.key())
            .finish_non_exhaustive()
    }
}
