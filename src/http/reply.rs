//! The reply: undecided between JSON and a stream until it must be.
//!
//! A handler that ends without a word gets `application/json`, with the status
//! its end deserves. The first word, or a second of silence, commits to a
//! stream: from then on the handler runs in a task of its own and the body only
//! reads what it said.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
    time::Duration,
};

use axum::body::Body;
use futures_util::future::poll_immediate;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_LENGTH};
use tokio::time::sleep;

use crate::{
    context::Context,
    middleware::Failure,
    peer::outbox::Outbox,
    protocol::{Era, ErrorObject, code},
};

use super::{
    body::BodyShare,
    driver::{Driver, End},
    gate::Inside,
    limits::Limits,
    negotiate::Accepts,
    refuse::{self, Refused},
    stream,
    written::Written,
};

/// What a request holds while it is served.
pub(crate) struct Stay {
    pub(crate) inside: Inside,
    share: BodyShare,
}

impl Stay {
    pub(crate) fn new(inside: Inside, share: BodyShare) -> Self {
        Self { inside, share }
    }

    /// Returns how many bytes of the body are kept.
    pub(crate) fn body_bytes(&self) -> usize {
        self.share.bytes()
    }
}

/// Runs the handler and answers.
pub(crate) async fn reply(
    mut driver: Driver,
    stay: Stay,
    accepts: Accepts,
    limits: &Limits,
) -> Result<Response<Body>, Refused> {
    if accepts.json {
        if let Some(end) = undecided(&mut driver, &stay.inside, accepts, limits).await {
            let settled = settle(&driver, accepts, limits, end);
            return settled.inspect_err(|refused| driver.record_error(refused.code()));
        }
    }
    Ok(commit(driver, stay, limits))
}

/// Runs the handler until it ends; `None` when the reply has to become a stream.
async fn undecided(
    driver: &mut Driver,
    inside: &Inside,
    accepts: Accepts,
    limits: &Limits,
) -> Option<End> {
    // The common case first: a handler that is ready at once needs no timer.
    if let Some(end) = poll_immediate(poll_fn(|cx| driver.poll(cx))).await {
        return Some(end);
    }
    let mut silence = pin!(sleep(limits.commit_after));
    let mut cut = pin!(inside.cut_off());
    poll_fn(|cx| {
        if let Poll::Ready(end) = driver.poll(cx) {
            return Poll::Ready(Some(end));
        }
        if cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(shutting_down().into())));
        }
        let spoken = || driver.ctx().request().outbox.poll_spoken(cx).is_ready();
        if accepts.sse && (spoken() || silence.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(None);
        }
        Poll::Pending
    })
    .await
}

pub(crate) fn shutting_down() -> ErrorObject {
    ErrorObject::internal("server shutting down")
}

/// Answers in JSON, with the status that the end deserves.
fn settle(
    driver: &Driver,
    accepts: Accepts,
    limits: &Limits,
    end: End,
) -> Result<Response<Body>, Refused> {
    let ctx = driver.ctx();
    let served = !matches!(end, Err(Failure::Unserved(_)));
    let end = match end {
        Ok(outcome) => Ok(outcome),
        Err(Failure::Error(error) | Failure::Unserved(error)) => Err(error),
        Err(Failure::Refused(refusal)) => {
            let id = ctx.request().id.clone();
            return Err(Refused::by_host(&refusal, Some(id)));
        }
        Err(Failure::Cancelled) => return Ok(accepted()),
    };
    let status = match &end {
        // Of a handler -32021 alone: a dual-era client reads any other 4xx as "not this endpoint".
        Err(error) if !served || error.code() == code::MISSING_CLIENT_CAPABILITY => {
            status_of(ctx, error)
        }
        Ok(_) | Err(_) => StatusCode::OK,
    };
    let body = driver.write(end);
    Ok(settled(ctx, accepts, limits, status, body))
}

/// Answers with a response that is written already.
///
/// As JSON, unless something was said before it or the client takes streams only.
pub(crate) fn settled(
    ctx: &Context,
    accepts: Accepts,
    limits: &Limits,
    status: StatusCode,
    body: Written,
) -> Response<Body> {
    let outbox = &ctx.request().outbox;
    if outbox.has_messages() || !accepts.json {
        outbox.answer(body.whole());
        let task = stream::outlast(Arc::clone(outbox), limits.unread);
        return stream::response(outbox, tokio::spawn(task), limits);
    }
    outbox.close();
    let mut response = body.into_response();
    *response.status_mut() = status;
    response
}

/// 2026-07-28 basic, Error Codes: which errors of ours change the status.
///
/// To a client of an older revision 404 says that its session is gone, so there
/// every error is an answer like any other.
pub(crate) fn status_of(ctx: &Context, error: &ErrorObject) -> StatusCode {
    if ctx.revision().era() == Era::Sessionful {
        return StatusCode::OK;
    }
    match error.code() {
        code::METHOD_NOT_FOUND => StatusCode::NOT_FOUND,
        code::HEADER_MISMATCH | code::MISSING_CLIENT_CAPABILITY | code::UNSUPPORTED_VERSION => {
            StatusCode::BAD_REQUEST
        }
        _ => StatusCode::OK,
    }
}

/// Commits to a stream: the handler moves into a task that the body owns.
fn commit(driver: Driver, stay: Stay, limits: &Limits) -> Response<Body> {
    let outbox = Arc::clone(&driver.ctx().request().outbox);
    let task = tokio::spawn(drive(driver, stay, Arc::clone(&outbox), limits.unread));
    stream::response(&outbox, task, limits)
}

/// Runs the handler to its end, leaves its answer in the outbox, and waits for
/// the reader as long as readers are waited for.
async fn drive(driver: Driver, stay: Stay, outbox: Arc<Outbox>, unread: Duration) {
    // Whatever happens to this task, the reader does not wait for ever.
    let abandoned = stream::AbandonOnDrop(Arc::clone(&outbox));
    if let Some(answer) = run(driver, stay, &outbox, unread).await {
        outbox.answer(answer);
        stream::outlast(outbox, unread).await;
    }
    drop(abandoned);
}

/// Runs the handler to its end; `None` when nobody reads what it says.
async fn run(
    mut driver: Driver,
    stay: Stay,
    outbox: &Arc<Outbox>,
    unread: Duration,
) -> Option<Vec<u8>> {
    let mut cut = pin!(stay.inside.cut_off());
    let mut unread = pin!(stream::Unread::new(Arc::clone(outbox), unread));
    let end = poll_fn(|cx| {
        if let Poll::Ready(end) = driver.poll(cx) {
            return Poll::Ready(Some(end));
        }
        if cut.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(shutting_down().into())));
        }
        unread.as_mut().poll(cx).map(|()| None)
    })
    .await?;
    let end = match end {
        Ok(outcome) => Ok(outcome),
        Err(Failure::Error(error) | Failure::Unserved(error)) => Err(error),
        // The head is gone: all that is left is to say it in the stream.
        Err(Failure::Refused(refusal)) => Err(refuse::error_of(&refusal)),
        Err(Failure::Cancelled) => return None,
    };
    Some(driver.write(end).whole())
}

/// 202: taken, and nothing follows.
pub(crate) fn accepted() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::ACCEPTED;
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
    response
}
