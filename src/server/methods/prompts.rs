//! `prompts/list` and `prompts/get`.

use crate::{
    context::{Context, Input},
    extract::Fault,
    protocol::{ErrorObject, GetPromptResult, scan::Member},
    server::{
        ServerCore,
        answer::{Failure, Outcome},
        dispatch::{Dispatched, Running},
        page::List,
        running::Work,
        snapshot::Snapshot,
    },
};

pub(crate) fn list(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    super::page(core, snapshot, ctx, List::Prompts)
}

pub(crate) fn get(snapshot: &Snapshot, ctx: &Context) -> Result<Dispatched, Failure> {
    let name = ctx
        .message()
        .string(Member::Name)
        .ok_or_else(|| ErrorObject::invalid_params("`name` must be a string"))?;
    let prompt = snapshot
        .draft
        .prompts
        .get(&name)
        .ok_or_else(|| unknown_prompt(&name))?;
    let arguments = super::strings(ctx, Member::Arguments)?;
    let missing =
        prompt.entry.arguments.iter().find(|known| {
            known.required && !arguments.iter().any(|(given, _)| *given == known.name)
        });
    if let Some(missing) = missing {
        let what = format!("prompt `{name}` needs the argument `{}`", missing.name);
        return Err(ErrorObject::invalid_params(what).into());
    }
    ctx.set_input(Input::Strings(arguments));
    let future = prompt.handler.call(ctx.clone(), ());
    Ok(Dispatched::Running(Running::new(
        ctx.clone(),
        Work::Prompt(future),
    )))
}

fn unknown_prompt(name: &str) -> ErrorObject {
    let shown: String = name.chars().take(128).collect();
    ErrorObject::invalid_params(format!("unknown prompt `{shown}`"))
}

pub(crate) fn finish(
    _ctx: &Context,
    end: Result<GetPromptResult, Fault>,
) -> Result<Outcome, Fault> {
    end.map(Outcome::Prompt)
}
