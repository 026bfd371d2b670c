//! mcp-axum beside its peers: five servers with the same tools, and one load for all of them.
//!
//! `README.md` says how to read the figures; `scripts/bench` is the way to run it.

mod case;
mod compile;
mod instructions;
mod measure;
mod process;
mod report;
mod request;
mod servers;
mod wire;

use std::{env, error::Error, process::ExitCode};

/// What can go wrong here is told to whoever runs it, and ends the run.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str =
    "usage: peers run [--quick] [CASE...] | show | instructions [--all | --store] | compile | list";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome<ExitCode> {
    let (command, rest) = arguments.split_first().ok_or(USAGE)?;
    match command.as_str() {
        "run" => measure::run(rest)?,
        "show" => report::show()?,
        "compile" => compile::run()?,
        "instructions" => return instructions::run(rest),
        "list" => case::CASES
            .iter()
            .for_each(|case| println!("{}", case.name)),
        // The two below are started by the others.
        "serve" => servers::serve(rest)?,
        "drive" => instructions::drive(rest)?,
        _ => return Err(USAGE.into()),
    }
    Ok(ExitCode::SUCCESS)
}
