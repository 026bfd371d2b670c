//! The requests of a session on their way to their handlers.

use std::sync::Arc;

use http::request::Parts;

use crate::{
    context::{Context, Request},
    middleware::Failure,
    peer::{ask::Asks, live::Live, outbox::Outbox, questions::Peer},
    protocol::{
        ErrorObject, Level,
        jsonrpc::{self, Kind, Message, RequestId},
        method::{Method, SessionMethod},
        scan::Member,
    },
    server::{
        ServerCore,
        dispatch::{Dispatched, dispatch, offers, unknown_method},
    },
    session::{Flight, Hold, Refusal},
    telemetry,
};

use super::{
    super::{
        driver::{Driver, Served, write_response},
        endpoint::Endpoint,
        refuse::Refused,
        reply::Stay,
        servers::Parties,
        stateless::Arrived,
    },
    SessionSpace, handshake, notices,
    work::{Answers, Job, Work},
};

/// The messages of one POST.
#[derive(Default)]
pub(crate) struct Posted {
    /// The last request, which mostly is the only one.
    pub(crate) request: Option<Message>,
    /// Those of a batch before it.
    pub(crate) earlier: Vec<Message>,
    /// Notifications, and answers to questions of ours.
    pub(crate) notices: Vec<Message>,
    /// They came as an array, and their answers go as one.
    pub(crate) batch: bool,
}

/// Begins the requests of one POST.
pub(crate) fn begin(
    endpoint: &Endpoint,
    space: &SessionSpace,
    hold: Hold,
    arrived: Arrived,
    posted: Posted,
) -> Result<Work, Refused> {
    let Arrived {
        parts,
        parties,
        accepts,
        inside,
        share,
    } = arrived;
    let edit = parties.core.edit(parties.principal(), hold.revision());
    let outbox = Arc::new(Outbox::new(endpoint.limits.outbox, accepts.sse, edit));
    let desk = Desk {
        endpoint,
        hold: &hold,
        parties: &parties,
        outbox: &outbox,
        shares_outbox: posted.batch,
        resumable: space.log.is_some() && hold.revision().dialect().polling,
    };
    let (batch, id) = (posted.batch, posted.only_id());
    let jobs = desk.take(posted, parts)?;
    Ok(Work {
        principal: parties.principal,
        outbox,
        hold,
        stay: Stay::new(inside, share),
        jobs,
        id,
        batch,
        answers: Answers::Held,
    })
}

impl Posted {
    /// Returns the id of the one request that there is.
    fn only_id(&self) -> Option<RequestId> {
        let only = self.request.as_ref().filter(|_| !self.batch)?;
        only.request_id().cloned()
    }
}

/// Where the requests of one POST are taken in.
pub(crate) struct Desk<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) hold: &'a Hold,
    pub(crate) parties: &'a Parties,
    pub(crate) outbox: &'a Arc<Outbox>,
    pub(crate) shares_outbox: bool,
    pub(crate) resumable: bool,
}

/// A request that is let in.
struct LetIn {
    message: Message,
    id: RequestId,
    /// The method, and the place in flight, of one that the server answers. What
    /// belongs to the session itself, such as a ping, needs none.
    served: Option<(Method, Flight)>,
}

