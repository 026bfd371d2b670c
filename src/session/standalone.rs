//! The stream of a session that belongs to no request: what changed on offer.
//!
//! It carries hints, so it keeps marks while nobody reads, and the last few events
//! for a reader whose connection broke. One that missed more is told that
//! everything it follows may have changed.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;

use crate::{
    protocol::jsonrpc::write_json,
    store::{Change, Event, Listener, Marks, Wanted},
};

use super::stream::{Ending, Reader, Stream, Taken};

/// The bytes that each URI may have on average, of as many as may be followed.
const URI_BYTES: usize = 64;
/// The most events that are kept for a reader that comes back, and their bytes.
const MAX_KEPT: usize = 16;
const MAX_KEPT_BYTES: usize = 2 * 1024;

/// Tells whether the reader of a stream may hear that the contents at a URI changed.
#[derive(Clone)]
pub(crate) struct Hears(pub(crate) Arc<dyn Fn(&str) -> bool + Send + Sync>);

impl fmt::Debug for Hears {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hears").finish_non_exhaustive()
    }
}

/// The stream of a session that belongs to no request.
#[derive(Debug)]
pub(crate) struct Standalone {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    wanted: Wanted,
    marks: Marks,
    /// The sequence of the event told last.
    last: u64,
    kept: VecDeque<Event>,
    kept_bytes: usize,
    /// What a reader that came back has to be told first.
    replay: Vec<Event>,
    readers: u64,
    read: bool,
    /// Tells which resources the one who reads may hear of.
    hears: Option<Box<Hears>>,
    ending: Option<Ending>,
    waker: Option<Waker>,
}

