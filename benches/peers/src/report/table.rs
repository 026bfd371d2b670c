//! The table, in Markdown.

use super::{Row, Spread};
use crate::case::{Ask, CASES, Case, Goal, Peer};

const HEAD: &str = "\
| case | server | requests/s | p50 µs | p99 µs | CPU µs (min–max) | ÷ by hand | MCP, ÷ ours | RSS MiB, start → end | bytes each |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// All rows, with ratios. `MCP, ÷ ours` is what a server costs above the constant one, as a multiple of ours.
pub(super) fn all(rows: &[Row]) -> String {
    let mut table = HEAD.to_owned();
    for row in rows {
        let cells = [
            row.case.clone(),
            row.server.clone(),
            median(row.per_second),
            median(row.p50),
            median(row.p99),
            row.cpu.map_or_else(dash, spread),
            by_hand(rows, row).map_or_else(dash, two_digits),
            above_http(rows, row).map_or_else(dash, two_digits),
            memory(row),
            row.each.map_or_else(dash, number),
        ];
        table += &format!("| {} |\n", cells.join(" | "));
    }
    table
}

/// A line a case: CPU µs of each server, and what ours is to the limit and to the best peer.
pub(super) fn summary(rows: &[Row]) -> String {
    let mut table = "\
| case | mcp-axum | by hand | constant | rmcp | tower-mcp | ours ÷ by hand | best peer ÷ ours | p99 µs, ours / by hand |
|---|--:|--:|--:|--:|--:|--:|--:|--:|
"
    .to_owned();
    let order = [
        Peer::Ours,
        Peer::Hand,
        Peer::Constant,
        Peer::Rmcp,
        Peer::TowerMcp,
    ];
    for case in &CASES {
        let of = |peer| find(rows, case.name, peer);
        let Some(ours) = of(Peer::Ours).filter(|ours| ours.cpu.is_some()) else {
            continue;
        };
        let cpu = order.map(|peer| median(of(peer).and_then(|row| row.cpu)));
        let peers = [Peer::Rmcp, Peer::TowerMcp].into_iter().filter_map(of);
        let peers = peers.filter_map(|peer| compare([peer, ours], |[peer, ours]| peer / ours));
        let best = peers.min_by(f64::total_cmp);
        let p99 = [Peer::Ours, Peer::Hand].map(|peer| median(of(peer).and_then(|row| row.p99)));
        table += &format!(
            "| {} | {} | {} | {} | {} |\n",
            case.name,
            cpu.join(" | "),
            by_hand(rows, ours).map_or_else(dash, two_digits),
            best.map_or_else(dash, |best| format!("{best:.1}")),
            p99.join(" / ")
        );
    }
    table
}

/// One row, while others are still being measured.
pub(super) fn brief(row: &Row) -> String {
    if let Some(why) = &row.missing {
        return format!("{:<10} – {why}", row.server);
    }
    let cpu = row.cpu.map_or_else(dash, spread);
    let (rate, p99) = (median(row.per_second), median(row.p99));
    let each = row.each.map_or_else(dash, number);
    let memory = memory(row);
    format!(
        "{:<10} {cpu} µs, {rate}/s, p99 {p99} µs, RSS {memory} MiB, each {each} B",
        row.server
    )
}

/// The goals, and whether they are met.
pub(super) fn goals(rows: &[Row]) -> String {
    let mut table = "| case | goal | ours | |\n|---|---|--:|---|\n".to_owned();
    for case in &CASES {
        let ours = find(rows, case.name, Peer::Ours);
        let (Some(goal), Some(ours)) = (case.goal, ours) else {
            continue;
        };
        for (text, value, most) in verdicts(rows, case, goal, ours) {
            let met = if value <= most { "met" } else { "missed" };
            table += &format!("| {} | {text} | {} | {met} |\n", case.name, number(value));
        }
    }
    table
}

type Verdict = (String, f64, f64);

/// Compares servers: the median of what their rounds side by side say, or else of their medians.
fn compare<const N: usize>(rows: [&Row; N], say: impl Fn([f64; N]) -> f64) -> Option<f64> {
    let rounds = rows.iter().map(|row| row.rounds.len()).min().unwrap_or(0);
    if rounds > 0 {
        let round = |at: usize| say(rows.map(|row| row.rounds[at]));
        return Some(Spread::of((0..rounds).map(round)).median);
    }
    let mut medians = [0.0; N];
    for (median, row) in medians.iter_mut().zip(rows) {
        *median = row.cpu?.median;
    }
    Some(say(medians))
}

