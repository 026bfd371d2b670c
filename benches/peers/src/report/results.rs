//! The results on disk: one JSON file, to which each command adds its part.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Map, Value, json};

use super::Row;
use crate::{Outcome, measure::Plan};

pub(crate) struct Results {
    path: PathBuf,
    parts: Map<String, Value>,
}

impl Results {
    /// Reads what other commands have left, if anything.
    pub(crate) fn load() -> Outcome<Self> {
        let folder = env::var_os("BENCH_RESULTS").unwrap_or_else(|| "target/bench".into());
        fs::create_dir_all(&folder)?;
        let path = Path::new(&folder).join("results.json");
        let parts = fs::read(&path).ok();
        let parts = parts.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut results = Self {
            path,
            parts: parts.unwrap_or_default(),
        };
        results.set("machine", machine());
        Ok(results)
    }

    pub(crate) fn set(&mut self, part: &str, value: Value) {
        self.parts.insert(part.to_owned(), value);
    }

    /// Adds rows; those of the same case and server are replaced.
    pub(crate) fn add_rows(&mut self, rows: &[Row]) {
        let mut all = self.rows();
        for row in rows {
            let same = |it: &&mut Row| it.case == row.case && it.server == row.server;
            match all.iter_mut().find(same) {
                Some(old) => *old = row.clone(),
                None => all.push(row.clone()),
            }
        }
        self.set("cases", json!(all));
    }

    pub(crate) fn rows(&self) -> Vec<Row> {
        let rows = self.parts.get("cases").cloned();
        let rows = rows.and_then(|rows| serde_json::from_value(rows).ok());
        rows.unwrap_or_default()
    }

    pub(crate) fn save(&self) -> Outcome {
        fs::write(&self.path, serde_json::to_string_pretty(&self.parts)?)?;
        Ok(())
    }

    pub(crate) fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// Returns the path of another file in the same folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.path.with_file_name(name)
    }
}

pub(super) fn plan(plan: &Plan) -> Value {
    json!({
        "quick": plan.quick,
        "rounds": plan.rounds,
        "round_ms": plan.round.as_secs_f64() * 1e3,
        "sessions": plan.sessions,
        "streams": plan.streams,
        "soak": plan.soak,
    })
}

/// What the figures were measured on.
fn machine() -> Value {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let lines = processors.lines();
    let cores = lines.filter(|line| line.starts_with("processor")).count();
    let processor = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map(|name| name.trim_start_matches([' ', '\t', ':']).to_owned());
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let compiler = Command::new("rustc").arg("--version").output().ok();
    let compiler = compiler.map(|it| String::from_utf8_lossy(&it.stdout).trim().to_owned());
    json!({
        "processor": processor,
        "cores": cores,
        "kernel": kernel.trim(),
        "compiler": compiler,
    })
}
