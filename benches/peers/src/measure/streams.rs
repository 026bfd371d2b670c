//! Streams that stay open: what each takes up, and what it costs to tell all of them.

use futures_util::{
    FutureExt,
    future::{LocalBoxFuture, try_join_all},
};
use tokio::net::TcpStream;

use super::{
    Plan,
    client::{connect, expect, open_session},
    load::{count, microseconds},
    settle,
};
use crate::{
    Outcome,
    case::Case,
    process::Server,
    report::{Row, Spread},
    request,
    wire::Connection,
};

/// What each stream hears.
const WORD: &[u8] = b"list_changed";

/// Opens the streams, each on a connection of its own, then tells of changes one after the other.
pub(super) fn measure<'a>(
    server: &'a Server,
    case: &'a Case,
    plan: &'a Plan,
) -> LocalBoxFuture<'a, Outcome<Row>> {
    async move {
        let mut control = connect(server).await?;
        let session = open_session(&mut control, server.peer, case.era).await?;
        let announce = request::announce(case.era, session.as_deref());
        // Sessions are not what is measured here: they are there before.
        let mut sessions = Vec::new();
        for _ in 0..plan.streams {
            sessions.push(open_session(&mut control, server.peer, case.era).await?);
        }
        settle(300).await;
        let before = server.rss()?;
        let mut streams = Vec::new();
        for session in &sessions {
            streams.push(open(server, case, session.as_deref()).await?);
        }
        settle(500).await;
        let after = server.rss()?;
        let mut deliveries = Vec::new();
        for _ in 0..=plan.changes {
            deliveries.push(tell(server, &mut control, &announce, &mut streams).await?);
        }
        // The first one warms up.
        let cpu = Spread::of(deliveries.into_iter().skip(1));
        Ok(Row {
            cpu: Some(cpu),
            rss_start: Some(before),
            rss_end: Some(after),
            each: Some((after as f64 - before as f64) / count(plan.streams)),
            ..Row::new(case, server.peer)
        })
    }
    .boxed_local()
}

async fn open(
    server: &Server,
    case: &Case,
    session: Option<&str>,
) -> Outcome<Connection<TcpStream>> {
    let mut stream = connect(server).await?;
    let request = request::listen(case.era, session);
    let status = stream.open(&request).await?;
    expect(status == 200, status)?;
    Ok(stream)
}

/// Makes a change, waits until all have heard of it, and returns the CPU time of each delivery.
async fn tell(
    server: &Server,
    control: &mut Connection<TcpStream>,
    announce: &[u8],
    streams: &mut [Connection<TcpStream>],
) -> Outcome<f64> {
    settle(20).await;
    let before = server.cpu()?;
    let heard = count(streams.len());
    let all = try_join_all(streams.iter_mut().map(|stream| stream.hear(WORD)));
    let (status, _) = tokio::try_join!(control.exchange(announce), all)?;
    expect(status == 200, status)?;
    settle(20).await;
    Ok(microseconds(server.cpu()?.saturating_sub(before)) / heard)
}
