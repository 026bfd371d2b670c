//! The gate of a service: who may come in, and who is still inside.
//!
//! The lifespan moves it; requests only look at it.

use std::sync::{
    Arc, Once,
    atomic::{AtomicUsize, Ordering},
};

use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

use super::{limits::Limits, refuse::Refused};

/// Where a service is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nobody drives the lifespan.
    Idle,
    /// Armed; the start hooks are about to run, or running.
    Starting,
    /// Requests are served.
    Open,
    /// A start hook failed.
    Failed,
    /// What runs may finish, nothing new comes in.
    Draining,
    /// The lifespan has ended.
    Closed,
}

/// The gate of a service.
#[derive(Debug)]
pub(crate) struct Gate {
    phase: watch::Sender<Phase>,
    inside: AtomicUsize,
    empty: Notify,
    /// Counts how often everybody inside was told to leave at once.
    cuts: watch::Sender<u64>,
    /// That nobody drives the lifespan is said once.
    forgotten: Once,
}

/// A request inside the gate; leaves when dropped.
#[derive(Debug)]
pub(crate) struct Inside {
    gate: Arc<Gate>,
    /// The cuts before it came in; any later one is meant for it.
    cuts: u64,
    /// It came in during a drain, to help what runs to its end.
    late: bool,
}

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            phase: watch::Sender::new(Phase::Idle),
            inside: AtomicUsize::new(0),
            empty: Notify::new(),
            cuts: watch::Sender::new(0),
            forgotten: Once::new(),
        })
    }

    pub(crate) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Moves on from `Starting`, unless a drain has begun meanwhile.
    pub(crate) fn started(&self, next: Phase) {
        self.phase.send_if_modified(|phase| {
            let starting = *phase == Phase::Starting;
            if starting {
                *phase = next;
            }
            starting
        });
    }

    /// Lets nobody new in, unless all is over already.
    pub(crate) fn begin_drain(&self) {
        self.phase.send_if_modified(|phase| {
            let over = *phase == Phase::Closed;
            if !over {
                *phase = Phase::Draining;
            }
            !over
        });
    }

    /// Resolves when the phase is one of those wanted.
    pub(crate) async fn reaches(&self, wanted: impl FnMut(&Phase) -> bool) {
        let mut phase = self.phase.subscribe();
        // The sender lives in `self`, so the wait cannot fail.
        let _ = phase.wait_for(wanted).await;
    }

    /// Comes in, or learns why not; waits while the service is starting.
    ///
    /// During a drain only those come in who may help what runs to its end.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        limits: &Limits,
        may_help: impl FnOnce() -> bool,
    ) -> Result<Inside, Refused> {
        // Counted before the look at the phase: a drain that misses the count
        // has set the phase before, and is seen here.
        self.inside.fetch_add(1, Ordering::SeqCst);
        let mut inside = Inside {
            gate: Arc::clone(self),
            cuts: 0,
            late: false,
        };
        if self.phase() == Phase::Starting {
            let started = self.reaches(|phase| *phase != Phase::Starting);
            if timeout(limits.start_timeout, started).await.is_err() {
                return Err(Refused::unavailable(
                    "the service is starting; try again",
                    1,
                ));
            }
        }
        // Read before the phase: whoever closes the gate sets the phase first and cuts then.
        inside.cuts = *self.cuts.borrow();
        match self.phase() {
            Phase::Open => Ok(inside),
            Phase::Idle => {
                self.forgotten.call_once(|| tracing::error!("{NOT_DRIVEN}"));
                Err(Refused::unavailable(NOT_DRIVEN, 1))
            }
            Phase::Starting => Err(Refused::unavailable(
                "the service is starting; try again",
                1,
            )),
            Phase::Draining if may_help() => {
                inside.stop_counting();
                Ok(inside)
            }
            Phase::Failed => Err(Refused::unavailable("the service failed to start", 10)),
            Phase::Draining | Phase::Closed => Err(shutting_down()),
        }
    }

    /// Returns how many requests are inside.
    pub(crate) fn inside(&self) -> usize {
        self.inside.load(Ordering::SeqCst)
    }

    /// Resolves when nobody is inside.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.empty.notified();
            if self.inside() == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn leave(&self) {
        if self.inside.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.empty.notify_waiters();
        }
    }

    /// Tells everybody inside to leave at once.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

impl Inside {
    /// Returns a future that resolves when everybody inside has to leave at once.
    pub(crate) fn cut_off(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut cuts = self.gate.cuts.subscribe();
        let before = self.cuts;
        async move {
            // A sender that is gone took the whole service with it.
            let _ = cuts.wait_for(|cuts| *cuts != before).await;
        }
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Comes in during a drain: nobody waits for it to leave.
    fn stop_counting(&mut self) {
        self.late = true;
        self.gate.leave();
    }

    /// Whether it came in during a drain, to help what runs to its end.
    pub(crate) fn is_late(&self) -> bool {
        self.late
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        if !self.late {
            self.gate.leave();
        }
    }
}

/// The refusal of a request that comes, or is not read yet, when the service ends.
pub(crate) fn shutting_down() -> Refused {
    Refused::unavailable("the service is shutting down; try again", 5)
}

/// What to do about a service that nobody drives.
const NOT_DRIVEN: &str = "the MCP service is mounted but its lifespan is not driven; pass \
    `mcp.lifespan().run(signal)` to `axum::serve(..).with_graceful_shutdown(..)`, \
    or hold the guard of `mcp.lifespan().start()`";