impl Standalone {
    /// Creates the stream of a session that is told of these lists.
    pub(crate) fn new(wanted: Wanted) -> Self {
        Self {
            state: Mutex::new(State {
                wanted,
                marks: Marks::default(),
                last: 0,
                kept: VecDeque::new(),
                kept_bytes: 0,
                replay: Vec::new(),
                readers: 0,
                read: false,
                hears: None,
                ending: None,
                waker: None,
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Follows a resource, of at most so many; whether there was room for it.
    pub(crate) fn follow(&self, uri: &str, limit: usize) -> bool {
        let uris = &mut self.lock().wanted.uris;
        if uris.iter().any(|followed| followed == uri) {
            return true;
        }
        let bytes: usize = uris.iter().map(String::len).sum();
        let room = uris.len() < limit && bytes + uri.len() <= limit.saturating_mul(URI_BYTES);
        if room {
            uris.reserve_exact(1);
            uris.push(uri.to_owned());
        }
        room
    }

    /// Follows a resource no more.
    pub(crate) fn unfollow(&self, uri: &str) {
        let mut state = self.lock();
        state.wanted.uris.retain(|followed| followed != uri);
        state.marks.updated.remove(uri);
    }

    /// Takes a reader, who has seen the event `seen` last; any before it is replaced.
    ///
    /// Also returns the event behind which the reader begins.
    pub(crate) fn attach(&self, seen: Option<u64>, hears: Hears) -> (Reader, u64) {
        let mut state = self.lock();
        let before = state.hears.replace(Box::new(hears));
        state.readers += 1;
        state.read = true;
        state.replay = match seen {
            None => Vec::new(),
            Some(seen) => state.missed(seen),
        };
        state.wake();
        let missed = u64::try_from(state.replay.len()).unwrap_or_default();
        let place = (Reader(state.readers), state.last - missed);
        drop(state);
        // Outside the lock: it holds values of the host's.
        drop(before);
        place
    }

    /// Ends for a service that goes down.
    pub(crate) fn drain(&self) {
        self.lock().end(Ending::Draining);
    }

    /// Whether somebody reads.
    pub(crate) fn is_read(&self) -> bool {
        self.lock().read
    }

    /// Ends: the session is over.
    pub(crate) fn finish(&self) {
        self.lock().end(Ending::Finished);
    }
}

impl Listener for Standalone {
    fn changed(&self, change: &Change) {
        let mut state = self.lock();
        let State { marks, wanted, .. } = &mut *state;
        if marks.mark(wanted, change) {
            state.wake();
        }
    }

    fn closed(&self) {
        self.drain();
    }
}

impl Stream for Standalone {
    fn number(&self) -> u64 {
        0
    }

    fn poll_read(&self, cx: &Context<'_>, reader: Reader) -> Poll<Taken> {
        let mut state = self.lock();
        let mut marks = std::mem::take(&mut state.marks);
        let mut unheard = Vec::new();
        if !marks.updated.is_empty() {
            let hears = state.hears.as_deref().cloned();
            // Not under the lock: the host's own code decides, and may be dropped here.
            drop(state);
            unheard = unheard_of(hears, &marks);
            state = self.lock();
        }
        if reader.0 != state.readers {
            state.marks.add(marks);
            state.wake();
            return Poll::Ready(Taken {
                ending: Some(Ending::Replaced),
                ..Taken::default()
            });
        }
        marks.updated.retain(|uri| !unheard.contains(uri));
        let mut events = std::mem::take(&mut state.replay);
        state.tell(&marks, &mut events);
        let ending = state.ending;
        if !state.marks.is_empty() {
            // Marked meanwhile, when nobody waited to be woken.
            cx.waker().wake_by_ref();
        }
        if events.is_empty() && ending.is_none() {
            state.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Taken { events, ending })
    }

    fn leave(&self, reader: Reader) {
        let mut state = self.lock();
        if reader.0 != state.readers {
            return;
        }
        state.read = false;
        state.replay = Vec::new();
        let hears = state.hears.take();
        drop(state);
        // Outside the lock: it holds values of the host's.
        drop(hears);
    }
}

/// Returns the resources that the reader may not hear of.
fn unheard_of(hears: Option<Hears>, marks: &Marks) -> Vec<Arc<str>> {
    let Some(Hears(hears)) = hears else {
        return Vec::new();
    };
    let unheard = marks.updated.iter().filter(|uri| !hears(uri));
    unheard.cloned().collect()
}

impl State {
    /// Returns the events behind `seen`; when they are gone, everything may have changed.
    fn missed(&mut self, seen: u64) -> Vec<Event> {
        let first = self.kept.front().map_or(self.last + 1, |event| event.seq);
        if seen > self.last || seen + 1 < first {
            self.marks = Marks::all(&self.wanted);
            return Vec::new();
        }
        let missed = self.kept.iter().filter(|event| event.seq > seen);
        missed.cloned().collect()
    }

    /// Turns marks into events.
    fn tell(&mut self, marks: &Marks, events: &mut Vec<Event>) {
        let lists = marks.lists();
        let lists = lists.map(|list| Bytes::from_static(list.message));
        let updated = marks.updated.iter().map(|uri| updated(uri));
        for message in lists.chain(updated) {
            self.last += 1;
            let event = Event {
                seq: self.last,
                message,
                last: false,
            };
            self.keep(event.clone());
            events.push(event);
        }
    }

    fn keep(&mut self, event: Event) {
        self.kept_bytes += event.message.len();
        self.kept.push_back(event);
        while self.kept.len() > MAX_KEPT || self.kept_bytes > MAX_KEPT_BYTES {
            let Some(oldest) = self.kept.pop_front() else {
                break;
            };
            self.kept_bytes -= oldest.message.len();
        }
    }

    fn end(&mut self, ending: Ending) {
        self.ending.get_or_insert(ending);
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

fn updated(uri: &str) -> Bytes {
    let mut message = Vec::with_capacity(96 + uri.len());
    message.extend_from_slice(
        br#"{"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"#,
    );
    write_json(&mut message, uri);
    message.extend_from_slice(b"}}");
    message.into()
}
