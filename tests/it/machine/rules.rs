//! What becomes of calls, and of those who read them.

use super::{
    calls::{Call, Order, Phase, Reply, Said},
    hints::{Hint, Hints},
    model::{ALONE, DETACHED, DETACHED_TOTAL, Drained, Expected, IN_FLIGHT, Model, STREAMS},
};

impl Model {
    pub fn call(&mut self, session: usize, order: Order) {
        let entered = self.enter(session);
        let is_used = |call: &Call| call.is_running() && call.order.id == order.id;
        let duplicate = self.calls_of(session).any(is_used);
        let full = self.in_flight(session) >= IN_FLIGHT;
        self.calls.push(Call::new(session, order));
        let at = self.calls.len() - 1;
        match (entered, duplicate, full) {
            (false, _, _) => return self.calls[at].refuse(404),
            (true, true, _) => return self.calls[at].refuse(400),
            (true, false, true) => return self.calls[at].refuse(503),
            (true, false, false) => self.calls[at].phase = Phase::Undecided(self.now),
        }
        let hangs_up = order.hangs_up && self.sessions[session].polls;
        let behind = if order.waits { 0 } else { order.after };
        if order.says + behind > 0 || hangs_up {
            self.commit(at);
        }
        let (call, now) = (&mut self.calls[at], self.now);
        if call.phase == Phase::Streaming {
            call.say(order.says, now);
            if hangs_up {
                call.hang_up();
            }
            call.say(behind, now);
        }
        if !order.waits {
            call.finish(Said::Done, now);
        } else if call.phase == Phase::Streaming && hangs_up {
            self.leave_alone(at);
        }
    }

    /// The answer becomes a stream, if there is room for one; otherwise it stays JSON.
    pub fn commit(&mut self, call: usize) {
        let session = self.calls[call].session;
        if self.read_streams(session) >= STREAMS {
            self.calls[call].phase = Phase::Hushed;
            return;
        }
        self.sessions[session].streams += 1;
        self.calls[call].commit(self.sessions[session].streams, self.now);
    }

    /// A call goes on without its client, if there is room for one.
    fn leave_alone(&mut self, call: usize) {
        let is_alone = |call: &&Call| call.alone.is_some();
        let theirs = self
            .calls_of(self.calls[call].session)
            .filter(is_alone)
            .count();
        let all = self.calls.iter().filter(is_alone).count();
        if theirs >= DETACHED || all >= DETACHED_TOTAL {
            self.calls[call].finish(Said::Error(ALONE), self.now);
        } else {
            self.calls[call].alone = Some(self.now);
        }
    }

    pub fn release(&mut self, call: usize) {
        self.use_held();
        if !std::mem::take(&mut self.calls[call].waits) {
            return;
        }
        let after = self.calls[call].order.after;
        if matches!(self.calls[call].phase, Phase::Undecided(_)) && after > 0 {
            self.commit(call);
        }
        if self.calls[call].phase == Phase::Streaming {
            self.calls[call].say(after, self.now);
        }
        self.calls[call].finish(Said::Done, self.now);
    }

    pub fn read(&mut self, call: usize) -> Expected {
        self.use_held();
        let Some(found) = self.found(call) else {
            return Expected::Nothing;
        };
        if !matches!(found, Drained::UpTo { ended: false, .. }) {
            self.calls[call].conn = None;
        }
        Expected::Drained(found)
    }

    /// What the reader of a call finds.
    pub fn found(&self, call: usize) -> Option<Drained> {
        let call = &self.calls[call];
        let conn = call.conn.as_ref()?;
        let (last, ended) = (call.events.len(), !call.is_running());
        Some(match conn.hung_up {
            Some(last) => Drained::SentAway { last },
            None => Drained::UpTo { last, ended },
        })
    }

    pub fn leave(&mut self, call: usize) {
        self.use_held();
        let Call { phase, alone, .. } = self.calls[call];
        let read = self.calls[call].conn.take().is_some();
        if self.calls[call].is_posted() {
            self.calls[call].reply = Some(Reply::Left);
            self.calls[call].phase = Phase::Unheard;
            self.leave_alone(call);
        } else if phase == Phase::Streaming && read && alone.is_none() {
            self.leave_alone(call);
        }
    }

    pub fn cancel(&mut self, call: usize) -> Expected {
        let session = self.calls[call].session;
        if !self.enter(session) {
            return Expected::Status(404);
        }
        let id = self.calls[call].order.id;
        let of = |call: &&mut Call| call.session == session && call.order.id == id;
        for call in self
            .calls
            .iter_mut()
            .filter(of)
            .filter(|call| call.is_running())
        {
            call.cancel();
        }
        Expected::Status(202)
    }

    pub fn resume(&mut self, call: usize, seen: usize) -> Expected {
        let session = self.calls[call].session;
        if !self.enter(session) {
            return Expected::Status(404);
        }
        if !self.calls[call].can_resume(seen, self.now) {
            return Expected::Status(400);
        }
        let known = self.calls[call].is_known();
        let takes_over = known && self.calls[call].conn.is_some();
        if !takes_over && self.read_streams(session) >= STREAMS {
            return Expected::Status(503);
        }
        let found = self.found(call);
        let before = if takes_over {
            Some(Drained::Replaced)
        } else {
            found
        };
        self.calls[call].attach();
        Expected::Stream {
            begin: seen,
            before,
        }
    }

    pub fn listen(&mut self, session: usize, seen: Option<usize>) -> Expected {
        if !self.enter(session) {
            return Expected::Status(404);
        }
        let full = self.read_streams(session) >= STREAMS;
        let hints = self.sessions[session].hints.get_or_insert_default();
        if !hints.is_read && full {
            return Expected::Status(503);
        }
        let before = hints.is_read.then_some(Drained::Replaced);
        let begin = hints.attach(seen);
        Expected::Stream { begin, before }
    }

    pub fn hear(&mut self, session: usize) -> Expected {
        self.use_held();
        let hints = self.sessions[session].hints.as_mut();
        let Some(hints) = hints.filter(|hints| hints.is_read) else {
            return Expected::Nothing;
        };
        hints.tell();
        hints.is_read = !hints.ended;
        let (last, ended) = (hints.told.len(), hints.ended);
        Expected::Drained(Drained::UpTo { last, ended })
    }

    pub fn hinted(&mut self, session: usize, act: impl FnOnce(&mut Hints)) -> Expected {
        let expected = self.asked(session);
        if matches!(expected, Expected::Status(200)) {
            act(self.sessions[session].hints.get_or_insert_default());
        }
        expected
    }

    pub fn mark(&mut self, hint: Hint) {
        let all = self.sessions.iter_mut();
        all.filter_map(|session| session.hints.as_mut())
            .for_each(|hints| hints.mark(hint));
    }
}
