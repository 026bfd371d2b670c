//! What was measured: as a table, as JSON, and as a chart.

mod chart;
mod results;
mod table;

use serde::{Deserialize, Serialize};

pub(crate) use self::results::Results;
use crate::{
    Outcome,
    case::{Case, Peer},
    measure::Plan,
};

/// A median, and how far the rounds are apart.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    pub(crate) fn of(figures: impl Iterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_unstable_by(f64::total_cmp);
        let at = |place: usize| figures.get(place).copied().unwrap_or(f64::NAN);
        let last = figures.len().saturating_sub(1);
        Self {
            median: f64::midpoint(at(last / 2), at(last.div_ceil(2))),
            min: at(0),
            max: at(last),
        }
    }
}

/// One server in one case. Times are in microseconds, memory in bytes.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Row {
    pub(crate) case: String,
    pub(crate) server: String,
    /// Why there are no figures.
    pub(crate) missing: Option<String>,
    pub(crate) per_second: Option<Spread>,
    pub(crate) p50: Option<Spread>,
    pub(crate) p99: Option<Spread>,
    /// Of the whole server process, for each request or delivery.
    pub(crate) cpu: Option<Spread>,
    /// The same in each round, where all servers had their rounds side by side.
    #[serde(default)]
    pub(crate) rounds: Vec<f64>,
    pub(crate) rss_start: Option<u64>,
    pub(crate) rss_end: Option<u64>,
    /// Memory of each session or stream.
    pub(crate) each: Option<f64>,
}

impl Row {
    pub(crate) fn new(case: &Case, peer: Peer) -> Self {
        Self {
            case: case.name.to_owned(),
            server: peer.name().to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn missing(case: &Case, peer: Peer, why: String) -> Self {
        Self {
            missing: Some(why),
            ..Self::new(case, peer)
        }
    }
}

/// Tells of a row as soon as it is there.
pub(crate) fn progress(row: &Row) {
    eprintln!("  {}", table::brief(row));
}

/// Prints what the results on disk say, in short.
pub(crate) fn show() -> Outcome {
    let results = Results::load()?;
    println!("{}", table::summary(&results.rows()));
    println!("{}", table::goals(&results.rows()));
    draw(&results)
}

fn draw(results: &Results) -> Outcome {
    let path = results.beside("chart.svg");
    std::fs::write(&path, chart::draw(&results.rows()))?;
    println!("figures: {}\nchart: {}", results.path(), path.display());
    Ok(())
}

/// Prints what was measured, and adds it to the results on disk.
pub(crate) fn cases(rows: &[Row], plan: &Plan) -> Outcome {
    let mut results = Results::load()?;
    results.add_rows(rows);
    results.set("plan", results::plan(plan));
    results.save()?;
    println!("{}", table::all(rows));
    println!("{}", table::goals(rows));
    draw(&results)
}
