//! Counts the allocations of whole requests: from the service to the collected body.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::{Json, body::Body};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use mcp_axum::{Args, McpServer, McpService, lifespan::LifespanGuard, tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Handle, Runtime};
use tower::Service;

/// Counts what its own thread allocates, so that no other thread disturbs the count.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending has no counter any more, and nothing to count.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

#[expect(
    unsafe_code,
    reason = "only an allocator can count allocations, and its trait is unsafe"
)]
// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The tasks that were alive when a handler ran.
static TASKS: AtomicUsize = AtomicUsize::new(0);

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
    TASKS.store(tasks, Ordering::Relaxed);
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
        let mcp = McpService::new(extra.fold(server, McpServer::tool));
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
        let mut mcp = self.mcp.clone();
        let request = sample.request();
        self.runtime.block_on(async {
            let before = ALLOCATIONS.get();
            let response = mcp.call(request).await.expect("a service never fails");
            let (head, body) = response.into_parts();
            let body = body.collect().await.expect("a body").to_bytes();
            let spent = ALLOCATIONS.get() - before;
            assert_eq!(head.status, sample.status, "{body:?}");
            let body = String::from_utf8_lossy(&body);
            assert!(body.contains(sample.answer), "{body}");
            spent
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
        }
    }

    fn request(&self) -> Request<Body> {
        let mut request = Request::post("/mcp")
            .header("host", "localhost")
            .header("accept", "application/json, text/event-stream")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2026-07-28")
            .header("mcp-method", self.method);
        if let Some(name) = self.name {
            request = request.header("mcp-name", name);
        }
        request
            .body(Body::from(self.body.clone()))
            .expect("a valid request")
    }
}

/// One test, so that nothing else runs in this process.
#[test]
fn a_request_allocates_little_and_always_the_same() {
    let few = Bench::new(5);
    let call = Sample::call("text", Keys::MethodFirst, "3 apples");
    let calls = few.count(&call);
    println!("tools/call, a text:              {calls}");
    assert!(calls <= 40, "a small `tools/call` took {calls} allocations");
    let alive = few
        .runtime
        .block_on(async { Handle::current().metrics().num_alive_tasks() });
    assert_eq!(TASKS.load(Ordering::Relaxed), alive, "a task was spawned");

    let many = Bench::new(200);
    assert_eq!(many.count(&call), calls, "the number of tools matters");
    let swapped = Sample::call("text", Keys::ParamsFirst, "3 apples");
    assert_eq!(few.count(&swapped), calls, "the order of keys matters");

    let structured = Sample::call("structured", Keys::MethodFirst, "structuredContent");
    let spent = few.count(&structured);
    println!("tools/call, structured content:  {spent}");
    assert!(spent <= 40, "a structured result took {spent} allocations");

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
    assert!(spent <= 40, "a refusal took {spent} allocations");
}
