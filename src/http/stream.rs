//! A stream of events that reads what a request has to say.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use http_body::Frame;
use tokio::{
    task::JoinHandle,
    time::{Instant, Sleep, sleep},
};

use crate::peer::outbox::{Batch, Outbox};

use super::{limits::Limits, sse};

/// Makes a response of a stream; the task behind it ends with the body.
pub(crate) fn response(
    outbox: &Arc<Outbox>,
    task: JoinHandle<()>,
    limits: &Limits,
) -> Response<Body> {
    sse::response(Body::new(Stream {
        outbox: Arc::clone(outbox),
        _task: AbortOnDrop(task),
        keep_alive: KeepAlive::new(limits.keep_alive),
        opened: false,
        ended: false,
    }))
}

/// The body: it holds what was said, and nothing else of the request.
struct Stream {
    outbox: Arc<Outbox>,
    /// Dropped with the body: the client has left, and the handler stops.
    _task: AbortOnDrop,
    keep_alive: KeepAlive,
    opened: bool,
    ended: bool,
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Stream {
    /// Takes everything that waits, as events.
    fn take(&mut self, cx: &TaskContext<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.opened {
            out.extend_from_slice(sse::OPENING);
        }
        let messages = match self.outbox.poll_batch(cx) {
            Poll::Ready(Batch::Messages(messages)) => messages,
            Poll::Ready(Batch::Last(messages)) => {
                self.ended = true;
                messages
            }
            Poll::Pending => Vec::new(),
        };
        for message in messages {
            sse::write_event(&mut out, &message);
        }
        out
    }
}

impl http_body::Body for Stream {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let stream = self.get_mut();
        if stream.ended {
            return Poll::Ready(None);
        }
        let out = stream.take(cx);
        if out.is_empty() && stream.ended {
            return Poll::Ready(None);
        }
        let data = if out.is_empty() {
            ready!(stream.keep_alive.poll(cx))
        } else {
            stream.opened = true;
            stream.keep_alive.restart();
            out.into()
        };
        Poll::Ready(Some(Ok(Frame::data(data))))
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
    let mut unread = pin!(Unread::new(&outbox, limit));
    poll_fn(|cx| {
        if outbox.watch_unread(cx).is_none() {
            return Poll::Ready(());
        }
        unread.as_mut().poll(cx)
    })
    .await;
    outbox.abandon();
}

/// Resolves when something has waited for its reader too long.
///
/// A reader that takes anything starts the time anew.
pub(crate) struct Unread<'a> {
    outbox: &'a Outbox,
    limit: Duration,
    /// The number of reads when the time began.
    since: Option<u64>,
    sleep: Pin<Box<Sleep>>,
}

impl<'a> Unread<'a> {
    pub(crate) fn new(outbox: &'a Outbox, limit: Duration) -> Self {
        Self {
            outbox,
            limit,
            since: None,
            sleep: Box::pin(sleep(limit)),
        }
    }
}

impl Future for Unread<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let waits = self.outbox.watch_unread(cx);
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

/// The comments that keep a quiet stream open.
pub(crate) struct KeepAlive {
    interval: Duration,
    sleep: Pin<Box<Sleep>>,
}

impl KeepAlive {
    pub(crate) fn new(interval: Duration) -> Self {
        Self {
            interval,
            sleep: Box::pin(sleep(interval)),
        }
    }

    /// Starts counting the silence anew.
    pub(crate) fn restart(&mut self) {
        self.sleep.as_mut().reset(after(self.interval));
    }

    /// Returns a comment after each interval of silence.
    pub(crate) fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<Bytes> {
        self.sleep.as_mut().poll(cx).map(|()| {
            self.restart();
            sse::KEEP_ALIVE
        })
    }
}

/// A moment from now; a time without end is about thirty years.
fn after(time: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(86_400 * 365 * 30);
    Instant::now() + time.min(FAR)
}
