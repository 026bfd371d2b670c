//! Instructions for each request, counted by callgrind: the same on every run, however busy the machine.
//!
//! A server is driven over a socket in its own thread, N times and 2 N times; the
//! difference is N requests without the start-up. The client's part is in it, and is
//! the same for all; the kernel's is not.

use std::{collections::BTreeMap, env, fs, process::Command, process::ExitCode};

use serde_json::json;
use tokio::{net::TcpStream, runtime::Builder};

use crate::{
    Outcome,
    case::{Case, Peer},
    measure::client::{expect, open_session},
    report::Results,
    request, servers,
    wire::Connection,
};

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/baseline.json");
const COUNTED: [&str; 3] = ["call-session", "call-stateless", "list50-stateless"];
/// How many requests a figure is the mean of.
const REQUESTS: u64 = 200;
/// How much more than the baseline may be, in percent.
const TOLERANCE: f64 = 5.0;

/// Counts ours and holds it against the baseline: `instructions [--all | --store]`.
pub(crate) fn run(arguments: &[String]) -> Outcome<ExitCode> {
    let (all, store) = match arguments {
        [] => (false, false),
        [flag] if flag == "--all" => (true, false),
        [flag] if flag == "--store" => (false, true),
        _ => return Err("instructions [--all | --store]".into()),
    };
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err("valgrind is missing: `apt-get install valgrind`, or the like".into());
    }
    let peers = if all { &Peer::ALL[..] } else { &Peer::ALL[..1] };
    let mut counts = Vec::new();
    println!("| case | server | instructions |\n|---|---|--:|");
    for case in COUNTED {
        for peer in peers {
            let count = count(*peer, case)?;
            println!("| {case} | {} | {count} |", peer.name());
            counts.push((case, *peer, count));
        }
    }
    let rows: Vec<_> = counts
        .iter()
        .map(|(case, peer, count)| json!({"case": case, "server": peer.name(), "instructions": count}))
        .collect();
    let mut results = Results::load()?;
    results.set("instructions", json!(rows));
    results.save()?;
    let ours = counts
        .into_iter()
        .filter(|(_, peer, _)| *peer == Peer::Ours);
    let ours = ours
        .map(|(case, _, count)| (case.to_owned(), count))
        .collect();
    if store {
        fs::write(BASELINE, serde_json::to_string_pretty(&ours)? + "\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    compare(&ours)
}

type Counts = BTreeMap<String, u64>;

fn compare(ours: &Counts) -> Outcome<ExitCode> {
    let baseline = fs::read(BASELINE);
    let baseline = baseline.map_err(|_| "no baseline: make one with `instructions --store`")?;
    let baseline: Counts = serde_json::from_slice(&baseline)?;
    let mut code = ExitCode::SUCCESS;
    for (case, count) in ours {
        let Some(before) = baseline.get(case) else {
            return Err(format!("the baseline does not know {case}").into());
        };
        let percent = (*count as f64 / *before as f64 - 1.0) * 100.0;
        println!("{case}: {percent:+.1} % against the baseline");
        if percent > TOLERANCE {
            println!("{case}: more than {TOLERANCE} % above it");
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Counts the instructions of one request.
fn count(peer: Peer, case: &str) -> Outcome<u64> {
    let (few, many) = (
        collect(peer, case, REQUESTS)?,
        collect(peer, case, 2 * REQUESTS)?,
    );
    Ok(many.saturating_sub(few) / REQUESTS)
}

fn collect(peer: Peer, case: &str, requests: u64) -> Outcome<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(env::current_exe()?)
        .args(["drive", peer.name(), case, &requests.to_string()])
        .output()?;
    let words = String::from_utf8_lossy(&output.stderr);
    let collected = words
        .lines()
        .find_map(|line| line.split("Collected :").nth(1));
    let collected = collected.and_then(|it| it.trim().parse().ok());
    match collected {
        Some(count) if output.status.success() => Ok(count),
        _ => Err(format!("callgrind of {} in {case}: {words}", peer.name()).into()),
    }
}

/// Sends requests to a server in this very thread: `drive PEER CASE REQUESTS`.
pub(crate) fn drive(arguments: &[String]) -> Outcome {
    let [peer, case, requests] = arguments else {
        return Err("drive what?".into());
    };
    let (peer, case, requests) = (peer.parse()?, Case::find(case)?, requests.parse()?);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        // Those that repeat our answer get it here.
        let answer = repeat(Peer::Ours, &case, Vec::new(), 0).await?;
        repeat(peer, &case, answer, requests).await?;
        Ok(())
    })
}

/// Checks the answer of a server, then asks again so many times.
async fn repeat(peer: Peer, case: &Case, answer: Vec<u8>, requests: u64) -> Outcome<Vec<u8>> {
    let app = servers::app(peer, case, answer);
    let (address, _serving) = servers::spawn(app.router.clone()).await?;
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut connection = Connection::new(stream);
    let session = open_session(&mut connection, peer, case.era).await?;
    let request = request::measured(case, session.as_deref());
    let (status, body) = connection.collect(&request).await?;
    expect(status == 200 && request::is_answer(case, &body), status)?;
    for _ in 0..requests {
        let status = connection.exchange(&request).await?;
        expect(status == 200, status)?;
    }
    Ok(body)
}
