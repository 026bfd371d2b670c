//! The stream of `subscriptions/listen`.
//!
//! It has no queue to overflow: what changed is a set of marks, turned into
//! notifications when the client reads. A slow reader misses repetitions only.

use std::{
    collections::{BTreeSet, HashMap},
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context as TaskContext, Poll, Waker},
    time::Duration,
};

use axum::body::Body;
use bytes::Bytes;
use http::Response;
use http_body::Frame;
use tokio::sync::Notify;

use crate::{
    protocol::jsonrpc::{RequestId, write_json},
    server::{ListenFilter, ServerCore},
    store::{Change, Listener, Subscription},
};

use super::{limits::Limits, refuse::Refused, sse, stream::KeepAlive};

const SUBSCRIPTION_ID: &[u8] = b"\"io.modelcontextprotocol/subscriptionId\":";

/// Counts the streams that listen.
#[derive(Debug, Default)]
pub(crate) struct Listeners {
    counts: Mutex<Counts>,
    empty: Notify,
}

#[derive(Debug, Default)]
struct Counts {
    anonymous: usize,
    known: usize,
    by_principal: HashMap<Arc<str>, usize>,
}

impl Counts {
    fn pool(&mut self, known: bool) -> &mut usize {
        if known {
            return &mut self.known;
        }
        &mut self.anonymous
    }
}

/// A stream's place; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    listeners: Arc<Listeners>,
    principal: Option<Arc<str>>,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place, when there is one.
    pub(crate) fn take(
        self: &Arc<Self>,
        principal: Option<&str>,
        limits: &Limits,
    ) -> Result<Place, Refused> {
        let mut counts = self.lock();
        let own = principal.map_or(0, |key| counts.by_principal.get(key).copied().unwrap_or(0));
        // A pool each, so that nobody nameless can lock out those who have a name.
        let pool = *counts.pool(principal.is_some());
        if pool >= limits.listeners || own >= limits.listeners_per_principal {
            return Err(Refused::unavailable(
                "too many listen streams; close one first",
                10,
            ));
        }
        *counts.pool(principal.is_some()) += 1;
        let principal: Option<Arc<str>> = principal.map(Into::into);
        if let Some(key) = &principal {
            counts.by_principal.insert(Arc::clone(key), own + 1);
        }
        Ok(Place {
            listeners: Arc::clone(self),
            principal,
        })
    }

    /// Returns how many streams listen.
    pub(crate) fn count(&self) -> usize {
        let counts = self.lock();
        counts.anonymous + counts.known
    }

    /// Resolves when no stream listens.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.empty.notified();
            if self.count() == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.listeners.lock();
        *counts.pool(self.principal.is_some()) -= 1;
        if counts.anonymous + counts.known == 0 {
            self.listeners.empty.notify_waiters();
        }
        let Some(key) = &self.principal else {
            return;
        };
        let left = counts.by_principal.get(key).map_or(0, |own| own - 1);
        if left == 0 {
            counts.by_principal.remove(key);
        } else {
            counts.by_principal.insert(Arc::clone(key), left);
        }
    }
}

/// What a stream has to tell, and to whom.
struct Marks {
    filter: ListenFilter,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tools: bool,
    prompts: bool,
    resources: bool,
    updated: BTreeSet<Arc<str>>,
    closed: bool,
    reader: Option<Waker>,
}

impl Marks {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the resource that was asked for: this or one above it.
    fn followed(&self, uri: &str) -> Option<&String> {
        self.filter.resource_subscriptions.iter().find(|wanted| {
            let below = uri.strip_prefix(wanted.as_str());
            below.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('/') || wanted.ends_with('/')
            })
        })
    }
}

impl Listener for Marks {
    fn changed(&self, change: &Change) {
        let mut state = self.lock();
        match change {
            Change::Tools if self.filter.tools_list_changed => state.tools = true,
            Change::Prompts if self.filter.prompts_list_changed => state.prompts = true,
            Change::Resources if self.filter.resources_list_changed => state.resources = true,
            Change::Tools | Change::Prompts | Change::Resources => return,
            Change::Resource(uri) => {
                let Some(followed) = self.followed(uri) else {
                    return;
                };
                // Bounded without a loss: one resource that was asked for stands for many below.
                let full = state.updated.len() >= MAX_UPDATED && !state.updated.contains(uri);
                let told = if full {
                    followed.as_str().into()
                } else {
                    Arc::clone(uri)
                };
                state.updated.insert(told);
            }
        }
        state.wake();
    }

