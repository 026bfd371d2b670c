//! What is measured: who answers, what is asked of them, and what we aim at.

use std::str::FromStr;

use crate::Outcome;

/// One of the five servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// This crate.
    Ours,
    Rmcp,
    TowerMcp,
    /// What one would write by hand: the limit.
    Hand,
    /// An axum handler with a constant body: the transport alone.
    Constant,
}

impl Peer {
    /// All of them; ours comes first, because others repeat its answer.
    pub(crate) const ALL: [Self; 5] = [
        Self::Ours,
        Self::Rmcp,
        Self::TowerMcp,
        Self::Hand,
        Self::Constant,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ours => "mcp-axum",
            Self::Rmcp => "rmcp",
            Self::TowerMcp => "tower-mcp",
            Self::Hand => "by hand",
            Self::Constant => "constant",
        }
    }
}

impl FromStr for Peer {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|peer| peer.name() == name);
        known.ok_or_else(|| format!("no such server: {name}"))
    }
}

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// 2025-11-25, each connection in a session of its own.
    Session,
    /// 2025-11-25, without a session.
    Sessionless,
    /// 2026-07-28.
    Stateless,
}

/// What it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A call of a tool with two small arguments.
    Small,
    /// A call of a tool that answers with the text it got, of so many bytes.
    Echo(usize),
    /// The list of tools.
    List,
    /// A session opened and ended: two requests, counted as one.
    Handshake,
    /// A call whose tool reports progress ten times.
    Progress,
    /// Streams that stay open, and a change that all of them are told of.
    Streams,
    /// Sessions that nobody uses.
    Idle,
    /// Many small calls: does memory come back?
    Soak,
}

/// The most that a figure of ours may be, as a multiple of another server's.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    Cpu(Peer, f64),
    P99(Peer, f64),
    /// Bytes of memory for each session.
    Bytes(f64),
    /// Bytes of memory for each stream, and CPU for each delivery.
    Streams(f64),
    /// Memory at the end, as a multiple of the beginning.
    Memory(f64),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) ask: Ask,
    pub(crate) era: Era,
    /// How many tools the server has.
    pub(crate) tools: usize,
    pub(crate) connections: usize,
    pub(crate) goal: Option<Goal>,
}

impl Case {
    const fn new(name: &'static str, ask: Ask, era: Era) -> Self {
        Self {
            name,
            ask,
            era,
            tools: 50,
            connections: 16,
            goal: None,
        }
    }

    const fn tools(mut self, tools: usize) -> Self {
        self.tools = tools;
        self
    }

    const fn connections(mut self, connections: usize) -> Self {
        self.connections = connections;
        self
    }

    const fn goal(mut self, goal: Goal) -> Self {
        self.goal = Some(goal);
        self
    }

    /// Finds the cases whose names begin with one of these; all when none is named.
    pub(crate) fn named(prefixes: &[String]) -> Outcome<Vec<Self>> {
        for prefix in prefixes {
            if !CASES
                .iter()
                .any(|case| case.name.starts_with(prefix.as_str()))
            {
                return Err(format!("no case begins with `{prefix}`; see `peers list`").into());
            }
        }
        let wanted = |case: &&Self| {
            prefixes.is_empty() || prefixes.iter().any(|it| case.name.starts_with(it.as_str()))
        };
        Ok(CASES.iter().filter(wanted).copied().collect())
    }

    pub(crate) fn find(name: &str) -> Outcome<Self> {
        let found = CASES.iter().find(|case| case.name == name);
        Ok(*found.ok_or_else(|| format!("no such case: {name}"))?)
    }
}

const KIB: usize = 1024;
const CALL: Goal = Goal::Cpu(Peer::Hand, 1.25);
const ECHO: Goal = Goal::Cpu(Peer::Hand, 1.1);
const LARGE: Goal = Goal::Cpu(Peer::Hand, 1.0);
const LIST: Goal = Goal::Cpu(Peer::Constant, 1.1);
const PROGRESS: Goal = Goal::Cpu(Peer::Hand, 1.5);

/// Every row, in the order of the table.
pub(crate) const CASES: [Case; 26] = [
    Case::new("call-session", Ask::Small, Era::Session).goal(CALL),
    Case::new("call-sessionless", Ask::Small, Era::Sessionless).goal(CALL),
    Case::new("call-stateless", Ask::Small, Era::Stateless).goal(CALL),
    Case::new("echo10k-session", Ask::Echo(10 * KIB), Era::Session).goal(ECHO),
    Case::new("echo10k-sessionless", Ask::Echo(10 * KIB), Era::Sessionless).goal(ECHO),
    Case::new("echo10k-stateless", Ask::Echo(10 * KIB), Era::Stateless).goal(ECHO),
    Case::new("echo1m-session", Ask::Echo(KIB * KIB), Era::Session).goal(LARGE),
    Case::new("echo1m-sessionless", Ask::Echo(KIB * KIB), Era::Sessionless).goal(LARGE),
    Case::new("echo1m-stateless", Ask::Echo(KIB * KIB), Era::Stateless).goal(LARGE),
    Case::new("list5-stateless", Ask::List, Era::Stateless)
        .tools(5)
        .goal(LIST),
    Case::new("list50-stateless", Ask::List, Era::Stateless).goal(LIST),
    Case::new("list500-stateless", Ask::List, Era::Stateless)
        .tools(500)
        .goal(LIST),
    Case::new("list50-session", Ask::List, Era::Session).goal(LIST),
    Case::new("tools5-session", Ask::Small, Era::Session)
        .tools(5)
        .goal(CALL),
    Case::new("tools500-session", Ask::Small, Era::Session)
        .tools(500)
        .goal(CALL),
    Case::new("handshake", Ask::Handshake, Era::Session).goal(Goal::Cpu(Peer::Hand, 1.3)),
    Case::new("progress-session", Ask::Progress, Era::Session).goal(PROGRESS),
    Case::new("progress-stateless", Ask::Progress, Era::Stateless).goal(PROGRESS),
    Case::new("connections1", Ask::Small, Era::Session).connections(1),
    Case::new("connections64", Ask::Small, Era::Session).connections(64),
    Case::new("connections256", Ask::Small, Era::Session)
        .connections(256)
        .goal(Goal::P99(Peer::Hand, 2.0)),
    Case::new("idle-sessions", Ask::Idle, Era::Session).goal(Goal::Bytes(1024.0)),
    Case::new("streams-session", Ask::Streams, Era::Session).goal(Goal::Streams(1.1)),
    Case::new("streams-stateless", Ask::Streams, Era::Stateless).goal(Goal::Streams(1.1)),
    Case::new("soak-session", Ask::Soak, Era::Session).goal(Goal::Memory(1.1)),
    Case::new("soak-stateless", Ask::Soak, Era::Stateless).goal(Goal::Memory(1.1)),
];
