//! Every known trap of the protocol, and every known pain of embedders, has a test that says its number.

use std::ops::RangeInclusive;

use super::{assert_none, source::Source};

/// The numbers of the traps that this server can fall into.
const TRAPS: [RangeInclusive<u8>; 2] = [1..=64, 77..=78];

/// The numbers of the pains; the sixth and the seventh need a store that is shared.
const PAINS: [RangeInclusive<u8>; 2] = [1..=5, 8..=22];

#[test]
fn every_trap_has_a_test() {
    // The batch that hides a stateless element came later, beside the fifth.
    let late = ["t05b_".to_owned()];
    check("trap", numbered('t', TRAPS).chain(late));
}

#[test]
fn every_pain_has_a_test() {
    check("pain", numbered('p', PAINS));
}

/// Fails unless the name of some test starts with each of these.
#[track_caller]
fn check(what: &str, prefixes: impl Iterator<Item = String>) {
    let tests: Vec<_> = Source::all("tests").iter().flat_map(tests).collect();
    let missing = prefixes.filter(|prefix| !tests.iter().any(|test| test.starts_with(prefix)));
    let faults: Vec<_> = missing
        .map(|prefix| format!("tests/: no test is named `{prefix}…`"))
        .collect();
    assert_none(
        &format!("every {what} needs a test whose name starts with its number:"),
        &faults,
    );
}

/// Returns how the names of the tests start: `t02_` and so on.
fn numbered(letter: char, ranges: [RangeInclusive<u8>; 2]) -> impl Iterator<Item = String> {
    let numbers = ranges.into_iter().flatten();
    numbers.map(move |number| format!("{letter}{number:02}_"))
}

/// Returns the names of the functions that are marked as tests.
fn tests(source: &Source) -> Vec<String> {
    let mut names = Vec::new();
    let mut marked = false;
    for line in source
        .bare
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
    {
        if line.starts_with("#[") {
            marked |= line.contains("test]") || line.contains("test(");
            continue;
        }
        let name = line
            .split_once("fn ")
            .and_then(|(_, rest)| rest.split_once('('));
        names.extend(name.filter(|_| marked).map(|(name, _)| name.to_owned()));
        marked = false;
    }
    names
}

#[test]
fn only_functions_marked_as_tests_count() {
    let text = "
        #[test]
        // Why.
        fn t02_one() {}
        fn t03_support() {}
        #[tokio::test(start_paused = true)]
        #[should_panic]
        async fn t04_two() {}
        // #[test] fn t05_three() {}";
    assert_eq!(
        tests(&Source::new("tests/some.rs", text)),
        ["t02_one", "t04_two"]
    );
}
