//! What a session costs: to open, to call a tool in, and to leave alone.

use axum::body::Body;
use http::{HeaderValue, Request, StatusCode, response::Parts};
use mcp_axum::Principal;
use tokio::runtime::Handle;
use tower::Service;

use super::{Bench, Era, Keys, Sample, TASKS, counting};

/// What a client of today says of itself.
const CAPABILITIES: &str = r#"{"roots":{"listChanged":true},"sampling":{},"elicitation":{}}"#;
const INFO: &str = r#"{"name":"example-client","title":"Example Client","version":"2.14.7"}"#;

pub fn initialize(keys: Keys) -> Sample {
    let version = r#""protocolVersion":"2025-11-25""#;
    let card = format!(r#""capabilities":{CAPABILITIES},"clientInfo":{INFO}"#);
    let params = match keys {
        Keys::MethodFirst => format!("{{{version},{card}}}"),
        Keys::ParamsFirst => format!("{{{card},{version}}}"),
    };
    let mut sample = Sample::new("initialize", None, &params, keys, "protocolVersion");
    sample.era = Era::Opening;
    sample
}

/// A call without the envelope of the other era.
pub fn call(keys: Keys, session: &HeaderValue) -> Sample {
    let arguments = r#""arguments":{"what":"apples","count":3}"#;
    let params = match keys {
        Keys::MethodFirst => format!("{{\"name\":\"text\",{arguments}}}"),
        Keys::ParamsFirst => format!("{{{arguments},\"name\":\"text\"}}"),
    };
    let mut sample = Sample::new("tools/call", None, &params, keys, "3 apples");
    sample.era = Era::Session(session.clone());
    sample
}

fn initialized(session: HeaderValue) -> Sample {
    let mut sample = Sample::new(
        "notifications/initialized",
        None,
        "{}",
        Keys::MethodFirst,
        "",
    );
    sample.body = br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#[..].into();
    sample.status = StatusCode::ACCEPTED;
    sample.era = Era::Session(session);
    sample
}

/// Opens a session as a client does; returns its id and what opening it took.
pub fn open(bench: &Bench, keys: Keys) -> (HeaderValue, usize) {
    let (spent, head) = bench.answer(&initialize(keys));
    let id = head.headers["mcp-session-id"].clone();
    bench.send(&initialized(id.clone()));
    (id, spent)
}

#[test]
fn a_session_opens_and_calls_with_few_allocations_and_no_task() {
    let bench = Bench::new(5);
    // Where the directory grows, one opening pays for many; the rest pay the same.
    let spent = |keys| (0..64).map(|_| open(&bench, keys).1).collect::<Vec<_>>();
    let (first, swapped) = (spent(Keys::MethodFirst), spent(Keys::ParamsFirst));
    let least = *first.iter().min().expect("some");
    let most = *first.iter().max().expect("some");
    println!("initialize:                      {least} to {most}");
    assert!(most <= 60, "`initialize` took {most} allocations");
    assert_eq!(
        swapped.iter().min(),
        Some(&least),
        "the order of keys matters"
    );

    let (session, _) = open(&bench, Keys::MethodFirst);
    let spent = bench.count(&call(Keys::MethodFirst, &session));
    println!("tools/call in a session, a text: {spent}");
    assert!(spent <= 25, "a small `tools/call` took {spent} allocations");
    let alive = async { Handle::current().metrics().num_alive_tasks() };
    let alive = bench.runtime.block_on(alive);
    assert_eq!(TASKS.get(), alive, "a task was spawned");
    let swapped = bench.count(&call(Keys::ParamsFirst, &session));
    assert_eq!(swapped, spent, "the order of keys matters");
}

const SESSIONS: usize = 10_000;
/// The characters of a session's id.
const ID: usize = 39;

/// What a client did in its session before it fell silent.
#[derive(Clone, Copy, Debug)]
enum Used {
    Opened,
    Called,
    /// It opened the standalone stream, as clients do of themselves, and left.
    Listened,
    Subscribed,
}

/// Ten thousand sessions, anonymous or each of a principal of its own.
struct Crowd {
    bench: Bench,
    known: bool,
    /// In memory that is there before anything is counted.
    ids: Vec<[u8; ID]>,
}

impl Crowd {
    fn new(known: bool) -> Self {
        let bench = Bench::new(5);
        open(&bench, Keys::MethodFirst);
        Self {
            bench,
            known,
            ids: Vec::with_capacity(SESSIONS),
        }
    }

    fn principal(&self, at: usize) -> Option<Principal> {
        let key = format!("https://login.example|user-{at:05}");
        self.known.then(|| Principal::new(key))
    }

    fn session(&self, at: usize) -> HeaderValue {
        HeaderValue::from_bytes(&self.ids[at]).expect("an id")
    }

    fn send(&self, at: usize, mut sample: Sample) -> Parts {
        sample.principal = self.principal(at);
        self.bench.answer(&sample).1
    }

    fn open(&mut self, at: usize) {
        let head = self.send(at, initialize(Keys::MethodFirst));
        let id = head.headers["mcp-session-id"].as_bytes();
        self.ids.push(id.try_into().expect("an id of that length"));
        self.send(at, initialized(self.session(at)));
    }

    fn listen(&self, at: usize) {
        let request = Request::get("/mcp")
            .header("host", "localhost")
            .header("accept", "text/event-stream")
            .header("mcp-session-id", self.session(at));
        let request = match self.principal(at) {
            Some(principal) => request.extension(principal),
            None => request,
        };
        let request = request.body(Body::empty()).expect("a valid request");
        let mut mcp = self.bench.mcp.clone();
        let response = self.bench.runtime.block_on(mcp.call(request));
        let response = response.expect("a service never fails");
        assert_eq!(response.status(), StatusCode::OK);
    }

    /// Takes every session one step further.
    fn step(&mut self, used: Used) {
        for at in 0..SESSIONS {
            match used {
                Used::Opened => self.open(at),
                Used::Called => drop(self.send(at, call(Keys::MethodFirst, &self.session(at)))),
                Used::Listened => self.listen(at),
                Used::Subscribed => drop(self.send(at, subscribe(self.session(at)))),
            }
        }
    }
}

fn subscribe(session: HeaderValue) -> Sample {
    let params = r#"{"uri":"note://one"}"#;
    let mut sample = Sample::new("resources/subscribe", None, params, Keys::MethodFirst, "{}");
    sample.era = Era::Session(session);
    sample
}

#[test]
fn an_idle_session_costs_less_than_a_kibibyte_whatever_was_done_in_it() {
    for known in [false, true] {
        let mut crowd = Crowd::new(known);
        let before = counting::live();
        for used in [Used::Opened, Used::Called, Used::Listened, Used::Subscribed] {
            crowd.step(used);
            assert!(crowd.bench.mcp.sessions().count() >= SESSIONS);
            let each = (counting::live() - before).unsigned_abs() / SESSIONS;
            println!("an idle session, known {known}, {used:?}: {each} bytes");
            assert!(each <= 1024, "known {known}, {used:?}: {each} bytes");
        }
        let kept = counting::live() - before;
        crowd.bench.mcp.sessions().close_all();
        let left = counting::live() - before;
        println!("after all of them were closed:   {left} bytes");
        // What is left is room in the directory's tables, for the next ones.
        assert!(left < kept / 4, "{left} of {kept} bytes are left");
    }
}
