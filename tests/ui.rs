//! The five classic mistakes in a handler each get one error, of one clear sentence.
//!
//! A package under the target directory depends on the crate as an app would, and has each file of
//! `tests/ui` as a program. Only the sentence is pinned: the rest of an error changes with the
//! compiler.

use std::{
    collections::BTreeMap,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const MISTAKES: [(&str, &str); 5] = [
    (
        "not_an_extractor",
        "`u32` is not an extractor, so a handler cannot take it as an argument",
    ),
    ("not_a_result", "a tool cannot return `Instant`"),
    (
        "no_schema",
        "the trait bound `NoSchema: JsonSchema` is not satisfied",
    ),
    (
        "not_async",
        "`fn() -> String {hello}` is not an async function",
    ),
    ("not_send", "future returned by `count` is not `Send`"),
];

#[test]
fn each_classic_mistake_gets_one_error_of_one_clear_sentence() {
    let mut errors = errors_of(&package());
    for (name, sentence) in MISTAKES {
        let errors = errors.remove(name).unwrap_or_default();
        assert_eq!(errors.len(), 1, "{name}: {errors:#?}");
        // Compilers differ in how much of a foreign path they print.
        let error = errors[0].replace("schemars::", "");
        assert!(error.contains(sentence), "{name}:\n{error}");
    }
    assert!(errors.is_empty(), "{errors:#?}");
}

/// Writes the package whose programs are the mistakes, and returns where.
fn package() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    fs::create_dir_all(&package).expect("the target directory is writable");
    let mut manifest = format!(
        "[package]\nname = 'mistakes'\nversion = '0.0.0'\nedition = '2024'\n\n[workspace]\n\n\
         [dependencies]\nmcp-axum = {{ path = '{}' }}\nschemars = '1'\nserde = '1'\n\n\
         [profile.dev]\ndebug = 0\n",
        root.display()
    );
    for (name, _) in MISTAKES {
        let file = root.join("tests/ui").join(name).with_extension("rs");
        let path = file.display();
        write!(manifest, "\n[[bin]]\nname = '{name}'\npath = '{path}'\n").expect("memory");
    }
    fs::write(package.join("Cargo.toml"), manifest).expect("the package is writable");
    // The same versions as ours, so that everything is on the machine already.
    fs::copy(root.join("Cargo.lock"), package.join("Cargo.lock")).expect("there is a lock file");
    package
}

/// Checks every program and returns its errors as the compiler printed them.
fn errors_of(package: &Path) -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--keep-going"])
        .args(["--message-format", "json", "--target-dir"])
        .arg(package.join("target"))
        .current_dir(package)
        .output()
        .expect("cargo runs");
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "nothing was wrong:\n{log}");
    let mut errors = BTreeMap::<String, Vec<String>>::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let line: Value = serde_json::from_str(line).expect("cargo writes JSON");
        let message = &line["message"];
        let is_error = message["level"] == "error" && message["spans"] != Value::Array(Vec::new());
        if let (true, Some(target), Some(text)) = (
            is_error,
            line["target"]["name"].as_str(),
            message["rendered"].as_str(),
        ) {
            let of_target = errors.entry(target.to_owned()).or_default();
            of_target.push(text.to_owned());
        }
    }
    assert!(!errors.is_empty(), "no program was checked:\n{log}");
    errors
}
