//! The request in hand.

mod asking;

use std::{
    any::Any,
    borrow::Cow,
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use http::request::Parts;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    auth::Auth,
    peer::{
        Cancellation, EndSignal,
        ask::Asks,
        live::Live,
        notify::{self, Progress},
        outbox::Outbox,
        questions::Peer,
    },
    principal::{InsufficientScope, Principal},
    protocol::{
        ClientCapabilities, Era, Implementation, Level, RawJson, Revision,
        jsonrpc::{Message, RequestId},
        method::Method,
        scan::Member,
    },
};

/// The request in hand: who asks, how, and ways to speak before the answer.
///
/// An extractor like every other; a clone is cheap and belongs to the same
/// request.
///
/// # Examples
///
/// ```
/// use mcp_axum::Context;
///
/// async fn import(ctx: Context) -> String {
///     for done in 1..=10 {
///         ctx.progress(f64::from(done), Some(10.0), None);
///     }
///     "imported".to_owned()
/// }
/// ```
#[derive(Clone)]
pub struct Context {
    inner: Arc<Inner>,
}

/// What a context is made of; the service fills it in.
pub(crate) struct Request {
    pub(crate) message: Message,
    pub(crate) id: RequestId,
    pub(crate) method: Method,
    pub(crate) revision: Revision,
    pub(crate) parts: Parts,
    pub(crate) principal: Option<Principal>,
    /// The client of the session that the request belongs to.
    pub(crate) peer: Option<Arc<dyn Peer>>,
    /// The least level of log messages, as the request itself asked for them.
    pub(crate) level: Option<Level>,
    pub(crate) outbox: Arc<Outbox>,
    /// Other requests speak through the same outbox.
    pub(crate) shares_outbox: bool,
    /// The client can come back to a stream that was closed.
    pub(crate) resumable: bool,
    pub(crate) asks: Asks,
    /// The state of the round before, of a handler that asks by hand.
    pub(crate) own_state: Option<Box<RawValue>>,
    pub(crate) expose_errors: bool,
    /// How a request is told that it lacks authorization.
    pub(crate) auth: Arc<Auth>,
    /// The revisions that the service serves.
    pub(crate) served: Arc<[Revision]>,
    /// The server that answers; a floor above knows its type.
    pub(crate) server: Arc<dyn Any + Send + Sync>,
}

struct Inner {
    request: Request,
    /// In a box, since few handlers ask: so that allocators have a request at hand, it stays below a kibibyte.
    capabilities: OnceLock<Box<ClientCapabilities>>,
    input: OnceLock<Input>,
    /// The bits of the progress reported last; the next must be larger.
    progress: AtomicU64,
    ended: AtomicBool,
    end: EndSignal,
}

/// The longest time that a client is asked to wait before it comes back.
const LONGEST_RETRY: Duration = Duration::from_secs(60 * 60);

/// What the handler's `Args` are read from.
#[derive(Debug)]
pub(crate) enum Input {
    /// Strings by name: a prompt's arguments, a template's parameters.
    Strings(Vec<(String, String)>),
    /// The argument to complete, beside those already filled in.
    Completing {
        value: String,
        arguments: Vec<(String, String)>,
    },
}

impl Context {
    pub(crate) fn new(request: Request) -> Self {
        let inner = Inner {
            request,
            capabilities: OnceLock::new(),
            input: OnceLock::new(),
            progress: AtomicU64::new(f64::NEG_INFINITY.to_bits()),
            ended: AtomicBool::new(false),
            end: EndSignal::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    pub(crate) fn request(&self) -> &Request {
        &self.inner.request
    }

    pub(crate) fn message(&self) -> &Message {
        &self.inner.request.message
    }

    /// Fills in what `Args` are read from; the first one counts.
    pub(crate) fn set_input(&self, input: Input) {
        // A second input would be a second dispatch of one request, which does not happen.
        let _ = self.inner.input.set(input);
    }

    pub(crate) fn input(&self) -> Option<&Input> {
        self.inner.input.get()
    }

    /// Returns the context of another run of the same request, with answers at hand.
    ///
    /// The run before is over: it says nothing more.
    pub(crate) fn run_again(&self, live: Live, own_state: Option<Box<RawValue>>) -> Self {
        let request = self.request();
        let next = Self::new(Request {
            message: request.message.clone(),
            id: request.id.clone(),
            parts: request.parts.clone(),
            principal: request.principal.clone(),
            peer: request.peer.clone(),
            outbox: Arc::clone(&request.outbox),
            server: Arc::clone(&request.server),
            auth: Arc::clone(&request.auth),
            served: Arc::clone(&request.served),
            asks: Asks::Live(live),
            own_state,
            ..*request
        });
        let reported = self.inner.progress.load(Ordering::Acquire);
        next.inner.progress.store(reported, Ordering::Release);
        self.inner.ended.store(true, Ordering::Release);
        self.inner.end.end();
        next
    }

    /// Ends the request: nothing more is said, whoever waits wakes up.
    pub(crate) fn end(&self) {
        self.inner.ended.store(true, Ordering::Release);
        if !self.inner.request.shares_outbox {
            self.inner.request.outbox.close();
        }
        self.inner.request.asks.end();
        self.inner.end.end();
    }

    /// Returns the name of the tool or prompt, or the URI of the resource.
    #[must_use]
    pub fn target(&self) -> Option<Cow<'_, str>> {
        let member = self.request().method.target()?;
        self.message().string(member)
    }

    /// Returns the method of the request, as the wire spells it.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.request().method.as_str()
    }

