//! The life of a service, driven by the host.

use std::{
    fmt,
    future::{Future, pending},
    pin::Pin,
    sync::{
        Arc, Mutex as StdMutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::future::{Either, join_all, select};
use tokio::{
    sync::{Mutex, oneshot, watch},
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    error::{BoxError, Chain},
    http::{endpoint::Endpoint, gate::Phase},
    mount::Front,
};

/// A hook of the lifespan.
pub(crate) type Hook =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>> + Send + Sync>;

/// The handle that the host drives a service with.
///
/// Until it is driven, every request is answered 503 with a sentence that says
/// so. When the signal comes, the service drains: new requests get 503 with
/// `Retry-After`, streams that only listen end at once, running requests may
/// finish within the grace period, and what is left then gets a final error.
///
/// # Examples
///
/// ```no_run
/// use axum::{serve::ListenerExt, Router};
/// use mcp_axum::{shutdown_signal, McpServer, McpService};
///
/// # async fn serve() -> std::io::Result<()> {
/// let mcp = McpService::new(McpServer::new("notes", "1.0.0"));
/// let app = Router::new().nest("/mcp-server", mcp.router());
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8000").await?;
/// let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
/// axum::serve(listener, app)
///     .with_graceful_shutdown(mcp.lifespan().run(shutdown_signal()))
///     .await
/// # }
/// ```
#[must_use = "nothing is served until the lifespan is driven: `run(signal)` or `start()`"]
pub struct Lifespan {
    lives: Vec<Arc<Life>>,
}

/// What a drain came to: requests that were running when it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Those that finished within the grace period.
    pub finished: usize,
    /// Those that did not, and got a final error.
    pub cut: usize,
}

/// The life of one service, shared by all who drive it.
pub(crate) struct Life {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) front: Front,
    pub(crate) on_start: Vec<Hook>,
    pub(crate) on_shutdown: Vec<Hook>,
    /// Counted and acted upon in one step: one who comes must not meet one who goes.
    drivers: StdMutex<usize>,
    /// Counts the lives: a run after the end begins the next one.
    term: AtomicU64,
    /// Held by the driver that runs the hooks; the others wait for it.
    turn: Mutex<()>,
    drained: watch::Sender<Drained>,
}

impl Life {
    pub(crate) fn new(
        endpoint: Arc<Endpoint>,
        front: Front,
        on_start: Vec<Hook>,
        on_shutdown: Vec<Hook>,
    ) -> Self {
        Self {
            endpoint,
            front,
            on_start,
            on_shutdown,
            drivers: StdMutex::new(0),
            term: AtomicU64::new(0),
            turn: Mutex::new(()),
            drained: watch::Sender::new(Drained::default()),
        }
    }

    fn drivers(&self) -> MutexGuard<'_, usize> {
        self.drivers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lifespan {
    pub(crate) fn new(life: Arc<Life>) -> Self {
        Self { lives: vec![life] }
    }

    /// Joins the lifespans of several services into one.
    pub fn join(lifespans: impl IntoIterator<Item = Self>) -> Self {
        let lives = lifespans.into_iter().flat_map(|lifespan| lifespan.lives);
        Self {
            lives: lives.collect(),
        }
    }

    /// Serves until `signal` resolves, then drains.
    ///
    /// The future that `axum::serve(..).with_graceful_shutdown(..)` wants.
    /// Calling it arms the service: a request that comes before the future is
    /// first polled waits for the start hooks. Whatever `signal` yields is
    /// ignored. Several drivers of one service join: the first runs the hooks,
    /// the first signal drains, and all resolve together.
    ///
    /// A client that reads nothing at all can hold its own connection, and so the
    /// host's shutdown, longer: bytes that it does not take cannot be taken back.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future disarms the service and cuts what runs. Beware that
    /// axum spawns it: dropping `axum::serve` alone does not drop it.
    pub fn run<F>(self, signal: F) -> impl Future<Output = ()> + Send + 'static
    where
        F: Future + Send + 'static,
    {
        let drivers = self.arm();
        async move {
            drive(drivers, signal).await;
        }
    }

    /// Serves in a task of its own until the guard is dropped or shut down.
    ///
    /// For hosts without graceful shutdown, and for tests.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub fn start(self) -> LifespanGuard {
        let drivers = self.arm();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(drive(drivers, stopped));
        LifespanGuard {
            stop: Some(stop),
            task,
        }
    }

