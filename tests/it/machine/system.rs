//! The real thing: a service, its clients, and a clock that stands still between the steps.

use mcp_axum::store::MemoryEventLog;
use tokio::{
    runtime::{Builder, Runtime},
    time::advance,
};

use super::{
    clients::Clients,
    model::{DRAIN, Drained, Ending, GRACE, IDLE, LOG_LIFE, Model, SHUTDOWN},
    serve,
    steps::Step,
    wire::settle,
};

/// A service with all its clients.
pub struct System {
    // Before the runtime: what they hold belongs to it.
    clients: Clients,
    log: MemoryEventLog,
    runtime: Runtime,
}

/// Lets time pass.
async fn beats(beats: u32) {
    for _ in 0..beats {
        advance(serve::BEAT).await;
        settle().await;
    }
}

impl System {
    pub fn new() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let log = serve::log();
        let clients = runtime.block_on(async {
            let clients = Clients::new(&log);
            settle().await;
            clients
        });
        Self {
            clients,
            log,
            runtime,
        }
    }

    /// Takes a step, and compares what comes of it.
    pub fn take(&mut self, step: &Step, model: &Model) {
        self.runtime.block_on(async {
            if let Step::Wait { seconds } = *step {
                beats(2 * seconds).await;
            }
            self.clients.take(step, model).await;
            settle().await;
            self.clients.collect(model).await;
        });
    }

    /// Compares everything that can be counted.
    pub fn check(&self, model: &Model) {
        // Its clock, not ours.
        let _entered = self.runtime.enter();
        let mcp = &self.clients.client.mcp;
        let listed = mcp.sessions().list();
        let open = model.sessions.iter().filter(|session| session.open).count();
        assert_eq!(
            (mcp.sessions().count(), listed.len()),
            (open, open),
            "open sessions"
        );
        for (at, session) in model.sessions.iter().enumerate() {
            let id = &self.clients.passports[at].id;
            let info = listed.iter().find(|info| info.id == *id);
            assert_eq!(info.is_some(), session.open, "session {at} is open");
            let Some(info) = info else { continue };
            let idle = if model.is_held(at) {
                0
            } else {
                model.now - session.used
            };
            let expected = (
                model.in_flight(at),
                model.read_streams(at),
                serve::BEAT * idle,
            );
            let found = (info.in_flight, info.streams, info.idle);
            assert_eq!(found, expected, "session {at}: in flight, streams, idle");
            assert_eq!(info.principal.as_deref(), serve::principal(session.owner));
        }
        let running = model.calls.iter().filter(|call| call.is_running());
        assert_eq!(mcp.in_flight(), running.count(), "requests in flight");
        // The lifespan, requests whose client waits, and streams.
        let calls = model.calls.iter();
        let tasks = calls.filter(|call| call.is_posted() || call.has_task());
        assert_eq!(self.tasks(), 1 + tasks.count(), "tasks");
    }

    fn log_left(&self) -> (usize, usize) {
        (self.log.streams(), self.log.bytes())
    }

    fn tasks(&self) -> usize {
        self.runtime.metrics().num_alive_tasks()
    }

    /// Ends the history; in the end nothing is left.
    pub fn end(mut self, model: Model) {
        match model.ending {
            Ending::ClientsLeave => self.leave(),
            Ending::Shutdown => self.shut_down(model),
        }
        let mcp = &self.clients.client.mcp;
        let left = (mcp.sessions().count(), mcp.in_flight(), mcp.listeners());
        assert_eq!(
            left,
            (0, 0, 0),
            "sessions, requests and streams that are left"
        );
        assert_eq!(self.log_left(), (0, 0), "what the event log still keeps");
        assert_eq!(self.tasks(), 0, "tasks that are left");
    }

    /// All clients leave without a word; time does the rest, and then the service ends.
    fn leave(&mut self) {
        self.runtime.block_on(async {
            self.clients.leave();
            settle().await;
            beats(GRACE + 1 + IDLE.max(LOG_LIFE) + 2).await;
        });
        assert_eq!(
            self.clients.client.mcp.sessions().count(),
            0,
            "sessions that nobody uses"
        );
        assert_eq!(self.log_left(), (0, 0), "what the event log still keeps");
        assert_eq!(self.tasks(), 1, "tasks of clients that have left");
        let guard = self.clients.client.take_guard();
        self.runtime.block_on(guard.shutdown());
    }

    /// The service ends; whoever reads is told.
    fn shut_down(&mut self, mut model: Model) {
        let Self {
            clients, runtime, ..
        } = self;
        let guard = clients.client.take_guard();
        let drain = runtime.spawn(guard.shutdown());
        runtime.block_on(async {
            settle().await;
            clients.are_refused(&model).await;
            for beat in 1..=DRAIN {
                if !model.calls.iter().any(|call| call.is_running()) {
                    break;
                }
                beats(1).await;
                model.beat();
                if beat == DRAIN {
                    model.stop(SHUTDOWN, |_| true);
                }
            }
            settle().await;
            assert!(drain.is_finished(), "the drain has ended");
            clients.collect(&model).await;
            find_ends(clients, &model).await;
            clients.leave();
            settle().await;
        });
    }
}

/// Every stream has ended, with all that belongs to it.
async fn find_ends(clients: &mut Clients, model: &Model) {
    for call in 0..model.calls.len() {
        if let Some(found) = model.found(call) {
            clients.read(call, found, model).await;
        }
    }
    for (at, session) in model.sessions.iter().enumerate() {
        let Some(mut hints) = session.hints.clone().filter(|hints| hints.is_read) else {
            continue;
        };
        hints.tell();
        let last = hints.told.len();
        let found = match session.polls && !hints.ended {
            true => Drained::SentAway { last },
            false => Drained::UpTo { last, ended: true },
        };
        clients.hear(at, found, &hints).await;
    }
}