fn by_hand(rows: &[Row], row: &Row) -> Option<f64> {
    let hand = find(rows, &row.case, Peer::Hand)?;
    compare([row, hand], |[this, hand]| this / hand)
}

fn verdicts(rows: &[Row], case: &Case, goal: Goal, ours: &Row) -> Vec<Verdict> {
    let of = |peer, figure: fn(&Row) -> Option<f64>| find(rows, case.name, peer).and_then(figure);
    let versus = |peer: Peer, most: f64, what: &str, figure: fn(&Row) -> Option<f64>| {
        let value = figure(ours)? / of(peer, figure)?;
        Some((format!("{what} ≤ {most} × {}", peer.name()), value, most))
    };
    let cpu = |peer: Peer, most: f64, what: &str| {
        let value = compare([ours, find(rows, case.name, peer)?], |[ours, base]| {
            ours / base
        })?;
        Some((format!("{what} ≤ {most} × {}", peer.name()), value, most))
    };
    match goal {
        Goal::Cpu(peer, most) => {
            let mut all: Vec<_> = cpu(peer, most, "CPU").into_iter().collect();
            if case.ask == Ask::Small {
                all.extend(share_of_best_peer(rows, case, ours));
            }
            all
        }
        Goal::P99(peer, most) => {
            let p99 = |row: &Row| row.p99.map(|p99| p99.median);
            versus(peer, most, "p99", p99).into_iter().collect()
        }
        Goal::Bytes(most) => {
            let each = ours
                .each
                .map(|each| (format!("≤ {most} bytes each"), each, most));
            each.into_iter().collect()
        }
        Goal::Streams(most) => {
            let memory = versus(Peer::Hand, 1.0, "bytes each", |row| row.each);
            let delivery = cpu(Peer::Hand, most, "CPU of a delivery");
            memory.into_iter().chain(delivery).collect()
        }
        Goal::Memory(most) => {
            let grown = ours.rss_end.zip(ours.rss_start);
            let grown = grown.map(|(end, start)| end as f64 / start as f64);
            let grown = grown.map(|grown| (format!("RSS ≤ {most} × its base"), grown, most));
            grown.into_iter().collect()
        }
    }
}

/// What MCP costs on top of HTTP: at least four times less than with the best peer.
fn share_of_best_peer(rows: &[Row], case: &Case, ours: &Row) -> Option<Verdict> {
    let constant = find(rows, case.name, Peer::Constant)?;
    let share = |peer| {
        let peer = find(rows, case.name, peer)?;
        compare([ours, peer, constant], |[ours, peer, constant]| {
            (ours - constant) / (peer - constant)
        })
    };
    let shares = [Peer::Rmcp, Peer::TowerMcp].into_iter().filter_map(share);
    Some((
        "MCP above HTTP ≤ 0.25 × the best peer's".to_owned(),
        shares.max_by(f64::total_cmp)?,
        0.25,
    ))
}

fn above_http(rows: &[Row], row: &Row) -> Option<f64> {
    let is_small = |case: &&Case| case.name == row.case && case.ask == Ask::Small;
    CASES.iter().find(is_small)?;
    let ours = find(rows, &row.case, Peer::Ours)?;
    let constant = find(rows, &row.case, Peer::Constant)?;
    compare([row, ours, constant], |[this, ours, constant]| {
        (this - constant) / (ours - constant)
    })
}

fn find<'a>(rows: &'a [Row], case: &str, peer: Peer) -> Option<&'a Row> {
    rows.iter()
        .find(|row| row.case == case && row.server == peer.name())
}

fn memory(row: &Row) -> String {
    let mib = |bytes: u64| format!("{:.1}", bytes as f64 / (1024.0 * 1024.0));
    let both = row.rss_start.zip(row.rss_end);
    both.map_or_else(dash, |(start, end)| {
        format!("{} → {}", mib(start), mib(end))
    })
}

fn two_digits(ratio: f64) -> String {
    format!("{ratio:.2}")
}

fn spread(spread: Spread) -> String {
    let Spread { median, min, max } = spread;
    format!("{} ({}–{})", number(median), number(min), number(max))
}

fn median(spread: Option<Spread>) -> String {
    spread.map_or_else(dash, |spread| number(spread.median))
}

/// Three digits or more.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        small if small < 10.0 => format!("{value:.2}"),
        middle if middle < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn dash() -> String {
    "–".to_owned()
}
