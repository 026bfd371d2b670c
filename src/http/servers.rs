//! Which server answers a request: the one there is, or one picked for it.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use http::request::Parts;

use crate::{
    principal::Principal,
    server::{ServerCore, ServerHandle},
    session::Owner,
    store::ChangeBus,
};

/// Picks the server of a request.
pub(crate) type Pick = dyn Fn(&Parts) -> Option<ServerHandle> + Send + Sync;

/// The servers of an endpoint.
pub(crate) enum Servers {
    One(Arc<ServerCore>),
    Picked {
        pick: Box<Pick>,
        /// Those that were picked, by the place of each in memory, to be told of the end.
        met: Mutex<HashMap<usize, Met>>,
    },
}

/// A server that was picked once, and the bus that streams may listen to even when the
/// server itself is gone.
///
/// Its place in memory is no other server's as long as this is here.
pub(crate) struct Met {
    core: Weak<ServerCore>,
    bus: Weak<ChangeBus>,
}

/// The two sides of a request: who asks, and whom.
pub(crate) struct Parties {
    pub(crate) principal: Option<Principal>,
    pub(crate) core: Arc<ServerCore>,
}

impl Servers {
    pub(crate) fn picked(pick: Box<Pick>) -> Self {
        Self::Picked {
            pick,
            met: Mutex::default(),
        }
    }

    /// Returns the server that is there for all requests, if there is one.
    pub(crate) fn one(&self) -> Option<&Arc<ServerCore>> {
        match self {
            Self::One(core) => Some(core),
            Self::Picked { .. } => None,
        }
    }

    /// Returns the server of a request, if there is one for it.
    pub(crate) fn pick(&self, parts: &Parts) -> Option<Arc<ServerCore>> {
        let (pick, met) = match self {
            Self::One(core) => return Some(Arc::clone(core)),
            Self::Picked { pick, met } => (pick, met),
        };
        let core = pick(parts)?.core;
        let mut met = met.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Arc::as_ptr(&core) as usize;
        if !met.contains_key(&place) {
            met.retain(|_, met| met.bus.strong_count() > 0);
            let (bus, core) = (core.registry.bus(), Arc::downgrade(&core));
            let bus = Arc::downgrade(bus);
            met.insert(place, Met { core, bus });
        }
        Some(core)
    }

    /// Returns every server that there is.
    pub(crate) fn all(&self) -> Vec<Arc<ServerCore>> {
        match self {
            Self::One(core) => vec![Arc::clone(core)],
            Self::Picked { met, .. } => {
                let met = met.lock().unwrap_or_else(PoisonError::into_inner);
                met.values().filter_map(|met| met.core.upgrade()).collect()
            }
        }
    }

    /// Returns every bus that streams of this endpoint may listen to.
    pub(crate) fn buses(&self) -> Vec<Arc<ChangeBus>> {
        match self {
            Self::One(core) => vec![Arc::clone(core.registry.bus())],
            Self::Picked { met, .. } => {
                let met = met.lock().unwrap_or_else(PoisonError::into_inner);
                met.values().filter_map(|met| met.bus.upgrade()).collect()
            }
        }
    }
}

impl Parties {
    /// Returns the principal, if there is one.
    pub(crate) fn principal(&self) -> Option<&Principal> {
        self.principal.as_ref()
    }

    /// Returns whom the session of this request has to belong to.
    pub(crate) fn owner(&self) -> Owner<'_> {
        Owner {
            principal: self.principal().map(Principal::key),
            server: self.core.key.as_deref().map(String::as_str),
        }
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(core) => f.debug_tuple("One").field(core).finish(),
            Self::Picked { .. } => f.debug_struct("Picked").finish_non_exhaustive(),
        }
    }
}