impl Desk<'_> {
    /// Takes all messages in, or turns the whole POST away and does nothing.
    pub(crate) fn take(&self, posted: Posted, parts: Parts) -> Result<Vec<Job>, Refused> {
        let earlier = posted.earlier.into_iter();
        let earlier = earlier.filter_map(|message| self.let_in(message));
        let earlier = earlier.collect::<Result<Vec<_>, _>>()?;
        let last = posted.request.and_then(|message| self.let_in(message));
        let last = last.transpose()?;
        for notice in &posted.notices {
            notices::take(self.hold, notice);
        }
        // Each has the head of the HTTP request to itself; the last one need not copy it.
        let mut jobs = Vec::with_capacity(earlier.len() + 1);
        jobs.extend(earlier.into_iter().map(|it| self.job(it, parts.clone())));
        jobs.extend(last.map(|it| self.job(it, parts)));
        Ok(jobs)
    }

    fn let_in(&self, message: Message) -> Option<Result<LetIn, Refused>> {
        let Kind::Request(id) = message.kind.clone() else {
            return None;
        };
        let name = message.string(Member::Method).unwrap_or_default();
        let served = match SessionMethod::parse(&name) {
            Some(SessionMethod::Common(method)) => {
                self.hold.begin(&id).map(|flight| Some((method, flight)))
            }
            Some(_) | None => self.hold.check(&id).map(|()| None),
        };
        drop(name);
        Some(match served {
            Ok(served) => Ok(LetIn {
                message,
                id,
                served,
            }),
            Err(refusal) => Err(refused(refusal).for_request(id)),
        })
    }

    fn job(&self, request: LetIn, parts: Parts) -> Job {
        let LetIn {
            message,
            id,
            served,
        } = request;
        if let Some((method, flight)) = served {
            let ctx = self.context(message, id, method, parts);
            return self.dispatch(ctx, flight);
        }
        let name = message.string(Member::Method).unwrap_or_default();
        let done = match SessionMethod::parse(&name) {
            // Over HTTP+SSE the handshake comes in its session.
            Some(SessionMethod::Initialize) if self.hold.mailbox().is_some() => {
                let text = handshake::agree(self.endpoint, self.parties, self.hold, &message);
                return Job::Answered(text.into());
            }
            Some(SessionMethod::Ping) => Ok(()),
            Some(SessionMethod::SetLevel) => set_level(self.hold, &message),
            Some(method @ (SessionMethod::Subscribe | SessionMethod::Unsubscribe)) => {
                self.follow(&message, method)
            }
            Some(SessionMethod::Initialize | SessionMethod::Common(_)) | None => {
                Err(unknown_method(&name))
            }
        };
        let text = match done {
            Ok(()) => jsonrpc::result_text(&id, b"{}"),
            Err(error) => jsonrpc::error_text(&id, &error),
        };
        Job::Answered(text.into())
    }

    fn core(&self) -> &Arc<ServerCore> {
        &self.parties.core
    }

    /// Subscribes to a resource, or not any more.
    fn follow(&self, message: &Message, method: SessionMethod) -> Result<(), ErrorObject> {
        let core = self.core();
        if !offers(core, &core.registry.snapshot(), Method::ResourcesRead) {
            return Err(unknown_method(method.as_str()));
        }
        let uri = message
            .string(Member::Uri)
            .ok_or_else(|| ErrorObject::invalid_params("`uri` must be a string"))?;
        let standalone = super::standalone(self.endpoint, core, self.hold);
        if method == SessionMethod::Unsubscribe {
            standalone.unfollow(&uri);
            return Ok(());
        }
        match standalone.follow(&uri, self.hold.limits().subscriptions) {
            true => Ok(()),
            false => Err(ErrorObject::invalid_params(
                "too many subscriptions in this session; `resources/unsubscribe` from some",
            )),
        }
    }

    fn dispatch(&self, ctx: Context, flight: Flight) -> Job {
        let (method, revision) = (ctx.method(), ctx.revision().as_str());
        let (id, version) = (ctx.request().id.as_str(), ctx.parts().version);
        let span = telemetry::request_span(method, revision, id, version);
        telemetry::record_session(&span, self.hold.key());
        let core = Arc::clone(self.core());
        let entered = span.enter();
        let dispatched = dispatch(&core, &ctx);
        drop(entered);
        if dispatched.is_ok() {
            telemetry::record_target(&span, ctx.method(), || ctx.target());
        }
        let write = |end| Job::Answered(write_response(&core, &ctx, &span, end));
        match dispatched {
            Ok(Dispatched::Ready(outcome)) => write(Ok(outcome)),
            Ok(Dispatched::Listen(_)) => write(Err(unknown_method(method))),
            Err(Failure::Error(error) | Failure::Unserved(error)) => write(Err(error)),
            Err(Failure::Refused(refusal)) => Job::Refused(ctx.request().id.clone(), refusal),
            Err(Failure::Cancelled) => Job::Over,
            Ok(Dispatched::Running(running)) => {
                let served = Served {
                    core,
                    keys: Arc::clone(&self.endpoint.keys),
                    ctx,
                    span,
                    flight: Some(flight),
                };
                Job::Running(Driver::new(served, running))
            }
        }
    }

    /// Puts together what a handler may know of its request.
    fn context(&self, message: Message, id: RequestId, method: Method, parts: Parts) -> Context {
        let peer: Arc<dyn Peer> = self.hold.session().clone();
        let revision = self.hold.revision();
        let core = Arc::clone(self.core());
        Context::new(Request {
            message,
            id,
            method,
            revision,
            parts,
            principal: self.parties.principal.clone(),
            peer: Some(Arc::clone(&peer)),
            level: None,
            outbox: Arc::clone(self.outbox),
            shares_outbox: self.shares_outbox,
            resumable: self.resumable,
            asks: Asks::Live(Live::new(peer, revision)),
            own_state: None,
            expose_errors: core.settings.expose_errors,
            auth: Arc::clone(&self.endpoint.auth),
            served: Arc::clone(&self.endpoint.revisions),
            server: core,
        })
    }
}

fn set_level(hold: &Hold, message: &Message) -> Result<(), ErrorObject> {
    let level = message.text(Member::Level);
    let level: Option<Level> = level.and_then(|text| serde_json::from_str(text).ok());
    let level = level.ok_or_else(|| {
        ErrorObject::invalid_params(
            "`level` must be one of debug, info, notice, warning, error, critical, alert, emergency",
        )
    })?;
    hold.set_level(level);
    Ok(())
}

fn refused(refusal: Refusal) -> Refused {
    match refusal {
        Refusal::Duplicate => super::invalid("another request with this `id` is in flight"),
        Refusal::TooMany => Refused::unavailable("too many requests are in flight", 1),
    }
}
