//! What clients, the host and time can do next.

use std::fmt;

use super::{
    calls::Order,
    hints::URIS,
    model::{Model, WHO},
};

/// One step of a history; sessions and calls are numbered in their order.
#[derive(Clone, Copy)]
pub enum Step {
    Open {
        who: usize,
        polls: bool,
    },
    Call {
        session: usize,
        order: Order,
    },
    /// Opens the gate that the call waits at.
    Release {
        call: usize,
    },
    /// Reads everything there is.
    Read {
        call: usize,
    },
    /// Drops the connection.
    Leave {
        call: usize,
    },
    Cancel {
        call: usize,
    },
    Resume {
        call: usize,
        seen: usize,
    },
    Listen {
        session: usize,
        seen: Option<usize>,
    },
    Hear {
        session: usize,
    },
    Unlisten {
        session: usize,
    },
    Follow {
        session: usize,
        uri: usize,
    },
    Unfollow {
        session: usize,
        uri: usize,
    },
    /// The registry changes.
    Change,
    /// A resource was updated.
    Update {
        uri: usize,
    },
    Ping {
        session: usize,
    },
    /// Somebody uses the id of another's session.
    Intrude {
        session: usize,
        who: usize,
        how: Intrusion,
    },
    /// The client ends its session.
    Delete {
        session: usize,
    },
    /// The host does.
    Close {
        session: usize,
    },
    /// So many seconds pass.
    Wait {
        seconds: u32,
    },
}

/// What an intruder tries.
#[derive(Clone, Copy, Debug)]
pub enum Intrusion {
    Ping,
    Listen,
    Resume,
    Cancel,
    Delete,
    /// With an id that was made up.
    Forge,
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Open { who, polls } => {
                let revision = if polls { "2025-11-25" } else { "2025-06-18" };
                write!(f, "{} opens a session of {revision}", WHO[who])
            }
            Self::Call { session, order } => {
                let Order {
                    id, says, after, ..
                } = order;
                let hangs_up = if order.hangs_up { ", hangs up" } else { "" };
                let waits = if order.waits { ", waits" } else { "" };
                write!(
                    f,
                    "session {session}: call with id {id}: says {says}{hangs_up}{waits}, says {after}"
                )
            }
            Self::Release { call } => write!(f, "call {call}: its gate opens"),
            Self::Read { call } => write!(f, "call {call}: is read"),
            Self::Leave { call } => write!(f, "call {call}: its client leaves"),
            Self::Cancel { call } => write!(f, "call {call}: is cancelled"),
            Self::Resume { call, seen } => write!(f, "call {call}: is resumed behind {seen}"),
            Self::Listen { session, seen } => write!(f, "session {session}: GET behind {seen:?}"),
            Self::Hear { session } => write!(f, "session {session}: its GET is read"),
            Self::Unlisten { session } => write!(f, "session {session}: its GET is dropped"),
            Self::Follow { session, uri } => write!(f, "session {session}: follows {}", URIS[uri]),
            Self::Unfollow { session, uri } => {
                write!(f, "session {session}: follows {} no more", URIS[uri])
            }
            Self::Change => write!(f, "the registry changes"),
            Self::Update { uri } => write!(f, "{} is updated", URIS[uri]),
            Self::Ping { session } => write!(f, "session {session}: ping"),
            Self::Intrude { session, who, how } => {
                write!(f, "session {session}: {} intrudes by {how:?}", WHO[who])
            }
            Self::Delete { session } => write!(f, "session {session}: DELETE"),
            Self::Close { session } => write!(f, "session {session}: the host closes it"),
            Self::Wait { seconds } => write!(f, "{seconds} s pass"),
        }
    }
}

impl Step {
    /// Whether it speaks of what there is.
    pub fn fits(&self, model: &Model) -> bool {
        match *self {
            Self::Release { call }
            | Self::Read { call }
            | Self::Leave { call }
            | Self::Cancel { call }
            | Self::Resume { call, .. } => call < model.calls.len(),
            Self::Call { session, .. }
            | Self::Listen { session, .. }
            | Self::Hear { session }
            | Self::Unlisten { session }
            | Self::Follow { session, .. }
            | Self::Unfollow { session, .. }
            | Self::Ping { session }
            | Self::Delete { session }
            | Self::Close { session } => session < model.sessions.len(),
            Self::Intrude { session, who, .. } => {
                let owner = model.sessions.get(session).map(|session| session.owner);
                owner.is_some_and(|owner| owner != who)
            }
            Self::Open { .. } | Self::Change | Self::Update { .. } | Self::Wait { .. } => true,
        }
    }
}