    /// Resolves when a start hook has failed, for a host that rather exits.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: nothing is lost when the future is dropped.
    pub async fn failed(&self) {
        let failures = self.lives.iter().map(|life| {
            let failed = life.endpoint.gate.reaches(|phase| *phase == Phase::Failed);
            Box::pin(failed) as Pin<Box<dyn Future<Output = ()> + Send + '_>>
        });
        first(failures).await;
    }

    fn arm(self) -> Vec<Tenure> {
        self.lives.into_iter().map(Tenure::arm).collect()
    }
}

/// Runs several drivers through their lives together.
async fn drive<F: Future + Send + 'static>(drivers: Vec<Tenure>, signal: F) -> Drained {
    let start = Box::pin(join_all(drivers.iter().map(Tenure::start)));
    // Any other driver's signal counts as ours.
    let ended = first(drivers.iter().map(|driver| Box::pin(driver.drain_begun())));
    let signal = async {
        signal.await;
    };
    let over = select(Box::pin(signal), Box::pin(ended));
    let sweeps = first(drivers.iter().map(|driver| Box::pin(driver.sweep())));
    let over = Box::pin(select(over, Box::pin(sweeps)));
    // The signal is heard while start hooks run, too.
    if let Either::Left((_, over)) = select(start, over).await {
        over.await;
    }
    let all = join_all(drivers.iter().map(Tenure::drain)).await;
    all.into_iter()
        .fold(Drained::default(), |sum, one| Drained {
            finished: sum.finished + one.finished,
            cut: sum.cut + one.cut,
        })
}

/// Resolves with the first of them; never, when there is none.
async fn first<F: Future<Output = ()> + Unpin>(futures: impl Iterator<Item = F>) {
    let futures: Vec<F> = futures.collect();
    if futures.is_empty() {
        pending::<()>().await;
    }
    futures_util::future::select_all(futures).await;
}

/// The hold of one who drives a life; the last to be dropped disarms it.
struct Tenure {
    life: Arc<Life>,
    term: u64,
}

impl Tenure {
    fn arm(life: Arc<Life>) -> Self {
        let mut drivers = life.drivers();
        // Whoever still holds on to a life that has ended does not belong to the next.
        if *drivers == 0 || life.endpoint.gate.phase() == Phase::Closed {
            *drivers = 0;
            life.term.fetch_add(1, Ordering::SeqCst);
            life.endpoint.gate.set_phase(Phase::Starting);
        }
        *drivers += 1;
        let term = life.term.load(Ordering::SeqCst);
        drop(drivers);
        Self { life, term }
    }

    /// Whether the life that this one drives is still the service's life.
    fn is_current(&self) -> bool {
        self.life.term.load(Ordering::SeqCst) == self.term
    }

    /// Runs the start hooks, unless another driver has.
    async fn start(&self) {
        let life = &self.life;
        let gate = &life.endpoint.gate;
        let _turn = life.turn.lock().await;
        if !self.is_current() || gate.phase() != Phase::Starting {
            return;
        }
        for hook in &life.on_start {
            if let Err(error) = hook().await {
                tracing::error!(error = %Chain(&*error), "a start hook failed; nothing is served");
                gate.started(Phase::Failed);
                return;
            }
        }
        gate.started(Phase::Open);
    }

    /// Ends sessions and forgets streams whose time is over, again and again.
    ///
    /// Of several drivers each does: a sweep that finds nothing costs nothing.
    async fn sweep(&self) {
        let Some(space) = &self.life.endpoint.sessions else {
            return pending().await;
        };
        loop {
            sleep(space.sweep_interval()).await;
            space.sweep().await;
        }
    }

