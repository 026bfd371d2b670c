//! A chart of the main cases as SVG: a panel a case, a bar a server, a scale of its own for each panel.

use std::fmt::Write as _;

use super::{Row, table::number};
use crate::case::Peer;

/// The cases that are drawn, and what they are called.
const PANELS: [(&str, &str); 6] = [
    ("call-session", "tools/call in a session"),
    ("call-stateless", "tools/call, stateless"),
    ("list50-stateless", "tools/list of 50"),
    ("echo10k-stateless", "echo of 10 KiB"),
    ("echo1m-stateless", "echo of 1 MiB"),
    ("progress-stateless", "10 progress events"),
];

const WIDTH: f64 = 760.0;
const COLUMNS: usize = 2;
const TOP: f64 = 40.0;
const BAR: f64 = 18.0;
const LABELS: f64 = 80.0;
/// Room for the figure at the end of the longest bar.
const FIGURES: f64 = 60.0;

/// Draws the cases of which there are figures. The greys read on white and on black.
pub(super) fn draw(rows: &[Row]) -> String {
    let panels: Vec<_> = PANELS
        .iter()
        .map(|(case, title)| (*title, bars(rows, case)))
        .filter(|(_, bars)| !bars.is_empty())
        .collect();
    let panel_height = 34.0 + BAR * Peer::ALL.len() as f64;
    let height = TOP + panel_height * panels.len().div_ceil(COLUMNS) as f64;
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="system-ui, sans-serif" font-size="12" fill="#7d8590" role="img">
<title>CPU time of the whole server process per request</title>
<text x="0" y="18" font-size="14" font-weight="600">CPU µs per request, whole server process (less is better)</text>
"##
    );
    let width = WIDTH / COLUMNS as f64;
    for (place, (title, bars)) in panels.iter().enumerate() {
        let x = width * (place % COLUMNS) as f64;
        let y = TOP + panel_height * (place / COLUMNS) as f64;
        panel(&mut svg, (x, y), width - 20.0, title, bars);
    }
    svg + "</svg>\n"
}

fn bars(rows: &[Row], case: &str) -> Vec<(Peer, f64)> {
    let figure = |peer: Peer| {
        let row = rows
            .iter()
            .find(|row| row.case == case && row.server == peer.name());
        Some((peer, row?.cpu?.median))
    };
    Peer::ALL.into_iter().filter_map(figure).collect()
}

fn panel(svg: &mut String, (x, y): (f64, f64), width: f64, title: &str, bars: &[(Peer, f64)]) {
    let longest = bars.iter().map(|(_, value)| *value).fold(0.0, f64::max);
    let scale = (width - LABELS - FIGURES) / longest;
    // Writing to a string does not fail.
    let _ = writeln!(
        svg,
        r#"<text x="{x:.1}" y="{:.1}" font-weight="600">{title}</text>"#,
        y + 12.0
    );
    for (place, (peer, value)) in bars.iter().enumerate() {
        let top = y + 20.0 + BAR * place as f64;
        let (from, length, base) = (x + LABELS, value * scale, top + 12.0);
        let colour = match peer {
            Peer::Ours => "#2f81f7",
            Peer::Rmcp | Peer::TowerMcp => "#8b949e",
            Peer::Hand | Peer::Constant => "#b6a46a",
        };
        let (name, figure) = (peer.name(), number(*value));
        let _ = writeln!(
            svg,
            r#"<text x="{:.1}" y="{base:.1}" text-anchor="end">{name}</text><rect x="{from:.1}" y="{:.1}" width="{length:.1}" height="12" fill="{colour}"/><text x="{:.1}" y="{base:.1}">{figure}</text>"#,
            from - 6.0,
            top + 2.0,
            from + length + 5.0,
        );
    }
}
