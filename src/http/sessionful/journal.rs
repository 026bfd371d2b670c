//! The event log, as far as requests wait for it: never for long.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use futures_util::future::poll_immediate;
use tokio::time::timeout;

use crate::{
    error::BoxError,
    store::{ErasedEventLog, Event, Replay, StreamKey},
};

/// How long anything waits for the log; then it goes on without.
const PATIENCE: Duration = Duration::from_millis(250);

/// The event log of a service.
#[derive(Clone)]
pub(crate) struct Journal(Arc<dyn ErasedEventLog>);

impl Journal {
    pub(crate) fn new(log: Arc<dyn ErasedEventLog>) -> Self {
        Self(log)
    }

    /// Begins a stream; whether it is logged from now on.
    pub(crate) async fn open(&self, stream: StreamKey) -> bool {
        let opened = within(self.0.open(stream)).await;
        log_failure("took no stream, which cannot be resumed", opened).is_some()
    }

    /// Logs an event; whether the log has no hole.
    pub(crate) async fn append(&self, stream: StreamKey, event: Event) -> bool {
        let appended = within(self.0.append(stream, event)).await;
        log_failure("took no event, so the stream cannot be resumed", appended).is_some()
    }

    /// Returns what was said behind an event; `None` when the log cannot be read.
    pub(crate) async fn read_after(&self, stream: StreamKey, seq: u64) -> Option<Replay> {
        let read = within(self.0.read_after(stream, seq)).await;
        log_failure("cannot be read", read)
    }

    /// Forgets a stream.
    pub(crate) async fn close(&self, stream: StreamKey) {
        let closed = within(self.0.close(stream)).await;
        log_failure("did not forget a stream", closed);
    }

    /// Forgets the streams of a session.
    pub(crate) async fn forget(&self, session: u128) {
        let forgotten = within(self.0.forget(session)).await;
        log_failure("did not forget a session", forgotten);
    }

    /// Drops what is past its time.
    pub(crate) fn sweep(&self) {
        self.0.sweep();
    }
}

async fn within<T>(call: impl Future<Output = Result<T, BoxError>>) -> Result<T, BoxError> {
    let mut call = pin!(call);
    // A log in memory needs no clock.
    if let Some(done) = poll_immediate(&mut call).await {
        return done;
    }
    match timeout(PATIENCE, call).await {
        Ok(done) => done,
        Err(_) => Err(format!("no answer within {PATIENCE:?}").into()),
    }
}

fn log_failure<T>(what: &str, done: Result<T, BoxError>) -> Option<T> {
    done.inspect_err(|error| tracing::warn!(%error, "the event log {what}"))
        .ok()
}
