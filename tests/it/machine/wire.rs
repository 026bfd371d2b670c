//! The clients' side: requests, and streams that are read without waiting.

use std::pin::pin;

use futures_util::future::poll_immediate;
use http::Method;
use serde_json::{Value, json};
use tokio::task::yield_now;

use super::{
    calls::{Call as Known, Said},
    hints::{Hint, URIS},
    model::{Drained, WHO},
};
use crate::support::{Call, Event, Events, Reply, TestClient};

/// How often everything that can go on gets its turn.
const TURNS: usize = 24;

/// Lets everything that can go on do so; time stands still.
pub async fn settle() {
    for _ in 0..TURNS {
        yield_now().await;
    }
}

/// Sends a request that is answered without any time passing.
pub async fn answer(call: Call) -> Reply {
    let mut reply = pin!(call.into_future());
    for _ in 0..TURNS {
        if let Some(reply) = poll_immediate(reply.as_mut()).await {
            return reply;
        }
        yield_now().await;
    }
    panic!("no answer to a request that nothing keeps waiting");
}

/// Whose session it is, and under which id.
#[derive(Clone, Debug)]
pub struct Passport {
    pub who: usize,
    pub id: String,
    pub revision: &'static str,
}

impl Passport {
    pub fn post(&self, client: &TestClient, body: &Value) -> Call {
        self.signed(client.post_older(body))
    }

    pub fn request(&self, client: &TestClient, method: &str, params: Value) -> Call {
        self.post(
            client,
            &json!({"jsonrpc": "2.0", "id": 99, "method": method, "params": params}),
        )
    }

    pub fn cancel(&self, client: &TestClient, id: u8) -> Call {
        let params = json!({"requestId": id});
        let method = "notifications/cancelled";
        self.post(
            client,
            &json!({"jsonrpc": "2.0", "method": method, "params": params}),
        )
    }

    /// Opens a stream, or comes back to one behind the event of this id.
    pub fn get(&self, client: &TestClient, seen: Option<String>) -> Call {
        let call = self.signed(
            client
                .raw(Method::GET, "")
                .header("accept", "text/event-stream"),
        );
        match seen {
            Some(seen) => call.header("last-event-id", &seen),
            None => call,
        }
    }

    pub fn delete(&self, client: &TestClient) -> Call {
        self.signed(client.raw(Method::DELETE, ""))
    }

    fn signed(&self, call: Call) -> Call {
        let call = call
            .header("mcp-session-id", &self.id)
            .header("mcp-protocol-version", self.revision);
        by(call, self.who)
    }
}

/// Says who sends a request, if anybody in particular.
pub fn by(call: Call, who: usize) -> Call {
    match who {
        0 => call,
        who => call.header("x-user", WHO[who]),
    }
}

/// A stream that a client reads.
pub struct Reader {
    events: Events,
    stream: u64,
    /// The event that was read last.
    last: usize,
}

impl Reader {
    pub fn new(reply: Reply, stream: u64, begin: usize) -> Self {
        Self {
            events: reply.events(),
            stream,
            last: begin,
        }
    }

    /// Reads all there is, and holds it against what there should be.
    pub async fn find(&mut self, drained: Drained, expected: impl Fn(usize) -> Value) {
        let (mut retries, mut ended) = (false, false);
        while let Some(event) = self.next().await {
            let Some(event) = event else {
                ended = true;
                break;
            };
            if event.data.is_empty() {
                self.check_place(event.id.as_deref());
                retries = event.id.is_none();
                continue;
            }
            assert!(
                !matches!(drained, Drained::Replaced),
                "a reader that was replaced reads {event:?}"
            );
            self.last += 1;
            self.check_place(event.id.as_deref().or(Some("no id")));
            assert_eq!(event.message(), expected(self.last), "event {}", self.last);
        }
        match drained {
            Drained::UpTo { last, ended: end } => {
                assert_eq!(
                    (self.last, ended),
                    (last, end),
                    "how far a stream came, and whether it ended"
                );
            }
            Drained::SentAway { last } => {
                assert_eq!(
                    (self.last, ended, retries),
                    (last, true, true),
                    "who was sent away"
                );
            }
            Drained::Replaced => assert!(ended, "a reader that was replaced reads on"),
        }
    }

    /// Returns the next event, or the end, if it is there.
    async fn next(&mut self) -> Option<Option<Event>> {
        poll_immediate(pin!(self.events.next_event())).await
    }

    /// An event is the next one; what has no id leaves its reader where it is.
    fn check_place(&self, id: Option<&str>) {
        if let Some(id) = id {
            assert_eq!(id, format!("{}.{}", self.stream, self.last));
        }
    }
}

/// What a message of a call looks like.
pub fn message(at: usize, call: &Known, said: Said) -> Value {
    let id = call.order.id;
    match said {
        Said::Log(n) => {
            let params = json!({"level": "info", "data": format!("{at}.{n}")});
            json!({"jsonrpc": "2.0", "method": "notifications/message", "params": params})
        }
        Said::Done => {
            let content = json!([{"type": "text", "text": format!("{at} is done")}]);
            json!({"jsonrpc": "2.0", "id": id, "result": {"content": content}})
        }
        Said::Error(message) => {
            json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": message}})
        }
    }
}

/// What a message of the standalone stream looks like.
pub fn hint(hint: Hint) -> Value {
    let kind = match hint {
        Hint::Tools => "tools/list_changed",
        Hint::Prompts => "prompts/list_changed",
        Hint::Resources => "resources/list_changed",
        Hint::Updated(_) => "resources/updated",
    };
    let mut message = json!({"jsonrpc": "2.0", "method": format!("notifications/{kind}")});
    if let Hint::Updated(uri) = hint {
        message["params"] = json!({"uri": URIS[uri]});
    }
    message
}
