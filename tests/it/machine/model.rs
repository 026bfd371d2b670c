//! What sessions and streams should do.
//!
//! Time goes in beats of half a second: steps are taken, and the service sweeps,
//! on even beats; what else a timer does, it does on odd ones.

use std::fmt;

use proptest::{prelude::*, strategy::BoxedStrategy};
use proptest_state_machine::ReferenceStateMachine;

use super::{
    calls::{Call, Phase, Said},
    choices,
    hints::{Hint, Hints},
    steps::Step,
};

/// Who asks; the first is nobody in particular.
pub const WHO: [&str; 3] = ["anonymous", "alice", "bob"];

/// The limits of sessions, small enough to be met.
pub const TOTAL: usize = 3;
pub const PER_PRINCIPAL: usize = 2;
pub const ANONYMOUS: usize = 2;
pub const IN_FLIGHT: usize = 3;
pub const STREAMS: usize = 2;
pub const DETACHED: usize = 2;
pub const DETACHED_TOTAL: usize = 3;

/// Times, in beats.
pub const IDLE: u32 = 16;
pub const COMMIT: u32 = 1;
pub const GRACE: u32 = 11;
pub const LOG_LIFE: u32 = 13;
pub const DRAIN: u32 = 4;

/// Why calls end early.
pub const CLOSED: &str = "the session was closed";
pub const AWAY: &str = "the client was away for too long";
pub const ALONE: &str = "too many requests run without their clients";
pub const SHUTDOWN: &str = "server shutting down";

/// All there is to know.
#[derive(Clone)]
pub struct Model {
    pub now: u32,
    pub sessions: Vec<Session>,
    pub calls: Vec<Call>,
    /// What the last step should have come to.
    pub expected: Expected,
    pub ending: Ending,
}

#[derive(Clone)]
pub struct Session {
    pub owner: usize,
    /// Its client can be sent away, to come back (2025-11-25).
    pub polls: bool,
    pub open: bool,
    pub used: u32,
    pub hints: Option<Hints>,
    /// How many of its calls have become streams.
    pub streams: u64,
}

/// What a step should have come to.
#[derive(Clone, Debug)]
pub enum Expected {
    Nothing,
    Status(u16),
    Drained(Drained),
    /// A stream, and what the one that read it before finds.
    Stream {
        begin: usize,
        before: Option<Drained>,
    },
}

/// What a reader finds.
#[derive(Clone, Copy, Debug)]
pub enum Drained {
    /// Everything up to this event, and then the end or nothing yet.
    UpTo { last: usize, ended: bool },
    /// The same, and the wish that it comes back.
    SentAway { last: usize },
    /// Nothing: somebody else reads now.
    Replaced,
}

/// How a history ends.
#[derive(Clone, Copy, Debug)]
pub enum Ending {
    ClientsLeave,
    Shutdown,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in the end: {:?}", self.ending)
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Self> {
        let ending = prop_oneof![Just(Ending::ClientsLeave), Just(Ending::Shutdown)];
        let model = |ending| Self {
            now: 0,
            sessions: Vec::new(),
            calls: Vec::new(),
            expected: Expected::Nothing,
            ending,
        };
        ending.prop_map(model).boxed()
    }

    fn transitions(model: &Self) -> BoxedStrategy<Step> {
        choices::next(model)
    }

    fn preconditions(model: &Self, step: &Step) -> bool {
        step.fits(model)
    }

    fn apply(mut model: Self, step: &Step) -> Self {
        model.expected = model.take(step);
        model
    }
}

impl Model {
    fn take(&mut self, step: &Step) -> Expected {
        match *step {
            Step::Open { who, polls } => return self.open(who, polls),
            Step::Call { session, order } => self.call(session, order),
            Step::Release { call } => self.release(call),
            Step::Read { call } => return self.read(call),
            Step::Leave { call } => self.leave(call),
            Step::Cancel { call } => return self.cancel(call),
            Step::Resume { call, seen } => return self.resume(call, seen),
            Step::Listen { session, seen } => return self.listen(session, seen),
            Step::Hear { session } => return self.hear(session),
            Step::Unlisten { session } => {
                if let Some(hints) = &mut self.sessions[session].hints {
                    hints.is_read = false;
                }
            }
            Step::Follow { session, uri } => {
                return self.hinted(session, |hints| hints.follow(uri));
            }
            Step::Unfollow { session, uri } => {
                return self.hinted(session, |hints| hints.unfollow(uri));
            }
            Step::Change => self.mark(Hint::Tools),
            Step::Update { uri } => self.mark(Hint::Updated(uri)),
            Step::Ping { session } => return self.asked(session),
            Step::Intrude { .. } => return Expected::Status(404),
            Step::Delete { session } => {
                let expected = self.entered(session, 204);
                self.close(session);
                return expected;
            }
            Step::Close { session } => self.close(session),
            Step::Wait { seconds } => (0..2 * seconds).for_each(|_| self.beat()),
        }
        Expected::Nothing
    }

