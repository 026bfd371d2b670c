//! What was said in an exchange, kept as a file to read.
//!
//! With `WRITE_FIXTURES` in the environment the files are written anew: read the
//! difference before it is kept.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use serde_json::{Value, json};

use super::tongue::Dialogue;

fn folder(revision: &str) -> PathBuf {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/revisions/fixtures");
    PathBuf::from(tests).join(revision)
}

/// Asserts that an exchange went as its fixture says; returns what differs.
pub fn difference(revision: &str, name: &str, dialogue: &Dialogue) -> Option<String> {
    let said = normalised(name, dialogue);
    let path = folder(revision).join(format!("{name}.json"));
    if env::var_os("WRITE_FIXTURES").is_some() {
        let text = serde_json::to_string_pretty(&said).expect("JSON") + "\n";
        fs::create_dir_all(folder(revision)).expect("a folder");
        fs::write(&path, text).expect("written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let kept: Value = serde_json::from_str(&kept).unwrap_or_default();
    (kept != said).then(|| format!("{revision}/{name}\nfixture: {kept:#}\nsaid: {said:#}"))
}

/// Returns the names of the fixtures of a revision.
pub fn names(revision: &str) -> BTreeSet<String> {
    let files = fs::read_dir(folder(revision)).expect("the folder of the revision");
    let names = files.map(|file| file.expect("a file").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    names
        .map(|name| name.trim_end_matches(".json").to_owned())
        .collect()
}

/// Returns a dialogue with stand-ins for all that is random.
fn normalised(name: &str, dialogue: &Dialogue) -> Value {
    let mut random = Vec::new();
    for message in dialogue.server() {
        if message.get("method").is_some() {
            note(&mut random, message.get("id"), "question");
        }
        collect(message, &mut random);
    }
    let mut said = Value::Array(dialogue.said.clone());
    replace(&mut said, &random);
    if name != "discover" {
        said.as_array_mut().into_iter().flatten().for_each(shorten);
    }
    json!({"status": dialogue.status, "dialogue": said})
}

type Random = Vec<(String, String)>;

fn note(random: &mut Random, value: Option<&Value>, name: &str) {
    if let Some(text) = value.and_then(Value::as_str) {
        assert!(text.len() >= 16, "{text} is too short to be a secret");
        random.push((text.to_owned(), format!("<{name}>")));
    }
}

/// Shortens the server's name card, which is the same in every result.
fn shorten(said: &mut Value) {
    let Value::Object(members) = said else {
        return;
    };
    members.values_mut().for_each(shorten);
    let card = members
        .get_mut("_meta")
        .and_then(|meta| meta.get_mut("io.modelcontextprotocol/serverInfo"));
    if let Some(card) = card {
        if card["name"] == "rich" {
            *card = json!("<the name card>");
        }
    }
}

/// Finds what is random in a message, by where it stands.
fn collect(message: &Value, random: &mut Random) {
    match message {
        Value::Object(members) => {
            for name in ["elicitationId", "requestState"] {
                note(random, members.get(name), name);
            }
            members.values().for_each(|member| collect(member, random));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, random)),
        Value::String(text) => {
            if let Some((_, id)) = text.split_once("the server's log has the reason under ") {
                note(random, Some(&json!(id)), "correlation");
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn replace(value: &mut Value, random: &Random) {
    match value {
        Value::Object(members) => members.values_mut().for_each(|it| replace(it, random)),
        Value::Array(items) => items.iter_mut().for_each(|it| replace(it, random)),
        Value::String(text) => {
            for (secret, name) in random {
                *text = text.replace(secret, name);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
