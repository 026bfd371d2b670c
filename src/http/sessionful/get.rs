//! GET: the standalone stream of a session, and the way back to a broken one.

use std::{collections::BTreeSet, sync::Arc};

use axum::body::Body;
use http::{HeaderMap, HeaderName, Response, StatusCode, request::Parts};
use tokio::task::yield_now;

use crate::{
    principal::Principal,
    session::{Hold, Reader, Reading, Tap},
    store::{Event, Replay, StreamKey},
};

use super::{
    super::{
        endpoint::Endpoint,
        follower::Follower,
        gate::{self, Inside, Phase},
        negotiate,
        refuse::Refused,
        servers::Parties,
    },
    SessionSpace,
    body::{self, Look},
    carry::drop_late,
};

pub(crate) static LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where a client has left a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor {
    stream: u64,
    seq: u64,
}

/// Opens or resumes a stream.
pub(crate) async fn serve(
    endpoint: &Endpoint,
    parts: &Parts,
    parties: &Parties,
    inside: &Inside,
) -> Result<Response<Body>, Refused> {
    let space = super::space(endpoint)?;
    if !negotiate::accepts(&parts.headers).sse {
        let message = "a GET opens a stream; accept `text/event-stream`";
        return Err(Refused::new(StatusCode::NOT_ACCEPTABLE, message));
    }
    super::check_version(endpoint, &parts.headers)?;
    let hold = super::enter(space, &parts.headers, parties)?.ok_or_else(super::no_session)?;
    let cursor = cursor(&parts.headers)?;
    // A drain lets running streams be resumed, so that their answers arrive.
    let resumed = cursor.filter(|cursor| cursor.stream > 0);
    if inside.is_late() && resumed.is_none() {
        return Err(gate::shutting_down());
    }
    if let Some(cursor) = resumed {
        check_scopes(&hold, parties.principal(), cursor.stream)?;
        return resume(endpoint, space, &hold, cursor).await;
    }
    let seen = cursor.map(|cursor| cursor.seq);
    open(endpoint, (parties, parts), &hold, seen, inside)
}

/// Reads where the client has left a stream: `<stream>.<seq>`.
fn cursor(headers: &HeaderMap) -> Result<Option<Cursor>, Refused> {
    let mut values = headers.get_all(&LAST_EVENT_ID).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let parse = |text: &str| {
        let (stream, seq) = text.split_once('.')?;
        Some(Cursor {
            stream: number(stream)?,
            seq: number(seq)?,
        })
    };
    let cursor = value.to_str().ok().and_then(parse);
    match (cursor, values.next()) {
        (Some(cursor), None) => Ok(Some(cursor)),
        _ => Err(unknown_cursor()),
    }
}

/// Reads a number as this server writes them: digits alone.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn unknown_cursor() -> Refused {
    // Never 404, which says that the session is gone, nor an empty stream, which
    // the client would ask for again and again.
    let message = "nothing can be resumed from this `Last-Event-ID`; send the request again";
    Refused::new(StatusCode::BAD_REQUEST, message)
}

/// A weaker credential of the same person does not read what a stronger one was told.
fn check_scopes(hold: &Hold, principal: Option<&Principal>, stream: u64) -> Result<(), Refused> {
    let none = BTreeSet::new();
    let scopes = principal.map_or(&none, |principal| principal.shared_scopes());
    match hold.live().covers(stream, scopes) {
        true => Ok(()),
        false => Err(unknown_cursor()),
    }
}

