//! A thousand calls that their clients gave up: no descriptor and no task is left of them.

use std::{collections::HashSet, fs, future::Future, net::SocketAddr, time::Duration};

use axum::Router;
use serde_json::json;
use tokio::{runtime::Handle, time::timeout};

use super::{NEWEST, call, client};
use crate::{
    lifespan::Hold,
    support::{
        Session, TestClient,
        spawn::Spawned,
        wire::{Wire, text_of},
    },
};

const ROUNDS: usize = 40;
const CALLS: usize = 25;

/// How far a call came before its client was gone.
#[derive(Clone, Copy, Debug)]
enum Reached {
    HalfABody,
    NoReplyYet,
    AStream,
    StandaloneStream,
    StatelessCall,
}

const ALL: [Reached; 5] = [
    Reached::HalfABody,
    Reached::NoReplyYet,
    Reached::AStream,
    Reached::StandaloneStream,
    Reached::StatelessCall,
];

impl Reached {
    /// Returns the call, and whether a handler runs on until it is released.
    async fn text(self, client: &TestClient, session: &Session<'_>, id: usize) -> Vec<u8> {
        let text = text_of(match self {
            Self::HalfABody | Self::AStream => session.post(&call(id, "talk")),
            Self::NoReplyYet => session.post(&call(id, "hold")),
            Self::StandaloneStream => session.get(),
            Self::StatelessCall => client.tool("talk", json!({})).progress(json!(1)),
        });
        let mut text = text.await;
        if matches!(self, Self::HalfABody) {
            text.truncate(text.len() - 20);
        }
        text
    }

    fn begins(self) -> bool {
        matches!(self, Self::NoReplyYet | Self::AStream | Self::StatelessCall)
    }

    fn streams(self) -> bool {
        matches!(
            self,
            Self::AStream | Self::StandaloneStream | Self::StatelessCall
        )
    }

    fn runs_on(self) -> bool {
        matches!(self, Self::NoReplyYet | Self::AStream)
    }
}

/// Waits until something holds that has to come true.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let came = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    guarded(what, came).await;
}

async fn guarded<F: Future>(what: &str, future: F) -> F::Output {
    let limit = Duration::from_secs(20);
    let came = timeout(limit, future).await;
    came.unwrap_or_else(|_| panic!("it never came to this: {what}"))
}

/// Counts the descriptors of this process that belong to connections with an address,
/// on either side, or to its listener. Other tests open others at the same time.
fn descriptors(address: SocketAddr) -> usize {
    let port = format!(":{:04X}", address.port());
    let table = fs::read_to_string("/proc/self/net/tcp").expect("a table of connections");
    let rows = table.lines().map(|row| row.split_whitespace().collect());
    let ours = rows.filter(|row: &Vec<_>| row[1].ends_with(&port) || row[2].ends_with(&port));
    let sockets: HashSet<_> = ours.map(|row| format!("socket:[{}]", row[9])).collect();
    let open = fs::read_dir("/proc/self/fd").expect("the descriptors");
    // One that was closed meanwhile leads nowhere.
    let targets = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let ours = targets.filter(|target| target.to_str().is_some_and(|to| sockets.contains(to)));
    ours.count()
}

/// Lets many clients call and leave; returns how many handlers run on.
async fn abort_many(client: &TestClient, spawned: &Spawned, hold: &Hold, round: usize) -> usize {
    let session = client.open(NEWEST).await;
    let (mut wires, mut running) = (Vec::new(), 0);
    for id in 0..CALLS {
        let reached = ALL[(round + id) % ALL.len()];
        let mut wire = Wire::connect(spawned.address).await;
        wire.send(reached.text(client, &session, id).await).await;
        if reached.begins() {
            hold.begun().await;
        }
        if reached.streams() {
            let head = wire.head().await;
            assert!(head.contains("text/event-stream"), "{reached:?}: {head}");
        }
        running += usize::from(reached.runs_on());
        wires.push(wire);
    }
    drop(wires);
    running
}

#[tokio::test]
async fn a_thousand_aborted_calls_leave_no_descriptor_and_no_task() {
    let hold = Hold::new();
    let client = client(&hold);
    let mcp = client.mcp.clone();
    let spawned = Spawned::new(Router::new().merge(mcp.router())).await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let baseline = (descriptors(spawned.address), tasks());
    assert_eq!(baseline.0, 1, "the listener");
    for round in 0..ROUNDS {
        let running = abort_many(&client, &spawned, &hold, round).await;
        until("only the stateless ones end", || mcp.in_flight() == running).await;
        until("the connections are closed", || {
            descriptors(spawned.address) == baseline.0
        })
        .await;
        assert_eq!(mcp.in_flight(), running, "in round {round}");
        hold.release.add_permits(running);
        until("the rest end when they are done", || mcp.in_flight() == 0).await;
    }
    until("no task is left", || tasks() == baseline.1).await;
    assert_eq!(descriptors(spawned.address), baseline.0);
    let streams = mcp.sessions().list().iter().map(|it| it.streams).sum();
    assert_eq!((streams, mcp.sessions().count()), (0_usize, ROUNDS));
}
