//! Reads a body: bounded in size, in time, and over all requests together.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::future::poll_immediate;
use http::StatusCode;
use http_body::Body as _;
use http_body_util::{BodyExt, LengthLimitError};
use tokio::time::{Instant, timeout};

use super::{limits::Limits, refuse::Refused};

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

/// Reads a whole body.
pub(crate) async fn read(
    mut body: Body,
    limits: &Limits,
    share: &mut BodyShare,
) -> Result<Bytes, Refused> {
    if body.size_hint().lower() > limits.body as u64 {
        return Err(too_large(limits));
    }
    let started = Instant::now();
    let mut first = Bytes::new();
    let mut joined = BytesMut::new();
    while let Some(data) = next(&mut body, limits, started).await? {
        let length = first.len().max(joined.len()) + data.len();
        if length > limits.body {
            return Err(too_large(limits));
        }
        share.grow(data.len())?;
        // Most bodies come in one piece, which is kept as it is.
        if first.is_empty() && joined.is_empty() {
            first = data;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&data);
        }
    }
    Ok(if joined.is_empty() {
        first
    } else {
        joined.freeze()
    })
}

/// Reads the next piece.
async fn next(
    body: &mut Body,
    limits: &Limits,
    started: Instant,
) -> Result<Option<Bytes>, Refused> {
    loop {
        let left = limits.body_total.saturating_sub(started.elapsed());
        if left.is_zero() {
            return Err(too_slow());
        }
        let frame = read_within(body, limits.body_gap.min(left)).await?;
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

async fn read_within(body: &mut Body, time: Duration) -> Result<Frame, Refused> {
    // A piece that is there already needs no timer.
    if let Some(frame) = poll_immediate(body.frame()).await {
        return Ok(frame);
    }
    timeout(time, body.frame()).await.map_err(|_| too_slow())
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
