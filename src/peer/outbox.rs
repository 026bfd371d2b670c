//! What a request says to its client ahead of the answer.
//!
//! Bounded: nobody who reads slowly can make a handler wait or memory grow.
//! Progress and log messages give way to newer ones; questions and answers never do.

use std::{
    borrow::Cow,
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

/// The most messages and bytes that wait for a reader.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutboxLimits {
    pub(crate) messages: usize,
    pub(crate) bytes: usize,
}

/// What a message has to go through before anybody else sees it.
#[derive(Clone)]
pub(crate) struct Edit(pub(crate) Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>);

impl Edit {
    /// Returns the message as the edit leaves it, if there is one.
    ///
    /// Never called under a lock: the host's own code runs.
    pub(crate) fn apply(edit: Option<&Self>, message: Vec<u8>) -> Vec<u8> {
        match edit {
            Some(Self(edit)) => edit(message),
            None => message,
        }
    }

    /// The same for a message that others keep; without an edit it is not copied.
    pub(crate) fn shown<'a>(edit: Option<&Self>, message: &'a [u8]) -> Cow<'a, [u8]> {
        match edit {
            Some(Self(edit)) => edit(message.to_vec()).into(),
            None => message.into(),
        }
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit").finish_non_exhaustive()
    }
}

/// Messages on their way to the client.
#[derive(Debug)]
pub(crate) struct Outbox {
    limits: OutboxLimits,
    edit: Option<Edit>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    bytes: usize,
    answer: Option<Vec<u8>>,
    /// Nothing may be said any more: the request was answered or given up.
    closed: bool,
    /// Nothing follows what waits.
    ended: bool,
    reader: Option<Waker>,
    /// How many messages gave way to newer ones.
    dropped: u64,
    /// How often the reader took what waited.
    reads: u64,
    /// The task that watches over the reader.
    watcher: Option<Waker>,
}

#[derive(Debug)]
struct Waiting {
    said: Said,
    /// Must not give way to newer messages.
    kept: bool,
}

/// What a request said.
#[derive(Debug)]
pub(crate) enum Said {
    /// A message.
    Message(Vec<u8>),
    /// Close the stream, and let the client come back after this time.
    HangUp(Duration),
}

impl Said {
    fn len(&self) -> usize {
        match self {
            Self::Message(message) => message.len(),
            Self::HangUp(_) => 0,
        }
    }
}

/// What a reader finds.
#[derive(Debug)]
pub(crate) enum Batch {
    /// Everything that was waiting, oldest first.
    More(Vec<Said>),
    /// The same, and nothing follows; the answer, unless there is none.
    Last(Vec<Said>, Option<Vec<u8>>),
}

