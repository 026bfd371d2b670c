//! All clients, each with its requests and streams.

use mcp_axum::{store::MemoryEventLog, tool};
use serde_json::json;
use tokio::task::JoinHandle;

use super::{
    calls::{Order, Reply as Answer},
    hints::{Hints, URIS},
    model::{Drained, Expected, Model},
    serve::{self, Gates},
    steps::{Intrusion, Step},
    wire::{Passport, Reader, answer, by, hint, message},
};
use crate::support::{Reply, TestClient};

/// A stream that no call has.
const NO_STREAM: u64 = 77;

/// All clients of a service.
pub struct Clients {
    pub client: TestClient,
    /// Of the sessions, in their order.
    pub passports: Vec<Passport>,
    calls: Vec<Client>,
    /// Who reads the standalone streams of the sessions.
    listeners: Vec<Option<Reader>>,
    gates: Gates,
    tools: usize,
}

/// The client of a call.
enum Client {
    Waiting(JoinHandle<Reply>),
    Reading(Reader),
    Gone,
}

impl Clients {
    pub fn new(log: &MemoryEventLog) -> Self {
        let gates = Gates::default();
        Self {
            client: TestClient::with(serve::service(&gates, log)),
            passports: Vec::new(),
            calls: Vec::new(),
            listeners: Vec::new(),
            gates,
            tools: 0,
        }
    }

    pub async fn take(&mut self, step: &Step, model: &Model) {
        match *step {
            Step::Open { who, polls } => self.open(who, polls, model).await,
            Step::Call { session, order } => self.call(session, order),
            Step::Release { call } => self.gates.of(call).notify_one(),
            Step::Read { call } => {
                if let Expected::Drained(found) = model.expected {
                    self.read(call, found, model).await;
                }
            }
            Step::Leave { call } => self.calls[call] = Client::Gone,
            Step::Resume { call, seen } => self.resume(call, seen, model).await,
            Step::Listen { session, seen } => self.listen(session, seen, model).await,
            Step::Hear { session } => {
                if let Expected::Drained(found) = model.expected {
                    let hints = model.sessions[session].hints.as_ref();
                    let hints = hints.expect("somebody listens");
                    self.hear(session, found, hints).await;
                }
            }
            Step::Unlisten { session } => self.listeners[session] = None,
            Step::Change => self.change(),
            Step::Update { uri } => self.client.mcp.notifier().resource_updated(URIS[uri]),
            Step::Close { session } => {
                self.client
                    .mcp
                    .sessions()
                    .close(&self.passports[session].id);
            }
            Step::Wait { .. } => {}
            Step::Cancel { .. }
            | Step::Follow { .. }
            | Step::Unfollow { .. }
            | Step::Ping { .. }
            | Step::Intrude { .. }
            | Step::Delete { .. } => self.ask(step, model).await,
        }
    }

    async fn open(&mut self, who: usize, polls: bool, model: &Model) {
        let revision = if polls { "2025-11-25" } else { "2025-06-18" };
        let reply = answer(by(self.client.initialize(revision, json!({})), who)).await;
        expect(&reply, model);
        if let Some(id) = reply.header("mcp-session-id") {
            let id = id.to_owned();
            self.passports.push(Passport { who, id, revision });
            self.listeners.push(None);
        }
    }

