//! What a session begins with.

use std::sync::Arc;

use crate::{peer::ClientCard, protocol::Revision};

/// What tells a server from the others of a service; half as long as a shared `str`.
pub(crate) type ServerKey = Arc<String>;

/// What a client opens a session with.
pub(crate) struct Opening {
    /// What was agreed on, unless the handshake comes later.
    pub(crate) client: Option<Client>,
    pub(crate) principal: Option<Arc<str>>,
    /// The server that it is opened on, of a service with several.
    pub(crate) server: Option<ServerKey>,
}

/// Whom a session belongs to: nobody else finds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Owner<'a> {
    pub(crate) principal: Option<&'a str>,
    pub(crate) server: Option<&'a str>,
}

/// What a handshake came to.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) revision: Revision,
    pub(crate) card: ClientCard,
}
