//! A stream of a session as a body of events.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use axum::body::Body;
use http::Response;

use crate::{
    peer::outbox::Edit,
    protocol::Revision,
    session::{Ending, Reader, Reading, Stream},
};

use super::super::{
    event_body::{self, Source, Taken},
    sse,
};

/// How a stream looks from its beginning.
#[derive(Debug)]
pub(crate) struct Look {
    /// What events have to go through that have not gone through it on their way here.
    edit: Option<Edit>,
    /// Events carry ids: their reader may come back.
    numbered: bool,
    /// The event that the reader has seen, when it is to be told before anything
    /// else comes (2025-11-25 basic/transports, Sending Messages 6).
    priming: Option<u64>,
    /// The client can read a `retry` that belongs to no event.
    retries: bool,
    /// How long the reader's login lasts, where the stream ends with it.
    lasts: Option<Duration>,
}

impl Look {
    /// The look of a stream that is logged or not, behind the event that was seen; one
    /// that is resumed needs not be told which.
    pub(crate) fn new(logged: bool, revision: Revision, seen: Option<u64>) -> Self {
        let polls = logged && revision.dialect().polling;
        Self {
            edit: None,
            numbered: logged,
            priming: seen.filter(|_| polls),
            retries: polls,
            lasts: None,
        }
    }

    /// The same for a reader who may read no longer than the login lasts.
    pub(crate) fn lasting(self, lasts: Option<Duration>) -> Self {
        Self { lasts, ..self }
    }

    /// The same for a stream whose events have to go through an edit first.
    pub(crate) fn edited(self, edit: Option<Edit>) -> Self {
        Self { edit, ..self }
    }
}

/// Makes a response of a stream; the reader leaves when the body is dropped.
pub(crate) fn response(
    stream: Arc<dyn Stream>,
    reader: Reader,
    look: Look,
    keep_alive: Duration,
    place: Reading,
) -> Response<Body> {
    let lasts = look.lasts;
    let source = SessionSource {
        stream,
        reader,
        look,
        opened: false,
        _place: place,
    };
    event_body::response_for(source, keep_alive, lasts)
}

/// About how many bytes stand around the message of an event.
const HEAD: usize = 48;

struct SessionSource {
    stream: Arc<dyn Stream>,
    reader: Reader,
    look: Look,
    opened: bool,
    /// A session whose stream is open is not idle.
    _place: Reading,
}

impl SessionSource {
    fn open(&mut self, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        match self.look.priming {
            Some(seen) => sse::write_priming(out, self.stream.number(), seen, retry(RETRY)),
            None => out.extend_from_slice(sse::OPENING),
        }
    }

    fn write_ending(&self, out: &mut Vec<u8>, ending: Ending) {
        let wait = match ending {
            Ending::Finished => return,
            Ending::HangUp(wait) => wait,
            Ending::Draining => retry(RETRY),
            Ending::Replaced => {
                out.extend_from_slice(b": another stream took over\n\n");
                retry(RETRY)
            }
        };
        if self.look.retries {
            sse::write_retry(out, wait);
        }
    }
}

/// How long a client is asked to wait before it comes back.
const RETRY: Duration = Duration::from_secs(1);

/// Spreads a time by half to either side, so that not all clients come at once.
fn retry(time: Duration) -> Duration {
    // Seeded anew each time, and without a system call, which each stream would pay for.
    let [random, ..] = RandomState::new().hash_one(()).to_le_bytes();
    time / 2 + time * u32::from(random) / 255
}

impl Source for SessionSource {
    fn take(&mut self, cx: &TaskContext<'_>, over: bool) -> Taken {
        let read = self.stream.poll_read(cx, self.reader);
        let told = match &read {
            Poll::Ready(read) => read.events.as_slice(),
            Poll::Pending => &[],
        };
        let room = told.iter().map(|event| event.message.len() + HEAD);
        let opening = if self.opened { 0 } else { 2 * HEAD };
        let mut events = Vec::with_capacity(opening + room.sum::<usize>());
        self.open(&mut events);
        let mut ending = over.then_some(Ending::Draining);
        if let Poll::Ready(read) = read {
            for event in read.events {
                if self.look.numbered {
                    sse::write_id(&mut events, self.stream.number(), event.seq);
                }
                let edit = self.look.edit.as_ref();
                sse::write_event(&mut events, &Edit::shown(edit, &event.message));
            }
            ending = read.ending.or(ending);
        }
        if let Some(ending) = ending {
            self.write_ending(&mut events, ending);
        }
        Taken {
            events,
            last: ending.is_some(),
        }
    }
}

impl Drop for SessionSource {
    fn drop(&mut self) {
        self.stream.leave(self.reader);
    }
}
