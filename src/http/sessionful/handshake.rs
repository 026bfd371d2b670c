//! `initialize`: version and capabilities are agreed on, and a session begins.

use axum::body::Body;
use http::{HeaderValue, Response};

use crate::{
    peer::ClientCard,
    principal::Principal,
    protocol::{
        ErrorObject, Revision, code,
        jsonrpc::{self, Kind, Message, RequestId},
        scan::Member,
        version,
    },
    session::{Client, Hold, Opening},
    telemetry,
};

use super::{
    super::{
        endpoint::Endpoint,
        negotiate::Accepts,
        refuse::{self, Refused},
        servers::Parties,
        sse,
        stateless::Arrived,
        written::Written,
    },
    SESSION_ID, SessionSpace,
};

/// Opens a session.
pub(crate) fn open(
    endpoint: &Endpoint,
    space: &SessionSpace,
    arrived: &Arrived,
    message: &Message,
) -> Result<Response<Body>, Refused> {
    let Kind::Request(id) = &message.kind else {
        return Err(super::no_session());
    };
    let client = match read(&endpoint.revisions, message) {
        Ok(client) => client,
        Err(error) => return Ok(answer(arrived.accepts, jsonrpc::error_text(id, &error))),
    };
    let revision = client.revision;
    let version = arrived.parts.version;
    let span = telemetry::request_span("initialize", revision.as_str(), id.as_str(), version);
    let _entered = span.enter();
    let opening = Opening {
        principal: arrived.parties.principal().map(Principal::shared_key),
        server: arrived.parties.core.key.clone(),
        client: Some(client),
    };
    let opened = space.directory.open(opening);
    let (_session, session_id) =
        opened.map_err(|_full| refuse::too_many_sessions().for_request(id.clone()))?;
    let text = result_text(&arrived.parties, id, revision, true);
    let mut response = answer(arrived.accepts, text);
    let value = HeaderValue::from_str(session_id.as_str());
    let value = value.expect("a session id is visible ASCII");
    response.headers_mut().insert(&SESSION_ID, value);
    Ok(response)
}

/// Answers a client that gets no session.
pub(crate) fn greet(endpoint: &Endpoint, arrived: &Arrived, message: &Message) -> Response<Body> {
    let Kind::Request(id) = &message.kind else {
        return super::accepted();
    };
    let text = match read(&endpoint.revisions, message) {
        Ok(client) => result_text(&arrived.parties, id, client.revision, false),
        Err(error) => jsonrpc::error_text(id, &error),
    };
    answer(arrived.accepts, text)
}

/// Agrees with the client of a session that began before; returns the answer.
///
/// A second handshake of one session is refused.
pub(crate) fn agree(
    endpoint: &Endpoint,
    parties: &Parties,
    hold: &Hold,
    message: &Message,
) -> Vec<u8> {
    let Kind::Request(id) = &message.kind else {
        return Vec::new();
    };
    let client = match read(&endpoint.revisions, message) {
        Ok(client) => client,
        Err(error) => return jsonrpc::error_text(id, &error),
    };
    let revision = client.revision;
    match hold.agree(client) {
        true => result_text(parties, id, revision, true),
        false => {
            let again = "this session is open already";
            jsonrpc::error_text(id, &ErrorObject::new(code::INVALID_REQUEST, again))
        }
    }
}

/// Reads what a client opens with, and agrees on a revision.
pub(crate) fn read(served: &[Revision], message: &Message) -> Result<Client, ErrorObject> {
    let requested = message
        .string(Member::ProtocolVersion)
        .ok_or_else(|| ErrorObject::invalid_params("`protocolVersion` must be a string"))?;
    let object = |member, name| {
        let what = || ErrorObject::invalid_params(format!("`{name}` must be an object"));
        message.object(member).ok_or_else(what)
    };
    let capabilities = object(Member::Capabilities, "capabilities")?;
    let info = object(Member::ClientInfo, "clientInfo")?;
    Ok(Client {
        revision: choose(served, &requested)?,
        card: ClientCard::new(capabilities, info),
    })
}

/// 2025-11-25 basic/lifecycle: the requested revision, or else the newest of ours.
///
/// A revision of the stateless era has no handshake, so it is never agreed on.
fn choose(served: &[Revision], requested: &str) -> Result<Revision, ErrorObject> {
    let mut sessionful = version::sessionful(served);
    let wanted = Revision::parse(requested);
    let same = sessionful
        .clone()
        .find(|revision| Some(*revision) == wanted);
    same.or_else(|| sessionful.next())
        .ok_or_else(|| ErrorObject::invalid_params("no revision with a handshake is served"))
}

/// Writes the result of the handshake.
pub(crate) fn result_text(
    parties: &Parties,
    id: &RequestId,
    revision: Revision,
    sessions: bool,
) -> Vec<u8> {
    let core = &parties.core;
    let snapshot = core.registry.snapshot();
    let result = snapshot.initialize(core, revision, sessions);
    let text = jsonrpc::result_text(id, &result);
    core.edited(text, parties.principal(), revision)
}

/// Answers at once, in the form that the client takes.
pub(crate) fn answer(accepts: Accepts, text: Vec<u8>) -> Response<Body> {
    if !accepts.json {
        let mut event = sse::OPENING.to_vec();
        sse::write_event(&mut event, &text);
        return sse::response(Body::from(event));
    }
    Written::from(text).into_response()
}