/// Opens the standalone stream; the newest one of a session wins.
fn open(
    endpoint: &Endpoint,
    (parties, parts): (&Parties, &Parts),
    hold: &Hold,
    seen: Option<u64>,
    inside: &Inside,
) -> Result<Response<Body>, Refused> {
    let space = super::space(endpoint)?;
    let standalone = super::standalone(endpoint, &parties.core, hold);
    let place = hold.read(standalone.is_read());
    let place = place.ok_or_else(super::too_many_streams)?;
    let standalone = Arc::clone(standalone);
    let follower = Follower::new(
        endpoint,
        &parties.core,
        parties.principal(),
        parts,
        hold.revision(),
    );
    let (reader, told) = standalone.attach(seen, follower.into());
    // So with a session that was closed meanwhile.
    if hold.is_closed() {
        standalone.finish();
    }
    // A drain that began before the stream was there did not reach it.
    if inside.gate().phase() != Phase::Open {
        standalone.drain();
    }
    let revision = hold.revision();
    let edit = parties.core.edit(parties.principal(), revision);
    let look = Look::new(space.log.is_some(), revision, Some(told)).edited(edit);
    let look = look.lasting(parties.principal().and_then(Principal::lasts));
    let keep_alive = endpoint.limits.keep_alive;
    Ok(body::response(standalone, reader, look, keep_alive, place))
}

/// Takes up the stream of a request behind an event that was seen.
async fn resume(
    endpoint: &Endpoint,
    space: &SessionSpace,
    hold: &Hold,
    cursor: Cursor,
) -> Result<Response<Body>, Refused> {
    let (tap, reader, place) = replay(endpoint, space, hold, cursor).await?;
    let look = Look::new(true, hold.revision(), None);
    let keep_alive = endpoint.limits.keep_alive;
    Ok(body::response(tap, reader, look, keep_alive, place))
}

/// Finds the stream, and gives its new reader what it missed.
async fn replay(
    endpoint: &Endpoint,
    space: &SessionSpace,
    hold: &Hold,
    cursor: Cursor,
) -> Result<(Arc<Tap>, Reader, Reading), Refused> {
    let log = space.log.as_ref().ok_or_else(unknown_cursor)?;
    let key = StreamKey {
        session: hold.key(),
        number: cursor.stream,
    };
    let mut seen = cursor.seq;
    let mut missed: Vec<Event> = Vec::new();
    loop {
        // Before the log is read: a stream that ends in between is in the log, whole.
        let tap = hold.live().tap(cursor.stream);
        let through = tap.as_ref().is_some_and(|tap| tap.is_ended());
        let fed = tap.as_ref().map_or(0, |tap| tap.last());
        let replay = log.read_after(key, seen).await.ok_or_else(|| {
            Refused::unavailable("streams cannot be resumed right now; try again", 5)
        })?;
        let Replay::Events(events) = replay else {
            return Err(unknown_cursor());
        };
        seen = events.last().map_or(seen, |event| event.seq);
        // Logged before it was fed: what is not there now never comes.
        if seen < fed {
            return Err(unknown_cursor());
        }
        missed.extend(events);
        let ended = missed.last().is_some_and(|event| event.last);
        // Whoever has the answer already has nothing to come back for.
        if through && missed.is_empty() {
            return Err(unknown_cursor());
        }
        let over = tap.is_none();
        let found = match tap {
            Some(tap) => tap,
            None if ended => Tap::ended(cursor.stream, seen),
            None => return Err(unknown_cursor()),
        };
        let place = hold.read(found.is_read());
        let place = place.ok_or_else(super::too_many_streams)?;
        // What is fed from now on follows what was replayed, without a hole.
        match found.attach(seen, std::mem::take(&mut missed)) {
            Ok(reader) => {
                if over {
                    // Whoever does not read it loses it.
                    let (tap, unread) = (Arc::clone(&found), endpoint.limits.unread);
                    tokio::spawn(async move { drop_late(&tap, unread).await });
                }
                return Ok((found, reader, place));
            }
            Err(untaken) => {
                // Logged but not fed yet: it will be in a moment.
                missed = untaken;
                yield_now().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_cursor_is_two_numbers() {
        for (text, expected) in [
            ("0.0", Some((0, 0))),
            ("12.345", Some((12, 345))),
            ("1.18446744073709551616", None),
            ("1", None),
            ("1.", None),
            (".1", None),
            ("1.2.3", None),
            ("+1.2", None),
            ("1.-2", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(&LAST_EVENT_ID, HeaderValue::from_static(text));
            let expected = expected.map(|(stream, seq)| Cursor { stream, seq });
            assert_eq!(cursor(&headers).ok().flatten(), expected, "{text}");
        }
    }
}
