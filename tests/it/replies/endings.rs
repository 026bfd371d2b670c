//! How a reply ends: with one response, and the status that fits.

use std::collections::BTreeMap;

use axum::{
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};
use mcp_axum::{
    Context, ToolError,
    extract::Http,
    protocol::{ErrorObject, Level},
    tool,
};
use serde_json::json;
use tokio::time::{Duration, sleep};

use super::{call, reported, serve, told};

/// A login that takes its time and then says no.
#[derive(Debug)]
struct Denied;

/// How long it takes, and the status it says no with.
const WAIT: &str = "x-wait-millis";
const STATUS: &str = "x-status";

fn number(parts: &Parts, name: &str) -> u16 {
    let value = parts
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.parse().ok())
        .expect("a number")
}

impl<S: Sync> FromRequestParts<S> for Denied {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let wait = Duration::from_millis(number(parts, WAIT).into());
        sleep(wait).await;
        let status = StatusCode::from_u16(number(parts, STATUS)).expect("a status");
        Err((status, [("www-authenticate", "Bearer")], "secret words").into_response())
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_keeps_its_status_and_headers_until_something_was_sent() {
    let client = serve(tool("t", async |_login: Http<Denied>| "let in"));
    let denied = |wait: &str, status: &str| call(&client).header(WAIT, wait).header(STATUS, status);
    for status in [401, 403, 429, 503] {
        for wait in ["0", "900"] {
            let reply = denied(wait, &status.to_string()).await;
            assert_eq!(reply.status, status, "after {wait} ms");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
            let message = reply.message().await;
            assert_eq!(message["id"], 1);
            assert!(!message.to_string().contains("secret"), "{message}");
        }
        let late = denied("1100", &status.to_string()).await;
        assert!(late.is_stream(), "{status}");
        let message = late.message().await;
        assert_eq!(message["id"], 1);
        assert!(message["error"]["code"].is_i64(), "{message}");
        assert!(!message.to_string().contains("secret"), "{message}");
    }
    for status in ["400", "404", "500"] {
        let masked = denied("0", status).await;
        assert_eq!(masked.header("www-authenticate"), None);
        assert_eq!(masked.status, 200);
        let message = masked.message().await.to_string();
        assert!(!message.contains("secret"), "{message}");
        assert!(!message.contains("Denied"), "{message}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_inside_the_window_has_its_status_and_a_later_one_goes_into_the_stream() {
    for (code, status) in [
        // A handler's own code says nothing of this endpoint, but for the one it asks with.
        (-32020, 200),
        (-32021, 400),
        (-32601, 200),
        (-32602, 200),
        (-32603, 200),
        (42, 200),
    ] {
        for (wait, streams) in [(0, false), (900, false), (1100, true)] {
            let client = serve(tool("t", async move || {
                sleep(Duration::from_millis(wait)).await;
                Err::<(), _>(ToolError::protocol(ErrorObject::new(code, "no")))
            }));
            let reply = call(&client).await;
            assert_eq!(reply.is_stream(), streams, "{code} after {wait} ms");
            let expected = if streams { 200 } else { status };
            assert_eq!(reply.refusal().await, (expected, i64::from(code)));
        }
    }
}

#[tokio::test]
async fn an_error_behind_a_word_goes_into_the_stream() {
    let client = serve(tool("t", async |ctx: Context| {
        ctx.progress(1.0, None, None);
        Err::<(), _>(ToolError::protocol(ErrorObject::new(-32021, "no")))
    }));
    let reply = told(&client).await;
    assert_eq!(reply.status, 200);
    let messages = reply.events().rest().await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1]["error"]["code"], -32021);
}

#[tokio::test]
async fn progress_that_does_not_increase_is_dropped() {
    let client = serve(tool("t", async |ctx: Context| {
        for value in [1.0, 1.0, 0.5, f64::NAN, f64::INFINITY, 1.5, -3.0, 2.0] {
            ctx.progress(value, None, None);
            tokio::task::yield_now().await;
        }
        "done"
    }));
    for token in [json!("p"), json!(7), json!("7")] {
        let reply = call(&client).progress(token.clone()).await;
        let messages = reply.events().rest().await;
        assert_eq!(reported(&messages), [1.0, 1.5, 2.0]);
        assert_eq!(messages[0]["params"]["progressToken"], token);
    }
}

#[tokio::test]
async fn what_json_cannot_say_is_left_out() {
    let client = serve(tool("t", async |ctx: Context| {
        ctx.log(Level::Error, BTreeMap::from([((1, 2), "no key of JSON")]));
        "done"
    }));
    let reply = told(&client).await;
    assert!(!reply.is_stream(), "nothing was said");
    assert_eq!(reply.text().await, "done");

    let client = serve(tool("t", async |ctx: Context| {
        for (progress, total) in [(1.0, f64::NAN), (2.0, f64::INFINITY), (3.0, 4.0)] {
            ctx.progress(progress, Some(total), None);
        }
    }));
    let messages = told(&client).await.events().rest().await;
    assert_eq!(reported(&messages), [1.0, 2.0, 3.0]);
    let totals = messages[..3]
        .iter()
        .map(|message| message["params"].get("total"));
    assert_eq!(totals.collect::<Vec<_>>(), [None, None, Some(&json!(4.0))]);
}

#[tokio::test(start_paused = true)]
async fn nothing_follows_the_response() {
    // In a stream, in JSON, and in a stream that was over before it was read.
    for wait in [1500, 500, 0] {
        let client = serve(tool("t", async move |ctx: Context| {
            let late = ctx.clone();
            tokio::spawn(async move {
                sleep(Duration::from_millis(wait + 1)).await;
                late.progress(9.0, None, Some("too late"));
            });
            if wait != 500 {
                ctx.progress(1.0, None, None);
            }
            sleep(Duration::from_millis(wait)).await;
            "done"
        }));
        let reply = told(&client).await;
        assert_eq!(reply.is_stream(), wait != 500, "{wait}");
        sleep(Duration::from_secs(10)).await;
        let bytes = reply.bytes().await;
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(!text.contains("too late"), "{text}");
        assert!(
            text.trim_end().ends_with('}') && text.contains("\"result\""),
            "{text}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_panics_late_still_ends_its_stream() {
    let client = serve(tool("t", async |ctx: Context| {
        ctx.progress(1.0, None, None);
        sleep(Duration::from_secs(2)).await;
        if ctx.principal().is_none() {
            panic!("a bug of the handler's");
        }
    }));
    let messages = told(&client).await.events().rest().await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1]["error"]["code"], -32603);
    assert_eq!(client.mcp.in_flight(), 0);
}
