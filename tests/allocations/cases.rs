//! The cases that `benches/peers` times, as counts: what one request of each allocates.

use std::fmt::Write as _;

use axum::body::Body;
use http::{HeaderValue, Request, StatusCode};
use http_body_util::BodyExt;
use mcp_axum::{
    Args, Context, McpServer, McpService,
    session::{SessionLimits, Sessions},
    tool,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tower::Service;

use super::{
    Bench, Era, Keys, META, Sample, counting,
    sessions::{self, open},
};

#[derive(Deserialize, JsonSchema)]
struct Echo {
    text: String,
}

async fn echo(Args(echo): Args<Echo>) -> String {
    echo.text
}

async fn steps(ctx: Context) -> &'static str {
    for step in 1..=10 {
        ctx.progress(f64::from(step), Some(10.0), Some("step"));
    }
    "done"
}

fn bench() -> Bench {
    let server = McpServer::new("bench", "1.0.0")
        .tool(tool("text", super::text))
        .tool(tool("echo", echo))
        .tool(tool("steps", steps));
    let many = (3..50).map(|n| tool(format!("tool_{n}"), super::text));
    let mcp = McpService::builder(many.fold(server, McpServer::tool))
        .sessions(Sessions::Optional(SessionLimits::default()))
        .build();
    Bench::of(mcp)
}

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    InSession,
    WithoutSession,
    Stateless,
}

const ALL: [Speaks; 3] = [Speaks::InSession, Speaks::WithoutSession, Speaks::Stateless];

/// A request with these members of `params`, which end with a comma, and of `_meta`.
fn request(
    (bench, speaks): (&Bench, Speaks),
    (method, name): (&'static str, Option<&'static str>),
    members: &str,
    meta: &str,
    answer: &'static str,
) -> Sample {
    let params = match speaks {
        Speaks::Stateless => format!(
            "{{{members}{}}}",
            META.replace("_meta\":{", &format!("_meta\":{{{meta}"))
        ),
        Speaks::InSession | Speaks::WithoutSession => {
            format!("{{{members}\"_meta\":{{{}}}}}", meta.trim_end_matches(','))
        }
    };
    let mut sample = Sample::new(method, name, &params, Keys::MethodFirst, answer);
    sample.era = match speaks {
        Speaks::Stateless => Era::Stateless,
        Speaks::InSession => Era::Session(open(bench, Keys::MethodFirst).0),
        Speaks::WithoutSession => Era::Opening,
    };
    sample
}

fn call(
    bench: &Bench,
    speaks: Speaks,
    tool: &'static str,
    arguments: &str,
    answer: &'static str,
) -> Sample {
    let members = format!("\"name\":\"{tool}\",\"arguments\":{arguments},");
    let meta = if tool == "steps" {
        "\"progressToken\":1,"
    } else {
        ""
    };
    let method = ("tools/call", Some(tool));
    request((bench, speaks), method, &members, meta, answer)
}

/// Lines with quotes, as most texts have.
fn text(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 100);
    while text.len() < bytes {
        let _ = writeln!(
            text,
            "The \"quick\" brown fox jumps over the lazy dog, naïve as ever."
        );
    }
    serde_json::to_string(&serde_json::json!({ "text": text })).expect("JSON")
}

#[test]
fn a_call_allocates_as_little_in_each_era() {
    let bench = bench();
    for (speaks, most) in ALL.into_iter().zip([20, 16, 16]) {
        let arguments = r#"{"what":"apples","count":3}"#;
        let spent = bench.count(&call(&bench, speaks, "text", arguments, "3 apples"));
        println!("a small call, {speaks:?}: {spent}");
        assert!(
            spent <= most,
            "{speaks:?}: a small call took {spent} allocations"
        );
    }
}

