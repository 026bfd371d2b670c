//! The rounds of a request that asks its client: state opened and sealed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use crate::{
    context::Context,
    extract::Fault,
    peer::{AskError, InputRequired, StateKeys, ask::Rounds},
    principal::Principal,
    protocol::{ErrorObject, canonical, jsonrpc::Message, method::Method, scan::Member},
};

use super::{
    ServerCore,
    answer::{Failure, Outcome},
    responses::{MAX_RESPONSES, Responses},
};

/// What a request brought along from the round before.
#[derive(Debug, Default)]
pub(crate) struct Brought {
    pub(crate) rounds: Rounds,
    pub(crate) responses: BTreeMap<String, Box<RawValue>>,
}

/// Reads the answers and opens the state of a retry.
pub(crate) fn open(
    core: &ServerCore,
    keys: &StateKeys,
    message: &Message,
    method: Method,
    principal: Option<&Principal>,
) -> Result<Brought, ErrorObject> {
    let mut brought = Brought::default();
    if method.target().is_none() {
        return Ok(brought);
    }
    if let Some(responses) = message.raw(Member::InputResponses) {
        let responses: Responses = responses.parse().map_err(|_| {
            let what =
                format!("`inputResponses` must be an object of at most {MAX_RESPONSES} answers");
            ErrorObject::invalid_params(what)
        })?;
        brought.responses = responses.0;
    }
    if message.has(Member::RequestState) {
        let token = message.string(Member::RequestState).ok_or_else(bad_state)?;
        let binding = binding(core, message, method, principal);
        brought.rounds = keys.open(&binding, &token).map_err(|reason| {
            tracing::debug!(reason, "a request state was refused");
            bad_state()
        })?;
    }
    Ok(brought)
}

/// One answer for every failure: the true reason would help a forger.
fn bad_state() -> ErrorObject {
    ErrorObject::invalid_params("Invalid or expired requestState")
}

/// Turns the end of a run that asks into the result that carries its questions.
pub(crate) fn close(
    core: &ServerCore,
    keys: &StateKeys,
    ctx: &Context,
    required: &InputRequired,
) -> Result<Outcome, Failure> {
    let request = ctx.request();
    let rounds = required.rounds(&request.asks, request.own_state.as_deref());
    // 2026-07-28 basic/patterns/mrtr: at least one of the two, and each key once.
    if required.requests().is_empty() && rounds.is_empty() {
        let empty = "an `InputRequired` needs a question or a state";
        return Err(failure(ctx, empty));
    }
    let mut keys_seen = BTreeSet::new();
    for (key, request) in required.requests() {
        if !keys_seen.insert(key) {
            return Err(failure(ctx, AskError::DuplicateKey(key.clone())));
        }
        ctx.check_ask(request)
            .map_err(|error| failure(ctx, error))?;
    }
    let mut state = None;
    if !rounds.is_empty() {
        let principal = request.principal.as_ref();
        let binding = binding(core, &request.message, request.method, principal);
        let sealed = keys.seal(&binding, &rounds);
        state = Some(sealed.map_err(|error| failure(ctx, error))?);
    }
    Ok(Outcome::InputRequired {
        requests: required.requests().to_vec(),
        state,
    })
}

fn failure(ctx: &Context, error: impl Into<crate::error::BoxError>) -> Failure {
    match Fault::from_error(error.into()) {
        Fault::Protocol(error) => Failure::Error(error),
        Fault::Masked(error) => {
            let expose = ctx.request().expose_errors;
            ErrorObject::internal(Fault::mask(&error, ctx.method(), expose)).into()
        }
        other => ErrorObject::internal(other.to_string()).into(),
    }
}

/// The longest arguments that are brought into canonical form; longer ones are bound as they are.
const MAX_CANONICAL: usize = 64 * 1024;

/// What a state belongs to: audience, principal, method, target and arguments.
///
/// Each part is preceded by its length, so no two requests share a binding.
fn binding(
    core: &ServerCore,
    message: &Message,
    method: Method,
    principal: Option<&Principal>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    let target = method.target().and_then(|member| message.string(member));
    let mut arguments = Vec::new();
    let text = message.text(Member::Arguments).unwrap_or("{}");
    let small = text.len() <= MAX_CANONICAL;
    if !small || canonical::canonical(text, &mut arguments).is_err() {
        arguments = text.as_bytes().to_vec();
    }
    let anonymous = principal.is_none();
    let key = principal.map_or("", Principal::key);
    for part in [
        core.settings.info.name.as_bytes(),
        &[u8::from(anonymous)],
        key.as_bytes(),
        method.as_str().as_bytes(),
        target.as_deref().unwrap_or_default().as_bytes(),
        &arguments,
    ] {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}
