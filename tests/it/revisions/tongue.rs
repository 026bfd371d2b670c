//! A client that speaks one revision, and writes down what is said.

use serde_json::{Value, json};

use crate::support::{Call, Reply, SESSIONFUL, Session, TestClient};

use super::model::{self, Kind};

/// All revisions, oldest first: the order of the columns of every table here.
pub const REVISIONS: [&str; 5] = [
    "2024-11-05",
    "2025-03-26",
    "2025-06-18",
    "2025-11-25",
    "2026-07-28",
];

/// What this client can do, whatever its revision knows of.
pub fn everything() -> Value {
    json!({"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {"listChanged": true}})
}

/// A client of one revision.
pub struct Tongue<'a> {
    pub revision: &'static str,
    pub client: &'a TestClient,
    pub session: Option<Session<'a>>,
    capabilities: Value,
}

/// What was said, in the order it was said.
pub struct Dialogue {
    /// The status of the first response.
    pub status: u16,
    /// Each `{"client": ..}` or `{"server": ..}`.
    pub said: Vec<Value>,
}

impl Dialogue {
    /// Returns what the server said.
    pub fn server(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.said.iter().filter_map(|said| said.get("server"))
    }

    /// Returns the last message, the response.
    pub fn response(&self) -> &Value {
        self.server()
            .next_back()
            .expect("the server said something")
    }

    /// Returns the first question's method and parameters, in whichever form it was asked.
    pub fn question(&self) -> Option<&Value> {
        self.server().find_map(|message| {
            if is_question(message) {
                return Some(message);
            }
            let asked = message["result"]["inputRequests"].as_object()?;
            asked.values().next()
        })
    }

    fn client_says(&mut self, message: Value) {
        self.said.push(json!({"client": message}));
    }

    /// Takes down a message of the server, which has to be one of its revision.
    #[track_caller]
    pub fn server_says(&mut self, revision: &str, method: &str, message: Value) {
        let kind = match &message {
            message if message.get("error").is_some() => Kind::Error,
            message if message.get("result").is_some() => Kind::Result(method),
            message if message.get("id").is_some() => Kind::Request,
            _ => Kind::Notification,
        };
        model::check(revision, kind, &message);
        self.said.push(json!({"server": message}));
    }
}

impl<'a> Tongue<'a> {
    /// Opens a client that can be asked everything.
    pub async fn new(client: &'a TestClient, revision: &'static str) -> Self {
        Self::with(client, revision, everything()).await
    }

    /// Opens a client that declares these capabilities.
    pub async fn with(client: &'a TestClient, revision: &'static str, can: Value) -> Self {
        let session = match SESSIONFUL.contains(&revision) {
            true => Some(client.open_with(revision, can.clone()).await),
            false => None,
        };
        Self {
            revision,
            client,
            session,
            capabilities: can,
        }
    }

    /// Makes a request, as a client of this revision makes it.
    pub fn request(&self, id: u64, method: &str, params: &Value) -> Said {
        let mut message =
            json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params.clone()});
        let Some(session) = &self.session else {
            let info = json!({"name": "test", "version": "1"});
            let call = self.client.request(method, params.clone());
            let call = call
                .id(json!(id))
                .capable(self.capabilities.clone())
                .meta("io.modelcontextprotocol/clientInfo", info);
            return Said {
                message: call.body.clone(),
                call,
            };
        };
        if method == "initialize" {
            let info = json!({"name": "test", "version": "1"});
            message["params"]["protocolVersion"] = json!(self.revision);
            message["params"]["capabilities"] = self.capabilities.clone();
            message["params"]["clientInfo"] = info;
            let call = self.client.post_older(&message);
            return Said { message, call };
        }
        let call = session.post(&message);
        Said { message, call }
    }

    /// Makes a request and answers all that the server asks on the way.
    pub async fn converse(&self, method: &str, params: &Value) -> Dialogue {
        let Said { message, call } = self.request(1, method, params);
        let mut dialogue = self.begin(method, message, call).await;
        if dialogue.response()["result"]["resultType"] == "input_required" {
            let Said { call, .. } = self.request(2, method, params);
            let retry = answer_round(call, dialogue.response());
            dialogue.client_says(retry.body.clone());
            self.listen(&mut dialogue, method, retry.await).await;
        }
        dialogue
    }

    /// Sends these bytes, which may be no message at all.
    pub async fn utter(&self, bytes: &'static str) -> Dialogue {
        let Said { call, .. } = self.request(1, "tools/list", &json!({}));
        self.begin("tools/list", json!(bytes), call.raw_body(bytes))
            .await
    }

    async fn begin(&self, method: &str, message: Value, call: Call) -> Dialogue {
        let reply = call.await;
        let mut dialogue = Dialogue {
            status: reply.status.as_u16(),
            said: Vec::new(),
        };
        dialogue.client_says(message);
        self.listen(&mut dialogue, method, reply).await;
        dialogue
    }

    async fn listen(&self, dialogue: &mut Dialogue, method: &str, reply: Reply) {
        if !reply.is_stream() {
            dialogue.server_says(self.revision, method, reply.message().await);
            return;
        }
        let mut events = reply.events();
        while let Some(message) = events.next().await {
            let question = is_question(&message).then(|| message.clone());
            dialogue.server_says(self.revision, method, message);
            if let Some(question) = question {
                let session = self.session.as_ref().expect("only a session is asked");
                let answer =
                    json!({"jsonrpc": "2.0", "id": question["id"], "result": answer_to(&question)});
                let taken = session.post(&answer).await;
                assert_eq!(taken.status, 202, "{taken:?}");
                dialogue.client_says(answer);
            }
        }
    }
}

/// A message of the client, and how it is sent.
pub struct Said {
    pub message: Value,
    pub call: Call,
}

fn is_question(message: &Value) -> bool {
    message.get("method").is_some() && message.get("id").is_some()
}

/// Answers the questions of a round.
fn answer_round(retry: Call, response: &Value) -> Call {
    let round = &response["result"];
    let asked = round["inputRequests"].as_object().expect("questions");
    let answers = asked
        .iter()
        .map(|(key, question)| (key.clone(), answer_to(question)));
    retry.answering(round, answers.collect())
}

/// What the person, the model or the client itself answers.
fn answer_to(question: &Value) -> Value {
    let said = json!({"type": "text", "text": "Paris"});
    match question["method"].as_str() {
        Some("roots/list") => json!({"roots": [{"uri": "file:///home/ada", "name": "home"}]}),
        Some("sampling/createMessage") => {
            json!({"role": "assistant", "content": said, "model": "haiku", "stopReason": "endTurn"})
        }
        _ if question["params"]["mode"] == "url" => json!({"action": "accept"}),
        _ => json!({"action": "accept", "content": fill_in(&question["params"])}),
    }
}

fn fill_in(params: &Value) -> Value {
    let fields = params["requestedSchema"]["properties"].as_object();
    let known = json!({
        "name": "Grace", "nights": 3, "price": 10.5, "window": false, "meal": "lunch",
        "class": "2", "meals": ["dinner"],
    });
    let fields = fields.into_iter().flatten();
    fields
        .map(|(name, _)| (name.clone(), known[name].clone()))
        .collect()
}
