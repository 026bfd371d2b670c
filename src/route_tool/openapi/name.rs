//! Names of tools, arguments and definitions, from names that may have any character.

use std::collections::BTreeSet;

use super::Operation;

/// The longest name of a tool.
const TOOL: usize = 128;
/// The longest name of an argument that models take.
const ARGUMENT: usize = 64;

/// Returns the name of an operation's tool: its id, or its method and path.
pub(super) fn of_tool(operation: &Operation) -> String {
    match operation.id().filter(|id| !id.is_empty()) {
        Some(id) => plain(id, TOOL),
        None => {
            let method = operation.method().as_str().to_ascii_lowercase();
            let words = operation.path().split(|c: char| !c.is_ascii_alphanumeric());
            let words = words.filter(|word| !word.is_empty());
            let name: Vec<&str> = std::iter::once(method.as_str()).chain(words).collect();
            plain(&name.join("_"), TOOL)
        }
    }
}

/// Returns the name of a parameter's argument, which no other has.
pub(super) fn of_argument(name: &str, place: &str, taken: &mut BTreeSet<String>) -> String {
    let name = plain(name, ARGUMENT);
    let candidates = [name.clone(), plain(&format!("{place}_{name}"), ARGUMENT)];
    unique(candidates, &name, taken)
}

/// Returns the name of a definition, which no other has.
pub(super) fn of_definition(pointer: &str, taken: &mut BTreeSet<String>) -> String {
    let name = pointer.rsplit('/').next().unwrap_or(pointer);
    let name = plain(&name.replace("~1", "/").replace("~0", "~"), TOOL);
    unique([name.clone()], &name, taken)
}

/// Takes the first candidate that is free, or one with a number.
fn unique(
    candidates: impl IntoIterator<Item = String>,
    name: &str,
    taken: &mut BTreeSet<String>,
) -> String {
    let numbered = (2..).map(|number: u32| format!("{}_{number}", &name[..name.len().min(48)]));
    let mut candidates = candidates.into_iter().chain(numbered);
    let free = candidates.find(|candidate| taken.insert(candidate.clone()));
    free.expect("there are more numbers than names")
}

/// Replaces every character that a name cannot have; the result is ASCII.
fn plain(name: &str, longest: usize) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let plain: String = name
        .chars()
        .take(longest)
        .map(|c| if allowed(c) { c } else { '_' })
        .collect();
    if plain.is_empty() {
        return "_".to_owned();
    }
    plain
}
