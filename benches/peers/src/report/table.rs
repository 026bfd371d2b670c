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
            ratio(cpu_of(rows, row, None), cpu_of(rows, row, Some(Peer::Hand))),
            above_http(rows, row),
            memory(row),
            row.each.map_or_else(dash, number),
        ];
        table += &format!("| {} |\n", cells.join(" | "));
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

fn verdicts(rows: &[Row], case: &Case, goal: Goal, ours: &Row) -> Vec<Verdict> {
    let of = |peer, figure: fn(&Row) -> Option<f64>| find(rows, case.name, peer).and_then(figure);
    let versus = |peer: Peer, most: f64, what: &str, figure: fn(&Row) -> Option<f64>| {
        let value = figure(ours)? / of(peer, figure)?;
        Some((format!("{what} ≤ {most} × {}", peer.name()), value, most))
    };
    let cpu: fn(&Row) -> Option<f64> = |row| row.cpu.map(|cpu| cpu.median);
    match goal {
        Goal::Cpu(peer, most) => {
            let mut all: Vec<_> = versus(peer, most, "CPU", cpu).into_iter().collect();
            if case.ask == Ask::Small {
                all.extend(share_of_best_peer(rows, case, cpu));
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
            let delivery = versus(Peer::Hand, most, "CPU of a delivery", cpu);
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
fn share_of_best_peer(rows: &[Row], case: &Case, cpu: fn(&Row) -> Option<f64>) -> Option<Verdict> {
    let of = |peer| find(rows, case.name, peer).and_then(cpu);
    let constant = of(Peer::Constant)?;
    let best = [Peer::Rmcp, Peer::TowerMcp].into_iter().filter_map(of);
    let best = best.min_by(f64::total_cmp)? - constant;
    let share = (of(Peer::Ours)? - constant) / best;
    Some((
        "MCP above HTTP ≤ 0.25 × the best peer's".to_owned(),
        share,
        0.25,
    ))
}

fn above_http(rows: &[Row], row: &Row) -> String {
    let is_small = CASES
        .iter()
        .any(|it| it.name == row.case && it.ask == Ask::Small);
    let constant = cpu_of(rows, row, Some(Peer::Constant));
    let ours = cpu_of(rows, row, Some(Peer::Ours));
    let (true, Some(constant), Some(ours)) = (is_small, constant, ours) else {
        return dash();
    };
    let above = cpu_of(rows, row, None).map(|cpu| cpu - constant);
    ratio(above, Some(ours - constant))
}

/// The CPU time of this row, or of another server in the same case.
fn cpu_of(rows: &[Row], row: &Row, peer: Option<Peer>) -> Option<f64> {
    let row = match peer {
        None => row,
        Some(peer) => find(rows, &row.case, peer)?,
    };
    row.cpu.map(|cpu| cpu.median)
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

fn ratio(value: Option<f64>, base: Option<f64>) -> String {
    let both = value.zip(base);
    both.map_or_else(dash, |(value, base)| format!("{:.2}", value / base))
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
