//! Runs the cases: what is common to all of them.

pub(crate) mod client;
mod load;
mod memory;
mod streams;

use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::{
    runtime::Builder,
    time::{sleep, timeout},
};

use self::client::Client;
use crate::{
    Outcome,
    case::{Ask, Case, Peer},
    process::{Cores, Server, raise_file_limit},
    report::{self, Row},
};

/// How long one figure may take before its server counts as stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// How thoroughly we measure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) quick: bool,
    cores: Cores,
    pub(crate) rounds: usize,
    pub(crate) round: Duration,
    pub(crate) sessions: usize,
    pub(crate) streams: usize,
    changes: usize,
    pub(crate) soak: usize,
}

impl Plan {
    fn new(quick: bool) -> Self {
        let cores = Cores::pick();
        if quick {
            return Self {
                quick,
                cores,
                rounds: 9,
                round: Duration::from_millis(40),
                sessions: 2_000,
                streams: 200,
                changes: 9,
                soak: 20_000,
            };
        }
        Self {
            quick,
            cores,
            rounds: 31,
            round: Duration::from_millis(60),
            sessions: 10_000,
            streams: 1_000,
            changes: 31,
            soak: 200_000,
        }
    }
}

/// Measures the named cases and reports them: `run [--quick] [CASE...]`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (flags, names): (Vec<_>, Vec<_>) = arguments
        .iter()
        .cloned()
        .partition(|it| it.starts_with("--"));
    if let Some(unknown) = flags.iter().find(|flag| *flag != "--quick") {
        return Err(format!("no such option: {unknown}").into());
    }
    let cases = Case::named(&names)?;
    let plan = Plan::new(!flags.is_empty());
    plan.cores.pin_load();
    raise_file_limit();
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut rows = Vec::new();
    for case in cases {
        eprintln!("{}", case.name);
        let measured = runtime.block_on(measure(&case, &plan))?;
        measured.iter().for_each(report::progress);
        rows.extend(measured);
    }
    report::cases(&rows, &plan)
}

async fn measure(case: &Case, plan: &Plan) -> Outcome<Vec<Row>> {
    match case.ask {
        Ask::Idle => one_by_one(case, plan, memory::idle).await,
        Ask::Soak => one_by_one(case, plan, memory::soak).await,
        Ask::Streams => streams::measure(case, plan).await,
        _ => load::measure(case, plan).await,
    }
}

type Measure = for<'a> fn(&'a Server, &'a Case, &'a Plan) -> LocalBoxFuture<'a, Outcome<Row>>;

/// Measures what rounds would not make steadier: each server once, and alone.
async fn one_by_one(case: &Case, plan: &Plan, figure: Measure) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    let mut answer = Vec::new();
    for peer in Peer::ALL {
        let row = match start(peer, case, plan, &mut answer).await {
            Err(missing) => Err(missing),
            Ok(server) => match timeout(2 * PATIENCE, figure(&server, case, plan)).await {
                Err(_) => Err("took too long".to_owned()),
                Ok(row) => row.map_err(|error| error.to_string()),
            },
        };
        rows.push(row.unwrap_or_else(|missing| Row::missing(case, peer, missing)));
    }
    Ok(rows)
}

/// Starts a server and checks its answer, so that nobody is measured while failing.
///
/// The first answer, which is ours, is kept in `answer`; others repeat it.
async fn start(
    peer: Peer,
    case: &Case,
    plan: &Plan,
    answer: &mut Vec<u8>,
) -> Result<Server, String> {
    let has_no_protocol = matches!(
        case.ask,
        Ask::Handshake | Ask::Progress | Ask::Streams | Ask::Idle
    );
    if peer == Peer::Constant && has_no_protocol {
        return Err("not offered".to_owned());
    }
    let given = if is_json(answer) {
        answer.as_slice()
    } else {
        b"null"
    };
    let server = Server::start(peer, case, given, plan.cores).map_err(|error| error.to_string())?;
    let given = timeout(PATIENCE, Client::check(&server, case)).await;
    let given = given.map_err(|_| "does not answer".to_owned())?;
    let given = given.map_err(|error| error.to_string())?;
    match peer {
        Peer::Ours => *answer = given,
        // They are the limit only if they say the same.
        Peer::Hand | Peer::Constant
            if is_json(answer) && case.ask != Ask::Streams && given != *answer =>
        {
            return Err(format!(
                "answers other bytes than ours: {} and {}",
                String::from_utf8_lossy(&given[..given.len().min(400)]),
                String::from_utf8_lossy(&answer[..answer.len().min(400)])
            ));
        }
        _ => {}
    }
    Ok(server)
}

/// A stream of events is no line that can be repeated.
fn is_json(answer: &[u8]) -> bool {
    answer.starts_with(b"{")
}

/// Gives a server time to fall asleep, so that all that it has done is in its account.
async fn settle(milliseconds: u64) {
    sleep(Duration::from_millis(milliseconds)).await;
}
