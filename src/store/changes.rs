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

impl Service {
    /// Makes a mark. Should two ever be the same, streams of the one end with the other, and
    /// their clients come back.
    pub(crate) fn random() -> Self {
        let mut bytes = [0; 4];
        // Without randomness no key was made either, and nothing is served.
        let _ = getrandom::fill(&mut bytes);
        Self(u32::from_ne_bytes(bytes))
    }
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
    next: u32,
    listeners: HashMap<Key, Arc<dyn Listener>>,
}

/// What a listener is found by; short, since there may be one for each session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    number: u32,
    service: Service,
}

/// The service that a listener belongs to: one bus may serve several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Service(pub(crate) u32);

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
        let key = state.free_key(service);
        state.listeners.insert(key, listener);
        Subscription {
            bus: Arc::clone(self),
            key,
        }
    }

    /// Tells every listener.
    pub(crate) fn publish(&self, change: &Change) {
        for listener in self.lock().listeners.values() {
            listener.changed(change);
        }
    }

    /// Tells the listeners of a service that it is going down.
    pub(crate) fn close(&self, service: Service) {
        for (key, listener) in &self.lock().listeners {
            if key.service == service {
                listener.closed();
            }
        }
    }
}

impl State {
    /// Returns a key that nobody has: after very many, those still in use are passed over.
    fn free_key(&mut self, service: Service) -> Key {
        loop {
            let number = self.next;
            self.next = number.wrapping_add(1);
            let key = Key { number, service };
            if !self.listeners.contains_key(&key) {
                return key;
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
    key: Key,
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