    fn closed(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.wake();
    }
}

/// The most updated resources that wait for a reader one by one.
const MAX_UPDATED: usize = 1024;

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Opens a stream that listens.
pub(crate) fn open(
    core: &Arc<ServerCore>,
    id: &RequestId,
    filter: ListenFilter,
    place: Place,
    keep_alive: Duration,
    draining: impl FnOnce() -> bool,
) -> Response<Body> {
    let marks = Arc::new(Marks {
        filter,
        state: Mutex::default(),
    });
    let listener: Arc<dyn Listener> = marks.clone();
    let subscription = core.registry.bus().subscribe(listener);
    // A drain that began before the subscription did not reach it.
    if draining() {
        marks.closed();
    }
    sse::response(Body::new(ListenStream {
        core: Arc::clone(core),
        // A stream may live for days, and its id must not keep the request's body.
        id: id.detached(),
        marks,
        keep_alive: KeepAlive::new(keep_alive),
        acknowledged: false,
        ended: false,
        _subscription: subscription,
        _place: place,
    }))
}

struct ListenStream {
    core: Arc<ServerCore>,
    id: RequestId,
    marks: Arc<Marks>,
    keep_alive: KeepAlive,
    acknowledged: bool,
    ended: bool,
    _subscription: Subscription,
    _place: Place,
}

impl ListenStream {
    /// Writes everything there is to tell; ends the stream when it was closed.
    fn write(&mut self, cx: &TaskContext<'_>, out: &mut Vec<u8>) {
        if !self.acknowledged {
            // 2026-07-28 basic/patterns/subscriptions: always the first message.
            self.acknowledged = true;
            out.extend_from_slice(sse::OPENING);
            let mut notifications = Vec::new();
            write_json(&mut notifications, &self.marks.filter);
            self.notify(
                out,
                "subscriptions/acknowledged",
                "notifications",
                &notifications,
            );
        }
        let mut state = self.marks.lock();
        let tools = std::mem::take(&mut state.tools);
        let prompts = std::mem::take(&mut state.prompts);
        let resources = std::mem::take(&mut state.resources);
        let updated = std::mem::take(&mut state.updated);
        let closed = state.closed;
        state.reader = Some(cx.waker().clone());
        drop(state);
        for (changed, kind) in [
            (tools, "tools/list_changed"),
            (prompts, "prompts/list_changed"),
            (resources, "resources/list_changed"),
        ] {
            if changed {
                self.notify(out, kind, "", b"");
            }
        }
        for uri in updated {
            let mut text = Vec::new();
            write_json(&mut text, &*uri);
            self.notify(out, "resources/updated", "uri", &text);
        }
        if closed {
            self.ended = true;
            self.write_end(out);
        }
    }

    fn notify(&self, out: &mut Vec<u8>, kind: &str, member: &str, value: &[u8]) {
        let mut message = Vec::with_capacity(160);
        message.extend_from_slice(br#"{"jsonrpc":"2.0","method":"notifications/"#);
        message.extend_from_slice(kind.as_bytes());
        message.extend_from_slice(br#"","params":{"_meta":{"#);
        message.extend_from_slice(SUBSCRIPTION_ID);
        message.extend_from_slice(self.id.as_bytes());
        message.push(b'}');
        if !member.is_empty() {
            message.extend_from_slice(b",\"");
            message.extend_from_slice(member.as_bytes());
            message.extend_from_slice(b"\":");
            message.extend_from_slice(value);
        }
        message.extend_from_slice(b"}}");
        sse::write_event(out, &message);
    }

    /// The result that ends the stream; over HTTP nothing else announces it.
    fn write_end(&self, out: &mut Vec<u8>) {
        let id = self.id.as_bytes();
        let mut message = Vec::with_capacity(256);
        message.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        message.extend_from_slice(id);
        message.extend_from_slice(br#","result":{"resultType":"complete","_meta":{"#);
        message.extend_from_slice(SUBSCRIPTION_ID);
        message.extend_from_slice(id);
        message.push(b',');
        message.extend_from_slice(&self.core.name_card);
        message.extend_from_slice(b"}}}");
        sse::write_event(out, &message);
    }
}

impl http_body::Body for ListenStream {
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
        let mut out = Vec::new();
        stream.write(cx, &mut out);
        if out.is_empty() {
            return stream
                .keep_alive
                .poll(cx)
                .map(|comment| Some(Ok(Frame::data(comment))));
        }
        stream.keep_alive.restart();
        Poll::Ready(Some(Ok(Frame::data(out.into()))))
    }
}
