//! `subscriptions/listen`.

use crate::{
    context::Context,
    middleware::Failure,
    protocol::{ErrorObject, ListenFilter, scan::Member},
    server::{ServerCore, dispatch::Dispatched, snapshot::Snapshot},
};

/// The most URIs in one filter.
const MAX_URIS: usize = 1024;
/// The most bytes that the URIs of one filter may have together.
const MAX_URI_BYTES: usize = 64 * 1024;

pub(crate) fn listen(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    let wanted = ctx.message().object(Member::Notifications);
    let wanted = wanted.and_then(|text| serde_json::from_str(text).ok());
    let mut filter: ListenFilter = wanted.ok_or_else(|| {
        ErrorObject::invalid_params("`notifications` must be an object of filters")
    })?;
    let bytes: usize = filter.resource_subscriptions.iter().map(String::len).sum();
    if filter.resource_subscriptions.len() > MAX_URIS || bytes > MAX_URI_BYTES {
        let what = format!(
            "`resourceSubscriptions` may have {MAX_URIS} URIs and {MAX_URI_BYTES} bytes in all"
        );
        return Err(ErrorObject::invalid_params(what).into());
    }
    let offered = snapshot.capabilities(core);
    filter.tools_list_changed &= offered.tools.is_some();
    filter.prompts_list_changed &= offered.prompts.is_some();
    filter.resources_list_changed &= offered.resources.is_some();
    if offered.resources.is_none() {
        filter.resource_subscriptions.clear();
    }
    Ok(Dispatched::Listen(filter))
}
