//! `tools/list` and `tools/call`.

use crate::{
    context::Context,
    extract::Fault,
    middleware::{Failure, Outcome},
    protocol::{CallToolResult, ErrorObject, code, scan::Member},
    server::{
        ServerCore,
        dispatch::{Dispatched, Running},
        page::List,
        running::Work,
        snapshot::Snapshot,
        visibility::check_scopes,
    },
    tool::Tool,
};

pub(crate) fn list(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    super::page(core, snapshot, ctx, List::Tools)
}

pub(crate) fn call(
    core: &ServerCore,
    snapshot: &Snapshot,
    ctx: &Context,
) -> Result<Dispatched, Failure> {
    let message = ctx.message();
    let name = message
        .string(Member::Name)
        .ok_or_else(|| ErrorObject::invalid_params("`name` must be a string"))?;
    let tool = snapshot
        .draft
        .tools
        .get(&name)
        .filter(|tool| core.shows(ctx, &***tool))
        .ok_or_else(|| unknown_tool(&name))?;
    check_scopes(ctx, &**tool)?;
    if message.has(Member::Arguments) && !message.is_object(Member::Arguments) {
        return Err(ErrorObject::invalid_params("`arguments` must be an object").into());
    }
    // Looked at as text by those alone who have to: it may be long.
    let arguments = || message.text(Member::Arguments);
    if ctx.revision().dialect().param_headers && !tool.headers.is_empty() {
        tool.headers
            .check(&ctx.parts().headers, arguments())
            .map_err(|mismatch| ErrorObject::new(code::HEADER_MISMATCH, mismatch.to_string()))?;
    }
    let validator = tool.validator.as_ref();
    let checked = validator.map(|validator| validator.check(arguments()));
    if let Some(Err(why)) = checked {
        let told = Fault::Arguments(why).to_string();
        return Ok(Dispatched::Ready(Outcome::Tool(CallToolResult::error(
            told,
        ))));
    }
    let start = |tool: &Tool, ctx| Work::Tool(tool.handler.call(ctx, ()));
    Ok(Dispatched::Running(Running::behind_layers(
        ctx, tool, start,
    )))
}

fn unknown_tool(name: &str) -> ErrorObject {
    let shown: String = name.chars().take(128).collect();
    ErrorObject::invalid_params(format!("unknown tool `{shown}`"))
}

/// Tells the model of every failure it can do something about.
///
/// SEP-1303: input that does not fit is a result too, so that the model reads why.
pub(crate) fn finish(ctx: &Context, end: Result<CallToolResult, Fault>) -> Result<Outcome, Fault> {
    let failed = match end {
        Ok(result) => return Ok(Outcome::Tool(result)),
        Err(Fault::Masked(error)) => Fault::mask(&error, "the tool", ctx.request().expose_errors),
        Err(Fault::Protocol(error)) if is_told(ctx, &error) => error.message().to_owned(),
        Err(fault @ (Fault::Told(_) | Fault::Arguments(_) | Fault::NotFound)) => fault.to_string(),
        Err(fault @ (Fault::Protocol(_) | Fault::Refused(_) | Fault::InputRequired(_))) => {
            return Err(fault);
        }
    };
    Ok(Outcome::Tool(CallToolResult::error(failed)))
}

/// Whether an error is the model's to read: where a revision has no code for
/// what the client lacks, the tool has failed and says why.
fn is_told(ctx: &Context, error: &ErrorObject) -> bool {
    let missing = error.code() == code::MISSING_CLIENT_CAPABILITY;
    missing && !ctx.revision().dialect().stateless_codes
}
