//! A module uses itself and the floors below it, and only two files know the dates of revisions.

use super::{
    assert_none,
    source::{Source, is_word},
};

/// The modules from the ground up. Neighbours across a `|` do not know each other, those joined by a `+` do.
const FLOORS: &str = "error < telemetry < principal < auth < protocol < schema < store < peer < context \
    < extract < handler < component + middleware < completion < tool | resource | prompt < route_tool \
    < server | session < http < lifespan + mount";

/// The files that may spell the date of a revision.
const DATED: [&str; 2] = ["src/protocol/version.rs", "src/protocol/dialect.rs"];

#[test]
fn a_module_uses_only_itself_and_the_floors_below() {
    let faults: Vec<_> = Source::all("src").iter().flat_map(stray_uses).collect();
    assert_none("a module may use itself and the floors below it:", &faults);
}

#[test]
fn only_the_version_and_the_dialect_spell_a_revision() {
    let faults: Vec<_> = Source::all("src").iter().flat_map(dates).collect();
    assert_none(
        &format!(
            "only {} may spell the date of a revision:",
            DATED.join(" and ")
        ),
        &faults,
    );
}

/// Where a module stands: its floor, and its room there.
fn place_of(module: &str) -> Option<(usize, usize)> {
    for (floor, rooms) in FLOORS.split('<').enumerate() {
        for (room, modules) in rooms.split('|').enumerate() {
            if modules.split('+').any(|name| name.trim() == module) {
                return Some((floor, room));
            }
        }
    }
    None
}

/// Returns the names of the folders and of the file itself, as modules.
fn modules(path: &str) -> Vec<&str> {
    let inner = path
        .trim_start_matches("src/")
        .trim_end_matches(".rs")
        .trim_end_matches("/mod");
    inner.split('/').collect()
}

fn stray_uses(source: &Source) -> Vec<String> {
    let modules = modules(&source.path);
    let module = modules[0];
    if module == "lib" || source.is_test() {
        return Vec::new();
    }
    let Some(place) = place_of(module) else {
        return vec![format!("{}: `{module}` has no floor", source.path)];
    };
    let mut faults: Vec<_> = used(&source.bare)
        .into_iter()
        .filter_map(|(offset, name)| {
            Some(format!(
                "{}: {}",
                source.place(offset),
                fault(module, place, name)?
            ))
        })
        .collect();
    faults.extend(climbs(source, modules.len()));
    faults
}

/// Says what is wrong with the use of `crate::name`, if anything is.
fn fault(module: &str, (floor, room): (usize, usize), name: &str) -> Option<String> {
    let word = &name[..name
        .find(|character| !is_word(character))
        .unwrap_or(name.len())];
    let next = &name[word.len()..];
    if next.starts_with('!') {
        return None;
    }
    if word.starts_with(char::is_uppercase) || next.starts_with('(') {
        return Some(format!(
            "`crate::{word}` is a re-export of the root; name the module it comes from"
        ));
    }
    match place_of(word) {
        None => Some(format!("`crate::{word}` has no floor")),
        Some(used) if used.0 < floor || used == (floor, room) => None,
        Some(_) => Some(format!("`{module}` uses `{word}`")),
    }
}

/// Returns what follows each `crate::`, every branch of a group by itself, with its offset.
fn used(bare: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (at, root) in bare.match_indices("crate::") {
        if bare[..at].ends_with(is_word) {
            continue;
        }
        let start = at + root.len();
        match bare[start..].strip_prefix('{') {
            Some(group) => found.extend(
                branches(group)
                    .into_iter()
                    .map(|(offset, name)| (start + 1 + offset, name)),
            ),
            None => found.push((start, &bare[start..])),
        }
    }
    found
}

/// Returns the branches of a group of imports, up to its closing brace.
fn branches(group: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                let branch = group[start..at].trim_start();
                found.extend((!branch.is_empty()).then_some((at - branch.len(), branch)));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

/// Returns the imports that go up to the root by `super`, where the rule above cannot see them.
fn climbs(source: &Source, depth: usize) -> Vec<String> {
    let climbs =
        |line: &str| line.contains("use super::") && line.matches("super::").count() >= depth;
    // Deeper lines are in modules of the same file, whose `super` may be the file.
    let outermost = |line: &str| line.starts_with("use ") || line.starts_with("pub");
    let lines = source.bare.lines().enumerate();
    let found = lines.filter(|(_, line)| outermost(line) && climbs(line));
    found
        .map(|(at, _)| {
            format!(
                "{}:{}: `super` is the root here; say `crate`",
                source.path,
                at + 1
            )
        })
        .collect()
}

fn dates(source: &Source) -> Vec<String> {
    if DATED.contains(&source.path.as_str()) || source.is_test() {
        return Vec::new();
    }
    let lines = source.code.lines().enumerate();
    let found = lines.filter(|(_, line)| line.as_bytes().windows(10).any(is_date));
    found
        .map(|(at, line)| format!("{}:{}: {}", source.path, at + 1, line.trim()))
        .collect()
}

/// Whether these ten bytes are the date of a day in this century.
fn is_date(window: &[u8]) -> bool {
    let fits = |(pattern, byte): (&u8, &u8)| {
        if *pattern == b'_' {
            byte.is_ascii_digit()
        } else {
            pattern == byte
        }
    };
    b"20__-__-__".iter().zip(window).all(fits)
}

#[test]
fn each_kind_of_stray_use_is_found() {
    let check = |path: &str, line: &str, expected: &[&str]| {
        let faults = stray_uses(&Source::new(path, &format!("\n{line}\n")));
        let expected: Vec<_> = expected
            .iter()
            .map(|fault| format!("{path}{fault}"))
            .collect();
        assert_eq!(faults, expected, "{path}: {line}");
    };
    check(
        "src/tool/mod.rs",
        "use crate::{error::{A, B}, tool::C}; // crate::http",
        &[],
    );
    check("src/mount.rs", "use crate::lifespan::Lifespan;", &[]);
    check("src/extract/args.rs", "use super::Rejection;", &[]);
    check("src/error.rs", "mod sealed { use super::Error; }", &[]);
    check(
        "src/tool/mod.rs",
        "fn f() -> crate::prompt::P {}",
        &[":2: `tool` uses `prompt`"],
    );
    check(
        "src/peer/ask.rs",
        "use crate::{error::E, http::{X}, Y};",
        &[
            ":2: `peer` uses `http`",
            ":2: `crate::Y` is a re-export of the root; name the module it comes from",
        ],
    );
    check(
        "src/server/a.rs",
        "crate::tool(1);",
        &[":2: `crate::tool` is a re-export of the root; name the module it comes from"],
    );
    check(
        "src/error.rs",
        "use crate::{\n    util::A,\n};",
        &[":3: `crate::util` has no floor"],
    );
    check("src/util.rs", "", &[": `util` has no floor"]);
    check(
        "src/store/a/b.rs",
        "pub use super::super::super::peer;",
        &[":2: `super` is the root here; say `crate`"],
    );
}
