//! One line per method.

use std::sync::Arc;

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
pub(crate) fn dispatch(core: &Arc<ServerCore>, ctx: &Context) -> Result<Dispatched, Failure> {
    if core.settings.layers.is_empty() {
        return by_method(core, ctx);
    }
    let server = Arc::clone(core);
    let innermost = Arc::new(move |ctx: Context| -> Responding {
        let server = Arc::clone(&server);
        Box::pin(async move { McpResponse(run(&server, &ctx).await) })
    });
    let layers = core.settings.layers.clone();
    let request = McpRequest::new(ctx.clone(), component(core, ctx), layers, innermost);
    Ok(Dispatched::Running(Running::layered(request)))
}

async fn run(core: &Arc<ServerCore>, ctx: &Context) -> Ended {
    match by_method(core, ctx) {
        Ok(Dispatched::Ready(outcome)) => Ended::Done(outcome),
        Ok(Dispatched::Running(running)) => running.await,
        Ok(Dispatched::Listen(filter)) => Ended::Listens(filter),
        Err(Failure::Error(error)) => Ended::Failed(Failure::Unserved(error)),
        Err(failure) => Ended::Failed(failure),
    }
}

/// Returns the component that a request names, whoever may use it.
fn component(core: &ServerCore, ctx: &Context) -> Option<Arc<dyn Described>> {
    let snapshot = core.registry.snapshot();
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
            let (resource, _) = snapshot.find_resource(&uri, |_| true)?;
            Some(resource)
        }
        Method::ServerDiscover
        | Method::ToolsList
        | Method::ResourcesList
        | Method::ResourcesTemplatesList
        | Method::PromptsList
        | Method::CompletionComplete
        | Method::SubscriptionsListen => None,
    }
}

fn by_method(core: &Arc<ServerCore>, ctx: &Context) -> Result<Dispatched, Failure> {
    let snapshot = core.registry.snapshot();
    let method = ctx.request().method;
    if !offers(core, &snapshot, method) {
        return Err(unknown_method(method.as_str()).into());
    }
    match method {
        Method::ServerDiscover => Ok(discover::discover(core, &snapshot, ctx)),
        Method::ToolsList => tools::list(core, &snapshot, ctx),
        Method::ToolsCall => tools::call(core, &snapshot, ctx),
        Method::ResourcesList => resources::list(core, &snapshot, ctx),
        Method::ResourcesTemplatesList => resources::list_templates(core, &snapshot, ctx),
        Method::ResourcesRead => resources::read(core, &snapshot, ctx),
        Method::PromptsList => prompts::list(core, &snapshot, ctx),
        Method::PromptsGet => prompts::get(core, &snapshot, ctx),
        Method::CompletionComplete => completion::complete(core, &snapshot, ctx),
        Method::SubscriptionsListen => listen::listen(core, &snapshot, ctx),
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
