//! Questions in a session that nobody answers, or not as they should be.

use std::{future::pending, time::Duration};

use mcp_axum::{
    Context, McpService, ToolError,
    session::{SessionLimits, Sessions},
    tool,
};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Named, accepted, ada, client,
    live::{NEWEST, answer, everything, outcome, question},
    name, server,
};
use crate::{
    shutdown::nothing_left,
    support::{TestClient, accept},
};

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Serves a tool that asks for a name, with these limits.
fn limited(limits: SessionLimits) -> TestClient {
    let builder = McpService::builder(server([tool("name", name)]));
    TestClient::with(builder.sessions(Sessions::InMemory(limits)).build())
}

fn assert_cancels(message: &Value, question: &Value) {
    assert_eq!(message["method"], "notifications/cancelled", "{message}");
    assert_eq!(message["params"]["requestId"], question["id"]);
    assert_eq!(message.get("id"), None);
}

#[tokio::test(start_paused = true)]
async fn an_error_in_place_of_an_answer_is_told() {
    let client = client([tool("name", name)]);
    let session = client.open_with(NEWEST, everything()).await;
    for (code, message) in [(-1, "User rejected"), (-32601, "Method not found"), (0, "")] {
        let (mut events, question) = question(&session, "name").await;
        let reply = session.refuse(&question, code, message).await;
        assert_eq!(reply.status, 202);
        let (is_error, text) = outcome(&mut events).await;
        assert!(is_error && text.contains(message), "{text}");
        assert!(text.contains(&code.to_string()), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_fit_is_asked_for_again_twice() {
    let client = client([tool("name", name)]);
    let session = client.open_with(NEWEST, everything()).await;
    let wrong = [
        json!({}),
        json!({"action": "approve"}),
        json!({"action": "accept"}),
        json!({"action": "accept", "content": "Ada"}),
        accept(json!({})),
        accept(json!({"name": 5})),
    ];
    for result in wrong {
        for right in [true, false] {
            let (mut events, first) = question(&session, "name").await;
            answer(&session, &first, result.clone()).await;
            let second = events.next().await.expect("again");
            assert_eq!(second["params"], first["params"]);
            assert_ne!(second["id"], first["id"]);
            answer(&session, &second, result.clone()).await;
            let third = events.next().await.expect("and again");
            let last = match right {
                true => ada()["name"].clone(),
                false => result.clone(),
            };
            answer(&session, &third, last).await;
            let (is_error, text) = outcome(&mut events).await;
            assert_eq!(is_error, !right, "{result}: {text}");
            assert!(!text.contains("log has the reason"), "{result}: {text}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_no_shape_is_a_refusal() {
    let client = client([tool("name", name)]);
    let session = client.open_with(NEWEST, everything()).await;
    for (member, value) in [
        ("result", json!([])),
        ("result", json!("Ada")),
        ("result", json!(null)),
        ("error", json!("no")),
        ("error", json!({"code": "x"})),
    ] {
        let (mut events, asked) = question(&session, "name").await;
        let reply = json!({"jsonrpc": "2.0", "id": asked["id"], member: value});
        let reply = session.post(&reply).await;
        if reply.status != 202 {
            assert_eq!(reply.status, 400, "{member} {value}");
            continue;
        }
        let (is_error, text) = outcome(&mut events).await;
        assert!(is_error, "{member} {value}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_is_taken_back_when_its_time_is_over() {
    for (limits, patience) in [
        (SessionLimits::default(), 600),
        (SessionLimits::default().ask_timeout(secs(7)), 7),
    ] {
        let client = limited(limits);
        let session = client.open_with(NEWEST, everything()).await;
        let begun = Instant::now();
        let (mut events, question) = question(&session, "name").await;
        let taken_back = events.next().await.expect("a cancellation");
        assert_eq!(begun.elapsed(), secs(patience));
        assert_cancels(&taken_back, &question);
        let (is_error, text) = outcome(&mut events).await;
        assert!(is_error && text.contains("in time"), "{text}");
        // Too late, and no fault of the client's.
        let late = ada()["name"].clone();
        assert_eq!(session.answer(&question, late).await.status, 202);
    }
}

#[tokio::test(start_paused = true)]
async fn a_question_that_the_handler_drops_is_taken_back() {
    let impatient = tool("impatient", async |ctx: Context| {
        let asked = ctx.elicit::<Named>("name", "Who?");
        match timeout(secs(3), asked).await {
            Ok(_) => "answered",
            Err(_) => "impatient",
        }
    });
    let client = client([impatient]);
    let session = client.open_with(NEWEST, everything()).await;
    let (mut events, question) = question(&session, "impatient").await;
    assert_cancels(&events.next().await.expect("a cancellation"), &question);
    assert_eq!(outcome(&mut events).await, (false, "impatient".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_cancelled_drops_its_question() {
    let client = client([tool("name", name)]);
    let session = client.open_with(NEWEST, everything()).await;
    let (mut events, question) = question(&session, "name").await;
    assert_eq!(session.cancel(json!(1)).await.status, 202);
    for message in events.rest().await {
        assert_cancels(&message, &question);
    }
    let answered = session.answer(&question, ada()["name"].clone()).await;
    assert_eq!(answered.status, 202);
    assert_eq!(client.mcp.in_flight(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_closes_ends_its_questions() {
    for by_host in [false, true] {
        let client = client([tool("name", name)]);
        let session = client.open_with(NEWEST, everything()).await;
        let (mut events, asked) = question(&session, "name").await;
        match by_host {
            true => assert_eq!(client.mcp.sessions().close_all(), 1),
            false => assert_eq!(session.delete().await.status, 204),
        }
        let last = events.rest().await.pop().expect("a terminal");
        assert_eq!(last["error"]["code"], -32603, "{last}");
        let late = session.answer(&asked, json!({"action": "decline"})).await;
        assert_eq!(late.status, 404);
        assert_eq!(client.mcp.in_flight(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn open_questions_are_limited_and_places_are_given_back() {
    let client = limited(SessionLimits::default().questions(2));
    let session = client.open_with(NEWEST, everything()).await;
    let mut open = vec![
        question(&session, "name").await,
        question(&session, "name").await,
    ];
    let refused = session.tool("name", json!({})).await;
    assert!(!refused.is_stream());
    let result = refused.result().await;
    assert_eq!(result["isError"], true, "{result}");
    // Another session is not concerned.
    let other = client.open_with(NEWEST, everything()).await;
    question(&other, "name").await;
    let (mut events, asked) = open.remove(0);
    answer(&session, &asked, json!({"action": "decline"})).await;
    assert!(!outcome(&mut events).await.0);
    question(&session, "name").await;
}

#[tokio::test(start_paused = true)]
async fn only_the_session_that_was_asked_can_answer_and_only_once() {
    let client = client([tool("name", name)]);
    let (asked, other) = (
        client.open_with(NEWEST, everything()).await,
        client.open_with(NEWEST, everything()).await,
    );
    let (mut events, question) = question(&asked, "name").await;
    let mallory = accept(json!({"name": "Mallory"}));
    answer(&other, &question, mallory.clone()).await;
    let nobodys = json!({"id": "s-unknown"});
    answer(&asked, &nobodys, mallory.clone()).await;
    let number = json!({"id": 1});
    answer(&asked, &number, mallory.clone()).await;
    answer(&asked, &question, ada()["name"].clone()).await;
    answer(&asked, &question, mallory).await;
    assert_eq!(outcome(&mut events).await, (false, "hello Ada".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_no_stream_is_not_asked() {
    let client = client([tool("name", name)]);
    let session = client.open_with(NEWEST, everything()).await;
    let begun = Instant::now();
    let call = session.tool("name", json!({}));
    let result = call
        .header("accept", "application/json")
        .await
        .result()
        .await;
    assert_eq!(begun.elapsed(), secs(0));
    assert_eq!(result["isError"], true, "{result}");
    let text = result["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("no stream"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_before_the_client_is_ready() {
    let client = client([tool("name", name)]);
    let session = client.initialize(NEWEST, everything()).await;
    let session = client.opened(session).await;
    let mut reply = session.tool("name", json!({})).await;
    assert!(reply.is_stream(), "after a second");
    let primed = reply.frame().await.expect("a priming event");
    assert!(!primed.contains("elicitation"), "{primed}");
    sleep(secs(10)).await;
    assert_eq!(reply.frame_now(), None, "it waits");
    let ready = session.notify("notifications/initialized", json!({})).await;
    assert_eq!(ready.status, 202);
    let mut events = reply.events();
    let question = events.next().await.expect("a question");
    answer(&session, &question, ada()["name"].clone()).await;
    assert_eq!(outcome(&mut events).await, (false, "hello Ada".to_owned()));
    // A client that never gets ready is not waited for without end.
    let session = client
        .opened(client.initialize(NEWEST, everything()).await)
        .await;
    let begun = Instant::now();
    let mut events = session.tool("name", json!({})).await.events();
    let (is_error, text) = outcome(&mut events).await;
    assert!(is_error && text.contains("in time"), "{text}");
    assert_eq!(begun.elapsed(), secs(600));
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_taken_after_the_stream_died() {
    let client = client([tool("name", name)]);
    let session = client.open_with(NEWEST, everything()).await;
    let (events, question) = question(&session, "name").await;
    drop(events);
    sleep(secs(5)).await;
    answer(&session, &question, ada()["name"].clone()).await;
    let mut events = session.resume("1.1").await.events();
    assert_eq!(outcome(&mut events).await, (false, "hello Ada".to_owned()));
    // A question that was asked while nobody read is in the log.
    let mut again = session.resume("1.0").await.events();
    assert_eq!(again.next().await, Some(question));
}

#[tokio::test(start_paused = true)]
async fn a_question_waits_in_the_log_for_a_client_that_comes_back() {
    let late = tool("late", async |ctx: Context| -> Result<String, ToolError> {
        sleep(secs(10)).await;
        let named: Named = accepted(ctx.elicit("name", "Who?").await?)?;
        Ok(named.name)
    });
    let client = client([late]);
    let session = client.open_with(NEWEST, everything()).await;
    drop(session.tool("late", json!({})).await.events());
    sleep(secs(20)).await;
    let mut events = session.resume("1.0").await.events();
    let question = events.next().await.expect("a question");
    answer(&session, &question, ada()["name"].clone()).await;
    assert_eq!(outcome(&mut events).await, (false, "Ada".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_of_questions_that_were_never_answered() {
    let stuck = tool("stuck", async |ctx: Context| {
        tokio::spawn(async move { ctx.elicit::<Named>("name", "Who?").await });
        pending::<&'static str>().await
    });
    let mut client = client([tool("name", name), stuck]);
    let session = client.open_with(NEWEST, everything()).await;
    let asked = question(&session, "name").await;
    let stuck = question(&session, "stuck").await;
    let began = Instant::now();
    drop((asked, stuck, session));
    client.take_guard().shutdown().await;
    assert_eq!(began.elapsed(), secs(20), "the grace of a drain");
    nothing_left(&client.mcp).await;
    assert_eq!(client.mcp.sessions().count(), 0);
}
