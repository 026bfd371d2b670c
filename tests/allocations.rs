//! Counts the allocations of whole requests: from the service to the collected body.
#![expect(unreachable_pub, reason = "nothing here is anybody's public interface")]

#[path = "allocations/cases.rs"]
mod cases;
#[path = "allocations/counting.rs"]
mod counting;
#[path = "allocations/sessions.rs"]
mod sessions;

use std::cell::Cell;

use axum::{Json, body::Body};
use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, response::Parts};
use http_body_util::BodyExt;
use mcp_axum::{Args, McpServer, McpService, Principal, lifespan::LifespanGuard, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Handle, Runtime};
use tower::Service;

thread_local! {
    /// The tasks that were alive when a handler ran, on the thread of its test.
    static TASKS: Cell<usize> = const { Cell::new(0) };
}

/// A number of things.
#[derive(Deserialize, JsonSchema)]
struct Order {
    what: String,
    count: u32,
}

/// What was ordered.
#[derive(Serialize, JsonSchema)]
struct Receipt {
    what: String,
    count: u32,
}

async fn text(Args(order): Args<Order>) -> String {
    let tasks = Handle::current().metrics().num_alive_tasks();
    TASKS.set(tasks);
    format!("{} {}", order.count, order.what)
}

async fn structured(Args(Order { what, count }): Args<Order>) -> Json<Receipt> {
    Json(Receipt { what, count })
}

/// A served server, on the thread that counts.
struct Bench {
    runtime: Runtime,
    mcp: McpService,
    _guard: LifespanGuard,
}

impl Bench {
    /// Serves a server of this many tools.
    fn new(tools: usize) -> Self {
        let extra = (2..tools).map(|n| tool(format!("tool_{n}"), text));
        let server = McpServer::new("bench", "1.0.0")
            .tool(tool("text", text))
            .tool(tool("structured", structured));
        let server = extra.fold(server, McpServer::tool).dynamic_resources();
        Self::of(McpService::new(server))
    }

    fn of(mcp: McpService) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let guard = runtime.block_on(async { mcp.lifespan().start() });
        Self {
            runtime,
            mcp,
            _guard: guard,
        }
    }

    /// Counts the allocations of a request that was sent before.
    fn count(&self, sample: &Sample) -> usize {
        self.send(sample);
        self.send(sample)
    }

    fn send(&self, sample: &Sample) -> usize {
        self.answer(sample).0
    }

    /// Returns what a request has cost, and the head of its answer.
    fn answer(&self, sample: &Sample) -> (usize, Parts) {
        let mut mcp = self.mcp.clone();
        let request = sample.request();
        self.runtime.block_on(async {
            let before = counting::allocations();
            let response = mcp.call(request).await.expect("a service never fails");
            let (head, body) = response.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            let spent = counting::allocations() - before;
            assert_eq!(head.status, sample.status, "{body:?}");
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains(sample.answer), "{body}");
            (spent, head)
        })
    }
}

/// A request, and what its answer looks like.
struct Sample {
    method: &'static str,
    name: Option<&'static str>,
    body: Bytes,
    status: StatusCode,
    answer: &'static str,
    /// In which era it is said.
    era: Era,
    /// Who says it, as the host's login knows.
    principal: Option<Principal>,
}

/// What a client says of itself in the head of its requests.
#[derive(Clone)]
enum Era {
    Stateless,
    /// Before there is a session.
    Opening,
    Session(HeaderValue),
}

/// The order of the keys of a message.
#[derive(Clone, Copy)]
enum Keys {
    MethodFirst,
    ParamsFirst,
}

const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",
    "io.modelcontextprotocol/clientInfo":{"name":"test","version":"1"},
    "io.modelcontextprotocol/clientCapabilities":{}}"#;

impl Sample {
    /// A request that takes no name.
    fn plain(method: &'static str, answer: &'static str) -> Self {
        let params = format!("{{{META}}}");
        Self::new(method, None, &params, Keys::MethodFirst, answer)
    }

    /// A call of a tool with two arguments.
    fn call(name: &'static str, keys: Keys, answer: &'static str) -> Self {
        let arguments = r#""arguments":{"what":"apples","count":3}"#;
        let params = match keys {
            Keys::MethodFirst => format!("{{\"name\":\"{name}\",{arguments},{META}}}"),
            Keys::ParamsFirst => format!("{{{META},{arguments},\"name\":\"{name}\"}}"),
        };
        Self::new("tools/call", Some(name), &params, keys, answer)
    }

    fn new(
        method: &'static str,
        name: Option<&'static str>,
        params: &str,
        keys: Keys,
        answer: &'static str,
    ) -> Self {
        let body = match keys {
            Keys::MethodFirst => {
                format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#)
            }
            Keys::ParamsFirst => {
                format!(r#"{{"params":{params},"method":"{method}","id":1,"jsonrpc":"2.0"}}"#)
            }
        };
        Self {
            method,
            name,
            body: body.into(),
            status: StatusCode::OK,
            answer,
            era: Era::Stateless,
            principal: None,
        }
    }

    fn request(&self) -> Request<Body> {
        let mut request = Request::post("/mcp")
            .header("host", "localhost")
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json");
        request = match &self.era {
            Era::Opening => request,
            Era::Session(id) => request
                .header("mcp-session-id", id)
                .header("mcp-protocol-version", "2025-11-25"),
            Era::Stateless => {
                let request = request
                    .header("mcp-protocol-version", "2026-07-28")
                    .header("mcp-method", self.method);
                match self.name {
                    Some(name) => request.header("mcp-name", name),
                    None => request,
                }
            }
        };
        if let Some(principal) = &self.principal {
            request = request.extension(principal.clone());
        }
        request
            .body(Body::from(self.body.clone()))
            .expect("a valid request")
    }
}

#[test]
fn a_request_allocates_little_and_always_the_same() {
    let few = Bench::new(5);
    let call = Sample::call("text", Keys::MethodFirst, "3 apples");
    let calls = few.count(&call);
    println!("tools/call, a text:              {calls}");
    assert!(calls <= 25, "a small `tools/call` took {calls} allocations");
    let alive = few
        .runtime
        .block_on(async { Handle::current().metrics().num_alive_tasks() });
    assert_eq!(TASKS.get(), alive, "a task was spawned");

    let many = Bench::new(200);
    assert_eq!(many.count(&call), calls, "the number of tools matters");
    let swapped = Sample::call("text", Keys::ParamsFirst, "3 apples");
    assert_eq!(few.count(&swapped), calls, "the order of keys matters");

    let structured = Sample::call("structured", Keys::MethodFirst, "structuredContent");
    let spent = few.count(&structured);
    println!("tools/call, structured content:  {spent}");
    assert!(spent <= 25, "a structured result took {spent} allocations");

    let list = Sample::plain("tools/list", "tool_49");
    let spent = Bench::new(50).count(&list);
    println!("tools/list, 50 tools:            {spent}");
    assert!(spent <= 12, "a list of 50 tools took {spent} allocations");

    let spent = few.count(&Sample::plain("server/discover", "supportedVersions"));
    println!("server/discover:                 {spent}");
    assert!(spent <= 12, "`server/discover` took {spent} allocations");

    let mut unknown = Sample::plain("tools/lists", "not offered");
    unknown.status = StatusCode::NOT_FOUND;
    let spent = few.count(&unknown);
    println!("a refused request:               {spent}");
    assert!(spent <= 25, "a refusal took {spent} allocations");
}
