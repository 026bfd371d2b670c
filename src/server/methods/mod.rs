//! One function per method.

pub(crate) mod completion;
pub(crate) mod discover;
pub(crate) mod listen;
pub(crate) mod prompts;
pub(crate) mod resources;
pub(crate) mod tools;

use crate::{
    context::Context,
    middleware::{Failure, Outcome},
    protocol::{ErrorObject, scan::Member},
};

use super::{ServerCore, dispatch::Dispatched, page::List, snapshot::Snapshot};

/// Answers a list method with the page that its cursor names.
fn page(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
    list: List,
) -> Result<Dispatched, Failure> {
    let message = ctx.message();
    let cursor = message.string(Member::Cursor);
    if cursor.is_none() && message.has(Member::Cursor) {
        return Err(ErrorObject::invalid_params("`cursor` must be a string").into());
    }
    let page = snapshot.page(core, list, cursor.as_deref(), ctx)?;
    Ok(Dispatched::Ready(Outcome::Prepared(page)))
}

/// Reads the strings that a prompt takes as arguments.
fn strings(ctx: &Context, member: Member) -> Result<Vec<(String, String)>, ErrorObject> {
    let Some(text) = ctx.message().raw(member) else {
        return Ok(Vec::new());
    };
    let map: std::collections::BTreeMap<String, String> = text
        .parse()
        .map_err(|_| ErrorObject::invalid_params("`arguments` must be an object of strings"))?;
    Ok(map.into_iter().collect())
}
