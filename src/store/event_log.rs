//! What was said on streams, kept so that a client which lost one can resume it.

use std::{error::Error as StdError, fmt, future::Future, pin::Pin};

use bytes::Bytes;

use crate::error::BoxError;

/// Keeps what was said on the streams of sessions.
///
/// Each stream is a log of its own, addressed by the session's key: a cursor
/// that a client brings never selects the log of somebody else's session. A
/// stream has one writer, and the log holds it to that by its sequence: of two
/// appends with the same number one is refused.
///
/// What every implementation guarantees:
///
/// * the events of a stream are contiguous, from 1, and nothing follows the last;
/// * a refused append changes nothing;
/// * what can no longer be replayed without a hole is a [`Replay::Gap`], never a
///   silent skip;
/// * a stream that was closed, forgotten or dropped is never started anew in
///   its middle: appends to it are refused;
/// * memory is bounded, whatever clients do.
///
/// Refusals are an [`EventLogError`]; any other error is a failure of the store.
///
/// # Cancel safety
///
/// An event is kept before it is sent, so nobody waits long for a call: after
/// 250 ms its future is dropped, half done or not. After an `append` that failed or
/// took too long comes a `close`, and nothing more of that stream.
///
/// # Examples
///
/// A log that counts what is appended to another one:
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// use mcp_axum::{BoxError, store::{Event, EventLog, MemoryEventLog, Replay, StreamKey}};
///
/// struct Counted {
///     log: MemoryEventLog,
///     appended: AtomicUsize,
/// }
///
/// impl EventLog for Counted {
///     async fn open(&self, stream: StreamKey) -> Result<(), BoxError> {
///         self.log.open(stream).await
///     }
///
///     async fn append(&self, stream: StreamKey, event: Event) -> Result<(), BoxError> {
///         self.appended.fetch_add(1, Ordering::Relaxed);
///         self.log.append(stream, event).await
///     }
///
///     async fn read_after(&self, stream: StreamKey, seq: u64) -> Result<Replay, BoxError> {
///         self.log.read_after(stream, seq).await
///     }
///
///     async fn close(&self, stream: StreamKey) -> Result<(), BoxError> {
///         self.log.close(stream).await
///     }
///
///     async fn forget(&self, session: u128) -> Result<(), BoxError> {
///         self.log.forget(session).await
///     }
///
///     fn sweep(&self) {
///         self.log.sweep();
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), BoxError> {
/// let log = Counted { log: MemoryEventLog::default(), appended: AtomicUsize::new(0) };
/// let stream = StreamKey { session: 7, number: 1 };
/// log.open(stream).await?;
/// log.append(stream, Event { seq: 1, message: "{}".into(), last: true }).await?;
/// assert_eq!(log.appended.load(Ordering::Relaxed), 1);
/// # Ok(())
/// # }
/// ```
pub trait EventLog: Send + Sync + 'static {
    /// Begins a stream, with nothing said.
    ///
    /// # Errors
    ///
    /// When the stream exists already, or the store fails.
    fn open(&self, stream: StreamKey) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Keeps what is said next on a stream.
    ///
    /// # Errors
    ///
    /// When the stream does not exist (any more), the event is not the next one,
    /// the stream has had its last one, or the store fails.
    fn append(
        &self,
        stream: StreamKey,
        event: Event,
    ) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Returns what was said on a stream after an event; 0 is before the first.
    ///
    /// # Errors
    ///
    /// When the store fails. What is not known is a [`Replay::Gap`].
    fn read_after(
        &self,
        stream: StreamKey,
        seq: u64,
    ) -> impl Future<Output = Result<Replay, BoxError>> + Send;

    /// Forgets a stream, such as that of a cancelled request; unknown ones are fine.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn close(&self, stream: StreamKey) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Forgets all streams of a session that ended.
    ///
    /// # Errors
    ///
    /// When the store fails.
    fn forget(&self, session: u128) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Drops what is past its time; called now and then.
    ///
    /// Its cost should depend on what is dropped, not on what is kept. A store
    /// that expires its records by itself has nothing to do.
    fn sweep(&self);
}

/// A stream of a session.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamKey {
    /// The session: 128 random bits that no other session has.
    pub session: u128,
    /// The stream within the session.
    pub number: u64,
}

// The session's key is a secret of its client.
impl fmt::Debug for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamKey")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// Something said on a stream.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place on the stream: the first is 1, and none is left out.
    pub seq: u64,
    /// The JSON-RPC message. It may be kept for long: not a slice of something larger.
    pub message: Bytes,
    /// Whether this is the response: nothing follows.
    pub last: bool,
}

// What is said to a client is nobody else's business.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("seq", &self.seq)
            .field("bytes", &self.message.len())
            .field("last", &self.last)
            .finish()
    }
}

/// What a log can tell a client that resumes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replay {
    /// All that was said since, oldest first; empty when nothing was.
    Events(Vec<Event>),
    /// Something is missing: the stream is unknown, what the client asks for was
    /// dropped, or its cursor is beyond what was said.
    Gap,
}

/// Why a log refuses a stream or an event, as opposed to a failure of its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventLogError {
    /// The stream that is to be opened exists already.
    Exists,
    /// There is no such stream: never opened, closed, or dropped.
    Unknown,
    /// The event is not the next one: somebody else writes, or one was left out.
    OutOfOrder {
        /// The sequence number that comes next.
        expected: u64,
    },
    /// The stream has had its last event.
    Ended,
}

impl fmt::Display for EventLogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_str("the stream is open already; take another number"),
            Self::Unknown => f.write_str("the stream is not open, or its log was dropped"),
            Self::OutOfOrder { expected } => {
                write!(f, "the event is out of order; number {expected} is next")
            }
            Self::Ended => f.write_str("the stream has ended; nothing may follow its last event"),
        }
    }
}

impl StdError for EventLogError {}

/// The future of an erased log.
pub(crate) type LogFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send + 'a>>;

/// An [`EventLog`] whose type was erased: one boxed future a call.
pub(crate) trait ErasedEventLog: Send + Sync + 'static {
    /// See [`EventLog::open`].
    fn open(&self, stream: StreamKey) -> LogFuture<'_, ()>;
    /// See [`EventLog::append`].
    fn append(&self, stream: StreamKey, event: Event) -> LogFuture<'_, ()>;
    /// See [`EventLog::read_after`].
    fn read_after(&self, stream: StreamKey, seq: u64) -> LogFuture<'_, Replay>;
    /// See [`EventLog::close`].
    fn close(&self, stream: StreamKey) -> LogFuture<'_, ()>;
    /// See [`EventLog::forget`].
    fn forget(&self, session: u128) -> LogFuture<'_, ()>;
    /// See [`EventLog::sweep`].
    fn sweep(&self);
}

impl<L: EventLog> ErasedEventLog for L {
    fn open(&self, stream: StreamKey) -> LogFuture<'_, ()> {
        Box::pin(EventLog::open(self, stream))
    }

    fn append(&self, stream: StreamKey, event: Event) -> LogFuture<'_, ()> {
        Box::pin(EventLog::append(self, stream, event))
    }

    fn read_after(&self, stream: StreamKey, seq: u64) -> LogFuture<'_, Replay> {
        Box::pin(EventLog::read_after(self, stream, seq))
    }

    fn close(&self, stream: StreamKey) -> LogFuture<'_, ()> {
        Box::pin(EventLog::close(self, stream))
    }

    fn forget(&self, session: u128) -> LogFuture<'_, ()> {
        Box::pin(EventLog::forget(self, session))
    }

    fn sweep(&self) {
        EventLog::sweep(self);
    }
}
