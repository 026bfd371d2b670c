//! Ids in flight, and how what they name is stopped.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::Wake,
};

use crate::{
    protocol::jsonrpc::{Kind, Message},
    session::{Directory, Opening, SessionLimits},
};

use super::*;

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Returns the id of a request that spells it so.
pub(in crate::session) fn request_id(text: &str) -> RequestId {
    let body = format!(r#"{{"jsonrpc":"2.0","id":{text},"method":"ping"}}"#);
    match Message::admit(body.into()).unwrap().kind {
        Kind::Request(id) => id,
        other => panic!("{other:?}"),
    }
}

fn hold(limits: SessionLimits) -> (Arc<Directory>, Hold) {
    let directory = Directory::new(limits);
    let opening = Opening {
        principal: None,
        server: None,
        client: None,
    };
    let (session, _) = directory.open(opening).unwrap();
    let hold = directory.hold(&session).unwrap();
    (directory, hold)
}

#[test]
fn ids_are_the_same_by_type_and_value() {
    let (_directory, hold) = hold(SessionLimits::default());
    for (one, other, same) in [
        ("1", "1", true),
        ("1", r#""1""#, false),
        ("0", "-0", true),
        (r#""a""#, r#""\u0061""#, true),
        (r#""a/b""#, r#""a\/b""#, true),
        (r#""a""#, r#""A""#, false),
        (r#""""#, "0", false),
    ] {
        let _flight = hold.begin(&request_id(one)).unwrap();
        let second = hold.begin(&request_id(other)).err();
        assert_eq!(second, same.then_some(Refusal::Duplicate), "{one} {other}");
        assert_eq!(hold.cancel(other), same, "{one} {other}");
    }
    assert_eq!(hold.in_flight(), 0);
    for strange in ["", "\"", "null", "1.0", "[1]", "\"\\ud800\""] {
        assert!(!hold.cancel(strange), "{strange}");
    }
}

#[test]
fn a_session_has_so_many_requests_in_flight_and_no_more() {
    let (_directory, hold) = hold(SessionLimits::default().in_flight(2));
    let first = hold.begin(&request_id("1")).unwrap();
    let _second = hold.begin(&request_id("2")).unwrap();
    assert_eq!(hold.begin(&request_id("3")).err(), Some(Refusal::TooMany));
    drop(first);
    let _third = hold.begin(&request_id("3")).unwrap();
    assert_eq!(hold.in_flight(), 2);
}

#[test]
fn a_stopped_request_is_woken_and_told_why() {
    let (directory, hold) = hold(SessionLimits::default());
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let cx = Context::from_waker(&waker);
    let [cancelled, closed] = ["1", "2"].map(|text| hold.begin(&request_id(text)).unwrap());
    assert!(cancelled.poll_stopped(&cx).is_pending());
    assert!(closed.poll_stopped(&cx).is_pending());
    assert!(hold.cancel("1") && !hold.cancel("1"));
    assert_eq!(bell.0.load(Ordering::SeqCst), 1);
    assert_eq!(cancelled.poll_stopped(&cx), Poll::Ready(Stop::Cancelled));
    assert_eq!(hold.begin(&request_id("1")).err(), Some(Refusal::Duplicate));
    directory.close(&hold);
    assert_eq!(bell.0.load(Ordering::SeqCst), 2);
    assert_eq!(cancelled.poll_stopped(&cx), Poll::Ready(Stop::Cancelled));
    assert_eq!(closed.poll_stopped(&cx), Poll::Ready(Stop::Closed));
    let late = hold.begin(&request_id("3")).unwrap();
    assert_eq!(late.poll_stopped(&cx), Poll::Ready(Stop::Closed));
}
