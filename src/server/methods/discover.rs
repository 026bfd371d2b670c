//! `server/discover`.

use crate::server::{ServerCore, answer::Outcome, dispatch::Dispatched, snapshot::Snapshot};

pub(crate) fn discover(core: &ServerCore, snapshot: &Snapshot) -> Dispatched {
    Dispatched::Ready(Outcome::Prepared(snapshot.discover(core)))
}
