//! The stream of a request, between what feeds it and whoever reads it.
//!
//! Readers come and go; what feeds it goes on. It is fed only while its reader
//! keeps up, so a reader never misses an event without knowing.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{peer::outbox::OutboxLimits, store::Event};

use super::stream::{Ending, Reader, Stream, Taken};

/// The stream of a request.
#[derive(Debug)]
pub(crate) struct Tap {
    number: u64,
    limits: OutboxLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    attached: Option<Attached>,
    /// How many readers there have been.
    readers: u64,
    /// The sequence of the event fed last.
    last: u64,
    ended: bool,
    feeder: Option<Waker>,
}

#[derive(Debug, Default)]
struct Attached {
    queue: VecDeque<Event>,
    bytes: usize,
    ending: Option<Ending>,
    waker: Option<Waker>,
    reads: u64,
}

impl Tap {
    /// Creates a stream that nobody reads yet.
    pub(crate) fn new(number: u64, limits: OutboxLimits) -> Arc<Self> {
        Arc::new(Self {
            number,
            limits,
            state: Mutex::default(),
        })
    }

    /// Creates the stream of a request that is through, `last` being its last event.
    pub(crate) fn ended(number: u64, last: u64) -> Arc<Self> {
        const NOTHING_WAITS: OutboxLimits = OutboxLimits {
            messages: 0,
            bytes: 0,
        };
        let state = State {
            last,
            ended: true,
            ..State::default()
        };
        Arc::new(Self {
            number,
            limits: NOTHING_WAITS,
            state: Mutex::new(state),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a reader who has been told, or is told by `replay`, everything up to `seen`.
    ///
    /// A reader before it is replaced.
    ///
    /// # Errors
    ///
    /// The events themselves, when there are more to replay by now.
    pub(crate) fn attach(&self, seen: u64, replay: Vec<Event>) -> Result<Reader, Vec<Event>> {
        let mut state = self.lock();
        if state.last != seen {
            return Err(replay);
        }
        state.readers += 1;
        let ended = state.ended.then_some(Ending::Finished);
        let attached = Attached {
            bytes: replay.iter().map(|event| event.message.len()).sum(),
            queue: replay.into(),
            ending: ended,
            ..Attached::default()
        };
        let before = state.attached.replace(attached);
        let woken = before.and_then(|before| before.waker);
        let reader = Reader(state.readers);
        state.wake_feeder();
        drop(state);
        if let Some(woken) = woken {
            woken.wake();
        }
        Ok(reader)
    }

    /// Resolves when the reader keeps up, or when there is none.
    pub(crate) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        let full = state.attached.as_ref().is_some_and(|attached| {
            attached.ending.is_none()
                && (attached.queue.len() >= self.limits.messages
                    || attached.bytes >= self.limits.bytes)
        });
        if full {
            state.feeder = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Feeds an event.
    pub(crate) fn feed(&self, event: Event) {
        let mut state = self.lock();
        state.last = event.seq;
        if let Some(attached) = &mut state.attached {
            if attached.ending.is_none() {
                attached.bytes += event.message.len();
                attached.queue.push_back(event);
                attached.wake();
            }
        }
    }

    /// Sends the reader away for a while.
    pub(crate) fn hang_up(&self, retry: Duration) {
        self.lock().end(Ending::HangUp(retry));
    }

    /// Ends: everything was fed.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        state.ended = true;
        state.end(Ending::Finished);
    }

    /// Whether somebody reads.
    pub(crate) fn is_read(&self) -> bool {
        self.lock().attached.is_some()
    }

    /// Whether somebody reads who was not sent away; wakes the task when that changes.
    pub(crate) fn watch_reader(&self, cx: &Context<'_>) -> bool {
        let mut state = self.lock();
        state.feeder = Some(cx.waker().clone());
        let attached = state.attached.as_ref();
        attached.is_some_and(|attached| attached.ending.is_none())
    }

    /// Returns what waits for the reader, as the number of its reads so far; wakes
    /// the task when that may have changed.
    pub(crate) fn watch_unread(&self, cx: &Context<'_>) -> Option<u64> {
        let mut state = self.lock();
        state.feeder = Some(cx.waker().clone());
        let readers = state.readers;
        let attached = state.attached.as_ref()?;
        let waits = !attached.queue.is_empty() || attached.ending.is_some();
        // A new reader starts anew, however often the one before it read.
        waits.then_some((readers << 32) | attached.reads)
    }

    /// Gives up on a reader that does not read.
    pub(crate) fn drop_reader(&self) {
        let mut state = self.lock();
        state.attached = None;
        state.readers += 1;
        state.wake_feeder();
    }

    /// Whether everything was fed.
    pub(crate) fn is_ended(&self) -> bool {
        self.lock().ended
    }

    /// Returns the sequence of the event fed last.
    pub(crate) fn last(&self) -> u64 {
        self.lock().last
    }
}

impl Stream for Tap {
    fn number(&self) -> u64 {
        self.number
    }

    fn poll_read(&self, cx: &Context<'_>, reader: Reader) -> Poll<Taken> {
        let mut state = self.lock();
        let current = reader.0 == state.readers;
        let Some(attached) = state.attached.as_mut().filter(|_| current) else {
            return Poll::Ready(Taken {
                ending: Some(Ending::Replaced),
                ..Taken::default()
            });
        };
        if attached.queue.is_empty() && attached.ending.is_none() {
            attached.waker = Some(cx.waker().clone());
            return Poll::Pending;
        }
        attached.reads += 1;
        attached.bytes = 0;
        let taken = Taken {
            events: attached.queue.drain(..).collect(),
            ending: attached.ending,
        };
        if taken.ending.is_some() {
            state.attached = None;
        }
        state.wake_feeder();
        Poll::Ready(taken)
    }

    fn leave(&self, reader: Reader) {
        let mut state = self.lock();
        if reader.0 == state.readers {
            state.attached = None;
            state.wake_feeder();
        }
    }
}

impl State {
    fn end(&mut self, ending: Ending) {
        if let Some(attached) = &mut self.attached {
            attached.ending.get_or_insert(ending);
            attached.wake();
        }
        self.wake_feeder();
    }

    fn wake_feeder(&mut self) {
        if let Some(feeder) = self.feeder.take() {
            feeder.wake();
        }
    }
}

impl Attached {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
