//! `prompts/list` and `prompts/get`.

use crate::{
    context::{Context, Input},
    extract::Fault,
    middleware::{Failure, Outcome},
    prompt::Prompt,
    protocol::{ErrorObject, GetPromptResult, scan::Member},
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
    super::page(core, snapshot, ctx, List::Prompts)
}

pub(crate) fn get(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    let name = ctx
        .message()
        .string(Member::Name)
        .ok_or_else(|| ErrorObject::invalid_params("`name` must be a string"))?;
    let prompt = snapshot
        .draft
        .prompts
        .get(&name)
        .filter(|prompt| core.shows(ctx, &***prompt))
        .ok_or_else(|| unknown_prompt(&name))?;
    check_scopes(ctx, &**prompt)?;
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
    let start = |prompt: &Prompt, ctx| Work::Prompt(prompt.handler.call(ctx, ()));
    Ok(Dispatched::Running(Running::behind_layers(
        ctx, prompt, start,
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
