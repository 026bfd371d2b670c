//! One line per method.

use std::sync::Arc;

use crate::{
    context::Context,
    protocol::{ErrorObject, code, method::Method},
};

use super::{
    ListenFilter, ServerCore,
    answer::{Failure, Outcome},
    methods::{completion, discover, listen, prompts, resources, tools},
    snapshot::Snapshot,
};

pub(crate) use super::running::{Ended, Running};

/// What becomes of a request.
pub(crate) enum Dispatched {
    /// Answered at once.
    Ready(Outcome),
    /// A handler has to run.
    Running(Running),
    /// The client listens from now on.
    Listen(ListenFilter),
}

/// Hands a request to the function of its method.
pub(crate) fn dispatch(core: &Arc<ServerCore>, ctx: &Context) -> Result<Dispatched, Failure> {
    let snapshot = core.registry.snapshot();
    let method = ctx.request().method;
    if !offers(core, &snapshot, method) {
        return Err(unknown_method(method.as_str()).into());
    }
    match method {
        Method::ServerDiscover => Ok(discover::discover(core, &snapshot)),
        Method::ToolsList => tools::list(core, &snapshot, ctx),
        Method::ToolsCall => tools::call(&snapshot, ctx),
        Method::ResourcesList => resources::list(core, &snapshot, ctx),
        Method::ResourcesTemplatesList => resources::list_templates(core, &snapshot, ctx),
        Method::ResourcesRead => resources::read(&snapshot, ctx),
        Method::PromptsList => prompts::list(core, &snapshot, ctx),
        Method::PromptsGet => prompts::get(&snapshot, ctx),
        Method::CompletionComplete => completion::complete(&snapshot, ctx),
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
