//! Reads a body: bounded in size, in time, and over all requests together.

use std::{
    error::Error,
    future::poll_fn,
    mem,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
};

use axum::body::Body;
use bytes::Bytes;
use futures_util::future::{Either, poll_immediate, select};
use http::StatusCode;
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError};
use tokio::time::{Instant, timeout_at};

use super::{
    gate::{self, Inside},
    limits::Limits,
    refuse::Refused,
    stream::later,
};

/// The bytes that all bodies in flight may have together.
#[derive(Debug)]
pub(crate) struct BodyBudget {
    left: AtomicUsize,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub(crate) struct BodyShare {
    budget: Arc<BodyBudget>,
    bytes: usize,
}

impl BodyBudget {
    pub(crate) fn new(bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(bytes),
        })
    }

    fn take(&self, bytes: usize) -> bool {
        self.left
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| {
                left.checked_sub(bytes)
            })
            .is_ok()
    }
}

impl BodyShare {
    pub(crate) fn new(budget: &Arc<BodyBudget>) -> Self {
        Self {
            budget: Arc::clone(budget),
            bytes: 0,
        }
    }

    /// Returns how many bytes it is.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Refused> {
        if !self.budget.take(bytes) {
            return Err(Refused::unavailable(
                "too many request bodies at once; try again",
                1,
            ));
        }
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for BodyShare {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.bytes, Ordering::AcqRel);
    }
}

/// Reads a whole body, unless the service ends before it is complete.
pub(crate) async fn read(
    mut body: Body,
    limits: &Limits,
    share: &mut BodyShare,
    inside: &Inside,
) -> Result<Bytes, Refused> {
    let declared = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if declared > limits.body {
        return Err(too_large(limits));
    }
    let mut pieces = Pieces::default();
    let mut end = None;
    while let Some(data) = next(&mut body, limits, inside, &mut end).await? {
        if pieces.length() + data.len() > limits.body {
            return Err(too_large(limits));
        }
        share.grow(data.len())?;
        pieces.add(data, declared);
    }
    Ok(pieces.whole())
}

/// The pieces of a body so far.
#[derive(Default)]
struct Pieces {
    /// Most bodies come in one piece, which is kept as it is.
    first: Bytes,
    joined: Vec<u8>,
}

impl Pieces {
    fn length(&self) -> usize {
        self.first.len().max(self.joined.len())
    }

    fn add(&mut self, data: Bytes, declared: usize) {
        if self.length() == 0 {
            self.first = data;
            return;
        }
        let length = self.length() + data.len();
        if self.joined.capacity() < length {
            // Twice as much, so that few copies are made; but no more than is to come, when
            // that is known.
            let twice = 2 * length;
            let room = if declared < length {
                twice
            } else {
                declared.min(twice)
            };
            self.joined.reserve_exact(room - self.joined.len());
        }
        if self.joined.is_empty() {
            self.joined.extend_from_slice(&self.first);
        }
        self.joined.extend_from_slice(&data);
    }

    fn whole(self) -> Bytes {
        match self.joined.is_empty() {
            true => self.first,
            false => self.joined.into(),
        }
    }
}

/// Reads the next piece; the time until the `end` runs from the first wait.
async fn next(
    body: &mut Body,
    limits: &Limits,
    inside: &Inside,
    end: &mut Option<Instant>,
) -> Result<Option<Bytes>, Refused> {
    loop {
        let frame = match soon(body).await {
            Some(_) if end.is_some_and(|end| Instant::now() >= end) => return Err(too_slow()),
            Some(frame) => frame,
            None => read_within(body, limits, inside, end).await?,
        };
        match frame {
            None => return Ok(None),
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => {}
                Ok(data) => return Ok(Some(data)),
                Err(_trailers) => {}
            },
            Some(Err(error)) if is_length_limit(&error) => return Err(cut_by_host()),
            Some(Err(_)) => {
                return Err(Refused::new(
                    StatusCode::BAD_REQUEST,
                    "the body ended before it was complete",
                ));
            }
        }
    }
}

type Frame = Option<Result<http_body::Frame<Bytes>, axum::Error>>;

/// Returns a piece that needs no clock: it is there, or after one more turn of the connection,
/// which hands over what came with the head only when it is asked.
async fn soon(body: &mut Body) -> Option<Frame> {
    if let Some(frame) = poll_immediate(body.frame()).await {
        return Some(frame);
    }
    turn().await;
    poll_immediate(body.frame()).await
}

/// Lets the task come back at once: unlike tokio's `yield_now`, without a wait for the driver.
async fn turn() {
    let mut turned = false;
    poll_fn(|cx| {
        if mem::replace(&mut turned, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

async fn read_within(
    body: &mut Body,
    limits: &Limits,
    inside: &Inside,
    end: &mut Option<Instant>,
) -> Result<Frame, Refused> {
    let now = Instant::now();
    let end = *end.get_or_insert_with(|| later(now, limits.body_total));
    let frame = timeout_at(end.min(later(now, limits.body_gap)), body.frame());
    match select(pin!(frame), pin!(inside.cut_off())).await {
        Either::Left((frame, _)) => frame.map_err(|_| too_slow()),
        Either::Right(_) => Err(gate::shutting_down()),
    }
}

fn too_slow() -> Refused {
    Refused::new(
        StatusCode::REQUEST_TIMEOUT,
        "the body came too slowly; send it again",
    )
}

/// Whether a layer of the host's, such as `RequestBodyLimitLayer`, cut the body.
fn is_length_limit(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(current) = cause {
        if current.is::<LengthLimitError>() {
            return true;
        }
        cause = current.source();
    }
    false
}

fn cut_by_host() -> Refused {
    let message = "the body is too large for a layer of the application";
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}

fn too_large(limits: &Limits) -> Refused {
    let message = format!(
        "the body may have {} bytes; raise it with `McpService::builder(..).body_limit(..)`",
        limits.body
    );
    Refused::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}
