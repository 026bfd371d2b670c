//! The body of a stream of events, whatever it tells of.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use http_body::Frame;
use tokio::time::{Sleep, sleep};

use super::{sse, stream::after};

/// Where the events of a stream come from.
pub(crate) trait Source: Send + Unpin + 'static {
    /// Takes everything that waits, as events; the task is woken when there is more.
    ///
    /// When it is `over`, the stream has to end, as its kind of stream does.
    fn take(&mut self, cx: &TaskContext<'_>, over: bool) -> Taken;
}

/// What a source had to tell.
pub(crate) struct Taken {
    pub(crate) events: Vec<u8>,
    /// Nothing follows.
    pub(crate) last: bool,
}

/// Makes a response of a source; a quiet one is kept open by comments.
pub(crate) fn response(source: impl Source, keep_alive: Duration) -> Response<Body> {
    response_for(source, keep_alive, None)
}

/// Makes a response of a source for as long as its reader may read it.
pub(crate) fn response_for(
    source: impl Source,
    keep_alive: Duration,
    lasts: Option<Duration>,
) -> Response<Body> {
    // A timer cannot wait for ever, and no stream is open that long.
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    sse::response(Body::new(EventBody {
        over: lasts.map(|lasts| Box::pin(sleep(lasts.min(LONGEST)))),
        source,
        ended: false,
        interval: keep_alive,
        quiet: Box::pin(sleep(keep_alive)),
    }))
}

struct EventBody<S> {
    source: S,
    ended: bool,
    /// The time between two comments.
    interval: Duration,
    quiet: Pin<Box<Sleep>>,
    /// When the reader's login runs out.
    over: Option<Pin<Box<Sleep>>>,
}

impl<S: Source> http_body::Body for EventBody<S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let body = self.get_mut();
        if body.ended {
            return Poll::Ready(None);
        }
        let over = body.over.as_mut();
        let over = over.is_some_and(|over| over.as_mut().poll(cx).is_ready());
        let Taken { events, last } = body.source.take(cx, over);
        body.ended = last;
        let data = match (events.is_empty(), last) {
            (true, true) => return Poll::Ready(None),
            (true, false) => {
                ready!(body.quiet.as_mut().poll(cx));
                sse::KEEP_ALIVE
            }
            (false, _) => events.into(),
        };
        body.quiet.as_mut().reset(after(body.interval));
        Poll::Ready(Some(Ok(Frame::data(data))))
    }
}
