//! The five servers: the same tools, mounted at `/mcp`, under the same `axum::serve`.

mod constant;
mod hand;
mod ours;
mod rmcp;
mod tower_mcp;

use std::{
    any::Any,
    io::{self, BufRead, Read, Write},
    net::SocketAddr,
    thread,
};

use axum::{Router, serve::ListenerExt};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::{net::TcpListener, runtime::Builder, sync::oneshot, task::JoinHandle};

use crate::{
    Outcome,
    case::{Case, Peer},
    process,
};

/// Tools that are not numbered: `echo`, `steps` and `announce`.
const NAMED: usize = 3;
/// How many events the tool `steps` tells of.
const STEPS: u8 = 10;

/// A number of things.
#[derive(Deserialize, JsonSchema)]
struct Order {
    what: String,
    count: u32,
}

impl Order {
    fn run(&self) -> String {
        format!("{} {}", self.count, self.what)
    }
}

/// Gives back what it gets.
#[derive(Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

/// An app, and what it needs to stay alive.
pub(crate) struct App {
    pub(crate) router: Router,
    _alive: Option<Box<dyn Any>>,
}

impl From<Router> for App {
    fn from(router: Router) -> Self {
        Self {
            router,
            _alive: None,
        }
    }
}

/// Builds the app of a server, inside a runtime; `answer` is what ours answers to the request of the case.
pub(crate) fn app(peer: Peer, case: &Case, answer: Vec<u8>) -> App {
    match peer {
        Peer::Ours => ours::app(case),
        Peer::Rmcp => rmcp::router(case).into(),
        Peer::TowerMcp => tower_mcp::router(case).into(),
        Peer::Hand => hand::router(case, &answer).into(),
        Peer::Constant => constant::router(answer).into(),
    }
}

/// Runs a server until its standard input is closed: `serve PEER CASE [CORE]`.
pub(crate) fn serve(arguments: &[String]) -> Outcome {
    let [peer, case, core @ ..] = arguments else {
        return Err("serve what?".into());
    };
    let (peer, case) = (peer.parse()?, Case::find(case)?);
    if let [core] = core {
        process::pin(core.parse()?);
    }
    process::raise_file_limit();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    // One worker: it has one core. Otherwise this is the runtime of `#[tokio::main]`.
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(listen(peer, &case, answer.trim().as_bytes().to_vec()))?;
    runtime.shutdown_background();
    Ok(())
}

async fn listen(peer: Peer, case: &Case, answer: Vec<u8>) -> Outcome {
    let app = app(peer, case, answer);
    let (address, _serving) = spawn(app.router.clone()).await?;
    println!("{address}");
    io::stdout().flush()?;
    // An error means that nobody waits for us either.
    let _ = closed().await;
    Ok(())
}

/// Serves a router on a free port, in a task.
pub(crate) async fn spawn(router: Router) -> Outcome<(SocketAddr, JoinHandle<io::Result<()>>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
    let serving = async { axum::serve(listener, router).await };
    Ok((address, tokio::spawn(serving)))
}

/// Waits for the end of the standard input, in a thread that costs nothing.
fn closed() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        let _ = sender.send(());
    });
    receiver
}
