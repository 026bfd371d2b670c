//! What every log guarantees.

use futures_util::future::join_all;
use mcp_axum::store::{EventLog, EventLogError, Replay};

use super::{check, check_gap, check_refused, event, events, key, last, open, places, say, spoken};

/// Runs an empty log through everything that every log guarantees.
pub async fn run(log: impl EventLog) {
    a_stream_is_replayed_after_any_of_its_events(&log, 1).await;
    what_was_never_said_is_a_gap(&log, 2).await;
    streams_and_sessions_are_kept_apart(&log, 3).await;
    an_event_out_of_order_is_refused(&log, 5).await;
    nothing_follows_the_last_event(&log, 6).await;
    a_stream_is_opened_once(&log, 7).await;
    a_closed_stream_is_forgotten(&log, 8).await;
    a_session_that_ended_is_forgotten(&log, 9).await;
    one_of_two_writers_is_refused(&log, 11).await;
    a_sweep_keeps_what_is_fresh(&log, 12).await;
}

async fn a_stream_is_replayed_after_any_of_its_events(log: &impl EventLog, session: u128) {
    let stream = key(session, 1);
    spoken(log, stream, 0).await;
    check(log, stream, 0, events(stream, [])).await;
    for seq in 1..=20 {
        say(log, stream, event(stream, seq)).await;
        for cursor in 0..=seq {
            check(log, stream, cursor, events(stream, cursor + 1..=seq)).await;
        }
    }
    say(log, stream, last(stream, 21)).await;
    let end = Replay::Events(vec![event(stream, 20), last(stream, 21)]);
    check(log, stream, 19, end).await;
    check(log, stream, 21, events(stream, [])).await;
}

async fn what_was_never_said_is_a_gap(log: &impl EventLog, session: u128) {
    let stream = key(session, 1);
    for cursor in [0, 1, u64::MAX] {
        check_gap(log, stream, cursor).await;
    }
    spoken(log, stream, 2).await;
    for cursor in [3, 4, u64::from(u32::MAX) + 2, u64::MAX - 1, u64::MAX] {
        check_gap(log, stream, cursor).await;
    }
}

async fn streams_and_sessions_are_kept_apart(log: &impl EventLog, session: u128) {
    let streams = [0, 1, u64::MAX].map(|number| key(session, number));
    for stream in streams {
        spoken(log, stream, 2).await;
    }
    for stream in streams {
        check(log, stream, 0, events(stream, 1..=2)).await;
    }
    // Somebody else's session, one bit away, guesses streams and cursors.
    for stranger in [session + 1, session | 1 << 127] {
        for cursor in 0..100 {
            check_gap(log, key(stranger, cursor % 3), cursor / 3).await;
        }
    }
}

async fn an_event_out_of_order_is_refused(log: &impl EventLog, session: u128) {
    let stream = key(session, 1);
    open(log, stream).await;
    for (said, wrong) in [(0, [0, 2, u64::MAX]), (1, [0, 1, 3])] {
        let expected = EventLogError::OutOfOrder { expected: said + 1 };
        for seq in wrong {
            check_refused(log, stream, event(stream, seq), expected).await;
            check_refused(log, stream, last(stream, seq), expected).await;
        }
        check(log, stream, 0, events(stream, 1..=said)).await;
        say(log, stream, event(stream, said + 1)).await;
    }
    check(log, stream, 0, events(stream, 1..=2)).await;
}

async fn nothing_follows_the_last_event(log: &impl EventLog, session: u128) {
    let stream = key(session, 1);
    spoken(log, stream, 0).await;
    say(log, stream, last(stream, 1)).await;
    for seq in 0..3 {
        check_refused(log, stream, event(stream, seq), EventLogError::Ended).await;
        check_refused(log, stream, last(stream, seq), EventLogError::Ended).await;
    }
    check(log, stream, 0, Replay::Events(vec![last(stream, 1)])).await;
}

async fn a_stream_is_opened_once(log: &impl EventLog, session: u128) {
    let [running, ended] = [1, 2].map(|number| key(session, number));
    spoken(log, running, 2).await;
    spoken(log, ended, 1).await;
    say(log, ended, last(ended, 2)).await;
    for stream in [running, ended] {
        let error = log.open(stream).await.expect_err("it exists");
        assert_eq!(error.downcast_ref(), Some(&EventLogError::Exists));
        assert_eq!(places(log, stream, 0).await, Some(vec![1, 2]));
    }
    say(log, running, event(running, 3)).await;
}

async fn a_closed_stream_is_forgotten(log: &impl EventLog, session: u128) {
    let [stream, other] = [1, 2].map(|number| key(session, number));
    // Nobody knows it yet.
    log.close(stream).await.expect("a close is fine");
    check_refused(log, stream, event(stream, 1), EventLogError::Unknown).await;
    spoken(log, stream, 3).await;
    spoken(log, other, 3).await;
    log.close(stream).await.expect("a close is fine");
    log.close(stream).await.expect("a close is fine");
    check_gap(log, stream, 0).await;
    check_gap(log, stream, 3).await;
    // It does not start anew in its middle.
    check_refused(log, stream, event(stream, 4), EventLogError::Unknown).await;
    check_refused(log, stream, event(stream, 1), EventLogError::Unknown).await;
    check(log, other, 0, events(other, 1..=3)).await;
}

async fn a_session_that_ended_is_forgotten(log: &impl EventLog, session: u128) {
    // Nobody knows it yet.
    log.forget(session).await.expect("to forget is fine");
    let streams = [0, 1, 2, u64::MAX].map(|number| key(session, number));
    let others = [
        key(session - 1, u64::MAX),
        key(session + 1, 0),
        key(session + 1, 1),
    ];
    for stream in streams.into_iter().chain(others) {
        spoken(log, stream, 2).await;
    }
    say(log, streams[1], last(streams[1], 3)).await;
    log.forget(session).await.expect("to forget is fine");
    for stream in streams {
        check_gap(log, stream, 0).await;
        check_refused(log, stream, event(stream, 3), EventLogError::Unknown).await;
    }
    for other in others {
        check(log, other, 0, events(other, 1..=2)).await;
    }
}

async fn one_of_two_writers_is_refused(log: &impl EventLog, session: u128) {
    let stream = key(session, 1);
    open(log, stream).await;
    for seq in 1..=50 {
        let writers = (0..4).map(|_| log.append(stream, event(stream, seq)));
        let results = join_all(writers).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    }
    check(log, stream, 0, events(stream, 1..=50)).await;
}

async fn a_sweep_keeps_what_is_fresh(log: &impl EventLog, session: u128) {
    let [running, ended] = [1, 2].map(|number| key(session, number));
    spoken(log, running, 2).await;
    spoken(log, ended, 0).await;
    say(log, ended, last(ended, 1)).await;
    log.sweep();
    check(log, running, 0, events(running, 1..=2)).await;
    check(log, ended, 0, Replay::Events(vec![last(ended, 1)])).await;
}
