//! Requests under load, in short rounds that go from server to server.
//!
//! So whatever disturbs the machine for a while disturbs all of them; and a pass over
//! all of them that was disturbed is repeated, within reason.

use std::{
    io,
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use tokio::time::timeout;

use super::{
    PATIENCE, Plan,
    client::{Client, Until},
    settle, start,
};
use crate::{
    Outcome,
    case::{Case, Peer},
    process::{self, Server},
    report::{Row, Spread},
};

/// A server under load, and what was measured of it.
struct Lane {
    server: Server,
    clients: Vec<Client>,
    rss_start: u64,
    rounds: Vec<Round>,
}

/// A server that may have failed, and says why.
type Named = (Peer, Result<Lane, String>);

/// How much of a core others may use in a pass that counts.
const DISTURBED: f64 = 0.08;

/// What one round says.
pub(super) struct Round {
    pub(super) per_second: f64,
    pub(super) cpu: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
}

pub(super) async fn measure(case: &Case, plan: &Plan) -> Outcome<Vec<Row>> {
    let mut lanes = Vec::<Named>::new();
    let mut answer = Vec::new();
    for peer in Peer::ALL {
        let lane = match start(peer, case, plan, &mut answer).await {
            Err(missing) => Err(missing),
            Ok(server) => warm_up(server, case, plan)
                .await
                .map_err(|error| error.to_string()),
        };
        lanes.push((peer, lane));
    }
    let mut passes = Vec::new();
    while passes.len() < 2 * plan.rounds && quiet(&passes) < plan.rounds {
        let before = Usage::now(&lanes)?;
        pass(&mut lanes, plan).await;
        passes.push(Usage::now(&lanes)?.others_since(&before));
    }
    keep_the_quietest(&mut lanes, &passes, plan.rounds);
    lanes
        .into_iter()
        .map(|(peer, lane)| row(case, peer, lane))
        .collect()
}

/// One round of each server.
async fn pass(lanes: &mut [Named], plan: &Plan) {
    for (_, lane) in lanes {
        let Ok(measured) = lane else { continue };
        let until = Until::Time(Instant::now() + plan.round);
        match round(&measured.server, &mut measured.clients, until).await {
            Ok(round) => measured.rounds.push(round),
            // It has failed, so none of its figures counts.
            Err(error) => *lane = Err(error.to_string()),
        }
    }
}

/// How many passes were not disturbed.
fn quiet(passes: &[f64]) -> usize {
    passes.iter().filter(|others| **others < DISTURBED).count()
}

/// Leaves out the passes during which others used the machine most, for all servers alike.
fn keep_the_quietest(lanes: &mut [Named], passes: &[f64], wanted: usize) {
    let mut order: Vec<usize> = (0..passes.len()).collect();
    order.sort_by(|left, right| passes[*left].total_cmp(&passes[*right]));
    order.truncate(wanted);
    for (_, lane) in lanes {
        let Ok(lane) = lane else { continue };
        let mut place = 0..;
        lane.rounds
            .retain(|_| place.next().is_some_and(|place| order.contains(&place)));
    }
    let disturbed = wanted.saturating_sub(quiet(passes));
    if disturbed > 0 {
        eprintln!("  warning: something else was running in {disturbed} of {wanted} rounds");
    }
}

/// The processor time that everybody, and that we and our servers have used.
struct Usage {
    all: Duration,
    ours: Duration,
    at: Instant,
}

impl Usage {
    fn now(lanes: &[Named]) -> Outcome<Self> {
        let mut ours = process::cpu_of("self")?;
        for (_, lane) in lanes {
            if let Ok(lane) = lane {
                ours += lane.server.cpu()?;
            }
        }
        Ok(Self {
            all: process::cpu_of_all()?,
            ours,
            at: Instant::now(),
        })
    }

    /// How much of a core everybody else has used since then.
    fn others_since(&self, before: &Self) -> f64 {
        let all = self.all.saturating_sub(before.all);
        let ours = self.ours.saturating_sub(before.ours);
        let length = self.at.duration_since(before.at);
        all.saturating_sub(ours).as_secs_f64() / length.as_secs_f64()
    }
}

async fn warm_up(server: Server, case: &Case, plan: &Plan) -> Outcome<Lane> {
    let mut clients = Vec::new();
    for _ in 0..case.connections {
        clients.push(Client::connect(&server, case).await?);
    }
    round(
        &server,
        &mut clients,
        Until::Time(Instant::now() + plan.round),
    )
    .await?;
    Ok(Lane {
        rss_start: server.rss()?,
        server,
        clients,
        rounds: Vec::new(),
    })
}

/// Lets all clients run.
pub(super) async fn round(
    server: &Server,
    clients: &mut [Client],
    until: Until<'_>,
) -> io::Result<Round> {
    settle(3).await;
    let (before, start) = (server.cpu()?, Instant::now());
    let all = try_join_all(clients.iter_mut().map(|client| client.run(until)));
    let mut took = timeout(PATIENCE, all).await??.concat();
    let length = start.elapsed();
    settle(3).await;
    let cpu = server.cpu()?.saturating_sub(before);
    took.sort_unstable();
    Ok(Round {
        per_second: count(took.len()) / length.as_secs_f64(),
        cpu: microseconds(cpu) / count(took.len()),
        p50: quantile(&took, 50),
        p99: quantile(&took, 99),
    })
}

fn row(case: &Case, peer: Peer, lane: Result<Lane, String>) -> Outcome<Row> {
    let lane = match lane {
        Ok(lane) => lane,
        Err(missing) => return Ok(Row::missing(case, peer, missing)),
    };
    let spread = |of: fn(&Round) -> f64| Some(Spread::of(lane.rounds.iter().map(of)));
    Ok(Row {
        per_second: spread(|round| round.per_second),
        cpu: spread(|round| round.cpu),
        rounds: lane.rounds.iter().map(|round| round.cpu).collect(),
        p50: spread(|round| round.p50),
        p99: spread(|round| round.p99),
        rss_start: Some(lane.rss_start),
        rss_end: Some(lane.server.rss()?),
        ..Row::new(case, peer)
    })
}

/// The duration that so many of a hundred do not exceed, in microseconds.
fn quantile(sorted: &[u64], percent: usize) -> f64 {
    let place = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    let nanoseconds = sorted.get(place).copied().unwrap_or_default();
    microseconds(Duration::from_nanos(nanoseconds))
}

pub(super) fn microseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Counts here are far below 2^32.
pub(super) fn count(number: usize) -> f64 {
    u32::try_from(number).unwrap_or(u32::MAX).into()
}
