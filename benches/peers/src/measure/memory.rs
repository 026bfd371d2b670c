//! Memory: of sessions that nobody uses, and after many requests.

use std::cell::Cell;

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, try_join_all},
};

use super::{
    Plan,
    client::{Client, Until, connect, open_session},
    load::{count, round},
    settle,
};
use crate::{
    Outcome,
    case::Case,
    process::Server,
    report::{Row, Spread},
};

/// Opens many sessions over a few connections, and tells what each takes up.
pub(super) fn idle<'a>(
    server: &'a Server,
    case: &'a Case,
    plan: &'a Plan,
) -> LocalBoxFuture<'a, Outcome<Row>> {
    async move {
        // What is made once is made now.
        open(server, case, 10).await?;
        settle(200).await;
        let before = server.rss()?;
        open(server, case, plan.sessions).await?;
        settle(500).await;
        let after = server.rss()?;
        Ok(Row {
            rss_start: Some(before),
            rss_end: Some(after),
            each: Some((after as f64 - before as f64) / count(plan.sessions)),
            ..Row::new(case, server.peer)
        })
    }
    .boxed_local()
}

async fn open(server: &Server, case: &Case, sessions: usize) -> Outcome {
    let lanes = (0..case.connections).map(async |lane| {
        let mut connection = connect(server).await?;
        for _ in (lane..sessions).step_by(case.connections) {
            open_session(&mut connection, server.peer, case.era).await?;
        }
        Outcome::Ok(())
    });
    try_join_all(lanes).await?;
    Ok(())
}

/// Sends very many requests, and tells whether memory comes back.
pub(super) fn soak<'a>(
    server: &'a Server,
    case: &'a Case,
    plan: &'a Plan,
) -> LocalBoxFuture<'a, Outcome<Row>> {
    async move {
        let mut clients = Vec::new();
        for _ in 0..case.connections {
            clients.push(Client::connect(server, case).await?);
        }
        let few = Cell::new(plan.soak / 50);
        round(server, &mut clients, Until::Count(&few)).await?;
        settle(300).await;
        let before = server.rss()?;
        let many = Cell::new(plan.soak);
        let round = round(server, &mut clients, Until::Count(&many)).await?;
        settle(1_000).await;
        let once = |figure| Some(Spread::of([figure].into_iter()));
        Ok(Row {
            per_second: once(round.per_second),
            cpu: once(round.cpu),
            p50: once(round.p50),
            p99: once(round.p99),
            rss_start: Some(before),
            rss_end: Some(server.rss()?),
            ..Row::new(case, server.peer)
        })
    }
    .boxed_local()
}
