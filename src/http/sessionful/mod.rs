//! The sessionful era: revisions whose clients open with `initialize`.

pub(crate) mod body;
pub(crate) mod carry;
pub(crate) mod get;
pub(crate) mod handshake;
pub(crate) mod journal;
pub(crate) mod notices;
pub(crate) mod reply;
pub(crate) mod requests;
pub(crate) mod sessionless;
pub(crate) mod work;

use std::{fmt, sync::Arc, time::Duration};

use axum::body::Body;
use http::{HeaderMap, HeaderName, Response, StatusCode, request::Parts};

use crate::{
    protocol::{
        Era, ErrorObject, Revision, code,
        jsonrpc::{Kind, Message},
        method::SessionMethod,
        scan::Member,
    },
    server::ServerCore,
    session::{Directory, Hold, Standalone},
    store::Wanted,
};

pub(crate) use self::get::LAST_EVENT_ID;
use self::{journal::Journal, requests::Posted};
use super::{
    begun::Begun,
    classify::version_data,
    endpoint::Endpoint,
    gate,
    refuse::{self, PROTOCOL_VERSION, Refused},
    reply::accepted,
    servers::Parties,
    stateless::Arrived,
};

pub(crate) static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// The most messages of one batch.
const MAX_BATCH: usize = 32;

/// Where the sessions of an endpoint are kept.
pub(crate) struct SessionSpace {
    pub(crate) directory: Arc<Directory>,
    pub(crate) log: Option<Journal>,
    /// A request without a session is served, too.
    pub(crate) optional: bool,
}

impl SessionSpace {
    /// How often a look at what is over is worth while.
    pub(crate) fn sweep_interval(&self) -> Duration {
        const LONGEST: Duration = Duration::from_secs(30);
        const SHORTEST: Duration = Duration::from_millis(10);
        (self.directory.limits().idle / 8).clamp(SHORTEST, LONGEST)
    }

    /// Ends sessions and forgets streams whose time is over.
    pub(crate) async fn sweep(&self) {
        let ended = self.directory.sweep();
        if ended > 0 {
            tracing::debug!(ended, "sessions have expired");
        }
        self.forget_ended().await;
        if let Some(log) = &self.log {
            log.sweep();
        }
    }

    /// Forgets what was said in sessions that have ended since.
    pub(crate) async fn forget_ended(&self) {
        let Some(log) = &self.log else {
            return;
        };
        for session in self.directory.take_ended() {
            log.forget(session).await;
        }
    }
}

/// Messages of the sessionful era, in one POST.
#[expect(
    clippy::large_enum_variant,
    reason = "one message is the common case, and a box would cost it an allocation"
)]
pub(crate) enum Messages {
    One(Message),
    Batch(Vec<Message>),
}

/// Begins a POST of the sessionful era.
pub(crate) fn begin(
    endpoint: &Endpoint,
    arrived: Arrived,
    messages: Messages,
) -> Result<Begun<'_>, Refused> {
    let header = check_version(endpoint, &arrived.parts.headers)?;
    let Some(space) = &endpoint.sessions else {
        return sessionless::begin(endpoint, arrived, messages, header);
    };
    let hold = enter(space, &arrived.parts.headers, &arrived.parties)?;
    if arrived.inside.is_late() && !finishes(&messages) {
        return Err(gate::shutting_down());
    }
    match (messages, hold) {
        (Messages::One(message), hold) if is_initialize(&message) => match hold {
            Some(_) => Err(in_session_already(&message)),
            None => handshake::open(endpoint, space, &arrived, &message).map(Begun::Answered),
        },
        (messages, Some(hold)) => in_session(endpoint, space, hold, arrived, messages),
        (messages, None) if space.optional => {
            sessionless::begin(endpoint, arrived, messages, header)
        }
        (_, None) => Err(no_session()),
    }
}

fn in_session<'a>(
    endpoint: &'a Endpoint,
    space: &'a SessionSpace,
    hold: Hold,
    arrived: Arrived,
    messages: Messages,
) -> Result<Begun<'a>, Refused> {
    if let Messages::Batch(messages) = &messages {
        check_batch(&hold, messages)?;
    }
    let posted = sort(messages);
    if posted.request.is_none() {
        for notice in &posted.notices {
            notices::take(&hold, notice);
        }
        return Ok(Begun::Answered(accepted()));
    }
    let work = requests::begin(endpoint, space, hold, arrived, posted)?;
    Ok(Begun::Working(space, work))
}

/// Tells requests from what wants no answer.
pub(super) fn sort(messages: Messages) -> Posted {
    let is_request = |message: &Message| matches!(message.kind, Kind::Request(_));
    match messages {
        Messages::One(request) if is_request(&request) => Posted {
            request: Some(request),
            ..Posted::default()
        },
        Messages::One(notice) => Posted {
            notices: vec![notice],
            ..Posted::default()
        },
        Messages::Batch(messages) => {
            let (mut requests, notices): (Vec<_>, _) = messages.into_iter().partition(is_request);
            Posted {
                request: requests.pop(),
                earlier: requests,
                notices,
                batch: true,
            }
        }
    }
}

/// Returns the messages of a batch. The fault of one refuses all, so no id is named.
pub(super) fn elements(batch: &Message) -> Result<Vec<Message>, Refused> {
    let elements = batch.elements(MAX_BATCH);
    elements.map_err(|refused| Refused::error(StatusCode::BAD_REQUEST, refused.error, None))
}

