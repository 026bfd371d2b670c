//! `resources/list`, `resources/templates/list` and `resources/read`.

use serde_json::json;

use crate::{
    context::{Context, Input},
    extract::Fault,
    middleware::{Failure, Outcome},
    protocol::{CacheHint, ErrorObject, ReadResourceResult, scan::Member},
    resource::Resource,
    server::{
        ServerCore,
        dispatch::{Dispatched, Running},
        page::List,
        running::Work,
        snapshot::Snapshot,
        visibility::check_scopes,
    },
};

pub(crate) fn list(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    super::page(core, snapshot, ctx, List::Resources)
}

pub(crate) fn list_templates(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    super::page(core, snapshot, ctx, List::Templates)
}

pub(crate) fn read(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    let uri = ctx
        .message()
        .string(Member::Uri)
        .ok_or_else(|| ErrorObject::invalid_params("`uri` must be a string"))?;
    let shown = |resource: &Resource| core.shows(ctx, resource);
    let Some((resource, parameters)) = snapshot.find_resource(&uri, shown) else {
        return Err(not_found(ctx, &uri).into());
    };
    check_scopes(ctx, &*resource)?;
    ctx.set_input(Input::Strings(parameters));
    let private = !core.settings.visible.is_empty() || resource.policy.depends_on_caller();
    let start = move |resource: &Resource, ctx| Work::Resource {
        future: resource.handler.call(ctx, ()),
        mime_type: resource.common.mime_type.clone(),
        cache: match private {
            true => resource.cache.for_caller(),
            false => resource.cache,
        },
    };
    let running = Running::behind_layers(ctx, &resource, start);
    Ok(Dispatched::Running(running))
}

/// The longest URI that is repeated to who asked for it, in characters.
const MAX_URI: usize = 8 * 1024;

/// SEP-2164: the URI goes in the data; the code depends on the revision.
fn not_found(ctx: &Context, uri: &str) -> ErrorObject {
    let uri: String = uri.chars().take(MAX_URI).collect();
    let code = ctx.revision().dialect().resource_not_found;
    ErrorObject::new(code, "resource not found").data(json!({"uri": uri}))
}

/// Fills in what the resource's registration says of its contents.
pub(crate) fn finish(
    ctx: &Context,
    end: Result<ReadResourceResult, Fault>,
    mime_type: Option<&str>,
    cache: CacheHint,
) -> Result<Outcome, Fault> {
    let missing = || Fault::Protocol(not_found(ctx, &ctx.target().unwrap_or_default()));
    let mut result = end.map_err(|fault| match fault {
        // A parameter that does not fit names a resource that does not exist.
        Fault::NotFound | Fault::Arguments(_) => missing(),
        Fault::Protocol(_)
        | Fault::Told(_)
        | Fault::Masked(_)
        | Fault::Refused(_)
        | Fault::InputRequired(_) => fault,
    })?;
    // 2026-07-28 server/resources: never empty `contents` for what does not exist.
    if result.contents.is_empty() {
        return Err(missing());
    }
    for contents in &mut result.contents {
        if contents.mime_type.is_none() {
            contents.mime_type = mime_type.map(str::to_owned);
        }
    }
    result.cache.get_or_insert(cache);
    Ok(Outcome::Resource(result))
}
