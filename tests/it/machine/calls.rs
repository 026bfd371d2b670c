//! What is known of one call, its stream and whoever reads it.

use super::model::LOG_LIFE;

/// What a call is asked to do.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    /// The id of the request; few, so that some meet.
    pub id: u8,
    /// How many messages come before the gate, and behind it.
    pub says: usize,
    pub after: usize,
    /// Closes its stream before the gate, for the client to come back.
    pub hangs_up: bool,
    /// Waits at its gate.
    pub waits: bool,
}

/// A call, from the beginning of the history or refused.
#[derive(Clone)]
pub struct Call {
    pub session: usize,
    pub order: Order,
    pub phase: Phase,
    pub waits: bool,
    /// The number of its stream, once it has one.
    pub stream: Option<u64>,
    /// Everything said on its stream.
    pub events: Vec<Said>,
    pub reply: Option<Reply>,
    pub conn: Option<Conn>,
    /// Since when it runs without its client.
    pub alone: Option<u32>,
    log: Log,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Neither JSON nor a stream, since then.
    Undecided(u32),
    /// It will be JSON: there was no room for its stream.
    Hushed,
    Streaming,
    /// Its client left before it said anything.
    Unheard,
    Over,
}

/// A message on a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Log(usize),
    Done,
    Error(&'static str),
}

/// How the POST was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    Json(Said),
    Stream,
    /// 202: it was taken back.
    Nothing,
    Refused(u16),
    /// Nobody was there any more.
    Left,
}

/// A client that reads the stream.
#[derive(Clone)]
pub struct Conn {
    /// It reads the stream itself, not what the log kept of it.
    pub live: bool,
    /// It was sent away behind so many events.
    pub hung_up: Option<usize>,
}

/// The stream in the event log.
#[derive(Clone, Default)]
struct Log {
    known: bool,
    ended: bool,
    touched: u32,
    /// Events up to this one are gone.
    from: usize,
}

impl Call {
    pub fn new(session: usize, order: Order) -> Self {
        Self {
            session,
            order,
            phase: Phase::Over,
            waits: order.waits,
            stream: None,
            events: Vec::new(),
            reply: None,
            conn: None,
            alone: None,
            log: Log::default(),
        }
    }

    pub fn is_running(&self) -> bool {
        self.phase != Phase::Over
    }

    /// Whether its client waits for a reply.
    pub fn is_posted(&self) -> bool {
        matches!(self.phase, Phase::Undecided(_) | Phase::Hushed)
    }

    /// Whether a task carries it, or waits until it was read.
    pub fn has_task(&self) -> bool {
        match self.phase {
            Phase::Undecided(_) | Phase::Hushed => false,
            Phase::Streaming | Phase::Unheard => true,
            Phase::Over => self.conn.is_some(),
        }
    }

    /// Whether one who comes back finds the stream itself, not its log alone.
    pub fn is_known(&self) -> bool {
        self.is_running() || self.conn.as_ref().is_some_and(|conn| conn.live)
    }

    pub fn commit(&mut self, number: u64, now: u32) {
        self.phase = Phase::Streaming;
        self.stream = Some(number);
        self.reply = Some(Reply::Stream);
        self.attach();
        self.log.known = true;
        self.log.touched = now;
    }

    pub fn attach(&mut self) {
        let live = self.is_known();
        self.conn = Some(Conn {
            live,
            hung_up: None,
        });
        self.alone = None;
    }

    pub fn say(&mut self, messages: usize, now: u32) {
        for _ in 0..messages {
            self.push(Said::Log(self.events.len() + 1), now);
        }
    }

    pub fn hang_up(&mut self) {
        let said = self.events.len();
        if let Some(conn) = &mut self.conn {
            conn.hung_up = Some(said);
        }
    }

    /// Ends with a last message.
    pub fn finish(&mut self, last: Said, now: u32) {
        match self.phase {
            Phase::Undecided(_) | Phase::Hushed => self.reply = Some(Reply::Json(last)),
            Phase::Streaming => {
                self.push(last, now);
                self.log.ended = true;
            }
            Phase::Unheard | Phase::Over => {}
        }
        self.phase = Phase::Over;
        self.alone = None;
    }

    /// Ends without one.
    pub fn cancel(&mut self) {
        if self.is_posted() {
            self.reply = Some(Reply::Nothing);
        }
        self.phase = Phase::Over;
        self.alone = None;
        self.log.known = false;
    }

    pub fn refuse(&mut self, status: u16) {
        self.reply = Some(Reply::Refused(status));
        self.phase = Phase::Over;
    }

    /// Whether a client can come back behind this event.
    pub fn can_resume(&mut self, seen: usize, now: u32) -> bool {
        self.age(now);
        let kept = self.log.from..=self.events.len();
        // Behind the end there is nothing to come back to.
        let through = self.log.ended && seen == self.events.len();
        self.log.known && kept.contains(&seen) && !through
    }

    fn push(&mut self, said: Said, now: u32) {
        self.age(now);
        self.events.push(said);
        self.log.touched = now;
    }

    fn age(&mut self, now: u32) {
        if now - self.log.touched >= LOG_LIFE {
            self.log.known &= !self.log.ended;
            self.log.from = self.events.len();
        }
    }
}
