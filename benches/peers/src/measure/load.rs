//! Requests under load, in rounds that go from server to server.
//!
//! So whatever disturbs the machine for a while disturbs all of them.

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
    process::Server,
    report::{Row, Spread},
};

/// A server under load, and what was measured of it.
struct Lane {
    server: Server,
    clients: Vec<Client>,
    rss_start: u64,
    rounds: Vec<Round>,
}

/// What one round says.
pub(super) struct Round {
    pub(super) per_second: f64,
    pub(super) cpu: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
}

pub(super) async fn measure(case: &Case, plan: &Plan) -> Outcome<Vec<Row>> {
    let mut lanes = Vec::new();
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
    for _ in 0..plan.rounds {
        for (_, lane) in &mut lanes {
            let Ok(measured) = lane else { continue };
            let until = Until::Time(Instant::now() + plan.round);
            match round(&measured.server, &mut measured.clients, until).await {
                Ok(round) => measured.rounds.push(round),
                // It has failed, so none of its figures counts.
                Err(error) => *lane = Err(error.to_string()),
            }
        }
    }
    lanes
        .into_iter()
        .map(|(peer, lane)| row(case, peer, lane))
        .collect()
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
