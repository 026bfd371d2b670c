//! Who gets a session, who keeps it, and who gives way.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::advance;

use crate::{
    peer::ClientCard,
    protocol::Revision,
    session::{Client, OpenSessions, SessionInfo, flights::tests::request_id},
};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

pub(super) fn opening(principal: Option<&str>) -> Opening {
    Opening {
        principal: principal.map(Into::into),
        server: None,
        client: Some(Client {
            revision: Revision::ALL[1],
            card: ClientCard::new("{}", r#"{"name":"test","version":"1"}"#),
        }),
    }
}

fn owner(principal: Option<&str>) -> Owner<'_> {
    Owner {
        principal,
        server: None,
    }
}

impl Directory {
    /// Opens a session and returns its id.
    pub(super) fn opened(&self, principal: Option<&str>) -> Result<String, Full> {
        let (_, id) = self.open(opening(principal))?;
        Ok(id.to_string())
    }

    fn finds(&self, id: &str, principal: Option<&str>) -> bool {
        self.enter(id.as_bytes(), owner(principal)).is_some()
    }
}

fn small() -> Arc<Directory> {
    let limits = SessionLimits::default();
    Directory::new(limits.total(3).anonymous(3).per_principal(2))
}

#[test]
fn a_session_is_found_by_its_owner_only() {
    let directory = small();
    let ada = directory.opened(Some("ada")).unwrap();
    let nobody = directory.opened(None).unwrap();
    for (id, principal, found) in [
        (&ada, Some("ada"), true),
        (&ada, Some("bob"), false),
        (&ada, None, false),
        (&nobody, None, true),
        (&nobody, Some("ada"), false),
    ] {
        assert_eq!(directory.finds(id, principal), found, "{principal:?}");
    }
    let (session, id) = directory.open(opening(None)).unwrap();
    assert_eq!(session.id(), id);
    assert!(directory.close(&session) && !directory.close(&session));
    assert!(session.is_closed() && directory.hold(&session).is_none());
    assert!(!directory.finds(id.as_str(), None));
    assert_eq!(directory.count(), 2);
}

#[test]
fn a_forged_id_costs_no_look_up() {
    let directory = small();
    let id = directory.opened(None).unwrap();
    let foreign = small().opened(None).unwrap();
    let before = directory.lookups.load(Ordering::Relaxed);
    let swapped = format!("{}{}", &id[..25], &foreign[25..]);
    for forged in ["", "1.", &foreign, &swapped, &id[..38], "\u{0}"] {
        assert!(!directory.finds(forged, None), "{forged}");
    }
    assert_eq!(directory.lookups.load(Ordering::Relaxed), before);
    assert!(directory.finds(&id, None));
    assert_eq!(directory.lookups.load(Ordering::Relaxed), before + 1);
}