/// 2025-03-26 basic: this revision alone has batches, and `initialize` is in none.
pub(super) fn check_batch(hold: &Hold, messages: &[Message]) -> Result<(), Refused> {
    if !hold.revision().dialect().batches {
        return Err(invalid("this session takes one message at a time"));
    }
    if messages.iter().any(is_initialize) {
        return Err(invalid("`initialize` must not be part of a batch"));
    }
    Ok(())
}

/// Ends a session.
pub(crate) async fn delete(
    endpoint: &Endpoint,
    parts: &Parts,
    parties: &Parties,
) -> Result<Response<Body>, Refused> {
    let space = space(endpoint)?;
    check_version(endpoint, &parts.headers)?;
    let hold = enter(space, &parts.headers, parties)?.ok_or_else(no_session)?;
    space.directory.close(&hold);
    if let Some(log) = &space.log {
        log.forget(hold.key()).await;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Returns where sessions are kept; without them the method is not allowed.
fn space(endpoint: &Endpoint) -> Result<&SessionSpace, Refused> {
    let sessions = endpoint.sessions.as_ref();
    sessions.ok_or_else(|| Refused::method(endpoint.methods()))
}

/// Returns the standalone stream of a session, which tells of the lists on offer.
pub(super) fn standalone<'a>(
    endpoint: &Endpoint,
    core: &ServerCore,
    hold: &'a Hold,
) -> &'a Arc<Standalone> {
    let (bus, service) = (core.registry.bus(), endpoint.service);
    hold.live().standalone(bus, service, || {
        let snapshot = core.registry.snapshot();
        let offered = snapshot.capabilities(core);
        Wanted {
            tools: offered.tools.is_some(),
            prompts: offered.prompts.is_some(),
            resources: offered.resources.is_some(),
            uris: Vec::new(),
        }
    })
}

/// Makes sure that a request belongs to a session.
pub(crate) fn check_session(
    endpoint: &Endpoint,
    parts: &Parts,
    parties: &Parties,
) -> Result<(), Refused> {
    let hold = enter(space(endpoint)?, &parts.headers, parties)?;
    hold.map(drop).ok_or_else(no_session)
}

/// Enters the session that the header names; `None` when it names none.
fn enter(
    space: &SessionSpace,
    headers: &HeaderMap,
    parties: &Parties,
) -> Result<Option<Hold>, Refused> {
    let mut ids = headers.get_all(&SESSION_ID).iter();
    let Some(id) = ids.next() else {
        return Ok(None);
    };
    if ids.next().is_some() {
        return Err(invalid("send the `Mcp-Session-Id` header once"));
    }
    let hold = space.directory.enter(id.as_bytes(), parties.owner());
    // A session of HTTP+SSE has its own place to post to.
    let hold = hold.filter(|hold| hold.mailbox().is_none());
    hold.map(Some).ok_or_else(refuse::unknown_session)
}

/// Checks the version header, which a client of the first revisions never sends.
///
/// 2025-06-18 basic/transports, Protocol Version Header: 400 when it is invalid.
fn check_version(endpoint: &Endpoint, headers: &HeaderMap) -> Result<Option<Revision>, Refused> {
    let mut versions = headers.get_all(&PROTOCOL_VERSION).iter();
    let Some(version) = versions.next() else {
        return Ok(None);
    };
    let served = &endpoint.revisions;
    let text = version.to_str().unwrap_or_default().trim();
    let revision = Revision::parse(text).filter(|revision| served.contains(revision));
    match (revision, versions.next()) {
        (Some(revision), None) if revision.era() == Era::Sessionful => Ok(Some(revision)),
        _ => {
            let shown: String = text.chars().take(64).collect();
            let error = ErrorObject::new(
                code::INVALID_REQUEST,
                format!("protocol version `{shown}` is not served here"),
            );
            let error = error.data(version_data(served, &shown));
            Err(Refused::error(StatusCode::BAD_REQUEST, error, None))
        }
    }
}

pub(super) fn is_initialize(message: &Message) -> bool {
    let request = matches!(message.kind, Kind::Request(_));
    request && message.string(Member::Method).as_deref() == Some(SessionMethod::INITIALIZE)
}

/// Whether running requests need these messages to come to their ends.
pub(super) fn finishes(messages: &Messages) -> bool {
    let needed = |message: &Message| match message.kind {
        Kind::Response => true,
        Kind::Notification => notices::is_cancel(message),
        Kind::Request(_) | Kind::Batch => false,
    };
    match messages {
        Messages::One(message) => needed(message),
        Messages::Batch(messages) => messages.iter().all(needed),
    }
}

fn in_session_already(message: &Message) -> Refused {
    let refused = invalid("this session is open already; `initialize` opens a new one");
    match &message.kind {
        Kind::Request(id) => refused.for_request(id.clone()),
        Kind::Notification | Kind::Response | Kind::Batch => refused,
    }
}

fn no_session() -> Refused {
    invalid("send the `Mcp-Session-Id` header; `initialize` opens a session and names it")
}

fn too_many_streams() -> Refused {
    Refused::unavailable("too many streams are open in this session; close one", 1)
}

pub(super) fn invalid(message: &'static str) -> Refused {
    Refused::new(StatusCode::BAD_REQUEST, message)
}

impl fmt::Debug for SessionSpace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionSpace")
            .field("directory", &self.directory)
            .field("resumable", &self.log.is_some())
            .field("optional", &self.optional)
            .finish()
    }
}
