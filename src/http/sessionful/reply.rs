//! The reply to a POST of a session: undecided between JSON and a stream.
//!
//! As in the stateless era, but a client that leaves cancels nothing: its work
//! moves into a task of the session.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use axum::body::Body;
use futures_util::future::poll_immediate;
use http::Response;
use tokio::{runtime::Handle, time::sleep};

use crate::{
    session::{Hold, Reading, Stream, Tap},
    store::StreamKey,
};

use super::{
    super::{endpoint::Endpoint, negotiate::Accepts, refuse::Refused, reply::accepted},
    SessionSpace,
    body::{self, Look},
    carry::{Feed, carry, carry_unheard},
    journal::Journal,
    work::{Answers, Work},
};

/// Runs the work and answers.
pub(crate) async fn reply(
    endpoint: &Endpoint,
    space: &SessionSpace,
    accepts: Accepts,
    work: Work,
) -> Result<Response<Body>, Refused> {
    if work.is_refused() {
        return settle(work);
    }
    if !accepts.json {
        // Before it is kept: one that is refused may come again, so it must not run on.
        let place = work.hold.read(false);
        let place = place.ok_or_else(|| work.too_many_streams())?;
        return commit(endpoint, space, Kept(Some(work)), place).await;
    }
    let mut kept = Kept(Some(work));
    match undecided(endpoint, accepts, &mut kept).await? {
        None => settle(kept.take()),
        Some(place) => commit(endpoint, space, kept, place).await,
    }
}

/// Work that outlives the request it came with.
struct Kept(Option<Work>);

impl Kept {
    fn get(&mut self) -> &mut Work {
        self.0.as_mut().expect("taken once, at the end")
    }

    fn take(mut self) -> Work {
        self.0.take().expect("taken once, at the end")
    }
}

impl Drop for Kept {
    /// 2025-11-25 basic/transports: a disconnection is not a cancellation.
    fn drop(&mut self) {
        let Some(work) = self.0.take() else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(carry_unheard(work));
        }
    }
}

/// Runs the work until it ends, or until the reply has to become a stream; then
/// with a place for its reader.
async fn undecided(
    endpoint: &Endpoint,
    accepts: Accepts,
    kept: &mut Kept,
) -> Result<Option<Reading>, Refused> {
    // The common case first: a handler that is ready at once needs no timer.
    let first = poll_immediate(poll_fn(|cx| kept.get().poll(cx))).await;
    if first.is_none() {
        run_silently(endpoint, accepts, kept).await;
    }
    let work = kept.get();
    let spoken = work.outbox.has_messages();
    if !accepts.sse || (!work.is_running() && !spoken) {
        return Ok(None);
    }
    if let Some(place) = work.hold.read(false) {
        return Ok(Some(place));
    }
    // No room for one more stream: what was said gives way, unless it has to be heard.
    if !work.outbox.hush() {
        let refused = work.too_many_streams();
        // Nobody carries it on.
        drop(kept.0.take());
        return Err(refused);
    }
    kept.get().run().await;
    Ok(None)
}

/// Runs the work until it ends, speaks, or has been silent for too long.
async fn run_silently(endpoint: &Endpoint, accepts: Accepts, kept: &mut Kept) {
    let mut silence = pin!(sleep(endpoint.limits.commit_after));
    let mut cut = pin!(kept.get().stay.inside.cut_off());
    poll_fn(|cx| {
        let work = kept.get();
        if work.poll_or_cut(cx, cut.as_mut()).is_ready() {
            return Poll::Ready(());
        }
        if accepts.sse && work.outbox.poll_spoken(cx).is_ready() {
            return Poll::Ready(());
        }
        match accepts.sse {
            true => silence.as_mut().poll(cx),
            false => Poll::Pending,
        }
    })
    .await;
}

/// Answers in JSON; 202 when everything was cancelled.
fn settle(work: Work) -> Result<Response<Body>, Refused> {
    let Some(body) = work.into_json()? else {
        return Ok(accepted());
    };
    Ok(body.into_response())
}

/// Commits to a stream, which a task feeds and the body only reads.
async fn commit(
    endpoint: &Endpoint,
    space: &SessionSpace,
    mut kept: Kept,
    place: Reading,
) -> Result<Response<Body>, Refused> {
    let hold = kept.get().hold.clone();
    let live = hold.live();
    let tap = Tap::new(live.next_stream(), endpoint.limits.outbox);
    let key = StreamKey {
        session: hold.key(),
        number: tap.number(),
    };
    let log = open_log(space, &hold, key).await;
    let look = Look::new(log.is_some(), hold.revision(), Some(0));
    let reader = tap.attach(0, Vec::new());
    let reader = reader.expect("nothing was said before");
    if let Some(principal) = &kept.get().principal {
        live.remember_scopes(tap.number(), principal.shared_scopes());
    }
    live.add_tap(&tap);
    let feed = Feed {
        tap: Arc::clone(&tap),
        key,
        log,
        hold: hold.clone(),
        unread: endpoint.limits.unread,
    };
    let mut work = kept.take();
    work.tell_answers(Answers::Streamed);
    let mut carried = Box::pin(carry(work, feed));
    // Once before the body is read: what is ready leaves together with the first bytes,
    // and no second segment waits until the client acknowledges them.
    if poll_immediate(&mut carried).await.is_none() {
        tokio::spawn(carried);
    }
    let keep_alive = endpoint.limits.keep_alive;
    Ok(body::response(tap, reader, look, keep_alive, place))
}

/// Begins a stream in the log, if there is one that takes it.
async fn open_log(space: &SessionSpace, hold: &Hold, key: StreamKey) -> Option<Journal> {
    let log = space.log.clone()?;
    if !log.open(key).await {
        return None;
    }
    if hold.is_closed() {
        // Closed meanwhile, and its streams forgotten: this one came too late.
        log.close(key).await;
        return None;
    }
    Some(log)
}
