//! How long a hello world takes to compile, from clean and after one tool was touched.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use serde_json::json;

use crate::{
    Outcome,
    report::{Results, Spread},
};

/// A program, and what it depends on beside axum and tokio.
struct Hello {
    name: &'static str,
    dependencies: &'static str,
    source: &'static str,
}

/// What the programs have in common. The versions come from the lock file of this package.
const COMMON: &str = r#"
axum = { version = "0.8", default-features = false, features = ["http1", "json", "tokio"] }
tokio = { version = "1", features = ["macros", "net", "rt-multi-thread"] }
"#;

const HELLOS: [Hello; 3] = [
    Hello {
        name: "axum",
        dependencies: r#"serde = { version = "1", features = ["derive"] }"#,
        source: include_str!("compile/axum.rs.txt"),
    },
    Hello {
        name: "mcp-axum",
        dependencies: concat!(
            "schemars = \"1\"\nserde = { version = \"1\", features = [\"derive\"] }\nmcp-axum = { path = '",
            env!("CARGO_MANIFEST_DIR"),
            "/../..' }",
        ),
        source: include_str!("compile/mcp_axum.rs.txt"),
    },
    Hello {
        name: "rmcp",
        dependencies: r#"
schemars = "1"
serde = { version = "1", features = ["derive"] }
rmcp = { version = "=3.9.0", features = ["transport-streamable-http-server"] }
"#,
        source: include_str!("compile/rmcp.rs.txt"),
    },
];

/// How often the program is touched and built again.
const TOUCHES: usize = 5;

/// Builds all programs in the development profile.
pub(crate) fn run() -> Outcome {
    let mut results = Results::load()?;
    let mut rows = Vec::new();
    println!(
        "| hello world | crates | from clean, s | after a touch, s (min–max) |\n|---|--:|--:|--:|"
    );
    for hello in &HELLOS {
        let folder = results.beside("compile").join(hello.name);
        let crates = prepare(hello, &folder)?;
        let clean = build(&folder)?;
        let mut touched = Vec::new();
        for touch in 0..TOUCHES {
            write_source(hello, &folder, touch + 1)?;
            touched.push(build(&folder)?);
        }
        let touched = Spread::of(touched.into_iter());
        println!(
            "| {} | {crates} | {clean:.1} | {:.2} ({:.2}–{:.2}) |",
            hello.name, touched.median, touched.min, touched.max
        );
        rows.push(
            json!({"name": hello.name, "crates": crates, "clean_s": clean, "touched_s": touched}),
        );
    }
    results.set("compile", json!(rows));
    results.save()
}

/// Writes the package, fetches what it needs, and returns how many crates it has beside itself.
fn prepare(hello: &Hello, folder: &Path) -> Outcome<usize> {
    // What an earlier run has left would not be clean.
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"hello\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{COMMON}{}\n",
        hello.dependencies
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("Cargo.lock"), include_str!("../Cargo.lock"))?;
    write_source(hello, folder, 0)?;
    cargo(folder, &["fetch"])?;
    let tree = [
        "tree",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--no-dedupe",
    ];
    let tree = Command::new("cargo")
        .args(tree)
        .current_dir(folder)
        .output()?;
    let tree = String::from_utf8_lossy(&tree.stdout);
    let mut crates: Vec<&str> = tree
        .lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .collect();
    crates.sort_unstable();
    crates.dedup();
    Ok(crates.len())
}

/// Each time the tool says something else.
fn write_source(hello: &Hello, folder: &Path, touch: usize) -> Outcome {
    let source = hello.source.replace("TOUCHED", &format!("hello {touch}"));
    fs::write(folder.join("src/main.rs"), source)?;
    Ok(())
}

/// Builds, and returns the seconds it took.
fn build(folder: &Path) -> Outcome<f64> {
    let start = Instant::now();
    cargo(folder, &["build", "--offline"])?;
    Ok(start.elapsed().as_secs_f64())
}

fn cargo(folder: &Path, arguments: &[&str]) -> Outcome {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", "target")
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("cargo {arguments:?} in {}: {words}", folder.display()).into())
}