#[tokio::test(start_paused = true)]
async fn the_longest_idle_of_the_same_pool_gives_way() {
    let directory = small();
    let known = directory.opened(Some("ada")).unwrap();
    let mut ids = Vec::new();
    for _ in 0..3 {
        advance(MINUTE).await;
        ids.push(directory.opened(None).unwrap());
    }
    advance(MINUTE).await;
    assert!(directory.finds(&ids[0], None));
    let held = directory
        .enter(ids[1].as_bytes(), Owner::default())
        .unwrap();
    advance(MINUTE).await;
    ids.push(directory.opened(None).unwrap());
    let found: Vec<_> = ids.iter().map(|id| directory.finds(id, None)).collect();
    assert_eq!(found, [true, true, false, true]);
    assert!(directory.finds(&known, Some("ada")));
    drop(held);
    assert_eq!(directory.count(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_principal_at_its_limit_costs_nobody_else_a_session() {
    let directory = small();
    let bob = directory.opened(Some("bob")).unwrap();
    advance(MINUTE).await;
    let first = directory.opened(Some("ada")).unwrap();
    advance(MINUTE).await;
    let second = directory.opened(Some("ada")).unwrap();
    let held = directory.enter(first.as_bytes(), owner(Some("ada")));
    advance(MINUTE).await;
    directory.opened(Some("ada")).unwrap();
    assert!(!directory.finds(&second, Some("ada")));
    assert!(directory.finds(&bob, Some("bob")));
    drop(held);
    advance(MINUTE).await;
    assert!(directory.finds(&first, Some("ada")));
    // Now the pool is full, too: the longest idle of all known ones.
    directory.opened(Some("eve")).unwrap();
    assert!(!directory.finds(&bob, Some("bob")));
    assert!(directory.finds(&first, Some("ada")));
    assert_eq!(directory.count(), 3);
}

#[test]
fn nobody_in_use_gives_way_and_all_do_again_afterwards() {
    let directory = small();
    let hold = |_| {
        let id = directory.opened(None).unwrap();
        directory.enter(id.as_bytes(), Owner::default()).unwrap()
    };
    let mut holds: Vec<_> = (0..3).map(hold).collect();
    for _ in 0..2 {
        assert_eq!(directory.opened(None), Err(Full));
    }
    let last = holds.pop().unwrap();
    let again = last.clone();
    drop(last);
    assert_eq!(directory.opened(None), Err(Full));
    drop(again);
    let newest = directory.opened(None).unwrap();
    assert!(directory.finds(&newest, None) && directory.count() == 3);
    drop(holds);
    for _ in 0..10 {
        directory.opened(None).unwrap();
    }
    assert_eq!(directory.count(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_idle_session_expires_and_a_used_one_does_not() {
    let directory = small();
    let [idle, used, held] = [(); 3].map(|()| directory.opened(None).unwrap());
    let hold = directory.enter(held.as_bytes(), Owner::default()).unwrap();
    advance(29 * MINUTE).await;
    assert_eq!(directory.sweep(), 0);
    assert!(directory.finds(&used, None));
    advance(MINUTE).await;
    // Its own request notices before any sweep does.
    assert!(!directory.finds(&idle, None));
    assert_eq!((directory.sweep(), directory.count()), (0, 2));
    advance(29 * MINUTE).await;
    assert_eq!((directory.sweep(), directory.count()), (1, 1));
    advance(10 * HOUR).await;
    assert_eq!(directory.sweep(), 0);
    drop(hold);
    advance(29 * MINUTE).await;
    assert!(directory.finds(&held, None));
    advance(30 * MINUTE).await;
    assert_eq!((directory.sweep(), directory.count()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_looks_at_what_expired_and_at_nobody_busy_again() {
    let directory = Directory::new(SessionLimits::default());
    let hold = |_| {
        let id = directory.opened(None).unwrap();
        directory.enter(id.as_bytes(), Owner::default()).unwrap()
    };
    let busy: Vec<_> = (0..1000).map(hold).collect();
    let sweep = || {
        let before = directory.lookups.load(Ordering::Relaxed);
        let ended = directory.sweep();
        (ended, directory.lookups.load(Ordering::Relaxed) - before)
    };
    advance(30 * MINUTE).await;
    assert_eq!(sweep(), (0, 1000), "now it is known who is busy");
    for expired in [0, 1, 1, 10] {
        (0..expired).for_each(|_| drop(directory.opened(None).unwrap()));
        advance(30 * MINUTE).await;
        assert_eq!(sweep(), (expired, expired));
    }
    drop(busy);
    assert_eq!(sweep(), (0, 0));
    advance(30 * MINUTE).await;
    assert_eq!(sweep(), (1000, 1000));
}

#[tokio::test(start_paused = true)]
async fn an_old_session_ends_however_busy_it_is() {
    let directory = small();
    let id = directory.opened(None).unwrap();
    let stream = directory.enter(id.as_bytes(), Owner::default()).unwrap();
    for _ in 0..23 {
        advance(HOUR).await;
        assert_eq!(directory.sweep(), 0);
    }
    let flight = stream.begin(&request_id("1")).unwrap();
    advance(HOUR).await;
    assert!(!directory.finds(&id, None));
    assert_eq!(directory.sweep(), 0, "what it runs may finish");
    drop(flight);
    assert_eq!((directory.sweep(), directory.count()), (1, 0));
    assert!(stream.is_closed());
}

#[test]
fn handlers_may_outlive_their_client_up_to_both_limits() {
    let limits = SessionLimits::default().detached(2).detached_total(3);
    let directory = Directory::new(limits);
    let hold = || {
        let (session, _) = directory.open(opening(None)).unwrap();
        directory.hold(&session).unwrap()
    };
    let (one, two) = (hold(), hold());
    let places = [one.detach(1, 8), one.detach(1, 8), one.detach(1, 8)];
    let granted = places.iter().map(Option::is_some);
    assert_eq!(granted.collect::<Vec<_>>(), [true, true, false]);
    let place = two.detach(1, 8);
    assert!(place.is_some() && two.detach(1, 8).is_none());
    drop(places);
    assert_eq!(directory.detached().load(Ordering::Relaxed), 1);
    assert!(two.detach(1, 8).is_some());
}

#[test]
fn the_host_sees_and_closes_sessions() {
    let directory = small();
    let sessions = OpenSessions::new(Some(Arc::clone(&directory)));
    let id = directory.opened(Some("ada")).unwrap();
    directory.opened(None).unwrap();
    let list = sessions.list();
    let ada = list.iter().find(|session| session.id == id).unwrap();
    assert_eq!(ada.principal.as_deref(), Some("ada"));
    assert_eq!(ada.client.as_ref().unwrap().name, "test");
    assert!(!format!("{list:?}").contains("ada") && !format!("{list:?}").contains(&id));
    assert!(!sessions.close("1.x") && sessions.close(&id) && !sessions.close(&id));
    let anonymous = |session: &SessionInfo| session.principal.is_none();
    assert_eq!(sessions.close_where(anonymous), 1);
    assert_eq!((sessions.count(), sessions.close_all()), (0, 0));
    assert_eq!(OpenSessions::new(None).count(), 0);
}