    fn call(&mut self, session: usize, order: Order) {
        let Order {
            id,
            says,
            after,
            hangs_up,
            waits,
        } = order;
        let call = self.calls.len();
        let arguments = json!({"call": call, "says": says, "after": after, "hangs_up": hangs_up, "waits": waits});
        let params = json!({"name": "speak", "arguments": arguments});
        let body = json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params});
        let request = self.passports[session].post(&self.client, &body);
        self.calls
            .push(Client::Waiting(tokio::spawn(request.into_future())));
    }

    /// Sends what is answered by a status alone.
    async fn ask(&self, step: &Step, model: &Model) {
        let client = &self.client;
        let uri = |uri: usize| json!({"uri": URIS[uri]});
        let of = |session: usize| &self.passports[session];
        let call = match *step {
            Step::Cancel { call } => {
                let call = &model.calls[call];
                of(call.session).cancel(client, call.order.id)
            }
            Step::Follow { session, uri: at } => {
                of(session).request(client, "resources/subscribe", uri(at))
            }
            Step::Unfollow { session, uri: at } => {
                of(session).request(client, "resources/unsubscribe", uri(at))
            }
            Step::Delete { session } => of(session).delete(client),
            Step::Intrude { session, who, how } => {
                return self.intrude(session, who, how, model).await;
            }
            Step::Ping { session } => of(session).request(client, "ping", json!({})),
            _ => return,
        };
        expect(&answer(call).await, model);
    }

    async fn intrude(&self, session: usize, who: usize, how: Intrusion, model: &Model) {
        let client = &self.client;
        let mut passport = self.passports[session].clone();
        passport.who = who;
        let call = match how {
            Intrusion::Ping => passport.request(client, "ping", json!({})),
            Intrusion::Listen => passport.get(client, None),
            Intrusion::Resume => passport.get(client, Some("1.0".to_owned())),
            Intrusion::Cancel => {
                let theirs = model.calls_of(session).last();
                passport.cancel(client, theirs.map_or(0, |call| call.order.id))
            }
            Intrusion::Delete => passport.delete(client),
            Intrusion::Forge => {
                passport.who = self.passports[session].who;
                let last = if passport.id.ends_with('A') { 'B' } else { 'A' };
                passport.id.pop();
                passport.id.push(last);
                passport.delete(client)
            }
        };
        expect(&answer(call).await, model);
    }

    /// Reads the stream of a call, and lets go of it when it has ended.
    pub async fn read(&mut self, call: usize, found: Drained, model: &Model) {
        let Client::Reading(reader) = &mut self.calls[call] else {
            panic!("call {call} has no stream to read");
        };
        let known = &model.calls[call];
        let said = |event: usize| message(call, known, known.events[event - 1]);
        reader.find(found, said).await;
        if !matches!(found, Drained::UpTo { ended: false, .. }) {
            self.calls[call] = Client::Gone;
        }
    }

    async fn resume(&mut self, call: usize, seen: usize, model: &Model) {
        let known = &model.calls[call];
        let stream = known.stream.unwrap_or(NO_STREAM);
        let seen_id = Some(format!("{stream}.{seen}"));
        let get = self.passports[known.session].get(&self.client, seen_id);
        let reply = answer(get).await;
        expect(&reply, model);
        let Expected::Stream { begin, before } = model.expected else {
            return;
        };
        if let Some(before) = before {
            self.read(call, before, model).await;
        }
        self.calls[call] = Client::Reading(Reader::new(reply, stream, begin));
    }

    async fn listen(&mut self, session: usize, seen: Option<usize>, model: &Model) {
        let seen = seen.map(|seen| format!("0.{seen}"));
        let reply = answer(self.passports[session].get(&self.client, seen)).await;
        expect(&reply, model);
        let Expected::Stream { begin, before } = model.expected else {
            return;
        };
        let old = self.listeners[session].replace(Reader::new(reply, 0, begin));
        if let (Some(before), Some(mut old)) = (before, old) {
            old.find(before, |_| unreachable!("it was replaced")).await;
        }
    }

    /// Reads the standalone stream of a session.
    pub async fn hear(&mut self, session: usize, found: Drained, hints: &Hints) {
        let reader = self.listeners[session].as_mut().expect("somebody listens");
        reader
            .find(found, |event| hint(hints.told[event - 1]))
            .await;
        if !matches!(found, Drained::UpTo { ended: false, .. }) {
            self.listeners[session] = None;
        }
    }

    fn change(&mut self) {
        self.tools += 1;
        let name = format!("tool_{}", self.tools);
        let added = self
            .client
            .mcp
            .registry()
            .add_tool(tool(name, async || "nothing"));
        added.expect("a new name");
    }

    /// Takes the answers that are there: exactly those that should be.
    pub async fn collect(&mut self, model: &Model) {
        for (at, client) in self.calls.iter_mut().enumerate() {
            let Client::Waiting(waiting) = client else {
                continue;
            };
            let known = &model.calls[at];
            assert_eq!(
                waiting.is_finished(),
                known.reply.is_some(),
                "call {at} is answered"
            );
            let Some(expected) = known.reply else {
                continue;
            };
            let reply = waiting.await.expect("a request that was sent");
            *client = match expected {
                Answer::Stream => {
                    Client::Reading(Reader::new(reply, known.stream.unwrap_or_default(), 0))
                }
                Answer::Json(said) => {
                    assert_eq!(reply.message().await, message(at, known, said), "call {at}");
                    Client::Gone
                }
                Answer::Nothing => {
                    assert_eq!(reply.status, 202, "call {at}: {reply:?}");
                    Client::Gone
                }
                Answer::Refused(status) => {
                    assert_eq!(reply.status, status, "call {at}: {reply:?}");
                    Client::Gone
                }
                Answer::Left => unreachable!("call {at} is nobody's any more"),
            };
        }
    }

    /// A service that goes down takes nothing new.
    pub async fn are_refused(&self, model: &Model) {
        let passports = self.passports.iter().zip(&model.sessions);
        for (passport, _) in passports.filter(|(_, session)| session.open) {
            let reply = answer(passport.request(&self.client, "ping", json!({}))).await;
            assert_eq!(reply.status, 503, "{reply:?}");
            assert!(reply.header("retry-after").is_some(), "{reply:?}");
        }
    }

    pub fn leave(&mut self) {
        self.calls.clear();
        self.listeners.clear();
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Self::Waiting(request) = self {
            request.abort();
        }
    }
}

/// Checks a status; a stream is a success.
fn expect(reply: &Reply, model: &Model) {
    let expected = match &model.expected {
        Expected::Status(status) => *status,
        Expected::Stream { .. } => 200,
        expected => unreachable!("{expected:?}"),
    };
    assert_eq!(reply.status, expected, "{reply:?}");
}
