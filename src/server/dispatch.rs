//! One line per method.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use crate::{
    component::Described,
    context::Context,
    middleware::{Ended, Failure, McpRequest, McpResponse, Outcome, Responding},
    protocol::{ErrorObject, ListenFilter, code, method::Method, scan::Member},
};

use super::{
    ServerCore,
    methods::{completion, discover, listen, prompts, resources, tools},
    snapshot::Snapshot,
    visibility::check_scopes,
};

pub(crate) use super::running::Running;

/// What becomes of a request.
pub(crate) enum Dispatched {
    /// Answered at once.
    Ready(Outcome),
    /// A handler has to run.
    Running(Running),
    /// The client listens from now on.
    Listen(ListenFilter),
}

/// Hands a request to the function of its method, behind the layers of the server.
///
/// Missing scopes are told ahead of the layers, which may take their time: a challenge has
/// to be there before anything is sent.
pub(crate) fn dispatch(core: &Arc<ServerCore>, ctx: &Context) -> Result<Dispatched, Failure> {
    let snapshot = core.registry.snapshot();
    if core.settings.layers.is_empty() {
        return contained(ctx, || by_method(core, &snapshot, ctx));
    }
    let component = contained(ctx, || scoped(core, &snapshot, ctx))?;
    let server = Arc::clone(core);
    let innermost = Arc::new(move |ctx: Context| -> Responding {
        let (server, snapshot) = (Arc::clone(&server), Arc::clone(&snapshot));
        Box::pin(async move { McpResponse(run(&server, &snapshot, &ctx).await) })
    });
    let layers = core.settings.layers.clone();
    let request = McpRequest::new(ctx.clone(), component, layers, innermost);
    Ok(Dispatched::Running(Running::layered(request)))
}

async fn run(core: &Arc<ServerCore>, snapshot: &Snapshot, ctx: &Context) -> Ended {
    match contained(ctx, || by_method(core, snapshot, ctx)) {
        Ok(Dispatched::Ready(outcome)) => Ended::Done(outcome),
        Ok(Dispatched::Running(running)) => running.await,
        Ok(Dispatched::Listen(filter)) => Ended::Listens(filter),
        Err(Failure::Error(error)) => Ended::Failed(Failure::Unserved(error)),
        Err(failure) => Ended::Failed(failure),
    }
}

/// Lets no panic of a guard out.
fn contained<T>(ctx: &Context, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    let done = catch_unwind(AssertUnwindSafe(work));
    done.unwrap_or_else(|panic| Err(Failure::of_panic(ctx, &*panic)))
}

/// Returns the component that a request names, unless its caller lacks scopes.
fn scoped(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Option<Arc<dyn Described>>, Failure> {
    let component = component(core, snapshot, ctx);
    if let Some(component) = component.as_deref().filter(|it| core.shows(ctx, *it)) {
        check_scopes(ctx, component)?;
    }
    Ok(component)
}

/// Returns the component that a request names: the one that answers the caller, or else
/// the one that would answer somebody else.
fn component(core: &ServerCore, snapshot: &Snapshot, ctx: &Context) -> Option<Arc<dyn Described>> {
    let draft = &snapshot.draft;
    match ctx.request().method {
        Method::ToolsCall => {
            let tool = draft.tools.get(&ctx.message().string(Member::Name)?)?;
            Some(Arc::clone(tool) as Arc<dyn Described>)
        }
        Method::PromptsGet => {
            let prompt = draft.prompts.get(&ctx.message().string(Member::Name)?)?;
            Some(Arc::clone(prompt) as Arc<dyn Described>)
        }
        Method::ResourcesRead => {
            let uri = ctx.message().string(Member::Uri)?;
            let shown = snapshot.find_resource(&uri, |it| core.shows(ctx, it));
            let found = shown.or_else(|| snapshot.find_resource(&uri, |_| true));
            found.map(|(resource, _)| resource as Arc<dyn Described>)
        }
        Method::CompletionComplete => completion::component(snapshot, ctx),
        Method::ServerDiscover
        | Method::ToolsList
        | Method::ResourcesList
        | Method::ResourcesTemplatesList
        | Method::PromptsList
        | Method::SubscriptionsListen => None,
    }
}

fn by_method(core: &ServerCore, snapshot: &Snapshot, ctx: &Context) -> Result<Dispatched, Failure> {
    let method = ctx.request().method;
    if !offers(core, snapshot, method) {
        return Err(unknown_method(method.as_str()).into());
    }
    match method {
        Method::ServerDiscover => Ok(discover::discover(core, snapshot, ctx)),
        Method::ToolsList => tools::list(core, snapshot, ctx),
        Method::ToolsCall => tools::call(core, snapshot, ctx),
        Method::ResourcesList => resources::list(core, snapshot, ctx),
        Method::ResourcesTemplatesList => resources::list_templates(core, snapshot, ctx),
        Method::ResourcesRead => resources::read(core, snapshot, ctx),
        Method::PromptsList => prompts::list(core, snapshot, ctx),
        Method::PromptsGet => prompts::get(core, snapshot, ctx),
        Method::CompletionComplete => completion::complete(core, snapshot, ctx),
        Method::SubscriptionsListen => listen::listen(core, snapshot, ctx),
    }
}

/// Whether the capability that a method belongs to is declared.
pub(crate) fn offers(core: &ServerCore, snapshot: &Snapshot, method: Method) -> bool {
    let offered = snapshot.capabilities(core);
    match method {
        Method::ServerDiscover => true,
        Method::ToolsList | Method::ToolsCall => offered.tools.is_some(),
        Method::ResourcesList | Method::ResourcesTemplatesList | Method::ResourcesRead => {
            offered.resources.is_some()
        }
        Method::PromptsList | Method::PromptsGet => offered.prompts.is_some(),
        Method::CompletionComplete => offered.completions.is_some(),
        Method::SubscriptionsListen => {
            offered.tools.is_some() || offered.prompts.is_some() || offered.resources.is_some()
        }
    }
}

/// The answer to a method that does not exist here.
pub(crate) fn unknown_method(name: &str) -> ErrorObject {
    let shown: String = name.chars().take(64).collect();
    ErrorObject::new(
        code::METHOD_NOT_FOUND,
        format!("method `{shown}` is not offered"),
    )
}