    /// Whether something of the session's is going on.
    pub fn is_held(&self, session: usize) -> bool {
        let hints = self.sessions[session].hints.as_ref();
        hints.is_some_and(|hints| hints.is_read)
            || self
                .calls_of(session)
                .any(|call| call.is_running() || call.conn.is_some())
    }

    pub fn calls_of(&self, session: usize) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(move |call| call.session == session)
    }

    pub fn in_flight(&self, session: usize) -> usize {
        self.calls_of(session)
            .filter(|call| call.is_running())
            .count()
    }

    pub fn read_streams(&self, session: usize) -> usize {
        let hints = self.sessions[session].hints.as_ref();
        let calls = self.calls_of(session);
        calls.filter(|call| call.conn.is_some()).count()
            + usize::from(hints.is_some_and(|hints| hints.is_read))
    }

    /// Lets half a second pass.
    pub fn beat(&mut self) {
        self.now += 1;
        self.use_held();
        for call in 0..self.calls.len() {
            let Call { phase, alone, .. } = self.calls[call];
            if matches!(phase, Phase::Undecided(since) if self.now - since >= COMMIT) {
                self.commit(call);
            }
            if alone.is_some_and(|since| self.now - since >= GRACE) {
                self.calls[call].finish(Said::Error(AWAY), self.now);
            }
        }
        for session in 0..self.sessions.len() {
            let idle = self.now - self.sessions[session].used;
            if self.now % 2 == 0 && !self.is_held(session) && idle >= IDLE {
                self.close(session);
            }
        }
    }

    /// What goes on keeps its session from being idle.
    pub fn use_held(&mut self) {
        for session in 0..self.sessions.len() {
            if self.is_held(session) {
                self.sessions[session].used = self.now;
            }
        }
    }

    pub fn enter(&mut self, session: usize) -> bool {
        self.sessions[session].used = self.now;
        self.sessions[session].open
    }

    fn entered(&mut self, session: usize, status: u16) -> Expected {
        Expected::Status(if self.enter(session) { status } else { 404 })
    }

    /// What a request comes to that is answered at once, however many are in flight.
    pub fn asked(&mut self, session: usize) -> Expected {
        self.entered(session, 200)
    }

    fn open(&mut self, owner: usize, polls: bool) -> Expected {
        let theirs = self.open_of(|other| other == owner);
        let known = self.open_of(|other| other > 0);
        let give_way = match owner {
            0 if theirs.len() >= ANONYMOUS => theirs,
            0 => Vec::new(),
            _ if theirs.len() >= PER_PRINCIPAL => theirs,
            _ if known.len() >= TOTAL => known,
            _ => Vec::new(),
        };
        if !give_way.is_empty() {
            let idle = give_way
                .into_iter()
                .filter(|session| !self.is_held(*session));
            let longest = idle.min_by_key(|session| (self.sessions[*session].used, *session));
            let Some(longest) = longest else {
                return Expected::Status(503);
            };
            self.close(longest);
        }
        self.sessions.push(Session {
            owner,
            polls,
            open: true,
            used: self.now,
            hints: None,
            streams: 0,
        });
        Expected::Status(200)
    }

    fn open_of(&self, owner: impl Fn(usize) -> bool) -> Vec<usize> {
        let all = self.sessions.iter().enumerate();
        let open = all.filter(|(_, session)| session.open && owner(session.owner));
        open.map(|(at, _)| at).collect()
    }

    pub fn close(&mut self, session: usize) {
        self.sessions[session].open = false;
        if let Some(hints) = &mut self.sessions[session].hints {
            hints.ended = true;
        }
        self.stop(CLOSED, |call| call.session == session);
    }

    /// Ends the calls that run with an error.
    pub fn stop(&mut self, error: &'static str, which: impl Fn(&Call) -> bool) {
        let now = self.now;
        for call in self
            .calls
            .iter_mut()
            .filter(|call| call.is_running() && which(call))
        {
            call.finish(Said::Error(error), now);
        }
    }
}
