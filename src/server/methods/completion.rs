//! `completion/complete`.

use std::sync::Arc;

use serde::Deserialize;

use crate::{
    completion::Completer,
    component::Described,
    context::{Context, Input},
    extract::Fault,
    middleware::{Failure, Outcome},
    prompt::Prompt,
    protocol::{Completion, ErrorObject, scan::Member},
    resource::Resource,
    server::{
        ServerCore,
        dispatch::{Dispatched, Running},
        running::Work,
        snapshot::Snapshot,
        visibility::check_scopes,
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

pub(crate) fn complete(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
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
    let asked = Asked { argument, filled };
    match reference {
        Reference::Prompt { name } => of(core, ctx, snapshot.draft.prompts.get(&name), asked),
        Reference::Resource { uri } => of(core, ctx, snapshot.draft.resources.get(&uri), asked),
    }
}

/// Returns the component whose argument is to be completed, whoever may use it.
pub(crate) fn component(snapshot: &Snapshot, ctx: &Context) -> Option<Arc<dyn Described>> {
    let draft = &snapshot.draft;
    match ctx.message().raw(Member::Ref)?.parse().ok()? {
        Reference::Prompt { name } => {
            Some(Arc::clone(draft.prompts.get(&name)?) as Arc<dyn Described>)
        }
        Reference::Resource { uri } => {
            Some(Arc::clone(draft.resources.get(&uri)?) as Arc<dyn Described>)
        }
    }
}

/// What is to be completed.
struct Asked {
    argument: Argument,
    filled: Filled,
}

/// A component whose arguments can be completed.
trait Completes: Described + Sized + 'static {
    fn completers(&self) -> &[Completer<()>];
}

impl Completes for Prompt {
    fn completers(&self) -> &[Completer<()>] {
        &self.completers
    }
}

impl Completes for Resource {
    fn completers(&self) -> &[Completer<()>] {
        &self.completers
    }
}

/// Starts the handler of an argument; one without a handler has no suggestions.
fn of<T: Completes>(
    core: &ServerCore,
    ctx: &Context,
    item: Option<&Arc<T>>,
    asked: Asked,
) -> Result<Dispatched, Failure> {
    let shown = item.filter(|item| core.shows(ctx, &***item));
    let item = shown
        .ok_or_else(|| ErrorObject::invalid_params("`ref` names an unknown prompt or resource"))?;
    check_scopes(ctx, &**item)?;
    let Asked { argument, filled } = asked;
    let mut completers = item.completers().iter();
    let Some(at) = completers.position(|it| it.argument == argument.name) else {
        let none = Outcome::Completion(Completion::default());
        return Ok(Dispatched::Ready(none));
    };
    ctx.set_input(Input::Completing {
        value: argument.value,
        arguments: filled.arguments.into_iter().collect(),
    });
    let start = move |item: &T, ctx| Work::Completion(item.completers()[at].handler.call(ctx, ()));
    Ok(Dispatched::Running(Running::behind_layers(
        ctx, item, start,
    )))
}

fn read<T: serde::de::DeserializeOwned>(
    ctx: &Context,
    member: Member,
    what: &'static str,
) -> Result<T, ErrorObject> {
    let text = ctx.message().object(member);
    text.and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| ErrorObject::invalid_params(what))
}

pub(crate) fn finish(_ctx: &Context, end: Result<Completion, Fault>) -> Result<Outcome, Fault> {
    end.map(Outcome::Completion)
}