impl Outbox {
    /// Creates an outbox whose words go through `edit`; a closed one swallows what is said.
    pub(crate) fn new(limits: OutboxLimits, open: bool, edit: Option<Edit>) -> Self {
        let state = State {
            closed: !open,
            ..State::default()
        };
        Self {
            limits,
            edit,
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a message; when full, the oldest gives way.
    pub(crate) fn say(&self, message: Vec<u8>) {
        let message = Edit::apply(self.edit.as_ref(), message);
        let mut state = self.lock();
        if message.len() > self.limits.bytes {
            let bytes = message.len();
            tracing::debug!(bytes, "a message is too large for the stream's queue");
        } else if !state.closed {
            state.push(Said::Message(message), false, self.limits);
        }
    }

    /// Adds a question, as [`keep`](Self::keep) does.
    pub(crate) fn ask(&self, question: Vec<u8>) -> bool {
        self.keep(Edit::apply(self.edit.as_ref(), question))
    }

    /// Adds a message that must not get lost; whether anybody is there to read it.
    pub(crate) fn keep(&self, message: Vec<u8>) -> bool {
        let mut state = self.lock();
        if !state.closed {
            state.push(Said::Message(message), true, self.limits);
        }
        !state.closed
    }

    /// Asks for the stream to be closed behind what was said.
    pub(crate) fn hang_up(&self, retry: Duration) {
        let mut state = self.lock();
        if !state.closed {
            state.push(Said::HangUp(retry), true, self.limits);
        }
    }

    /// Puts the answer behind everything that was said, and closes.
    pub(crate) fn answer(&self, answer: Vec<u8>) {
        self.finish(Some(answer));
    }

    /// Closes behind everything that was said, with the answer or without one.
    pub(crate) fn finish(&self, answer: Option<Vec<u8>>) {
        let mut state = self.lock();
        // The first end counts: nothing that comes later may take its answer away.
        if !state.ended {
            state.account();
            state.closed = true;
            state.ended = true;
            state.answer = answer;
            state.wake();
        }
    }

    /// Closes without a reader to come; whether nothing is lost that had to be told.
    pub(crate) fn hush(&self) -> bool {
        let mut state = self.lock();
        // To be sent away needs a stream; without one there is nowhere to be sent from.
        let asked = |waiting: &Waiting| waiting.kept && matches!(waiting.said, Said::Message(_));
        let kept = state.waiting.iter().any(asked);
        if !kept {
            state.closed = true;
            state.waiting = VecDeque::new();
            state.bytes = 0;
        }
        !kept
    }

    /// Gives up on the reader: it finds the end, and nothing is kept for it.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.account();
        state.closed = true;
        state.ended = true;
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

    /// Lets the reader look again: what it waits for may be over.
    pub(crate) fn nudge(&self) {
        self.lock().wake();
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

    /// Whether more waits than should, none of which can give way.
    pub(crate) fn is_full(&self) -> bool {
        let state = self.lock();
        let kept = state.waiting.iter().filter(|waiting| waiting.kept);
        let (messages, bytes) = kept.fold((0, 0), |(messages, bytes), waiting| {
            (messages + 1, bytes + waiting.said.len())
        });
        messages >= self.limits.messages || bytes >= self.limits.bytes
    }

    /// Whether something was said that nobody has read.
    pub(crate) fn has_messages(&self) -> bool {
        !self.lock().waiting.is_empty()
    }

    /// Shows the messages that wait to a reader that could not come back if it were sent
    /// away; returns whether nothing follows.
    pub(crate) fn read_messages(&self, cx: &Context<'_>, mut read: impl FnMut(&[u8])) -> bool {
        let (said, answer, last) = match self.poll_batch(cx) {
            Poll::Ready(Batch::More(said)) => (said, None, false),
            Poll::Ready(Batch::Last(said, answer)) => (said, answer, true),
            Poll::Pending => return false,
        };
        for said in said {
            match said {
                Said::Message(message) => read(&message),
                Said::HangUp(_) => {}
            }
        }
        if let Some(answer) = answer {
            read(&answer);
        }
        last
    }

    /// Takes everything that waits.
    pub(crate) fn poll_batch(&self, cx: &Context<'_>) -> Poll<Batch> {
        let mut state = self.lock();
        if state.waiting.is_empty() && !state.ended {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.bytes = 0;
        state.reads += 1;
        let said = state
            .waiting
            .drain(..)
            .map(|waiting| waiting.said)
            .collect();
        if state.ended {
            let answer = state.answer.take();
            state.wake_watcher();
            return Poll::Ready(Batch::Last(said, answer));
        }
        Poll::Ready(Batch::More(said))
    }
}

impl State {
    fn push(&mut self, said: Said, kept: bool, limits: OutboxLimits) {
        self.bytes += said.len();
        self.waiting.push_back(Waiting { said, kept });
        while self.waiting.len() > limits.messages || self.bytes > limits.bytes {
            let Some(oldest) = self.waiting.iter().position(|waiting| !waiting.kept) else {
                break;
            };
            if let Some(oldest) = self.waiting.remove(oldest) {
                self.bytes -= oldest.said.len();
                self.dropped += 1;
            }
        }
        self.wake();
    }

    /// Says once how much its reader has missed.
    fn account(&mut self) {
        let dropped = std::mem::take(&mut self.dropped);
        if dropped > 0 {
            tracing::debug!(dropped, "messages of a request gave way to newer ones");
        }
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
