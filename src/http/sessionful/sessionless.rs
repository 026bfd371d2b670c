//! Clients of the older revisions without a session: each POST stands alone.
//!
//! Nothing is remembered, so nothing can be asked, subscribed to or resumed, and a
//! client that leaves takes its request along: nobody could ever read the answer.

use crate::{
    protocol::{
        Revision,
        jsonrpc::{self, Kind},
        method::SessionMethod,
        scan::Member,
        version,
    },
    server::dispatch::unknown_method,
};

use super::{
    super::{
        begun::Begun,
        classify::Head,
        endpoint::Endpoint,
        refuse::Refused,
        reply::accepted,
        stateless::{self, Arrived},
    },
    Messages, handshake,
};

/// Begins a message that stands alone.
pub(crate) fn begin(
    endpoint: &Endpoint,
    arrived: Arrived,
    messages: Messages,
    header: Option<Revision>,
) -> Result<Begun<'_>, Refused> {
    let Messages::One(message) = messages else {
        return Err(super::invalid(
            "without a session, send one message at a time",
        ));
    };
    let Kind::Request(id) = message.kind.clone() else {
        // Whatever it tells or answers, there is no session that it belongs to.
        return Ok(Begun::Answered(accepted()));
    };
    let name = message.string(Member::Method).unwrap_or_default();
    let method = match SessionMethod::parse(&name) {
        Some(SessionMethod::Initialize) => {
            let response = handshake::greet(endpoint, &arrived, &message);
            return Ok(Begun::Answered(response));
        }
        Some(SessionMethod::Ping) => {
            let text = jsonrpc::result_text(&id, b"{}");
            return Ok(Begun::Answered(handshake::answer(arrived.accepts, text)));
        }
        Some(SessionMethod::Common(method)) => method,
        Some(_) | None => {
            let text = jsonrpc::error_text(&id, &unknown_method(&name));
            return Ok(Begun::Answered(handshake::answer(arrived.accepts, text)));
        }
    };
    drop(name);
    let head = Head {
        id,
        method,
        revision: header.unwrap_or_else(|| without_header(&endpoint.revisions)),
        level: None,
    };
    stateless::begin(endpoint, arrived, message, head)
}

/// 2025-06-18 basic/transports, Protocol Version Header: a client that does not send
/// it speaks the revision before it.
fn without_header(served: &[Revision]) -> Revision {
    // Newest first, as all lists of revisions.
    let mut older = version::sessionful(served);
    let newest = older.clone().next();
    let assumed = older.find(|revision| *revision == Revision::WITHOUT_HEADER);
    assumed.or(newest).unwrap_or(Revision::WITHOUT_HEADER)
}
