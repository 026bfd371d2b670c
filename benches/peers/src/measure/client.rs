//! One client: a connection, its session, and the request that it repeats.

use std::{
    cell::Cell,
    io,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use crate::{
    Outcome,
    case::{Ask, Case, Era, Peer},
    process::Server,
    request,
    wire::Connection,
};

/// When a client stops.
#[derive(Clone, Copy)]
pub(super) enum Until<'a> {
    Time(Instant),
    /// So many requests of all clients together.
    Count(&'a Cell<usize>),
}

impl Until<'_> {
    fn goes_on(self, now: Instant) -> bool {
        match self {
            Self::Time(end) => now < end,
            Self::Count(left) => match left.get().checked_sub(1) {
                Some(fewer) => {
                    left.set(fewer);
                    true
                }
                None => false,
            },
        }
    }
}

pub(super) struct Client {
    connection: Connection<TcpStream>,
    request: Vec<u8>,
    /// Each session is ended before the next one is opened.
    handshake: bool,
}

impl Client {
    /// Connects, and opens a session where the case wants one.
    pub(super) async fn connect(server: &Server, case: &Case) -> Outcome<Self> {
        let mut connection = connect(server).await?;
        let handshake = case.ask == Ask::Handshake;
        let session = if handshake || case.ask == Ask::Idle {
            None
        } else {
            open_session(&mut connection, server.peer, case.era).await?
        };
        Ok(Self {
            connection,
            request: request::measured(case, session.as_deref()),
            handshake,
        })
    }

    /// Sends the request of the case once, and returns the body if it is the expected answer.
    pub(super) async fn check(server: &Server, case: &Case) -> Outcome<Vec<u8>> {
        let mut client = Self::connect(server, case).await?;
        let (status, body) = client.connection.collect(&client.request).await?;
        if status == 200 && request::is_answer(case, &body) {
            return Ok(body);
        }
        let begin = String::from_utf8_lossy(&body[..body.len().min(300)]);
        Err(format!("answers {status}: {begin}").into())
    }

    /// Repeats the request and returns how long each took, in nanoseconds.
    pub(super) async fn run(&mut self, until: Until<'_>) -> io::Result<Vec<u64>> {
        let mut took = Vec::new();
        let mut now = Instant::now();
        while until.goes_on(now) {
            self.once().await?;
            let then = Instant::now();
            took.push(nanoseconds(then - now));
            now = then;
        }
        Ok(took)
    }

    async fn once(&mut self) -> io::Result<()> {
        let status = self.connection.exchange(&self.request).await?;
        expect(status == 200, status)?;
        if self.handshake {
            let session = session_id(&self.connection)?;
            let delete = request::delete(&session);
            let status = self.connection.exchange(&delete).await?;
            expect((200..300).contains(&status), status)?;
        }
        Ok(())
    }
}

/// Connects with `TCP_NODELAY`.
pub(super) async fn connect(server: &Server) -> io::Result<Connection<TcpStream>> {
    let stream = TcpStream::connect(server.address).await?;
    stream.set_nodelay(true)?;
    Ok(Connection::new(stream))
}

/// Opens a session, if the era has them; the constant server gets an id that nobody knows.
pub(crate) async fn open_session<S>(
    connection: &mut Connection<S>,
    peer: Peer,
    era: Era,
) -> io::Result<Option<String>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if era != Era::Session {
        return Ok(None);
    }
    let path = match peer {
        Peer::Constant => return Ok(Some("0123456789abcdef0123456789abcdef".into())),
        Peer::Hand => "/open",
        _ => "/mcp",
    };
    let status = connection.exchange(&request::initialize(path)).await?;
    expect(status == 200, status)?;
    let session = session_id(connection)?;
    if peer != Peer::Hand {
        let status = connection.exchange(&request::initialized(&session)).await?;
        expect(status == 202, status)?;
    }
    Ok(Some(session))
}

/// Fails with the status, unless it is as expected.
pub(crate) fn expect(holds: bool, status: u16) -> io::Result<()> {
    if holds {
        return Ok(());
    }
    Err(io::Error::other(format!("answers {status}")))
}

fn session_id<S>(connection: &Connection<S>) -> io::Result<String>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let id = connection.header("mcp-session-id");
    id.map(str::to_owned)
        .ok_or_else(|| io::Error::other("no session"))
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
