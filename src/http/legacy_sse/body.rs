//! The stream of HTTP+SSE: the place to post to, then every message of the server.

use std::{
    future::pending,
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::Duration,
};

use axum::body::Body;
use futures_util::future::select;
use http::Response;
use tokio::{task::AbortHandle, time::sleep};

use crate::{
    peer::outbox::{Edit, Outbox},
    session::{Directory, Hears, Hold, Reader, Reading, Standalone, Stream as _},
};

use super::super::{
    event_body::{self, Source, Taken},
    limits::Limits,
    sse,
    stream::Unread,
};

/// The holds that a stream itself has on its session: its own, its place's, and its
/// watcher's.
const OWN_HOLDS: usize = 3;

/// A stream, and the session that ends with it.
pub(super) struct Stream {
    pub(super) hold: Hold,
    pub(super) _reading: Reading,
    pub(super) directory: Arc<Directory>,
    /// What requests of the session say and are answered.
    pub(super) mailbox: Arc<Outbox>,
    /// What changed on offer.
    pub(super) standalone: Arc<Standalone>,
    pub(super) edit: Option<Edit>,
    pub(super) hears: Hears,
    /// How long the login of its client lasts.
    pub(super) lasts: Option<Duration>,
}

/// Makes a response of a stream, which opens with the place to post to.
pub(super) fn response(stream: Stream, place: &str, limits: &Limits) -> Response<Body> {
    let mut opening = Vec::with_capacity(128);
    sse::write_name(&mut opening, "endpoint");
    sse::write_event(&mut opening, place.as_bytes());
    let (reader, _) = stream.standalone.attach(None, stream.hears.clone());
    let watcher = tokio::spawn(watch(
        Arc::clone(&stream.mailbox),
        Arc::clone(&stream.directory),
        stream.hold.clone(),
        limits.unread,
    ));
    let lasts = stream.lasts;
    let source = LegacySource {
        opening: Some(opening),
        reader,
        watcher: watcher.abort_handle(),
        stream,
    };
    event_body::response_for(source, limits.keep_alive, lasts)
}

/// How long a client has for its handshake, until which its session is none.
const HANDSHAKE: Duration = Duration::from_secs(30);

/// Ends the session of a client that does not say hello, or does not read what was
/// said to it.
async fn watch(mailbox: Arc<Outbox>, directory: Arc<Directory>, hold: Hold, limit: Duration) {
    let unread = pin!(Unread::new(Arc::clone(&mailbox), limit));
    let silent = pin!(async {
        sleep(HANDSHAKE).await;
        if hold.has_agreed() {
            pending::<()>().await;
        }
    });
    select(unread, silent).await;
    tracing::debug!("a client of HTTP+SSE says or reads nothing; its session ends");
    directory.close(&hold);
    mailbox.abandon();
}

struct LegacySource {
    opening: Option<Vec<u8>>,
    stream: Stream,
    reader: Reader,
    watcher: AbortHandle,
}

impl Source for LegacySource {
    fn take(&mut self, cx: &TaskContext<'_>, over: bool) -> Taken {
        let mut events = self.opening.take().unwrap_or_default();
        let mut drains = false;
        if let Poll::Ready(read) = self.stream.standalone.poll_read(cx, self.reader) {
            for event in read.events {
                let edit = self.stream.edit.as_ref();
                write(&mut events, &Edit::shown(edit, &event.message));
            }
            drains = read.ending.is_some();
        }
        let mut last = self.take_said(cx, &mut events) || over;
        // A drain lets requests finish; their answers come through here.
        let stream = &self.stream;
        if drains && stream.directory.close_unless_used(&stream.hold, OWN_HOLDS) {
            // The last one may have answered and left since the look above.
            last |= self.take_said(cx, &mut events);
        }
        Taken { events, last }
    }
}

impl LegacySource {
    /// Takes what requests said and were answered; whether nothing follows.
    fn take_said(&self, cx: &TaskContext<'_>, events: &mut Vec<u8>) -> bool {
        let mailbox = &self.stream.mailbox;
        mailbox.read_messages(cx, |message| write(events, message))
    }
}

fn write(out: &mut Vec<u8>, message: &[u8]) {
    sse::write_name(out, "message");
    sse::write_event(out, message);
}

impl Drop for LegacySource {
    /// 2024-11-05 basic/transports: the session ends with its stream.
    fn drop(&mut self) {
        self.watcher.abort();
        let stream = &self.stream;
        stream.standalone.leave(self.reader);
        stream.directory.close(&stream.hold);
    }
}