#[test]
fn a_long_text_allocates_no_more_often_than_its_buffers_grow() {
    let bench = bench();
    for speaks in ALL {
        for (bytes, most) in [(10 * 1024, 30), (1024 * 1024, 40)] {
            let sample = call(&bench, speaks, "echo", &text(bytes), "quick");
            let spent = bench.count(&sample);
            println!("an echo of {bytes} bytes, {speaks:?}: {spent}");
            assert!(
                spent <= most,
                "{speaks:?}: {bytes} bytes took {spent} allocations"
            );
        }
    }
}

#[test]
fn a_list_is_not_copied_in_any_era() {
    let bench = bench();
    for (speaks, most) in ALL.into_iter().zip([14, 11, 11]) {
        let sample = request((&bench, speaks), ("tools/list", None), "", "", "tool_49");
        let spent = bench.count(&sample);
        println!("a list of 50, {speaks:?}: {spent}");
        assert!(spent <= most, "{speaks:?}: a list took {spent} allocations");
    }
}

#[test]
fn ten_reports_of_progress_take_few_allocations_each() {
    let bench = bench();
    for (speaks, most) in ALL.into_iter().zip([95, 42, 42]) {
        let spent = bench.count(&call(&bench, speaks, "steps", "{}", "done"));
        println!("ten reports of progress, {speaks:?}: {spent}");
        assert!(
            spent <= most,
            "{speaks:?}: ten reports took {spent} allocations"
        );
    }
}

#[test]
fn a_session_that_opens_and_ends_takes_few_allocations() {
    let bench = bench();
    let (session, opened) = (0..64)
        .map(|_| open(&bench, Keys::MethodFirst))
        .last()
        .expect("some");
    let ended = end(&bench, &session);
    println!("initialize: {opened}, DELETE: {ended}");
    assert!(
        opened + ended <= 50,
        "initialize took {opened} allocations, DELETE {ended}"
    );
}

/// Ends a session; returns what that took.
fn end(bench: &Bench, session: &HeaderValue) -> usize {
    let request = Request::delete("/mcp")
        .header("host", "localhost")
        .header("mcp-session-id", session)
        .body(Body::empty())
        .expect("a valid request");
    let mut mcp = bench.mcp.clone();
    bench.runtime.block_on(async {
        let before = counting::allocations();
        let response = mcp.call(request).await.expect("a service never fails");
        let spent = counting::allocations() - before;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        spent
    })
}

#[test]
fn a_change_that_all_streams_hear_of_takes_few_allocations_each() {
    const STREAMS: usize = 100;
    let bench = bench();
    let filter = r#""notifications":{"toolsListChanged":true},"#;
    let method = ("subscriptions/listen", None);
    let sample = request((&bench, Speaks::Stateless), method, filter, "", "");
    bench.runtime.block_on(async {
        let mut mcp = bench.mcp.clone();
        let mut streams = Vec::new();
        for _ in 0..STREAMS {
            let response = mcp
                .call(sample.request())
                .await
                .expect("a service never fails");
            let mut body = response.into_body();
            body.frame()
                .await
                .expect("the acknowledgement")
                .expect("no error");
            streams.push(body);
        }
        for round in 0..2 {
            let before = counting::allocations();
            bench.mcp.notifier().tools_changed();
            for body in &mut streams {
                let event = body.frame().await.expect("an event").expect("no error");
                drop(event);
            }
            let spent = counting::allocations() - before;
            println!("a change told to {STREAMS} streams: {spent}");
            assert!(
                round == 0 || spent <= 2 * STREAMS,
                "a change took {spent} allocations"
            );
        }
    });
}

#[test]
fn a_principal_costs_a_call_nothing_but_itself() {
    let bench = bench();
    let (session, _) = open(&bench, Keys::MethodFirst);
    let anonymous = bench.count(&sessions::call(Keys::MethodFirst, &session));
    let principal = mcp_axum::Principal::new("ada").scopes(["notes"]);
    let mut opening = sessions::initialize(Keys::MethodFirst);
    opening.principal = Some(principal.clone());
    let (_, head) = bench.answer(&opening);
    let mut call = sessions::call(Keys::MethodFirst, &head.headers["mcp-session-id"]);
    call.principal = Some(principal);
    assert_eq!(bench.count(&call), anonymous);
}
