//! What a handler asks its client through the context.

use std::pin::pin;

use futures_util::future::{Either, select};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    peer::{AskError, Elicited, InputResponses},
    protocol::{
        ElicitAction, ElicitResult, InputRequest, RawJson, Root, Sample, Sampled, method::Method,
    },
    schema::{self, Validator},
};

use super::{Context, Request};

impl Context {
    /// Asks the person to fill in a form, whose fields are those of `T`.
    ///
    /// **Code before an ask runs twice.** In the stateless era an unanswered
    /// question ends the request, and the client's retry runs the handler again
    /// from the top with the answer at hand. Change nothing before the last
    /// answer is in. Questions asked together (`join!`) travel together. The
    /// client of a session is asked while the handler waits.
    ///
    /// `key` names the question within this handler and stays the same from run
    /// to run. `T` is a struct of flat fields: strings, numbers, booleans,
    /// enums, and lists of enums.
    ///
    /// # Errors
    ///
    /// [`AskError::MissingCapability`] when the client shows no forms; passed on
    /// with `?` it tells the client what it lacks. The client of a session may also
    /// refuse, stay silent or be out of reach: see [`AskError`].
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
    ///
    /// # Cancel safety
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
    ///
    /// # Cancel safety
    ///
    /// As [`elicit`](Self::elicit).
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
    ///
    /// # Cancel safety
    ///
    /// As [`elicit`](Self::elicit).
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
    ///
    /// # Cancel safety
    ///
    /// As [`elicit`](Self::elicit).
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
        read: impl Fn(&RawJson) -> Option<T>,
    ) -> Result<T, AskError> {
        self.check_ask(&request)?;
        if !self.may_speak() {
            return Err(AskError::RequestEnded);
        }
        let Request { asks, outbox, .. } = self.request();
        let mut ended = self.cancellation();
        let asked = pin!(asks.ask(outbox, key, request, read));
        // A task that the handler started may still wait when the request is over.
        match select(asked, pin!(ended.cancelled())).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => Err(AskError::RequestEnded),
        }
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
