//! Every exchange in every revision, against the fixtures.

use std::collections::BTreeSet;

use super::{exchanges, fixture, telling};

/// Has every exchange in a revision; the independent model reads along.
async fn speak(revision: &'static str) {
    let mut differences = Vec::new();
    let mut names = BTreeSet::new();
    for exchange in exchanges::all() {
        let dialogue = exchange.held_in(revision).await;
        differences.extend(fixture::difference(revision, exchange.name, &dialogue));
        assert!(names.insert(exchange.name.to_owned()), "{}", exchange.name);
    }
    let changes = telling::of_changes(revision).await;
    differences.extend(fixture::difference(revision, "changes", &changes));
    names.insert("changes".to_owned());
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    assert_eq!(fixture::names(revision), names, "{revision}");
}

#[tokio::test]
async fn v2024_11_05_is_spoken_to_the_letter() {
    speak("2024-11-05").await;
}

#[tokio::test]
async fn v2025_03_26_is_spoken_to_the_letter() {
    speak("2025-03-26").await;
}

#[tokio::test]
async fn v2025_06_18_is_spoken_to_the_letter() {
    speak("2025-06-18").await;
}

#[tokio::test]
async fn v2025_11_25_is_spoken_to_the_letter() {
    speak("2025-11-25").await;
}

#[tokio::test]
async fn v2026_07_28_is_spoken_to_the_letter() {
    speak("2026-07-28").await;
}
