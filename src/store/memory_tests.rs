use std::time::Duration;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn key(number: u64) -> StreamKey {
    StreamKey { session: 1, number }
}

fn say(state: &mut State, number: u64, seq: u64, bytes: usize, last: bool, now: Instant) {
    let message = vec![b'x'; bytes].into();
    let event = Event { seq, message, last };
    state.append(key(number), event, now).expect("it is next");
}

fn limited(limits: EventLogLimits) -> State {
    State {
        limits,
        ..State::default()
    }
}

/// The figures kept along the way are those that counting yields.
fn check_books(state: &State) {
    let held: usize = state.streams.values().map(Stream::size).sum();
    assert_eq!(state.held, held);
    assert_eq!(state.ranks.len(), state.streams.len());
    for (key, stream) in &state.streams {
        assert!(state.ranks[&stream.rank] == *key);
        stream.check();
    }
}

#[test]
fn the_books_are_right_after_every_step() {
    let mut state = limited(EventLogLimits::default().events(3).bytes(10).total(1500));
    let now = Instant::now();
    let steps: [fn(&mut State, Instant); 9] = [
        |state, now| state.open(key(1), now).expect("it is new"),
        |state, now| say(state, 1, 1, 4, false, now),
        |state, now| say(state, 1, 2, 11, false, now),
        |state, now| state.open(key(2), now).expect("it is new"),
        |state, now| say(state, 2, 1, 4, true, now),
        |state, now| state.open(key(3), now).expect("it is new"),
        |state, now| assert!(!state.sweep(now + 300 * SECOND)),
        |state, _| state.remove(key(3)),
        |state, _| state.forget(1),
    ];
    for step in steps {
        step(&mut state, now);
        check_books(&state);
    }
    assert_eq!((state.held, state.ranks.len()), (0, 0));
}

#[test]
fn a_sweep_pauses_for_others_when_much_is_due() {
    let mut state = limited(EventLogLimits::default());
    let now = Instant::now();
    for number in 0..=BATCH as u64 {
        state.open(key(number), now).expect("it is new");
    }
    let later = now + 24 * 3600 * SECOND;
    assert!(state.sweep(later));
    assert_eq!(state.streams.len(), 1);
    assert!(!state.sweep(later));
    assert_eq!(state.streams.len(), 0);
}

#[test]
fn room_for_many_small_messages_is_given_back() {
    let mut state = limited(EventLogLimits::default());
    let now = Instant::now();
    state.open(key(1), now).expect("it is new");
    for seq in 1..=1000 {
        say(&mut state, 1, seq, 1, false, now);
    }
    say(&mut state, 1, 1001, 1024 * 1024, false, now);
    assert!(state.streams[&key(1)].check() < 10);
}
