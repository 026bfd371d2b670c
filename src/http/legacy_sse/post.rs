//! What a client of HTTP+SSE posts; the answers go to its stream.

use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode, request::Parts};

use crate::{
    peer::outbox::Outbox,
    protocol::{
        jsonrpc::{Kind, Message},
        scan::Member,
    },
    session::Hold,
};

use super::{
    super::{
        body::{self, BodyShare},
        endpoint::Endpoint,
        gate::{self, Inside},
        negotiate::{self, Accepts},
        refuse::{self, Refused},
        reply::{Stay, accepted},
        servers::Parties,
        sessionful::{
            Messages, SessionSpace, carry, check_batch, elements, finishes, invalid,
            requests::Desk,
            sort,
            work::{Answers, Work},
        },
        stateless::Arrived,
    },
    paths::{Paths, session_of},
};

/// Takes what a client posts.
pub(super) async fn serve(
    endpoint: &Endpoint,
    (paths, space): (&Paths, &SessionSpace),
    parts: Parts,
    body: Body,
    parties: Parties,
    inside: Inside,
) -> Result<Response<Body>, Refused> {
    if !negotiate::is_json(&parts.headers) {
        return Err(refuse::not_json());
    }
    let id = session_of(parts.uri.query())
        .ok_or_else(|| invalid("name the session: post to the place that the stream told"))?;
    let hold = space.directory.enter(id.as_bytes(), parties.owner());
    let hold = hold.ok_or_else(refuse::unknown_session)?;
    let mailbox = hold.mailbox().cloned();
    let mailbox = mailbox.ok_or_else(refuse::unknown_session)?;
    let mut share = BodyShare::new(&endpoint.budget);
    let body = body::read(body, &endpoint.limits, &mut share, &inside).await?;
    let messages = take_apart(&hold, Message::admit(body)?)?;
    if claims(&messages) {
        return Err(elsewhere(
            &paths.endpoint(endpoint.auth.public_url.prefix(&parts), &parts),
        ));
    }
    if inside.is_late() && !finishes(&messages) {
        return Err(gate::shutting_down());
    }
    let arrived = Arrived {
        parts,
        parties,
        // Everything travels on the stream.
        accepts: Accepts {
            json: false,
            sse: true,
        },
        inside,
        share,
    };
    post(endpoint, hold, &mailbox, arrived, messages)
}

/// Takes a batch apart.
fn take_apart(hold: &Hold, message: Message) -> Result<Messages, Refused> {
    if !matches!(message.kind, Kind::Batch) {
        return Ok(Messages::One(message));
    }
    let elements = elements(&message)?;
    check_batch(hold, &elements)?;
    let nested = |message: &Message| matches!(message.kind, Kind::Batch);
    if elements.is_empty() || elements.iter().any(nested) {
        return Err(invalid("a batch has messages, and no batch inside"));
    }
    Ok(Messages::Batch(elements))
}

/// Whether any message is of the stateless era.
fn claims(messages: &Messages) -> bool {
    let claims = |message: &Message| message.has(Member::MetaProtocolVersion);
    match messages {
        Messages::One(message) => claims(message),
        Messages::Batch(messages) => messages.iter().any(claims),
    }
}

fn elsewhere(endpoint: &str) -> Refused {
    let message = format!(
        "this place is for the client of a stream; post messages that name their revision \
         to `{endpoint}`"
    );
    Refused::new(StatusCode::BAD_REQUEST, message)
}

fn post(
    endpoint: &Endpoint,
    hold: Hold,
    mailbox: &Arc<Outbox>,
    arrived: Arrived,
    messages: Messages,
) -> Result<Response<Body>, Refused> {
    let posted = sort(messages);
    if hold.is_closed() {
        // It ended while the body was read.
        return Err(refuse::unknown_session());
    }
    if mailbox.is_full() && posted.request.is_some() {
        let full = "the stream is not read; read it before you ask for more";
        return Err(Refused::unavailable(full, 1));
    }
    let Arrived {
        parts,
        parties,
        inside,
        share,
        ..
    } = arrived;
    let desk = Desk {
        endpoint,
        hold: &hold,
        parties: &parties,
        outbox: mailbox,
        shares_outbox: true,
        resumable: false,
    };
    let jobs = desk.take(posted, parts)?;
    let work = Work {
        outbox: Arc::clone(mailbox),
        hold,
        stay: Stay::new(inside, share),
        jobs,
        principal: parties.principal,
        id: None,
        batch: false,
        answers: Answers::Held,
    };
    if work.is_refused() {
        // A challenge has no place on the stream.
        return work.into_json().map(|_| accepted());
    }
    carry::post(work);
    Ok(accepted())
}
