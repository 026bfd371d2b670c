//! Event logs: what every one guarantees, and the limits of the one in memory.

mod contract;
mod memory;

use mcp_axum::store::{Event, EventLog, EventLogError, MemoryEventLog, Replay, StreamKey};

fn key(session: u128, number: u64) -> StreamKey {
    StreamKey { session, number }
}

/// An event that tells its stream and its place.
fn event(stream: StreamKey, seq: u64) -> Event {
    let message = format!("{:x}.{}.{seq}", stream.session, stream.number).into();
    let last = false;
    Event { seq, message, last }
}

fn last(stream: StreamKey, seq: u64) -> Event {
    let last = true;
    Event {
        last,
        ..event(stream, seq)
    }
}

async fn open(log: &impl EventLog, stream: StreamKey) {
    log.open(stream).await.expect("the stream is new");
}

async fn say(log: &impl EventLog, stream: StreamKey, event: Event) {
    log.append(stream, event).await.expect("the event is next");
}

/// Opens a stream on which something was said.
async fn spoken(log: &impl EventLog, stream: StreamKey, events: u64) {
    open(log, stream).await;
    for seq in 1..=events {
        say(log, stream, event(stream, seq)).await;
    }
}

async fn read(log: &impl EventLog, stream: StreamKey, seq: u64) -> Replay {
    let replay = log.read_after(stream, seq).await;
    replay.expect("the store is up")
}

async fn check(log: &impl EventLog, stream: StreamKey, seq: u64, expected: Replay) {
    let replay = read(log, stream, seq).await;
    assert_eq!(replay, expected, "{stream:?} after {seq}");
}

async fn check_gap(log: &impl EventLog, stream: StreamKey, seq: u64) {
    check(log, stream, seq, Replay::Gap).await;
}

/// What was said from one place to another, both included.
fn events(stream: StreamKey, seqs: impl IntoIterator<Item = u64>) -> Replay {
    Replay::Events(seqs.into_iter().map(|seq| event(stream, seq)).collect())
}

/// Returns the places that a replay has, or nothing for a gap.
async fn places(log: &impl EventLog, stream: StreamKey, seq: u64) -> Option<Vec<u64>> {
    match read(log, stream, seq).await {
        Replay::Events(events) => Some(events.iter().map(|event| event.seq).collect()),
        Replay::Gap => None,
    }
}

async fn check_refused(
    log: &impl EventLog,
    stream: StreamKey,
    event: Event,
    expected: EventLogError,
) {
    let error = log
        .append(stream, event)
        .await
        .expect_err("the event is wrong");
    assert_eq!(error.downcast_ref(), Some(&expected), "{stream:?}");
}

#[tokio::test]
async fn the_log_in_memory_keeps_the_contract() {
    contract::run(MemoryEventLog::default()).await;
}

#[tokio::test]
async fn a_hundred_thousand_guessed_cursors_yield_nothing() {
    let log = MemoryEventLog::default();
    let (victim, attacker) = (0x1234_5678, 0x1234_5679);
    for number in 0..10 {
        spoken(&log, key(victim, number), 10).await;
        spoken(&log, key(attacker, number), 0).await;
    }
    for guess in 0..100_000 {
        let replay = log
            .read_after(key(attacker, guess % 100), guess / 100)
            .await;
        let Replay::Events(events) = replay.unwrap() else {
            continue;
        };
        assert!(events.is_empty());
    }
}
