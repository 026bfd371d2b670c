//! The requests of one POST, run to their ends: one, or those of a batch.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use crate::{
    middleware::Failure,
    peer::outbox::Outbox,
    principal::{Principal, Refusal},
    protocol::{
        ErrorObject,
        jsonrpc::{self, RequestId},
    },
    session::Hold,
};

use super::super::{
    driver::{Driver, End},
    refuse::{self, Refused},
    reply::{Stay, shutting_down},
    written::Written,
};

/// The requests of one POST.
pub(crate) struct Work {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) hold: Hold,
    pub(crate) stay: Stay,
    pub(crate) jobs: Vec<Job>,
    /// Who asks, whose scopes a stream is opened with.
    pub(crate) principal: Option<Principal>,
    /// The id of the one request that there is, in case it is refused.
    pub(crate) id: Option<RequestId>,
    /// They came as an array, and their answers go as one.
    pub(crate) batch: bool,
    pub(crate) answers: Answers,
}

/// Where the answers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Nowhere yet: the reply is undecided.
    Held,
    /// To the outbox as soon as they are there; the last one closes it.
    Streamed,
    /// To an outbox that others use as well.
    Posted,
}

/// One request.
pub(crate) enum Job {
    Running(Driver),
    Answered(Written),
    /// Turned away by the host, to be told as such while there is nothing else to tell.
    Refused(RequestId, Refusal),
    /// Told already, or not to be told at all.
    Over,
}

impl Work {
    /// Polls every request that still runs; ready when none is left.
    pub(crate) fn poll(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        let mut pending = false;
        for at in 0..self.jobs.len() {
            let Job::Running(driver) = &mut self.jobs[at] else {
                continue;
            };
            match driver.poll(cx) {
                Poll::Pending => pending = true,
                Poll::Ready(end) => self.end(at, end),
            }
        }
        match pending {
            true => Poll::Pending,
            false => Poll::Ready(()),
        }
    }

    /// Polls as [`poll`](Self::poll) does, until the service tells everybody to leave.
    pub(crate) fn poll_or_cut(
        &mut self,
        cx: &mut TaskContext<'_>,
        cut: Pin<&mut impl Future<Output = ()>>,
    ) -> Poll<()> {
        if self.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        cut.poll(cx).map(|()| self.stop(&shutting_down()))
    }

    /// Runs every request to its end, whatever it says.
    pub(crate) async fn run(&mut self) {
        let mut cut = pin!(self.stay.inside.cut_off());
        poll_fn(|cx| self.poll_or_cut(cx, cut.as_mut())).await;
    }

    /// Answers what still runs with an error.
    pub(crate) fn stop(&mut self, error: &ErrorObject) {
        for at in 0..self.jobs.len() {
            if matches!(self.jobs[at], Job::Running(_)) {
                self.end(at, Err(Failure::Error(error.clone())));
            }
        }
    }

    fn end(&mut self, at: usize, end: End) {
        let Job::Running(driver) = std::mem::replace(&mut self.jobs[at], Job::Over) else {
            return;
        };
        self.jobs[at] = match end {
            Ok(outcome) => Job::Answered(driver.write(Ok(outcome))),
            Err(Failure::Error(error) | Failure::Unserved(error)) => {
                Job::Answered(driver.write(Err(error)))
            }
            Err(Failure::Refused(refusal)) => {
                Job::Refused(driver.ctx().request().id.clone(), refusal)
            }
            Err(Failure::Cancelled) => Job::Over,
        };
        // Its open questions are taken back before the answer closes the outbox.
        drop(driver);
        if self.answers != Answers::Held {
            self.tell(at);
        }
    }

    /// From now on the answers go to the outbox, those that are there first.
    pub(crate) fn tell_answers(&mut self, answers: Answers) {
        self.answers = answers;
        for at in 0..self.jobs.len() {
            if !matches!(self.jobs[at], Job::Running(_)) {
                self.tell(at);
            }
        }
    }

    /// Puts an answer into the outbox.
    fn tell(&mut self, at: usize) {
        let answer = std::mem::replace(&mut self.jobs[at], Job::Over).into_answer();
        let answer = answer.map(Written::whole);
        let last = self.is_over() && self.answers == Answers::Streamed;
        match (answer, last) {
            (answer, true) => self.outbox.finish(answer),
            (Some(answer), false) => {
                self.outbox.keep(answer);
            }
            (None, false) => {}
        }
    }

    /// Whether all that there is to tell is that the host turns it away.
    pub(crate) fn is_refused(&self) -> bool {
        !self.batch && matches!(self.jobs[..], [Job::Refused(..)])
    }

    /// Refuses a request that would need one more stream.
    pub(crate) fn too_many_streams(&self) -> Refused {
        let refused = super::too_many_streams();
        match &self.id {
            Some(id) => refused.for_request(id.clone()),
            None => refused,
        }
    }

    /// Whether any handler runs.
    pub(crate) fn is_running(&self) -> bool {
        self.running() > 0
    }

    /// Returns how many handlers run.
    pub(crate) fn running(&self) -> usize {
        let running = |job: &&Job| matches!(job, Job::Running(_));
        self.jobs.iter().filter(running).count()
    }

    /// Whether there is nothing left to run or to tell.
    pub(crate) fn is_over(&self) -> bool {
        self.jobs.iter().all(|job| matches!(job, Job::Over))
    }

    /// Returns the body of a JSON answer; `None` when there is nothing to answer.
    pub(crate) fn into_json(mut self) -> Result<Option<Written>, Refused> {
        let jobs = std::mem::take(&mut self.jobs);
        if self.batch {
            let answers = jobs.into_iter().filter_map(Job::into_answer);
            return Ok(array(answers.map(Written::whole)).map(Written::from));
        }
        match jobs.into_iter().next() {
            Some(Job::Refused(id, refusal)) => Err(Refused::by_host(&refusal, Some(id))),
            Some(job) => Ok(job.into_answer()),
            None => Ok(None),
        }
    }
}

impl Job {
    fn into_answer(self) -> Option<Written> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::Refused(id, refusal) => {
                Some(jsonrpc::error_text(&id, &refuse::error_of(&refusal)).into())
            }
            Self::Running(_) | Self::Over => None,
        }
    }
}

/// JSON-RPC 2.0, Batch: the answers in an array, or nothing when there are none.
fn array(answers: impl Iterator<Item = Vec<u8>>) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for answer in answers {
        out.push(if out.is_empty() { b'[' } else { b',' });
        out.extend_from_slice(&answer);
    }
    if out.is_empty() {
        return None;
    }
    out.push(b']');
    Some(out)
}
