//! `completion/complete`.

use std::sync::Arc;

use serde::Deserialize;

use crate::{
    completion::Completer,
    context::{Context, Input},
    extract::Fault,
    protocol::{Completion, ErrorObject, scan::Member},
    server::{
        answer::{Failure, Outcome},
        dispatch::{Dispatched, Running},
        running::Work,
        snapshot::Snapshot,
    },
};

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Reference {
    #[serde(rename = "ref/prompt")]
    Prompt { name: String },
    #[serde(rename = "ref/resource")]
    Resource { uri: String },
}

#[derive(Deserialize)]
struct Argument {
    name: String,
    value: String,
}

#[derive(Default, Deserialize)]
struct Filled {
    #[serde(default)]
    arguments: std::collections::BTreeMap<String, String>,
}

pub(crate) fn complete(snapshot: &Snapshot, ctx: &Context) -> Result<Dispatched, Failure> {
    let reference: Reference = read(ctx, Member::Ref, "`ref` names a prompt or a resource")?;
    let argument: Argument = read(ctx, Member::Argument, "`argument` has a name and a value")?;
    let filled = match ctx.message().has(Member::CompletionContext) {
        true => read(
            ctx,
            Member::CompletionContext,
            "`context.arguments` are strings",
        )?,
        false => Filled::default(),
    };
    let Some(future) = start(snapshot, ctx, &reference, argument, filled)? else {
        return Ok(Dispatched::Ready(
            Outcome::Completion(Completion::default()),
        ));
    };
    Ok(Dispatched::Running(Running::new(
        ctx.clone(),
        Work::Completion(future),
    )))
}

/// Starts the handler of the argument; an argument without one has no suggestions.
fn start(
    snapshot: &Snapshot,
    ctx: &Context,
    reference: &Reference,
    argument: Argument,
    filled: Filled,
) -> Result<Option<crate::handler::BoxFuture<Completion>>, ErrorObject> {
    let (prompt, resource);
    let completers: &[Completer<()>] = match reference {
        Reference::Prompt { name } => {
            prompt = snapshot
                .draft
                .prompts
                .get(name)
                .map(Arc::clone)
                .ok_or_else(unknown)?;
            &prompt.completers
        }
        Reference::Resource { uri } => {
            resource = snapshot
                .draft
                .resources
                .get(uri)
                .map(Arc::clone)
                .ok_or_else(unknown)?;
            &resource.completers
        }
    };
    let completer = completers
        .iter()
        .find(|completer| completer.argument == argument.name);
    Ok(completer.map(|completer| {
        ctx.set_input(Input::Completing {
            value: argument.value,
            arguments: filled.arguments.into_iter().collect(),
        });
        completer.handler.call(ctx.clone(), ())
    }))
}

fn read<T: serde::de::DeserializeOwned>(
    ctx: &Context,
    member: Member,
    what: &'static str,
) -> Result<T, ErrorObject> {
    let text = ctx.message().raw(member);
    text.filter(|text| text.as_bytes().starts_with(b"{"))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ErrorObject::invalid_params(what))
}

fn unknown() -> ErrorObject {
    ErrorObject::invalid_params("`ref` names an unknown prompt or resource")
}

pub(crate) fn finish(_ctx: &Context, end: Result<Completion, Fault>) -> Result<Outcome, Fault> {
    end.map(Outcome::Completion)
}
