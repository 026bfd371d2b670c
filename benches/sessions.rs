//! The memory of idle sessions: what the allocator gives out, and what the system counts.
//!
//! Each kind of session is measured in a process of its own, so that none uses
//! what another has left behind. As a test a few sessions do.

#[expect(
    dead_code,
    unreachable_pub,
    reason = "shared by all benches, and each uses a part"
)]
mod support;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    env, fs,
    process::Command,
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::body::Body;
use http::{HeaderValue, Request};
use tower::ServiceExt;

use crate::support::{App, Sample, orders};

/// Knows how many bytes are in use.
struct Counting;

static IN_USE: AtomicUsize = AtomicUsize::new(0);

#[expect(
    unsafe_code,
    reason = "only an allocator can count bytes, and its trait is unsafe"
)]
// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// The most bytes that an idle session may take up.
const BUDGET: usize = 1024;

/// What a session has been through before it is idle.
type Past = (&'static str, fn(&App, &HeaderValue));

const PASTS: [Past; 3] = [
    ("opened", |_, _| {}),
    ("called", |app, session| {
        app.answer(&orders::call_in(session));
    }),
    ("listened", |app, session| {
        app.answer(&orders::call_in(session));
        listen(app, session);
    }),
];

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let wanted = |name: &str| arguments.iter().any(|argument| argument == name);
    if wanted("--list") {
        return;
    }
    if let Some((name, past)) = PASTS.iter().find(|(name, _)| wanted(name)) {
        let sessions = if wanted("--bench") { 10_000 } else { 500 };
        return measure(name, *past, sessions);
    }
    for (name, _) in PASTS {
        let program = env::current_exe().expect("this very program");
        let status = Command::new(program).args(&arguments).arg(name).status();
        assert!(status.expect("a process").success(), "{name}");
    }
}

/// Opens the standalone stream, and leaves.
fn listen(app: &App, session: &HeaderValue) {
    let request = Request::get("/mcp")
        .header("host", "localhost")
        .header("accept", "text/event-stream")
        .header("mcp-session-id", session)
        .body(Body::empty());
    let request = request.expect("a valid request");
    let response = app.runtime.block_on(app.router.clone().oneshot(request));
    assert!(
        response
            .expect("a router never fails")
            .status()
            .is_success()
    );
}

#[expect(clippy::print_stdout, reason = "the figures are for whoever runs it")]
fn measure(name: &str, past: fn(&App, &HeaderValue), sessions: usize) {
    let app = App::ours(orders::server());
    // What is made once is made now.
    past(&app, &app.open());
    app.answer(&Sample::plain("tools/list"));
    let (in_use, resident) = (IN_USE.load(Ordering::Relaxed), resident());
    for _ in 0..sessions {
        past(&app, &app.open());
    }
    let each = (IN_USE.load(Ordering::Relaxed) - in_use) / sessions;
    let resident = self::resident().zip(resident);
    let resident = resident.map_or_else(
        || "unknown".to_owned(),
        |(after, before)| (after.saturating_sub(before) / sessions).to_string(),
    );
    let tasks = app.runtime.metrics().num_alive_tasks();
    println!("{sessions} sessions, {name}: {each} B each, resident {resident} B, tasks {tasks}");
    assert!(
        each <= BUDGET,
        "an idle session takes up {each} B, more than {BUDGET}"
    );
    assert_eq!(tasks, 1, "no session has a task; the lifespan has one");
}

/// Returns the bytes of memory that the system counts, where it says so.
fn resident() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: usize = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kib * 1024)
}
