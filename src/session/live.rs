//! What a session needs only while something goes on in it.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use crate::{
    peer::{outbox::Outbox, questions::Questions},
    store::{ChangeBus, Listener, Service, Subscription, Wanted},
};

use super::{flights::Flights, granted::Granted, standalone::Standalone, stream::Stream, tap::Tap};

/// What a session needs only while something goes on in it.
#[derive(Debug, Default)]
pub(crate) struct Live {
    pub(crate) flights: Flights,
    // In boxes of their own, since most sessions have neither.
    questions: OnceLock<Box<Questions>>,
    granted: OnceLock<Box<Granted>>,
    taps: Mutex<Vec<Arc<Tap>>>,
    /// How many requests have become streams.
    numbers: AtomicU64,
    hints: OnceLock<Hints>,
    /// How many streams somebody reads.
    readers: AtomicUsize,
    /// The one stream of a client over HTTP+SSE.
    pub(crate) mailbox: OnceLock<Arc<Outbox>>,
}

/// The standalone stream, and its place on the bus.
#[derive(Debug)]
struct Hints {
    standalone: Arc<Standalone>,
    subscription: Mutex<Option<Subscription>>,
}

impl Hints {
    /// Moves to the bus of a server that was made again since.
    fn listen_to(&self, bus: &Arc<ChangeBus>, service: Service) {
        let subscription = self.subscription.lock();
        let mut subscription = subscription.unwrap_or_else(PoisonError::into_inner);
        let before = match &*subscription {
            Some(before) if !before.is_of(bus) => {
                let listener: Arc<dyn Listener> = self.standalone.clone();
                subscription.replace(bus.subscribe(service, listener))
            }
            Some(_) | None => None,
        };
        drop(subscription);
        // It may have been the last to know its bus.
        drop(before);
    }
}

impl Live {
    fn taps(&self) -> MutexGuard<'_, Vec<Arc<Tap>>> {
        self.taps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the questions to the client, made when first asked for.
    pub(super) fn questions(&self) -> &Questions {
        self.questions.get_or_init(Box::default)
    }

    /// Returns the questions to the client, unless there never were any.
    pub(crate) fn asked(&self) -> Option<&Questions> {
        self.questions.get().map(|questions| &**questions)
    }

    /// Remembers the scopes of whoever opened a stream.
    pub(crate) fn remember_scopes(&self, stream: u64, scopes: &Arc<BTreeSet<String>>) {
        if !scopes.is_empty() {
            let granted = self.granted.get_or_init(Box::default);
            granted.remember(stream, scopes);
        }
    }

    /// Whether these scopes cover those that a stream was opened with.
    pub(crate) fn covers(&self, stream: u64, scopes: &BTreeSet<String>) -> bool {
        let granted = self.granted.get();
        granted.is_none_or(|granted| granted.covers(stream, scopes))
    }

    /// Returns the number of the next request that becomes a stream.
    pub(crate) fn next_stream(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether any request has become a stream.
    pub(crate) fn has_streamed(&self) -> bool {
        self.numbers.load(Ordering::Relaxed) > 0
    }

    /// Makes a request's stream known, for those who come back to it.
    pub(crate) fn add_tap(&self, tap: &Arc<Tap>) {
        self.taps().push(Arc::clone(tap));
    }

    /// Forgets a request's stream.
    pub(crate) fn remove_tap(&self, tap: &Arc<Tap>) {
        let mut taps = self.taps();
        taps.retain(|known| !Arc::ptr_eq(known, tap));
        if taps.is_empty() {
            *taps = Vec::new();
        }
    }

    /// Returns the stream of that number while its request runs.
    pub(crate) fn tap(&self, number: u64) -> Option<Arc<Tap>> {
        let taps = self.taps();
        taps.iter().find(|tap| tap.number() == number).cloned()
    }

    /// Returns the standalone stream, which listens to the bus from now on.
    pub(crate) fn standalone(
        &self,
        bus: &Arc<ChangeBus>,
        service: Service,
        wanted: impl FnOnce() -> Wanted,
    ) -> &Arc<Standalone> {
        let hints = self.hints.get_or_init(|| {
            let standalone = Arc::new(Standalone::new(wanted()));
            let listener: Arc<dyn Listener> = standalone.clone();
            Hints {
                subscription: Mutex::new(Some(bus.subscribe(service, listener))),
                standalone,
            }
        });
        hints.listen_to(bus, service);
        &hints.standalone
    }

    /// Returns how many streams somebody reads.
    pub(crate) fn read_streams(&self) -> usize {
        self.readers.load(Ordering::Relaxed)
    }

    /// Counts one more reader, unless there are so many.
    pub(super) fn add_reader(&self, limit: usize) -> bool {
        let add = |readers| (readers < limit).then_some(readers + 1);
        let added = self
            .readers
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
        added.is_ok()
    }

    /// Counts one reader less.
    pub(super) fn remove_reader(&self) {
        self.readers.fetch_sub(1, Ordering::Relaxed);
    }

    /// Ends everything that goes on: the session is over.
    pub(crate) fn close(&self) {
        if let Some(questions) = self.asked() {
            questions.close();
        }
        self.flights.close();
        if let Some(hints) = self.hints.get() {
            hints.standalone.finish();
            let subscription = hints.subscription.lock();
            let subscription = subscription.unwrap_or_else(PoisonError::into_inner).take();
            drop(subscription);
        }
        if let Some(mailbox) = self.mailbox.get() {
            mailbox.finish(None);
        }
    }
}
