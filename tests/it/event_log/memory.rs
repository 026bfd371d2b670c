//! The limits of the log in memory.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mcp_axum::store::{Event, EventLog, EventLogError, EventLogLimits, MemoryEventLog};
use tokio::time::advance;

use super::{check, check_gap, check_refused, event, events, key, last, open, places, say, spoken};

const SECOND: Duration = Duration::from_secs(1);
const LIFE: Duration = Duration::from_secs(5 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The event with this place, as long as asked for.
fn sized(seq: u64, bytes: usize, last: bool) -> Event {
    let message = vec![b'x'; bytes].into();
    Event { seq, message, last }
}

#[tokio::test(start_paused = true)]
async fn an_ended_stream_is_dropped_after_its_life() {
    let log = MemoryEventLog::default();
    let stream = key(1, 1);
    spoken(&log, stream, 1).await;
    advance(LIFE - SECOND).await;
    // Life begins anew with each append.
    say(&log, stream, last(stream, 2)).await;
    advance(LIFE - SECOND).await;
    log.sweep();
    assert_eq!(places(&log, stream, 0).await, Some(vec![1, 2]));
    advance(SECOND).await;
    check_gap(&log, stream, 0).await;
    check_gap(&log, stream, 2).await;
    assert_eq!((log.streams(), log.bytes()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_drops_what_nobody_asks_for() {
    let log = MemoryEventLog::default();
    for number in 0..1000 {
        let stream = key(1, number);
        spoken(&log, stream, 1).await;
        say(&log, stream, last(stream, 2)).await;
    }
    advance(LIFE / 2).await;
    spoken(&log, key(2, 1), 1).await;
    advance(LIFE / 2).await;
    log.sweep();
    assert_eq!(log.streams(), 1);
    log.forget(2).await.unwrap();
    assert_eq!((log.streams(), log.bytes()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_was_silent_for_long_goes_on_where_it_was() {
    let log = MemoryEventLog::default();
    let stream = key(1, 1);
    spoken(&log, stream, 3).await;
    let spoken = log.bytes();
    advance(LIFE).await;
    log.sweep();
    assert!(log.bytes() < spoken, "its events are gone");
    check_gap(&log, stream, 2).await;
    // Who has seen everything misses nothing.
    check(&log, stream, 3, events(stream, [])).await;
    check_refused(
        &log,
        stream,
        event(stream, 1),
        EventLogError::OutOfOrder { expected: 4 },
    )
    .await;
    say(&log, stream, event(stream, 4)).await;
    check(&log, stream, 3, events(stream, [4])).await;
    check_gap(&log, stream, 2).await;
    advance(LIFE - SECOND).await;
    say(&log, stream, last(stream, 5)).await;
    assert_eq!(places(&log, stream, 3).await, Some(vec![4, 5]));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_never_ends_is_forgotten_at_last() {
    let log = MemoryEventLog::default();
    spoken(&log, key(1, 1), 1).await;
    spoken(&log, key(1, 2), 1).await;
    advance(LIFE).await;
    log.sweep();
    advance(DAY - LIFE - SECOND).await;
    log.sweep();
    assert_eq!(log.streams(), 2);
    advance(SECOND).await;
    check_gap(&log, key(1, 1), 1).await;
    log.sweep();
    assert_eq!((log.streams(), log.bytes()), (0, 0));
}

#[tokio::test]
async fn the_oldest_events_of_a_stream_give_way() {
    let check = async |limits, sizes: &[usize], kept: u64| {
        let log = MemoryEventLog::new(limits);
        let stream = key(1, 1);
        open(&log, stream).await;
        for (seq, bytes) in (1..).zip(sizes) {
            say(&log, stream, sized(seq, *bytes, false)).await;
        }
        let said = sizes.len() as u64;
        let before = said - kept;
        for cursor in 0..before {
            check_gap(&log, stream, cursor).await;
        }
        for cursor in before..=said {
            let expected = (cursor + 1..=said).collect();
            assert_eq!(places(&log, stream, cursor).await, Some(expected));
        }
    };
    let limits = EventLogLimits::default();
    check(limits, &[1; 1024], 1024).await;
    check(limits, &[1; 1030], 1024).await;
    check(limits.events(2), &[1; 2], 2).await;
    check(limits.events(2), &[1; 3], 2).await;
    check(limits.events(0), &[1; 3], 0).await;
    check(limits, &[512 * 1024, 512 * 1024], 2).await;
    check(limits, &[512 * 1024, 512 * 1024, 1], 2).await;
    check(limits.bytes(10), &[4, 4, 2, 4], 3).await;
    check(limits.bytes(10), &[4, 4, 10], 1).await;
    // One that is too large for the log takes everything before it along.
    check(limits.bytes(10), &[4, 4, 11], 0).await;
    check(limits.bytes(10), &[4, 4, 11, 1], 1).await;
    // A lone stream keeps within the budget instead of losing its place to it.
    check(limits.total(2000), &[300, 300, 300, 300], 3).await;
}

#[tokio::test]
async fn ended_streams_give_way_to_the_budget_before_others() {
    let log = MemoryEventLog::new(EventLogLimits::default().total(50_000));
    let streams = [1, 2, 3, 4].map(|number| key(1, number));
    for stream in streams {
        open(&log, stream).await;
        let ends = [3, 4].contains(&stream.number);
        say(&log, stream, sized(1, 10_000, ends)).await;
    }
    // What was touched last goes last.
    say(&log, streams[0], sized(2, 100, false)).await;
    let mut left = Vec::new();
    for number in 5..9 {
        open(&log, key(1, number)).await;
        say(&log, key(1, number), sized(1, 10_000, false)).await;
        assert!(log.bytes() <= 50_000);
        for stream in streams {
            left.extend(places(&log, stream, 1).await.map(|_| stream.number));
        }
        left.push(0);
    }
    assert_eq!(left, [1, 2, 4, 0, 1, 2, 0, 1, 0, 0]);
    let error = log.append(streams[0], sized(3, 1, true)).await.unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&EventLogError::Unknown));
}

/// A message whose memory can be watched.
struct Watched {
    _live: Arc<()>,
}

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &[b'x'; 1000]
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_dropped_is_freed() {
    let live = Arc::new(());
    let log = MemoryEventLog::new(EventLogLimits::default().events(2).total(10_000));
    let fill = async |number: u64, ends: bool| {
        open(&log, key(1, number)).await;
        for seq in 1..=3 {
            let watched = Watched {
                _live: Arc::clone(&live),
            };
            let message = Bytes::from_owner(watched);
            let last = ends && seq == 3;
            let event = Event { seq, message, last };
            say(&log, key(1, number), event).await;
        }
    };
    let count = || Arc::strong_count(&live) - 1;
    fill(1, false).await;
    assert_eq!(count(), 2, "the oldest gave way");
    log.close(key(1, 1)).await.unwrap();
    assert_eq!(count(), 0, "closed");
    fill(2, false).await;
    fill(3, true).await;
    log.forget(1).await.unwrap();
    assert_eq!(count(), 0, "forgotten");
    fill(4, false).await;
    fill(5, true).await;
    advance(LIFE).await;
    log.sweep();
    assert_eq!(count(), 0, "too old");
    for number in 6..100 {
        fill(number, number % 2 == 0).await;
    }
    assert!(count() <= 10, "the budget holds {}", count());
}

#[tokio::test]
async fn clones_of_a_log_share_what_they_keep() {
    let log = MemoryEventLog::default();
    spoken(&log.clone(), key(1, 1), 2).await;
    check(&log, key(1, 1), 0, events(key(1, 1), 1..=2)).await;
    assert_eq!(log.streams(), 1);
}

#[tokio::test]
async fn neither_keys_nor_messages_are_shown() {
    let stream = key(0xfeed_beef, 3);
    let log = MemoryEventLog::default();
    spoken(&log, stream, 1).await;
    let replay = log.read_after(stream, 0).await.unwrap();
    let shown = format!("{stream:?} {replay:?} {log:?}").to_lowercase();
    let key = 0xfeed_beef_u32.to_string();
    for secret in ["feed", "beef", key.as_str()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_log_is_made_and_swept_without_a_runtime() {
    let log = MemoryEventLog::new(EventLogLimits::default());
    log.sweep();
    assert_eq!((log.streams(), log.bytes()), (0, 0));
}
