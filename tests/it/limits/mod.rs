//! Limits on what a client may send: bytes, time, and all bodies together.

mod size;
mod time;

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use mcp_axum::{McpServiceBuilder, tool};
use tokio::time::{Instant, Sleep, sleep};

use crate::lifespan::{self, Hold};

pub fn builder(hold: &Hold) -> McpServiceBuilder {
    mcp_axum::McpService::builder(
        lifespan::server(hold).merge(
            mcp_axum::McpServer::new("limits", "1").tool(tool("echo", crate::mounting::echo)),
        ),
    )
}

/// A body of a client that a test watches and slows down.
pub struct Slow {
    pieces: Vec<Bytes>,
    pause: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
    /// What is said of its length ahead.
    announced: Option<u64>,
    /// How many bytes were read.
    read: Arc<AtomicUsize>,
    ends: bool,
}

impl Slow {
    /// A body that comes in these pieces, each after a pause.
    pub fn new(pieces: impl IntoIterator<Item = Bytes>, pause: Duration) -> Self {
        let mut pieces: Vec<Bytes> = pieces.into_iter().collect();
        pieces.reverse();
        Self {
            pieces,
            pause,
            sleep: None,
            announced: None,
            read: Arc::default(),
            ends: true,
        }
    }

    /// A body that stops after its pieces, and does not end.
    pub fn stalling(mut self) -> Self {
        self.ends = false;
        self
    }

    /// Announces a length.
    pub fn announcing(mut self, bytes: u64) -> Self {
        self.announced = Some(bytes);
        self
    }

    pub fn watch(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.read)
    }

    pub fn body(self) -> Body {
        Body::new(self)
    }
}

impl http_body::Body for Slow {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.pieces.is_empty() {
            return if self.ends {
                Poll::Ready(None)
            } else {
                Poll::Pending
            };
        }
        if !self.pause.is_zero() {
            let pause = self.pause;
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(pause)));
            if sleep.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            sleep.as_mut().reset(Instant::now() + pause);
        }
        let piece = self.pieces.pop().expect("checked above");
        self.read.fetch_add(piece.len(), Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn size_hint(&self) -> SizeHint {
        self.announced
            .map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

/// Cuts a text into pieces.
pub fn pieces(text: &[u8], size: usize) -> Vec<Bytes> {
    text.chunks(size).map(Bytes::copy_from_slice).collect()
}
