//! Streams that stay open: what each takes up, and what it costs to tell all of them.

use futures_util::future::try_join_all;
use tokio::{net::TcpStream, time::timeout};

use super::{
    PATIENCE, Plan,
    client::{connect, expect, open_session},
    load::{count, microseconds},
    settle, start,
};
use crate::{
    Outcome,
    case::{Case, Peer},
    process::Server,
    report::{Row, Spread},
    request,
    wire::Connection,
};

/// What each stream hears.
const WORD: &[u8] = b"list_changed";

/// Opens the streams of all servers, then lets one after the other tell of a change, again and again.
pub(super) async fn measure(case: &Case, plan: &Plan) -> Outcome<Vec<Row>> {
    let mut audiences = Vec::new();
    let mut answer = Vec::new();
    for peer in Peer::ALL {
        let audience = match start(peer, case, plan, &mut answer).await {
            Err(missing) => Err(missing),
            Ok(server) => match timeout(PATIENCE, Audience::gather(server, case, plan)).await {
                Err(_) => Err("took too long".to_owned()),
                Ok(audience) => audience.map_err(|error| error.to_string()),
            },
        };
        audiences.push((peer, audience));
    }
    // The first change warms up.
    for change in 0..=plan.changes {
        for (_, audience) in &mut audiences {
            let Ok(gathered) = audience else { continue };
            match gathered.tell().await {
                Ok(delivery) if change > 0 => gathered.deliveries.push(delivery),
                Ok(_) => {}
                // It has failed, so none of its figures counts.
                Err(error) => *audience = Err(error.to_string()),
            }
        }
    }
    let rows = audiences.into_iter();
    let rows = rows.map(|(peer, audience)| match audience {
        Ok(audience) => audience.row(case),
        Err(missing) => Row::missing(case, peer, missing),
    });
    Ok(rows.collect())
}

/// A server with its streams, each on a connection of its own.
struct Audience {
    server: Server,
    control: Connection<TcpStream>,
    announce: Vec<u8>,
    streams: Vec<Connection<TcpStream>>,
    rss_before: u64,
    rss_after: u64,
    /// The CPU time of each delivery, change by change.
    deliveries: Vec<f64>,
}

impl Audience {
    async fn gather(server: Server, case: &Case, plan: &Plan) -> Outcome<Self> {
        let mut control = connect(&server).await?;
        let session = open_session(&mut control, server.peer, case.era).await?;
        let announce = request::announce(case.era, session.as_deref());
        // Sessions are not what is measured here: they are there before.
        let mut sessions = Vec::new();
        for _ in 0..plan.streams {
            sessions.push(open_session(&mut control, server.peer, case.era).await?);
        }
        settle(300).await;
        let rss_before = server.rss()?;
        let mut streams = Vec::new();
        for session in &sessions {
            let mut stream = connect(&server).await?;
            let request = request::listen(case.era, session.as_deref());
            let status = stream.open(&request).await?;
            expect(status == 200, status)?;
            streams.push(stream);
        }
        settle(500).await;
        Ok(Self {
            rss_before,
            rss_after: server.rss()?,
            server,
            control,
            announce,
            streams,
            deliveries: Vec::new(),
        })
    }

    /// Makes a change, waits until all have heard of it, and returns the CPU time of each delivery.
    async fn tell(&mut self) -> Outcome<f64> {
        settle(10).await;
        let before = self.server.cpu()?;
        let heard = count(self.streams.len());
        let all = try_join_all(self.streams.iter_mut().map(|stream| stream.hear(WORD)));
        let told = async { tokio::try_join!(self.control.exchange(&self.announce), all) };
        let (status, _) = timeout(PATIENCE, told).await??;
        expect(status == 200, status)?;
        settle(10).await;
        Ok(microseconds(self.server.cpu()?.saturating_sub(before)) / heard)
    }

    fn row(self, case: &Case) -> Row {
        let grown = self.rss_after as f64 - self.rss_before as f64;
        Row {
            cpu: Some(Spread::of(self.deliveries.iter().copied())),
            rounds: self.deliveries,
            rss_start: Some(self.rss_before),
            rss_end: Some(self.rss_after),
            each: Some(grown / count(self.streams.len())),
            ..Row::new(case, self.server.peer)
        }
    }
}
