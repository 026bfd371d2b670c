//! What a request says to its client ahead of the answer.
//!
//! Bounded: nobody who reads slowly can make a handler wait or memory grow.
//! Progress and log messages give way to newer ones; the answer never does.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

/// The most messages and bytes that wait for a reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutboxLimits {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// Messages of one request on their way to the client.
#[derive(Debug)]
pub(crate) struct Outbox {
    limits: OutboxLimits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
    answer: Option<Vec<u8>>,
    /// Nothing may be said any more: the request was answered or given up.
    closed: bool,
    /// Nobody reads: nothing is kept any more.
    abandoned: bool,
    /// The progress reported last; the next must be larger.
    progress: Option<f64>,
    reader: Option<Waker>,
    /// How often the reader took what waited.
    reads: u64,
    /// The task that watches over the reader.
    watcher: Option<Waker>,
}

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Batch {
    /// Everything that was waiting, oldest first.
    Messages(Vec<Vec<u8>>),
    /// The same, and nothing follows.
    Last(Vec<Vec<u8>>),
}

impl Outbox {
    /// Creates an outbox; a closed one swallows what is said.
    pub(crate) fn new(limits: OutboxLimits, open: bool) -> Self {
        let state = State {
            closed: !open,
            ..State::default()
        };
        Self {
            limits,
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message; when full, the oldest gives way.
    pub(crate) fn say(&self, message: Vec<u8>) {
        let mut state = self.lock();
        if !state.closed {
            state.push(message, self.limits);
        }
    }

    /// Adds a progress message, unless progress did not increase.
    ///
    /// 2026-07-28 basic/patterns/progress: the value must increase with each one.
    pub(crate) fn say_progress(&self, progress: f64, message: impl FnOnce() -> Vec<u8>) {
        let mut state = self.lock();
        let increased = state.progress.is_none_or(|last| progress > last);
        if state.closed || !increased {
            return;
        }
        state.progress = Some(progress);
        state.push(message(), self.limits);
    }

    /// Puts the answer behind everything that was said, and closes.
    pub(crate) fn answer(&self, answer: Vec<u8>) {
        let mut state = self.lock();
        state.closed = true;
        state.answer = Some(answer);
        state.wake();
    }

    /// Gives up on the reader: it finds the end, and nothing is kept for it.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.abandoned = true;
        state.waiting = VecDeque::new();
        state.answer = None;
        state.wake();
    }

    /// Returns what waits for the reader, as the number of reads so far; wakes the
    /// task when that may have changed.
    pub(crate) fn watch_unread(&self, cx: &Context<'_>) -> Option<u64> {
        let mut state = self.lock();
        state.watcher = Some(cx.waker().clone());
        let waits = !state.waiting.is_empty() || state.answer.is_some();
        waits.then_some(state.reads)
    }

    /// Closes: nothing said from now on is kept.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
    }

    /// Returns whether something was said; otherwise the task is woken when it is.
    pub(crate) fn poll_spoken(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.waiting.is_empty() {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(())
    }

    /// Whether something was said that nobody has read.
    pub(crate) fn has_messages(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    /// Takes everything that waits.
    pub(crate) fn poll_batch(&self, cx: &Context<'_>) -> Poll<Batch> {
        let mut state = self.lock();
        state.bytes = 0;
        state.reads += 1;
        let mut messages: Vec<Vec<u8>> = state.waiting.drain(..).collect();
        if state.abandoned {
            return Poll::Ready(Batch::Last(messages));
        }
        if let Some(answer) = state.answer.take() {
            messages.push(answer);
            state.wake_watcher();
            return Poll::Ready(Batch::Last(messages));
        }
        if messages.is_empty() {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Batch::Messages(messages))
    }
}

impl State {
    fn push(&mut self, message: Vec<u8>, limits: OutboxLimits) {
        if message.len() > limits.bytes {
            tracing::debug!(
                bytes = message.len(),
                "a message is too large for the stream's queue"
            );
            return;
        }
        self.bytes += message.len();
        self.waiting.push_back(message);
        while self.waiting.len() > limits.messages || self.bytes > limits.bytes {
            let Some(oldest) = self.waiting.pop_front() else {
                break;
            };
            self.bytes -= oldest.len();
            tracing::trace!("a message gave way to newer ones");
        }
        self.wake();
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
        self.wake_watcher();
    }

    fn wake_watcher(&mut self) {
        if let Some(watcher) = self.watcher.take() {
            watcher.wake();
        }
    }
}
