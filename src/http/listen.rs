//! The stream of `subscriptions/listen`.
//!
//! It has no queue to overflow: what changed is a set of marks, turned into
//! notifications when the client reads. A slow reader misses repetitions only.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context as TaskContext, Waker},
};

use axum::body::Body;
use http::Response;
use tokio::sync::Notify;

use crate::{
    context::Context,
    peer::outbox::Edit,
    principal::Principal,
    protocol::{
        ListenFilter,
        jsonrpc::{RequestId, write_json},
    },
    server::ServerCore,
    store::{Change, Listener, Marks, Subscription, Wanted},
};

use super::{
    endpoint::Endpoint,
    event_body::{self, Source, Taken},
    follower::Follower,
    limits::Limits,
    refuse::Refused,
    sse,
};

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
struct Board {
    wanted: Wanted,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    marks: Marks,
    closed: bool,
    reader: Option<Waker>,
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener for Board {
    fn changed(&self, change: &Change) {
        let mut state = self.lock();
        if state.marks.mark(&self.wanted, change) {
            state.wake();
        }
    }

    fn closed(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.wake();
    }
}

impl State {
    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

/// Opens a stream that listens.
pub(crate) fn open(
    endpoint: &Endpoint,
    core: &Arc<ServerCore>,
    ctx: &Context,
    filter: ListenFilter,
    place: Place,
    draining: impl FnOnce() -> bool,
) -> Response<Body> {
    let mut acknowledged = Vec::new();
    write_json(&mut acknowledged, &filter);
    let board = Arc::new(Board {
        wanted: filter.into(),
        state: Mutex::default(),
    });
    let listener: Arc<dyn Listener> = board.clone();
    let bus = core.registry.bus();
    let subscription = bus.subscribe(endpoint.service, listener);
    // A drain that began before the subscription did not reach it.
    if draining() {
        board.closed();
    }
    let stream = ListenStream {
        core: Arc::clone(core),
        // A stream may live for days, and its id must not keep the request's body.
        id: ctx.request().id.detached(),
        edit: core.edit(ctx.principal(), ctx.revision()),
        follower: Follower::new(endpoint, core, ctx.principal(), ctx.parts(), ctx.revision()),
        board,
        acknowledgement: Some(acknowledged),
        _subscription: subscription,
        _place: place,
    };
    let lasts = ctx.principal().and_then(Principal::lasts);
    event_body::response_for(stream, endpoint.limits.keep_alive, lasts)
}

struct ListenStream {
    core: Arc<ServerCore>,
    id: RequestId,
    board: Arc<Board>,
    edit: Option<Edit>,
    follower: Follower,
    /// What is honoured of the filter, until it was told.
    acknowledgement: Option<Vec<u8>>,
    _subscription: Subscription,
    _place: Place,
}

impl Source for ListenStream {
    fn take(&mut self, cx: &TaskContext<'_>, over: bool) -> Taken {
        let mut events = Vec::new();
        // 2026-07-28 basic/patterns/subscriptions: always the first message.
        if let Some(filter) = self.acknowledgement.take() {
            events.extend_from_slice(sse::OPENING);
            let kind = "subscriptions/acknowledged";
            self.notify(&mut events, kind, "notifications", &filter);
        }
        let mut state = self.board.lock();
        let marks = std::mem::take(&mut state.marks);
        let last = state.closed || over;
        state.reader = Some(cx.waker().clone());
        drop(state);
        for list in marks.lists() {
            self.notify(&mut events, list.kind, "", b"");
        }
        let told = marks.updated.iter();
        for uri in told.filter(|uri| self.follower.hears_of(uri)) {
            let mut text = Vec::new();
            write_json(&mut text, &**uri);
            self.notify(&mut events, "resources/updated", "uri", &text);
        }
        if last {
            self.write_end(&mut events);
        }
        Taken { events, last }
    }
}

impl ListenStream {
    fn notify(&self, out: &mut Vec<u8>, kind: &str, member: &str, value: &[u8]) {
        let mut message = Vec::with_capacity(160);
        message.extend_from_slice(br#"{"jsonrpc":"2.0","method":"notifications/"#);
        message.extend_from_slice(kind.as_bytes());
        message.extend_from_slice(br#"","params":{"_meta":{"#);
        message.extend_from_slice(SUBSCRIPTION_ID);
        message.extend_from_slice(self.id.as_str().as_bytes());
        message.push(b'}');
        if !member.is_empty() {
            message.extend_from_slice(b",\"");
            message.extend_from_slice(member.as_bytes());
            message.extend_from_slice(b"\":");
            message.extend_from_slice(value);
        }
        message.extend_from_slice(b"}}");
        self.write(out, message);
    }

    fn write(&self, out: &mut Vec<u8>, message: Vec<u8>) {
        sse::write_event(out, &Edit::apply(self.edit.as_ref(), message));
    }

    /// The result that ends the stream; over HTTP nothing else announces it.
    fn write_end(&self, out: &mut Vec<u8>) {
        let id = self.id.as_str().as_bytes();
        let mut message = Vec::with_capacity(256);
        message.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
        message.extend_from_slice(id);
        message.extend_from_slice(br#","result":{"resultType":"complete","_meta":{"#);
        message.extend_from_slice(SUBSCRIPTION_ID);
        message.extend_from_slice(id);
        message.push(b',');
        message.extend_from_slice(&self.core.name_card);
        message.extend_from_slice(b"}}}");
        self.write(out, message);
    }
}
