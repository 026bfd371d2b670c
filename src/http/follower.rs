//! Who follows resources: told of those alone that may be read.
//!
//! Decided when there is something to tell, since what is followed may be above what
//! changed, and what is on offer changes, too.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use http::{Request as HttpRequest, request::Parts};
use serde_json::json;

use crate::{
    auth::Auth,
    context::{Context, Request},
    peer::{
        ask::Asks,
        outbox::{Outbox, OutboxLimits},
        replay::{Replay, Rounds},
    },
    principal::Principal,
    protocol::{
        Revision,
        jsonrpc::{Message, RequestId},
        method::Method,
    },
    server::ServerCore,
    session::Hears,
};

use super::endpoint::Endpoint;

/// Who follows resources of a server.
pub(crate) struct Follower {
    core: Arc<ServerCore>,
    principal: Option<Principal>,
    revision: Revision,
    /// The head of the request that opened the stream, where anything on offer depends on it.
    parts: Option<Box<Parts>>,
    auth: Arc<Auth>,
    served: Arc<[Revision]>,
}

impl From<Follower> for Hears {
    fn from(follower: Follower) -> Self {
        Self(Arc::new(move |uri| follower.hears_of(uri)))
    }
}

impl Follower {
    pub(crate) fn new(
        endpoint: &Endpoint,
        core: &Arc<ServerCore>,
        principal: Option<&Principal>,
        parts: &Parts,
        revision: Revision,
    ) -> Self {
        let depends = !core.registry.snapshot().is_same_for_all(core);
        Self {
            core: Arc::clone(core),
            principal: principal.cloned(),
            revision,
            parts: depends.then(|| Box::new(parts.clone())),
            auth: Arc::clone(&endpoint.auth),
            served: Arc::clone(&endpoint.revisions),
        }
    }

    /// Whether the follower may be told that the contents at this URI changed.
    ///
    /// Runs guards of the host's, so never under a lock. One that panics hides.
    pub(crate) fn hears_of(&self, uri: &str) -> bool {
        if self.core.registry.snapshot().is_same_for_all(&self.core) {
            return true;
        }
        let reading = || {
            let ctx = self.reading(uri)?;
            Some(self.core.may_follow(&ctx, uri))
        };
        let may = catch_unwind(AssertUnwindSafe(reading));
        may.ok().flatten().unwrap_or(false)
    }

    /// Returns the context of a read: whoever may read may be told.
    fn reading(&self, uri: &str) -> Option<Context> {
        let read = json!({
            "jsonrpc": "2.0",
            "id": 0,
            "method": Method::ResourcesRead.as_str(),
            "params": {"uri": uri},
        });
        let message = Message::admit(read.to_string().into()).ok()?;
        let id: RequestId = message.request_id()?.clone();
        let parts = self.parts.as_deref().cloned();
        let nothing = OutboxLimits {
            messages: 0,
            bytes: 0,
        };
        Some(Context::new(Request {
            message,
            id,
            method: Method::ResourcesRead,
            revision: self.revision,
            parts: parts.unwrap_or_else(|| HttpRequest::new(()).into_parts().0),
            principal: self.principal.clone(),
            peer: None,
            level: None,
            outbox: Arc::new(Outbox::new(nothing, false, None)),
            shares_outbox: false,
            resumable: false,
            asks: Asks::Replay(Replay::new(Rounds::default(), Default::default())),
            own_state: None,
            expose_errors: false,
            auth: Arc::clone(&self.auth),
            served: Arc::clone(&self.served),
            server: self.core.clone(),
        }))
    }
}
