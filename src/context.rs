//! The request in hand.

use std::{
    any::Any,
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use http::request::Parts;
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    error::Error,
    peer::{
        AskError, Cancellation, Elicited, EndSignal, InputResponses,
        ask::Asks,
        notify::{self, Progress},
        outbox::Outbox,
    },
    principal::Principal,
    protocol::{
        ClientCapabilities, ElicitAction, ElicitResult, Implementation, InputRequest, Level,
        RawJson, Revision, Root, Sample, Sampled,
        jsonrpc::{Message, RequestId},
        method::Method,
        scan::Member,
    },
    schema::{self, Validator},
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
    pub(crate) level: Option<Level>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) asks: Asks,
    /// The state of the round before, of a handler that asks by hand.
    pub(crate) own_state: Option<Box<RawValue>>,
    pub(crate) expose_errors: bool,
    /// The server that answers; a floor above knows its type.
    pub(crate) server: Arc<dyn Any + Send + Sync>,
}

struct Inner {
    request: Request,
    capabilities: OnceLock<ClientCapabilities>,
    input: OnceLock<Input>,
    end: EndSignal,
}

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

    /// Ends the request: nothing more is said, whoever waits wakes up.
    pub(crate) fn end(&self) {
        self.inner.request.outbox.close();
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

    /// Returns the head of the HTTP request, with whatever outer layers put into it.
    #[must_use]
    pub fn parts(&self) -> &Parts {
        &self.request().parts
    }

    /// Returns what the client declared it can do, on this very request.
    #[must_use]
    pub fn client_capabilities(&self) -> &ClientCapabilities {
        self.inner.capabilities.get_or_init(|| {
            let declared = self.message().raw(Member::MetaClientCapabilities);
            let declared = declared.and_then(|text| text.parse().ok());
            ClientCapabilities::from_map(declared.unwrap_or_default())
        })
    }

    /// Returns the client's name card, unverified: never decide by it.
    #[must_use]
    pub fn client_info(&self) -> Option<Implementation> {
        self.message().raw(Member::MetaClientInfo)?.parse().ok()
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
        if let Some(token) = self.message().text(Member::ProgressToken) {
            let progress = Progress {
                progress,
                total,
                message,
            };
            notify::progress(&self.request().outbox, token, &progress);
        }
    }

    /// Sends a log message, if the client asked for this level on this request.
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
        if self.request().level.is_some_and(|wanted| level >= wanted) {
            notify::log(&self.request().outbox, level, logger, data);
        }
    }

    /// Asks the person to fill in a form, whose fields are those of `T`.
    ///
    /// **Code before an ask runs twice.** In the stateless era an unanswered
    /// question ends the request, and the client's retry runs the handler again
    /// from the top with the answer at hand. Change nothing before the last
    /// answer is in. Questions asked together (`join!`) travel together.
    ///
    /// `key` names the question within this handler and stays the same from run
    /// to run. `T` is a struct of flat fields: strings, numbers, booleans,
    /// enums, and lists of enums.
    ///
    /// # Errors
    ///
    /// [`AskError::MissingCapability`] when the client shows no forms; passed on
    /// with `?` it tells the client what it lacks.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: asking again with the same key asks the same question.
    pub async fn elicit<T>(&self, key: &str, message: &str) -> Result<Elicited<T>, AskError>
    where
        T: DeserializeOwned + JsonSchema,
    {
        let schema = schema::form_schema::<T>().map_err(|error| {
            AskError::Form(Error::with_source("the form cannot be made", error))
        })?;
        self.elicit_with(key, message, schema).await
    }

    /// Asks the person to fill in a form with a schema of your own.
    ///
    /// An answer that does not fit `T` is asked for again; with feature
    /// `schema-validation` also one that breaks a keyword of the schema.
    ///
    /// See [`elicit`](Self::elicit): code before it runs twice.
    ///
    /// # Errors
    ///
    /// As [`elicit`](Self::elicit).
    pub async fn elicit_with<T: DeserializeOwned>(
        &self,
        key: &str,
        message: &str,
        schema: serde_json::Value,
    ) -> Result<Elicited<T>, AskError> {
        let validator = Validator::new(&schema).map_err(|why| AskError::Form(Error::new(why)))?;
        let read = |answer: &RawJson| read_form(answer, &validator);
        self.ask(key, InputRequest::form(message, &schema), read)
            .await
    }

    /// Asks the person to open a URL; accepted means agreed, not done.
    ///
    /// Put no personal data and no credentials into the URL, and let the page
    /// check that its visitor is this [`principal`](Self::principal). See
    /// [`elicit`](Self::elicit): code before it runs twice.
    ///
    /// # Errors
    ///
    /// As [`elicit`](Self::elicit), when the client opens no URLs.
    pub async fn elicit_url(
        &self,
        key: &str,
        message: &str,
        url: &str,
    ) -> Result<Elicited<()>, AskError> {
        let read = |answer: &RawJson| {
            let result: ElicitResult = answer.parse().ok()?;
            Some(match result.action {
                ElicitAction::Accept => Elicited::Accepted(()),
                ElicitAction::Decline => Elicited::Declined,
                ElicitAction::Cancel => Elicited::Cancelled,
            })
        };
        self.ask(key, InputRequest::url(message, url), read).await
    }

    /// Asks the client's model.
    ///
    /// See [`elicit`](Self::elicit): code before it runs twice.
    ///
    /// # Errors
    ///
    /// As [`elicit`](Self::elicit), when the client has no model to ask.
    pub async fn sample(&self, key: &str, sample: &Sample) -> Result<Sampled, AskError> {
        self.ask(key, InputRequest::sample(sample), |answer| {
            answer.parse().ok()
        })
        .await
    }

    /// Asks for the roots of the client's file system, under the key `roots`.
    ///
    /// See [`elicit`](Self::elicit): code before it runs twice.
    ///
    /// # Errors
    ///
    /// As [`elicit`](Self::elicit), when the client tells no roots.
    pub async fn roots(&self) -> Result<Vec<Root>, AskError> {
        #[derive(serde::Deserialize)]
        struct Roots {
            roots: Vec<Root>,
        }
        let read = |answer: &RawJson| answer.parse::<Roots>().ok();
        let answer = self.ask("roots", InputRequest::roots(), read).await?;
        Ok(answer.roots)
    }

    async fn ask<T>(
        &self,
        key: &str,
        request: InputRequest,
        read: impl FnOnce(&RawJson) -> Option<T>,
    ) -> Result<T, AskError> {
        self.check_ask(&request)?;
        self.request().asks.ask(key, request, read).await
    }

    /// Refuses a question that this request or this client cannot take.
    pub(crate) fn check_ask(&self, request: &InputRequest) -> Result<(), AskError> {
        // 2026-07-28 basic/patterns/mrtr: input_required on these three methods only.
        let asks = matches!(
            self.request().method,
            Method::ToolsCall | Method::PromptsGet | Method::ResourcesRead
        );
        if !asks {
            return Err(AskError::NotHere);
        }
        let need = request.need();
        if self.client_capabilities().meets(need) {
            return Ok(());
        }
        Err(AskError::MissingCapability {
            required: need.required_capabilities(),
        })
    }

    pub(crate) fn input_responses(&self) -> InputResponses {
        let request = self.request();
        InputResponses::new(request.asks.answers(), request.own_state.clone())
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

fn read_form<T: DeserializeOwned>(answer: &RawJson, validator: &Validator) -> Option<Elicited<T>> {
    let result: ElicitResult = answer.parse().ok()?;
    match result.action {
        ElicitAction::Accept => {
            let content = serde_json::Value::Object(result.content.unwrap_or_default());
            validator.check_value(&content).ok()?;
            serde_json::from_value(content).ok().map(Elicited::Accepted)
        }
        ElicitAction::Decline => Some(Elicited::Declined),
        ElicitAction::Cancel => Some(Elicited::Cancelled),
    }
}