    /// Returns the revision of the protocol that this request speaks.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.request().revision
    }

    /// Returns who asks, when the host's login said so.
    #[must_use]
    pub fn principal(&self) -> Option<&Principal> {
        self.request().principal.as_ref()
    }

    /// Makes sure that the caller was granted scopes that depend on the arguments.
    ///
    /// For those that do not, see [`Tool::requires_scope`](crate::Tool::requires_scope). While nothing was
    /// said yet, the error turns the HTTP request away with a challenge that names them all.
    ///
    /// # Errors
    ///
    /// When any of the scopes was not granted.
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::{Context, ToolError};
    ///
    /// async fn publish(ctx: Context) -> Result<&'static str, ToolError> {
    ///     ctx.require_scopes(["notes:publish"])?;
    ///     Ok("published")
    /// }
    /// ```
    pub fn require_scopes<I>(&self, scopes: I) -> Result<(), InsufficientScope>
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        let Request {
            principal,
            parts,
            auth,
            ..
        } = self.request();
        auth.check_scopes(parts, principal.as_ref(), &scopes)
            .map_err(|refusal| InsufficientScope { refusal })
    }

    /// Returns the head of the HTTP request, with whatever outer layers put into it.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.request().parts
    }

    /// Returns what the client declared it can do, for this request or for its session.
    #[must_use]
    pub fn client_capabilities(&self) -> &ClientCapabilities {
        self.inner.capabilities.get_or_init(|| {
            if let Some(peer) = &self.request().peer {
                return Box::new(peer.card().capabilities());
            }
            let declared = self.envelope(Member::MetaClientCapabilities);
            let declared = declared.and_then(|text| text.parse().ok());
            Box::new(ClientCapabilities::from_map(declared.unwrap_or_default()))
        })
    }

    /// Returns the client's name card, unverified: never decide by it.
    #[must_use]
    pub fn client_info(&self) -> Option<Implementation> {
        match &self.request().peer {
            Some(peer) => peer.card().info(),
            None => self.envelope(Member::MetaClientInfo)?.parse().ok(),
        }
    }

    /// Returns what a client of the stateless era says of itself with each request.
    fn envelope(&self, member: Member) -> Option<RawJson> {
        let enveloped = self.revision().era() == Era::Stateless;
        enveloped.then(|| self.message().raw(member)).flatten()
    }

    /// Returns the request's `_meta`, unknown keys included.
    #[must_use]
    pub fn meta(&self) -> Option<RawJson> {
        self.message().raw(Member::Meta)
    }

    /// Returns the end of this request, for work that the handler does not await.
    #[must_use]
    pub fn cancellation(&self) -> Cancellation {
        self.inner.end.cancellation()
    }

    /// Reports progress, if the client asked for it and the value increased.
    ///
    /// Never waits: a client that reads slowly misses older reports.
    pub fn progress(&self, progress: f64, total: Option<f64>, message: Option<&str>) {
        let Some(token) = self.message().text(Member::ProgressToken) else {
            return;
        };
        if self.may_speak() && self.increases(progress) {
            let progress = Progress {
                progress,
                total,
                message: message.filter(|_| self.revision().dialect().progress_message),
            };
            notify::progress(&self.request().outbox, token, &progress);
        }
    }

    /// 2025-03-26 basic/utilities/progress: the value must increase with each report.
    fn increases(&self, progress: f64) -> bool {
        let larger = |last| {
            let larger = progress.is_finite() && progress > f64::from_bits(last);
            larger.then(|| progress.to_bits())
        };
        let last = &self.inner.progress;
        last.fetch_update(Ordering::AcqRel, Ordering::Acquire, larger)
            .is_ok()
    }

    /// Whether the request is still there to be spoken for.
    pub(super) fn may_speak(&self) -> bool {
        !self.inner.ended.load(Ordering::Acquire)
    }

    /// Closes the stream of this request and lets the client come back after `retry`.
    ///
    /// For long work whose client need not hold a connection meanwhile: what is
    /// said from now on waits for it (2025-11-25 basic/transports). It has no
    /// effect on a client that cannot come back: one of another revision, or of a
    /// service without an event log. The longest time is an hour.
    pub fn close_stream(&self, retry: Duration) {
        if self.request().resumable && self.may_speak() {
            self.request().outbox.hang_up(retry.min(LONGEST_RETRY));
        }
    }

    /// Sends a log message, if the client asked for this level.
    ///
    /// Keep secrets and personal data out of it (2026-07-28 server/utilities/logging).
    pub fn log(&self, level: Level, data: impl Serialize) {
        self.write_log(level, None, &data);
    }

    /// Sends a log message under the name of a logger; see [`log`](Self::log).
    pub fn log_as(&self, level: Level, logger: &str, data: impl Serialize) {
        self.write_log(level, Some(logger), &data);
    }

    fn write_log<T: Serialize>(&self, level: Level, logger: Option<&str>, data: &T) {
        let session = self.request().peer.as_ref().map(|peer| peer.level());
        let wanted = session.or(self.request().level);
        if self.may_speak() && wanted.is_some_and(|wanted| level >= wanted) {
            notify::log(&self.request().outbox, level, logger, data);
        }
    }
}

impl fmt::Debug for Context {
    /// Neither headers nor arguments nor answers: they hold tokens and personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("method", &self.method())
            .field("target", &self.target())
            .field("revision", &self.revision())
            .finish_non_exhaustive()
    }
}
