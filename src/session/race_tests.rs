//! What threads may do to one another: never a hold on a closed session, never a closed session that runs.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use super::{tests::opening, *};
use crate::session::{Stop, flights::tests::request_id};

const ROUNDS: usize = 500;

#[test]
fn a_held_session_is_never_evicted() {
    let directory = Directory::new(SessionLimits::default().anonymous(2));
    let entered = AtomicUsize::new(0);
    let enter = || {
        while entered.load(Ordering::SeqCst) < ROUNDS {
            for session in directory.sessions() {
                let id = session.id();
                let Some(hold) = directory.enter(id.as_str().as_bytes(), Owner::default()) else {
                    continue;
                };
                thread::yield_now();
                assert!(!hold.is_closed());
                entered.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(enter);
        }
        while entered.load(Ordering::SeqCst) < ROUNDS {
            let _ = directory.opened(None);
            assert!(directory.count() <= 2);
            thread::yield_now();
        }
    });
    // Nobody was lost among the busy ones: all give way again.
    let before = directory.sessions();
    directory.opened(None).unwrap();
    directory.opened(None).unwrap();
    assert!(before.iter().all(|session| session.is_closed()));
    assert_eq!((directory.close_all(), directory.count()), (2, 0));
}

#[test]
fn an_expired_session_is_never_entered_and_an_entered_one_does_not_expire() {
    let directory = Directory::new(SessionLimits::default().idle(Duration::ZERO));
    for _ in 0..ROUNDS {
        let (session, id) = directory.open(opening(None)).unwrap();
        let hold = directory.hold(&session).unwrap();
        thread::scope(|scope| {
            scope.spawn(|| drop(hold));
            scope.spawn(|| directory.sweep());
            let hold = directory.enter(id.as_str().as_bytes(), Owner::default());
            assert!(hold.is_none_or(|hold| !hold.is_closed()));
        });
        directory.sweep();
        assert!(session.is_closed() && directory.count() == 0);
    }
}

#[test]
fn a_request_that_begins_while_its_session_closes_is_stopped() {
    let directory = Directory::new(SessionLimits::default());
    let one = request_id("1");
    for _ in 0..ROUNDS {
        let (session, _) = directory.open(opening(Some("ada"))).unwrap();
        let hold = directory.hold(&session).unwrap();
        let flight = thread::scope(|scope| {
            let flight = scope.spawn(|| hold.begin(&one).unwrap());
            let closers = [(); 2].map(|()| scope.spawn(|| directory.close(&session)));
            let closed = closers.map(|closer| closer.join().unwrap());
            assert_ne!(closed[0], closed[1]);
            flight.join().unwrap()
        });
        let cx = Context::from_waker(Waker::noop());
        assert_eq!(flight.poll_stopped(&cx), Poll::Ready(Stop::Closed));
    }
    assert_eq!(directory.count(), 0);
}
