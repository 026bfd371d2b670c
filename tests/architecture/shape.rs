//! Files stay short, the root stays small, and the oldest supported compiler understands the syntax.

use super::{
    assert_none,
    source::{Source, is_word},
};

/// The longest file, in lines of code.
const FILE: usize = 300;
/// The longest example that is a single file.
const EXAMPLE: usize = 80;
/// How many names the root of the crate may hold, modules aside.
const NAMES: usize = 20;

#[test]
fn no_file_is_too_long() {
    let files = ["src", "examples"].map(Source::all).into_iter().flatten();
    let faults: Vec<_> = files.filter_map(|source| excess(&source)).collect();
    assert_none(
        "a long file holds a second idea; give it a name and a file:",
        &faults,
    );
}

#[test]
fn no_condition_is_a_let_chain() {
    let files = ["src", "examples", "tests", "benches"]
        .map(Source::all)
        .into_iter()
        .flatten();
    let faults: Vec<_> = files.flat_map(|source| chains(&source)).collect();
    assert_none(
        "let-chains need Rust 1.88; nest the conditions, or use `let … else`:",
        &faults,
    );
}

#[test]
fn the_root_stays_small() {
    let sources = Source::all("src");
    let root = sources
        .iter()
        .find(|source| source.path == "src/lib.rs")
        .expect("the crate has a root");
    let names = root_names(&root.bare);
    assert!(
        names.iter().all(|name| name != "*"),
        "src/lib.rs: name what the root exports, without `*`"
    );
    let count = names.len();
    assert!(
        count <= NAMES,
        "src/lib.rs: {count} names at the root, at most {NAMES} allowed: {}",
        names.join(", ")
    );
}

fn excess(source: &Source) -> Option<String> {
    let folder = source
        .path
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let alone = matches!(folder, "examples" | "examples/auth");
    let limit = if alone { EXAMPLE } else { FILE };
    let lines = source.code_lines();
    (lines > limit).then(|| {
        format!(
            "{}: {lines} lines of code, at most {limit} allowed",
            source.path
        )
    })
}

fn chains(source: &Source) -> Vec<String> {
    let keywords = ["if ", "while "]
        .into_iter()
        .flat_map(|keyword| source.bare.match_indices(keyword));
    let conditions = keywords.filter(|(at, _)| !source.bare[..*at].ends_with(is_word));
    let found = conditions.filter(|(at, keyword)| is_chain(&source.bare[at + keyword.len()..]));
    found.map(|(at, _)| source.place(at)).collect()
}

/// Whether the condition that starts here has a `let` beside a binary `&&`, outside of any brackets.
fn is_chain(condition: &str) -> bool {
    let (mut binds, mut joins) = (false, false);
    // Between `let` and `=`, braces belong to the pattern; behind it, a brace opens the body.
    let (mut in_pattern, mut depth) = (false, 0_usize);
    for (at, character) in condition.char_indices() {
        let rest = &condition[at..];
        match character {
            '(' | '[' => depth += 1,
            '{' if in_pattern || depth > 0 => depth += 1,
            ')' | ']' | '}' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            '{' | '}' | ')' | ']' | ';' => break,
            '=' if rest.starts_with("=>") => break,
            '=' => in_pattern = false,
            'l' if rest.starts_with("let ") && !condition[..at].ends_with(is_word) => {
                (binds, in_pattern) = (true, true);
            }
            '&' if rest.starts_with("&& ") => joins = true,
            _ => {}
        }
    }
    binds && joins
}

/// Returns the names that the root exports, without its modules.
fn root_names(bare: &str) -> Vec<String> {
    let items = ["fn", "struct", "enum", "trait", "type", "const", "static"];
    let mut names = Vec::new();
    for (at, keyword) in bare
        .match_indices("pub ")
        .filter(|(at, _)| bare[..*at].ends_with('\n') || *at == 0)
    {
        let item = &bare[at + keyword.len()..];
        if let Some(tree) = item.strip_prefix("use ") {
            names.extend(leaves(&tree[..tree.find(';').unwrap_or(tree.len())]));
        } else {
            let mut words = item.split(|character| !is_word(character));
            let kept = words.next().is_some_and(|word| items.contains(&word));
            names.extend(words.next().filter(|_| kept).map(str::to_owned));
        }
    }
    names
}

/// Returns the names that an import tree brings in. Every leaf of it stands between commas and braces.
fn leaves(tree: &str) -> Vec<String> {
    let parts = tree.split([',', '{', '}']).map(str::trim);
    let leaves = parts.filter(|part| !part.is_empty() && !part.ends_with("::"));
    leaves
        .map(|leaf| leaf.rsplit([':', ' ']).next().unwrap_or(leaf).to_owned())
        .collect()
}

#[test]
fn let_chains_are_told_from_their_kin() {
    let check = |condition: &str, expected: bool| {
        let source = Source::new(
            "src/some.rs",
            &format!("fn f() {{ {condition} {{ a && b }} }}"),
        );
        assert_eq!(!chains(&source).is_empty(), expected, "{condition}");
    };
    check("if let Some(a) = b && c", true);
    check("while a && let Some(b) = c", true);
    check("if let Some(A { b, .. }) = c\n    && d", true);
    check("if let A { b } = c && d", true);
    check("if let &&a = b", false);
    check("if let Some(a) = b.filter(|c| d && e)", false);
    check("if let Some(a) = b.map(|c| { d && e })", false);
    check("if a && b", false);
    check("if a(\"let b = c && d\")", false);
}

#[test]
fn every_name_at_the_root_is_counted() {
    let root = "pub mod a;\nmod b;\npub use a::{B, c::{D, E as F},};\npub use g::H;\npub fn i() {}\npub(crate) use j::K;\n";
    assert_eq!(root_names(root), ["B", "D", "F", "H", "i"]);
}
