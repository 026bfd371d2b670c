//! Questions of the stateless era: asked by ending, answered by running again.
//!
//! A question cannot travel to the client while the handler waits. The first run
//! parks at the unanswered question, the request ends as `input_required`, and
//! the retry runs the handler again with the answer at hand.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::protocol::{InputRequest, RawJson, canonical};

use super::{AskError, InputRequired};

/// What travels in a sealed `requestState` between two rounds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Rounds {
    /// The questions that are open, each with the digest of its text.
    #[serde(rename = "q")]
    pub(crate) asked: BTreeMap<String, u64>,
    /// The answers of earlier rounds.
    #[serde(rename = "a")]
    pub(crate) answers: BTreeMap<String, Answer>,
    /// The state of a handler that returned `InputRequired` itself.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) own: Option<Box<RawValue>>,
}

impl Rounds {
    /// Whether there is nothing to come back with.
    pub(crate) fn is_empty(&self) -> bool {
        self.own.is_none() && self.asked.is_empty() && self.answers.is_empty()
    }
}

/// An answer, and the digest of the question it belongs to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Answer {
    #[serde(rename = "q")]
    question: Option<u64>,
    #[serde(rename = "v")]
    value: Box<RawValue>,
}

/// The questions of one request.
#[derive(Debug)]
pub(crate) struct Replay {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    answers: BTreeMap<String, Answer>,
    /// The answers that a question of this run has taken.
    used: BTreeMap<String, Answer>,
    open: Vec<Open>,
    ended: bool,
    /// The task that runs the handler, to be told of a question asked elsewhere.
    runner: Option<Waker>,
    parked: Vec<Waker>,
}

/// An open question, and how many wait for its answer.
#[derive(Debug)]
struct Open {
    key: String,
    request: InputRequest,
    waiting: usize,
}

impl Replay {
    /// Creates the questions of a request, with the answers it brought along.
    ///
    /// Where the state names open questions, only they are answered, each by the
    /// answer under its key; without state an answer counts by its key alone.
    pub(crate) fn new(rounds: Rounds, responses: BTreeMap<String, Box<RawValue>>) -> Self {
        let Rounds {
            asked, mut answers, ..
        } = rounds;
        for (key, value) in responses {
            let question = asked.get(&key).copied();
            if asked.is_empty() || question.is_some() {
                answers.insert(key, Answer { question, value });
            }
        }
        let state = State {
            answers,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks, and reads the answer; one that cannot be read is asked for again.
    pub(crate) async fn ask<T>(
        &self,
        key: &str,
        request: InputRequest,
        read: impl FnOnce(&RawJson) -> Option<T>,
    ) -> Result<T, AskError> {
        let answer = self.lock().answer_to(key, &request);
        if let Some(answer) = answer.and_then(|answer| read(&raw(&answer))) {
            return Ok(answer);
        }
        self.lock().open(key, request)?;
        let _waiting = Waiting { replay: self, key };
        // The request ends first: the runner sees the open question and answers with it.
        poll_fn(|cx| self.lock().poll_ended(cx)).await;
        Err(AskError::RequestEnded)
    }

    /// Registers the task that runs the handler.
    pub(crate) fn watch(&self, cx: &Context<'_>) {
        self.lock().runner = Some(cx.waker().clone());
    }

    /// Ends the request with the open questions, when there are any.
    pub(crate) fn take_open(&self) -> Option<InputRequired> {
        let mut state = self.lock();
        if state.open.is_empty() {
            return None;
        }
        state.end();
        let open = std::mem::take(&mut state.open);
        let requests = open.into_iter().map(|open| (open.key, open.request));
        Some(InputRequired::parked(requests.collect()))
    }

    /// Ends the request: whoever still waits for an answer gets an error.
    pub(crate) fn end(&self) {
        self.lock().end();
    }

    /// Returns the answers that questions of this run have taken.
    pub(crate) fn used(&self) -> BTreeMap<String, Answer> {
        self.lock().used.clone()
    }

    /// Returns the raw answers by key, for a handler that reads them itself.
    pub(crate) fn answers(&self) -> BTreeMap<String, RawJson> {
        let state = self.lock();
        let answers = state.answers.iter();
        answers
            .map(|(key, answer)| (key.clone(), raw(answer)))
            .collect()
    }
}

/// Who waits for an answer; a question that nobody waits for is not asked.
struct Waiting<'a> {
    replay: &'a Replay,
    key: &'a str,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.replay.lock().leave(self.key);
    }
}

impl State {
    /// Takes the answer to exactly this question; a changed question is asked again.
    fn answer_to(&mut self, key: &str, request: &InputRequest) -> Option<Answer> {
        let answer = self.answers.get(key)?;
        let question = digest(request);
        let fits = answer.question.is_none_or(|asked| asked == question);
        // Serde would read an array as a struct, field by field.
        let object = answer.value.get().starts_with('{');
        let mut answer = (fits && object).then(|| answer.clone())?;
        answer.question = Some(question);
        self.used.insert(key.to_owned(), answer.clone());
        Some(answer)
    }

    fn open(&mut self, key: &str, request: InputRequest) -> Result<(), AskError> {
        self.used.remove(key);
        if self.ended {
            return Err(AskError::RequestEnded);
        }
        match self.open.iter_mut().find(|open| open.key == key) {
            Some(open) if open.request == request => open.waiting += 1,
            Some(_) => return Err(AskError::DuplicateKey(key.to_owned())),
            None => self.open.push(Open {
                key: key.to_owned(),
                request,
                waiting: 1,
            }),
        }
        if let Some(runner) = &self.runner {
            runner.wake_by_ref();
        }
        Ok(())
    }

    fn leave(&mut self, key: &str) {
        self.open.retain_mut(|open| {
            if open.key == key {
                open.waiting -= 1;
            }
            open.waiting > 0
        });
    }

    fn poll_ended(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.ended {
            return Poll::Ready(());
        }
        if !self.parked.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.parked.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn end(&mut self) {
        self.ended = true;
        self.parked.drain(..).for_each(Waker::wake);
    }
}

fn raw(answer: &Answer) -> RawJson {
    RawJson::new(answer.value.get().to_owned().into())
}

/// FNV-1a of the question's canonical text: equal across processes and releases.
///
/// It only tells a changed question from the same one, inside sealed state; it
/// need not resist anybody.
pub(super) fn digest(request: &InputRequest) -> u64 {
    let text = serde_json::to_string(request).unwrap_or_default();
    let mut canonical = Vec::with_capacity(text.len());
    if canonical::canonical(&text, &mut canonical).is_err() {
        canonical = text.into_bytes();
    }
    canonical.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
