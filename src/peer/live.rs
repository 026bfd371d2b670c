//! The questions of one request to the client of a session.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::protocol::{InputRequest, RawJson, Revision};

use super::{
    AskError,
    outbox::Outbox,
    questions::{self, Peer},
    replay::digest,
};

/// How often a question is asked whose answer cannot be read.
const TRIES: usize = 3;

/// Questions that go out while the handler waits.
pub(crate) struct Live {
    pub(crate) peer: Arc<dyn Peer>,
    revision: Revision,
    /// The answers to questions that the handler asked by ending, by key.
    pub(crate) answers: BTreeMap<String, RawJson>,
    keys: Mutex<Keys>,
    /// How often the handler has run before in this request.
    pub(crate) run: u32,
}

/// What became of the questions, each by its key and with the digest of its text.
#[derive(Clone, Default)]
struct Keys {
    told: BTreeMap<String, (u64, RawJson)>,
    open: BTreeMap<String, u64>,
}

impl Live {
    /// Creates the questions of a request in its first run.
    pub(crate) fn new(peer: Arc<dyn Peer>, revision: Revision) -> Self {
        Self {
            peer,
            revision,
            answers: BTreeMap::new(),
            keys: Mutex::default(),
            run: 0,
        }
    }

    /// Creates the questions of the next run, which knows the answers so far.
    pub(crate) fn again(&self) -> Self {
        let told = self.keys().told.clone();
        Self {
            keys: Mutex::new(Keys {
                told,
                open: BTreeMap::new(),
            }),
            run: self.run + 1,
            ..Self::new(Arc::clone(&self.peer), self.revision)
        }
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks until the answer can be read, unless the same question under the same key
    /// was answered before.
    ///
    /// As in the other era, where the second run finds the answers of the first.
    pub(super) async fn ask_until_read<T>(
        &self,
        outbox: &Outbox,
        key: &str,
        request: &InputRequest,
        read: impl Fn(&RawJson) -> Option<T>,
    ) -> Result<T, AskError> {
        let question = digest(request);
        let known = self.keys().told.get(key).cloned();
        let known = known.filter(|(asked, _)| *asked == question);
        if let Some(answer) = known.and_then(|(_, answer)| read(&answer)) {
            return Ok(answer);
        }
        let _open = self.open(key, question)?;
        for _ in 0..TRIES {
            let answer = self.ask(outbox, request).await?;
            if let Some(value) = read(&answer) {
                let told = (question, answer);
                self.keys().told.insert(key.to_owned(), told);
                return Ok(value);
            }
        }
        Err(AskError::Unreadable)
    }

    /// Takes a key for a question; the same one may be asked twice at a time.
    fn open<'a>(&'a self, key: &'a str, question: u64) -> Result<Open<'a>, AskError> {
        let before = self.keys().open.insert(key.to_owned(), question);
        match before {
            Some(other) if other != question => {
                self.keys().open.insert(key.to_owned(), other);
                Err(AskError::DuplicateKey(key.to_owned()))
            }
            Some(_) | None => Ok(Open { live: self, key }),
        }
    }

    /// Sends a question and waits for the answer.
    pub(crate) async fn ask(
        &self,
        outbox: &Outbox,
        request: &InputRequest,
    ) -> Result<RawJson, AskError> {
        questions::ask(&*self.peer, self.revision, outbox, request).await
    }
}

/// A key whose question is open.
struct Open<'a> {
    live: &'a Live,
    key: &'a str,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.live.keys().open.remove(self.key);
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}