    async fn drain_begun(&self) {
        let over =
            |phase: &Phase| matches!(phase, Phase::Draining | Phase::Closed) || !self.is_current();
        self.life.endpoint.gate.reaches(over).await;
    }

    /// Drains, unless another driver has; resolves when it is done.
    async fn drain(&self) -> Drained {
        let life = &self.life;
        let (gate, limits) = (&life.endpoint.gate, &life.endpoint.limits);
        {
            let _drivers = life.drivers();
            if self.is_current() {
                gate.begin_drain();
            }
        }
        let _turn = life.turn.lock().await;
        if !self.is_current() || gate.phase() == Phase::Closed {
            return *life.drained.borrow();
        }
        let running = gate.inside();
        life.endpoint.close_listeners();
        let mut cut = 0;
        if timeout(limits.grace, gate.emptied()).await.is_err() {
            cut = gate.inside();
            gate.cut();
            // They answer at once, unless a handler blocks its thread.
            let _ = timeout(Duration::from_secs(1), gate.emptied()).await;
        }
        life.endpoint.close_sessions();
        if let Some(space) = &life.endpoint.sessions {
            space.forget_ended().await;
        }
        // Their last word is written; a client that does not read it is not waited for.
        let listeners = life.endpoint.listeners.emptied();
        let _ = timeout(Duration::from_millis(250), listeners).await;
        for hook in &life.on_shutdown {
            if let Err(error) = hook().await {
                tracing::error!(error = %Chain(&*error), "a shutdown hook failed");
            }
        }
        let drained = Drained {
            finished: running.saturating_sub(cut),
            cut,
        };
        tracing::debug!(drained.finished, drained.cut, "the MCP service has drained");
        life.drained.send_replace(drained);
        life.front.reset_layers();
        gate.set_phase(Phase::Closed);
        drained
    }
}

impl Drop for Tenure {
    fn drop(&mut self) {
        let life = &self.life;
        let gate = &life.endpoint.gate;
        let mut drivers = life.drivers();
        if !self.is_current() {
            return;
        }
        *drivers -= 1;
        if *drivers == 0 && gate.phase() != Phase::Closed {
            gate.set_phase(Phase::Idle);
            life.endpoint.close_listeners();
            gate.cut();
            life.endpoint.close_sessions();
            life.front.reset_layers();
        }
    }
}

/// Keeps a service alive; made by [`Lifespan::start`].
///
/// Dropping it cuts what runs at once.
#[must_use = "dropping the guard ends the service at once"]
pub struct LifespanGuard {
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Drained>,
}

impl LifespanGuard {
    /// Drains the service and returns what became of the running requests.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future is dropping the guard: what still runs is cut at once.
    pub async fn shutdown(mut self) -> Drained {
        self.stop.take();
        // The task ends by itself; it fails only with the runtime.
        (&mut self.task).await.unwrap_or_default()
    }
}

impl Drop for LifespanGuard {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Resolves on SIGINT (Ctrl-C) and, on Unix, on SIGTERM.
///
/// A signal that cannot be listened for never resolves; it is logged.
///
/// # Cancel safety
///
/// Cancel safe, but a signal that comes while nobody listens is lost.
pub async fn shutdown_signal() {
    let interrupt = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "cannot listen for SIGINT");
            pending::<()>().await;
        }
    };
    select(Box::pin(interrupt), Box::pin(terminate())).await;
}

#[cfg(unix)]
async fn terminate() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(error) => {
            tracing::error!(%error, "cannot listen for SIGTERM");
            pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn terminate() {
    pending::<()>().await;
}

impl fmt::Debug for Lifespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phases = self.lives.iter().map(|life| life.endpoint.gate.phase());
        f.debug_list().entries(phases).finish()
    }
}

impl fmt::Debug for LifespanGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LifespanGuard").finish_non_exhaustive()
    }
}
