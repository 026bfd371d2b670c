//! The rounds of a request that asks its client: state opened and sealed.
//!
//! A client of the stateless era carries the state; for the client of a session the
//! handler runs again right here.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    time::Duration,
};

use futures_util::future::try_join_all;

use serde_json::{json, value::RawValue};

use crate::{
    context::Context,
    error::BoxError,
    extract::{Fault, correlation_id},
    middleware::{Failure, Outcome},
    peer::{AskError, InputRequired, StateKeys, ask::Asks, live::Live, replay::Rounds},
    principal::Principal,
    protocol::{
        Era, ErrorObject, Need, RawJson, canonical, jsonrpc::Message, method::Method, scan::Member,
    },
};

use super::{
    ServerCore,
    responses::{MAX_RESPONSES, Responses},
    running::give_up,
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
    let Asks::Replay(replay) = &request.asks else {
        return Err(failure(ctx, AskError::NotHere));
    };
    if request.revision.era() == Era::Sessionful {
        return Err(failure(ctx, AskError::NoSession));
    }
    let rounds = required.rounds(replay, request.own_state.as_deref());
    check(ctx, required, rounds.is_empty()).map_err(|error| failure(ctx, error))?;
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

/// 2026-07-28 basic/patterns/mrtr: a question or a state at least, and each key once.
fn check(ctx: &Context, required: &InputRequired, stateless: bool) -> Result<(), BoxError> {
    if required.requests().is_empty() && stateless {
        return Err("an `InputRequired` needs a question or a state".into());
    }
    let mut keys_seen = BTreeSet::new();
    for (key, request) in required.requests() {
        if !keys_seen.insert(key) {
            return Err(AskError::DuplicateKey(key.clone()).into());
        }
        ctx.check_ask(request)?;
    }
    Ok(())
}

/// The questions of a handler on their way.
pub(crate) type Asking = Pin<Box<dyn Future<Output = Asked> + Send>>;

/// What came of them.
pub(crate) enum Asked {
    /// The handler runs again, with their answers.
    Answered(Box<Context>),
    /// The request ends.
    Ended(Result<Outcome, Failure>),
}

/// How often a handler may end with questions in one request.
const MAX_RUNS: u32 = 16;
/// How long a handler waits that ended with a state alone, "come back later", the
/// first time; each time longer.
const LATER: Duration = Duration::from_secs(1);

/// Puts the questions that a handler ended with to the client of its session.
pub(crate) fn put(ctx: &Context, required: InputRequired) -> Asking {
    let ctx = ctx.clone();
    Box::pin(async move {
        match put_all(&ctx, required).await {
            Ok(next) => Asked::Answered(Box::new(next)),
            Err(failure) => Asked::Ended(failure),
        }
    })
}

async fn put_all(
    ctx: &Context,
    required: InputRequired,
) -> Result<Context, Result<Outcome, Failure>> {
    let Asks::Live(live) = &ctx.request().asks else {
        return Err(Err(failure(ctx, AskError::NotHere)));
    };
    check(ctx, &required, !required.has_state()).map_err(|error| unasked(ctx, error))?;
    let later = required.requests().is_empty();
    if live.run >= MAX_RUNS && !later {
        let endless = format!("the handler has asked for input {MAX_RUNS} times in a row");
        return Err(Err(failure(ctx, endless)));
    }
    if let Some(error) = urls_first(ctx, &required) {
        return Err(Err(error.into()));
    }
    let mut live = live.again();
    let answers = ask_all(ctx, &live, &required).await;
    live.answers = answers.map_err(|error| unasked(ctx, error.into()))?;
    Ok(ctx.run_again(live, required.into_state()))
}

/// Ends a request whose questions could not be asked, as its method ends any other.
fn unasked(ctx: &Context, error: BoxError) -> Result<Outcome, Failure> {
    match Fault::from_error(error) {
        fault @ (Fault::Protocol(_) | Fault::Told(_)) => give_up(ctx, fault),
        Fault::Masked(error) => Err(failure(ctx, error)),
        other => Err(failure(ctx, other.to_string())),
    }
}

async fn ask_all(
    ctx: &Context,
    live: &Live,
    required: &InputRequired,
) -> Result<BTreeMap<String, RawJson>, AskError> {
    if required.requests().is_empty() {
        tokio::time::sleep(LATER * live.run.min(MAX_RUNS)).await;
    }
    let outbox = &ctx.request().outbox;
    let requests = required.requests().iter();
    let asked = requests.map(|(_, request)| live.ask(outbox, request));
    let answers = try_join_all(asked).await?;
    let keys = required.requests().iter().map(|(key, _)| key.clone());
    Ok(keys.zip(answers).collect())
}

/// 2025-11-25 schema, `URLElicitationRequiredError`: what only needs pages to be
/// visited before the next try is told as an error, and nothing waits.
fn urls_first(ctx: &Context, required: &InputRequired) -> Option<ErrorObject> {
    let revision = ctx.revision();
    let code = revision.dialect().url_required?;
    let urls = required.requests().iter().map(|(_, request)| request);
    let only_urls = urls.clone().all(|request| request.need() == Need::Url);
    if !only_urls || required.has_state() {
        return None;
    }
    let elicitations = urls.filter_map(|request| {
        let id = correlation_id();
        let mut question = request.for_revision(revision, &id).ok()?;
        Some(question["params"].take())
    });
    let data = json!({"elicitations": elicitations.collect::<Vec<_>>()});
    Some(ErrorObject::new(code, "visit these pages first, then try again").data(data))
}

fn failure(ctx: &Context, error: impl Into<BoxError>) -> Failure {
    match Fault::from_error(error.into()) {
        Fault::Protocol(error) => ctx.revision().dialect().error(error).into(),
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
        core.key.as_ref().map_or(&[], |key| key.as_bytes()),
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
