//! Carries the work of a session to its end in a task of its own.
//!
//! What is said goes from the outbox into the event log, and only then to whoever
//! reads. A client that leaves cancels nothing; work that outlives its client
//! takes a place of its own, and has an end.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::{join, select};
use tokio::time::{Sleep, sleep};

use crate::{
    peer::outbox::{Batch, Outbox, Said},
    protocol::ErrorObject,
    session::{Detached, Hold, Tap},
    store::{Event, StreamKey},
};

use super::{
    super::{
        reply::Stay,
        stream::{Unread, is_read_within},
    },
    journal::Journal,
    work::{Answers, Work},
};

/// The stream that the work speaks on.
pub(crate) struct Feed {
    pub(crate) tap: Arc<Tap>,
    pub(crate) key: StreamKey,
    pub(crate) log: Option<Journal>,
    pub(crate) hold: Hold,
    /// How long something may wait for the reader.
    pub(crate) unread: Duration,
}

/// Carries work whose client has left before it said anything; nobody hears of it.
pub(crate) async fn carry_unheard(work: Work) {
    work.outbox.abandon();
    let watch = Watch::new(&work, None);
    produce(work, watch).await;
}

/// Carries work that speaks on the one stream of its session; it ends with the session.
pub(crate) fn post(mut work: Work) {
    work.tell_answers(Answers::Posted);
    if work.is_over() {
        return leave(work);
    }
    tokio::spawn(produce_posted(work));
}

/// Lets go of the session; a stream that only waited for this work ends.
fn leave(work: Work) {
    let outbox = Arc::clone(&work.outbox);
    drop(work);
    outbox.nudge();
}

async fn produce_posted(mut work: Work) {
    work.run().await;
    leave(work);
}

/// Carries work that speaks on a stream.
pub(crate) async fn carry(work: Work, mut feed: Feed) {
    let outbox = Arc::clone(&work.outbox);
    let (tap, unread) = (Arc::clone(&feed.tap), feed.unread);
    // Known until it is read: one who comes back takes it over from one who stalls.
    let _known = Known {
        tap: Arc::clone(&tap),
        hold: feed.hold.clone(),
    };
    let watch = Watch::new(&work, Some(Arc::clone(&tap)));
    {
        // Joined, not one after the other: a slow event log must not slow the handler. What
        // the work holds of the service it holds until its last word is logged.
        let carried = pin!(join(produce(work, watch), feed.pump(&outbox)));
        // Polled behind them, so that it sees what was just fed.
        let stalled = pin!(drop_stalled(&tap, unread));
        select(carried, stalled).await;
    }
    drop_late(&tap, unread).await;
}

/// Waits until everything was read, or gives up on the reader.
pub(super) async fn drop_late(tap: &Arc<Tap>, unread: Duration) {
    if !is_read_within(tap, unread).await {
        tap.drop_reader();
    }
}

/// A stream that its session knows; it ends, and is forgotten, whatever happens.
struct Known {
    tap: Arc<Tap>,
    hold: Hold,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.tap.finish();
        self.hold.live().remove_tap(&self.tap);
    }
}

/// Gives up on each reader that leaves something unread for too long.
async fn drop_stalled(tap: &Arc<Tap>, limit: Duration) {
    loop {
        Unread::new(Arc::clone(tap), limit).await;
        tap.drop_reader();
    }
}

/// Runs the work until it ends, or has to; returns what it held of the service.
async fn produce(mut work: Work, mut watch: Watch) -> Stay {
    let mut cut = pin!(work.stay.inside.cut_off());
    poll_fn(|cx| {
        if work.poll_or_cut(cx, cut.as_mut()).is_ready() {
            return Poll::Ready(());
        }
        watch.poll(cx).map(|error| work.stop(&error))
    })
    .await;
    work.stay
}

/// Watches over work that has lost its client.
struct Watch {
    hold: Hold,
    /// How many handlers there are, and the bytes of the body that they keep.
    handlers: usize,
    bytes: usize,
    tap: Option<Arc<Tap>>,
    /// The place of work that outlives its client, and the time it has.
    alone: Option<(Detached, Pin<Box<Sleep>>)>,
}

impl Watch {
    fn new(work: &Work, tap: Option<Arc<Tap>>) -> Self {
        Self {
            hold: work.hold.clone(),
            handlers: work.running(),
            bytes: work.stay.body_bytes(),
            tap,
            alone: None,
        }
    }

    /// Returns why the work has to end.
    fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<ErrorObject> {
        if self.tap.as_ref().is_some_and(|tap| tap.watch_reader(cx)) {
            self.alone = None;
            return Poll::Pending;
        }
        if self.alone.is_none() {
            let Some(place) = self.hold.detach(self.handlers, self.bytes) else {
                let full = "too many requests run without their clients";
                return Poll::Ready(ErrorObject::internal(full));
            };
            let grace = self.hold.limits().detached_grace;
            self.alone = Some((place, Box::pin(sleep(grace))));
        }
        match &mut self.alone {
            Some((_, grace)) => grace
                .as_mut()
                .poll(cx)
                .map(|()| ErrorObject::internal("the client was away for too long")),
            None => Poll::Pending,
        }
    }
}

impl Feed {
    /// Moves what is said from the outbox to the log and to the reader.
    async fn pump(&mut self, outbox: &Outbox) {
        let mut seq = 0;
        loop {
            poll_fn(|cx| self.tap.poll_room(cx)).await;
            let (said, end) = match poll_fn(|cx| outbox.poll_batch(cx)).await {
                Batch::More(said) => (said, None),
                Batch::Last(said, answer) => (said, Some(answer)),
            };
            for said in said {
                match said {
                    Said::Message(message) => self.say(&mut seq, message, false).await,
                    Said::HangUp(retry) if self.log.is_some() => self.tap.hang_up(retry),
                    // Whoever is sent away from here cannot come back.
                    Said::HangUp(_) => {}
                }
            }
            let Some(answer) = end else { continue };
            match answer {
                Some(answer) => self.say(&mut seq, answer, true).await,
                // Cancelled: nobody is to be told more than was told.
                None => self.drop_log().await,
            }
            return self.tap.finish();
        }
    }

    async fn say(&mut self, seq: &mut u64, message: Vec<u8>, last: bool) {
        *seq += 1;
        let event = Event {
            seq: *seq,
            // Exact, since the log counts what it keeps.
            message: Bytes::from(message.into_boxed_slice()),
            last,
        };
        // Nobody comes back to a session that is over.
        if self.hold.is_closed() {
            self.drop_log().await;
        }
        if let Some(log) = &self.log {
            if !log.append(self.key, event.clone()).await {
                // What follows a hole is of no use.
                self.drop_log().await;
            }
        }
        self.tap.feed(event);
    }

    /// Lets the log forget the stream, which cannot be resumed from now on.
    async fn drop_log(&mut self) {
        if let Some(log) = self.log.take() {
            log.close(self.key).await;
        }
    }
}
