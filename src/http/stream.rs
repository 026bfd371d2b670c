//! A stream of events that reads what a request has to say.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use axum::body::Body;
use http::Response;
use tokio::{
    task::JoinHandle,
    time::{Instant, Sleep, sleep},
};

use crate::{peer::outbox::Outbox, session::Tap};

use super::{
    event_body::{self, Source, Taken},
    limits::Limits,
    sse,
};

/// Makes a response of a stream; the task behind it ends with the body.
pub(crate) fn response(
    outbox: &Arc<Outbox>,
    task: JoinHandle<()>,
    limits: &Limits,
) -> Response<Body> {
    let stream = Stream {
        outbox: Arc::clone(outbox),
        _task: AbortOnDrop(task),
        opened: false,
    };
    event_body::response(stream, limits.keep_alive)
}

/// What was said, and nothing else of the request.
struct Stream {
    outbox: Arc<Outbox>,
    /// Dropped with the body: the client has left, and the handler stops.
    _task: AbortOnDrop,
    opened: bool,
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Source for Stream {
    fn take(&mut self, cx: &TaskContext<'_>, _over: bool) -> Taken {
        let mut events = Vec::new();
        if !std::mem::replace(&mut self.opened, true) {
            events.extend_from_slice(sse::OPENING);
        }
        let write = |message: &[u8]| sse::write_event(&mut events, message);
        let last = self.outbox.read_messages(cx, write);
        Taken { events, last }
    }
}

/// Gives up on the reader when dropped; a reader that has everything is not concerned.
pub(crate) struct AbandonOnDrop(pub(crate) Arc<Outbox>);

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Waits until everything was read, or gives up on a reader that does not read.
pub(crate) async fn outlast(outbox: Arc<Outbox>, limit: Duration) {
    is_read_within(&outbox, limit).await;
    outbox.abandon();
}

/// Resolves when everything was read, or when that takes too long; tells which.
pub(crate) async fn is_read_within<Q: Queue>(queue: &Arc<Q>, limit: Duration) -> bool {
    let mut unread = pin!(Unread::new(Arc::clone(queue), limit));
    poll_fn(|cx| {
        if queue.watch_unread(cx).is_none() {
            return Poll::Ready(true);
        }
        unread.as_mut().poll(cx).map(|()| false)
    })
    .await
}

/// Something that waits for a reader.
pub(crate) trait Queue {
    /// Returns what waits, as a number that changes when the reader takes something;
    /// wakes the task when that may have changed.
    fn watch_unread(&self, cx: &TaskContext<'_>) -> Option<u64>;
}

impl Queue for Outbox {
    fn watch_unread(&self, cx: &TaskContext<'_>) -> Option<u64> {
        self.watch_unread(cx)
    }
}

impl Queue for Tap {
    fn watch_unread(&self, cx: &TaskContext<'_>) -> Option<u64> {
        self.watch_unread(cx)
    }
}

/// Resolves when something has waited for its reader too long.
///
/// A reader that takes anything starts the time anew.
pub(crate) struct Unread<Q> {
    queue: Arc<Q>,
    limit: Duration,
    /// The number of reads when the time began.
    since: Option<u64>,
    sleep: Pin<Box<Sleep>>,
}

impl<Q: Queue> Unread<Q> {
    pub(crate) fn new(queue: Arc<Q>, limit: Duration) -> Self {
        Self {
            queue,
            limit,
            since: None,
            sleep: Box::pin(sleep(limit)),
        }
    }
}

impl<Q: Queue> Future for Unread<Q> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let waits = self.queue.watch_unread(cx);
        if waits != self.since {
            self.since = waits;
            let deadline = after(self.limit);
            self.sleep.as_mut().reset(deadline);
        }
        if self.since.is_none() {
            return Poll::Pending;
        }
        self.sleep.as_mut().poll(cx)
    }
}

/// A moment from now.
pub(crate) fn after(time: Duration) -> Instant {
    later(Instant::now(), time)
}

/// A moment after another one; a time without end is about thirty years.
pub(crate) fn later(moment: Instant, time: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);
    moment + time.min(FAR)
}
