//! `server/discover`.

use crate::{
    context::Context,
    middleware::Outcome,
    server::{ServerCore, dispatch::Dispatched, snapshot::Snapshot},
};

pub(crate) fn discover(core: &ServerCore, snapshot: &Snapshot, ctx: &Context) -> Dispatched {
    let result = snapshot.discover(core, &ctx.request().served);
    Dispatched::Ready(Outcome::Prepared(result))
}
