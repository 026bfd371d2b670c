//! Questions of the sessionful era: requests of ours, answered by a later POST.
//!
//! A question goes out on the stream of the request that caused it (SEP-2260); its
//! answer is told by session and id, wherever it comes in.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::Value;
use tokio::{
    sync::{Notify, oneshot},
    time::timeout,
};

use crate::protocol::{InputRequest, Level, RawJson, Revision, jsonrpc::write_json};

use super::{AskError, ClientCard, outbox::Outbox, seal::random_bytes};

/// The client of a session, as far as a request of it needs to know.
pub(crate) trait Peer: Send + Sync {
    /// What it said of itself.
    fn card(&self) -> &ClientCard;

    /// The least level of log messages that it wants.
    fn level(&self) -> Level;

    /// Whether it may be asked: nothing but pings goes out before it says so
    /// (2025-11-25 basic/lifecycle, Initialization).
    fn is_ready(&self) -> bool;

    /// The questions that it was asked.
    fn questions(&self) -> &Questions;

    /// How many questions may be open, and how long one may wait for its answer.
    fn question_limits(&self) -> (usize, Duration);
}

/// What a client sent back.
#[derive(Debug)]
pub(crate) enum Answer {
    Result(RawJson),
    Error { code: i64, message: String },
}

/// The open questions of one session.
#[derive(Default)]
pub(crate) struct Questions {
    state: Mutex<State>,
    /// Rung when the client says that it is ready, or when the session ends.
    bell: Notify,
}

#[derive(Default)]
struct State {
    open: HashMap<Arc<str>, oneshot::Sender<Answer>>,
    closed: bool,
}

impl Questions {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets those look again who wait for the client to be ready.
    pub(crate) fn ring(&self) {
        self.bell.notify_waiters();
    }

    /// Resolves when the client may be asked, or when its session ends.
    async fn until_ready(&self, peer: &dyn Peer) {
        loop {
            let rung = self.bell.notified();
            if peer.is_ready() || self.lock().closed {
                return;
            }
            rung.await;
        }
    }

    fn open(&self, limit: usize) -> Result<(Arc<str>, oneshot::Receiver<Answer>), AskError> {
        let mut state = self.lock();
        if state.closed {
            return Err(AskError::RequestEnded);
        }
        if state.open.len() >= limit {
            return Err(AskError::TooMany);
        }
        let id: Arc<str> = new_id().into();
        let (sender, receiver) = oneshot::channel();
        state.open.insert(Arc::clone(&id), sender);
        Ok((id, receiver))
    }

    /// Hands an answer to whoever asked; whether anybody did.
    pub(crate) fn answer(&self, id: &str, answer: Answer) -> bool {
        let waiting = self.lock().open.remove(id);
        waiting.is_some_and(|waiting| waiting.send(answer).is_ok())
    }

    fn forget(&self, id: &str) -> bool {
        self.lock().open.remove(id).is_some()
    }

    /// Ends all questions: whoever waits gets an error.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        let open = std::mem::take(&mut state.open);
        drop(state);
        drop(open);
        self.bell.notify_waiters();
    }
}

impl fmt::Debug for Questions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Questions")
            .field("open", &self.lock().open.len())
            .finish_non_exhaustive()
    }
}

/// Asks a client, and waits for its answer.
///
/// # Cancel safety
///
/// Dropped while it waits, it tells the client that the question is off.
pub(super) async fn ask(
    peer: &dyn Peer,
    revision: Revision,
    outbox: &Outbox,
    request: &InputRequest,
) -> Result<RawJson, AskError> {
    let (limit, patience) = peer.question_limits();
    let questions = peer.questions();
    let question = request
        .for_revision(revision, &random_name(16))
        .map_err(|what| AskError::Unsupported { revision, what })?;
    let answered = async {
        questions.until_ready(peer).await;
        let (id, answer) = questions.open(limit)?;
        let open = Open {
            questions,
            outbox,
            id: &id,
        };
        if !outbox.ask(request_text(&id, &question)) {
            open.questions.forget(&id);
            return Err(AskError::NoStream);
        }
        answer.await.map_err(|_| AskError::RequestEnded)
    };
    match timeout(patience, answered).await {
        Err(_) => Err(AskError::TimedOut),
        Ok(Err(error)) => Err(error),
        Ok(Ok(Answer::Result(result))) => Ok(result),
        Ok(Ok(Answer::Error { code, message })) => Err(AskError::Refused { code, message }),
    }
}

/// A question that is open; one that nobody waits for any more is taken back.
struct Open<'a> {
    questions: &'a Questions,
    outbox: &'a Outbox,
    id: &'a str,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if self.questions.forget(self.id) {
            self.outbox.ask(cancelled_text(self.id));
        }
    }
}

fn request_text(id: &str, question: &Value) -> Vec<u8> {
    #[derive(Serialize)]
    struct Request<'a> {
        jsonrpc: &'static str,
        id: &'a str,
        method: &'a Value,
        #[serde(skip_serializing_if = "Value::is_null")]
        params: &'a Value,
    }
    let mut text = Vec::with_capacity(256);
    let request = Request {
        jsonrpc: "2.0",
        id,
        method: &question["method"],
        params: &question["params"],
    };
    write_json(&mut text, &request);
    text
}

fn cancelled_text(id: &str) -> Vec<u8> {
    let mut text =
        br#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"#.to_vec();
    write_json(&mut text, id);
    text.extend_from_slice(br#","reason":"nobody waits for the answer any more"}}"#);
    text
}

/// An id that no client can guess, and that names this process.
fn new_id() -> String {
    static REPLICA: OnceLock<String> = OnceLock::new();
    let replica = REPLICA.get_or_init(|| random_name(8));
    format!("s-{replica}-{}", random_name(12))
}

fn random_name(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    random_bytes(&mut random);
    URL_SAFE_NO_PAD.encode(random)
}
