//! Tells listeners that something on offer has changed.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A change of what is on offer.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Tools,
    Prompts,
    Resources,
    /// The contents of the resource with this URI.
    Resource(Arc<str>),
}

/// Who wants to know of changes.
pub(crate) trait Listener: Send + Sync {
    /// Takes note of a change; called under a lock, so it only marks and wakes.
    fn changed(&self, change: &Change);

    /// Learns that the service is going down; likewise called under a lock.
    fn closed(&self);
}

/// Carries changes to all listeners of this process.
#[derive(Default)]
pub(crate) struct ChangeBus {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    listeners: HashMap<u64, (Service, Arc<dyn Listener>)>,
}

/// The service that a listener belongs to: one bus may serve several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Service(pub(crate) usize);

impl ChangeBus {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a listener until the subscription is dropped.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        service: Service,
        listener: Arc<dyn Listener>,
    ) -> Subscription {
        let mut state = self.lock();
        let key = state.next;
        state.next += 1;
        state.listeners.insert(key, (service, listener));
        Subscription {
            bus: Arc::clone(self),
            key,
        }
    }

    /// Tells every listener.
    pub(crate) fn publish(&self, change: &Change) {
        for (_, listener) in self.lock().listeners.values() {
            listener.changed(change);
        }
    }

    /// Tells the listeners of a service that it is going down.
    pub(crate) fn close(&self, service: Service) {
        for (of, listener) in self.lock().listeners.values() {
            if *of == service {
                listener.closed();
            }
        }
    }
}

impl fmt::Debug for ChangeBus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listeners = self.lock().listeners.len();
        f.debug_struct("ChangeBus")
            .field("listeners", &listeners)
            .finish()
    }
}

/// The place of a listener on the bus.
#[derive(Debug)]
pub(crate) struct Subscription {
    bus: Arc<ChangeBus>,
    key: u64,
}

impl Subscription {
    /// Whether it is a place on this bus.
    pub(crate) fn is_of(&self, bus: &Arc<ChangeBus>) -> bool {
        Arc::ptr_eq(&self.bus, bus)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // Dropped outside the lock: the listener's own drop may take locks.
        let listener = self.bus.lock().listeners.remove(&self.key);
        drop(listener);
    }
}
