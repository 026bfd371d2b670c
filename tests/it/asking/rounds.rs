//! Many rounds: what rides along, what is asked again, what wakes up.

use std::{
    future::ready,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::extract::State;
use mcp_axum::{Context, McpServer, ToolError, peer::AskError, tool};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Named, accepted, ada, call, client, name};
use crate::support::{Log, TestClient, accept, asked};

#[tokio::test]
async fn answers_of_earlier_rounds_ride_in_the_state() {
    async fn many(ctx: Context) -> Result<String, ToolError> {
        let mut names = Vec::new();
        for number in 0..10 {
            let key = format!("name{number}");
            let message = format!("After {names:?}?");
            names.push(accepted(ctx.elicit::<Named>(&key, &message).await?)?.name);
        }
        Ok(names.join(","))
    }
    let client = client([tool("many", many)]);
    let mut reply = call(&client, "many").await;
    for number in 0..10 {
        let round = reply.round().await;
        let key = format!("name{number}");
        assert_eq!(asked(&round), [&key]);
        let answer = accept(json!({"name": number.to_string()}));
        reply = call(&client, "many")
            .answering(&round, json!({key: answer}))
            .await;
    }
    assert_eq!(reply.text().await, "0,1,2,3,4,5,6,7,8,9");
}

#[tokio::test]
async fn a_missing_answer_is_asked_for_again_and_a_foreign_one_is_ignored() {
    let client = client([tool("name", name)]);
    let round = call(&client, "name").await.round().await;
    for answers in [json!({}), json!({"other": 1, "": {"action": "accept"}})] {
        let retry = call(&client, "name").answering(&round, answers);
        assert_eq!(asked(&retry.await.round().await), ["name"]);
    }
    let mut answers = ada();
    answers["other"] = json!({"action": "accept"});
    let retry = call(&client, "name").answering(&round, answers);
    assert_eq!(retry.await.text().await, "hello Ada");
}

#[tokio::test]
async fn without_a_state_an_answer_belongs_to_its_key() {
    let client = client([tool("name", name)]);
    let first = call(&client, "name").param("inputResponses", ada());
    assert_eq!(first.await.text().await, "hello Ada");
}

#[tokio::test]
async fn an_answer_to_a_question_that_has_changed_is_not_taken() {
    /// What the question says at the moment.
    type Price = State<Arc<AtomicUsize>>;
    async fn buy(State(price): Price, ctx: Context) -> Result<String, ToolError> {
        let price = price.load(Ordering::SeqCst);
        let message = format!("Pay {price}?");
        accepted(ctx.elicit::<Named>("name", &message).await?)?;
        Ok(format!("paid {price}"))
    }
    let price = Arc::new(AtomicUsize::new(1));
    let server = McpServer::new("t", "1").tool(tool("buy", buy));
    let client = TestClient::new(server.with_state(Arc::clone(&price)));
    let round = call(&client, "buy").await.round().await;
    price.store(2, Ordering::SeqCst);
    let again = call(&client, "buy")
        .answering(&round, ada())
        .await
        .round()
        .await;
    assert_eq!(
        again["inputRequests"]["name"]["params"]["message"],
        "Pay 2?"
    );
    let retry = call(&client, "buy").answering(&again, ada());
    assert_eq!(retry.await.text().await, "paid 2");
}

#[tokio::test(start_paused = true)]
async fn a_question_of_another_task_ends_the_request_and_wakes_the_task() {
    type Ends = Arc<Mutex<Vec<String>>>;
    async fn outside(State(ends): State<Ends>, ctx: Context) -> Result<String, ToolError> {
        let ask = async move {
            let answer = ctx.elicit::<Named>("name", "Who?").await;
            let ended = matches!(answer, Err(AskError::RequestEnded));
            let text = answer.map(|answer| format!("{answer:?}"));
            let text = text.unwrap_or_else(|error| format!("{ended} {error}"));
            ends.lock().expect("no panic").push(text.clone());
            text
        };
        Ok(tokio::spawn(ask).await?)
    }
    let ends = Ends::default();
    let server = McpServer::new("t", "1").tool(tool("outside", outside));
    let client = TestClient::new(server.with_state(Arc::clone(&ends)));
    let started = Instant::now();
    let round = call(&client, "outside").await.round().await;
    assert_eq!(started.elapsed(), Duration::ZERO, "nobody looked");
    assert_eq!(asked(&round), ["name"]);
    while ends.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        ends.lock().unwrap().clone(),
        ["true the request ended while the question was open"]
    );
    let retry = call(&client, "outside").answering(&round, ada());
    assert_eq!(
        retry.await.text().await,
        r#"Accepted(Named { name: "Ada" })"#
    );
}

#[tokio::test]
async fn a_question_after_the_end_is_an_error_at_once() {
    type Later = Arc<Mutex<Option<Context>>>;
    async fn leak(State(later): State<Later>, ctx: Context) {
        *later.lock().expect("no panic") = Some(ctx);
    }
    let later = Later::default();
    let server = McpServer::new("t", "1").tool(tool("leak", leak));
    let client = TestClient::new(server.with_state(Arc::clone(&later)));
    call(&client, "leak").await.result().await;
    let ctx = later.lock().unwrap().take().unwrap();
    let answer = ctx.elicit::<Named>("name", "Who?").await;
    assert!(matches!(answer, Err(AskError::RequestEnded)), "{answer:?}");
}

#[tokio::test]
async fn two_questions_of_one_key_are_an_error_that_names_it() {
    async fn both(ctx: Context) -> Result<String, ToolError> {
        tokio::try_join!(
            ctx.elicit::<Named>("same", "Who?"),
            ctx.elicit::<Named>("same", "Where?"),
        )?;
        Ok("never".to_owned())
    }
    async fn equal(ctx: Context) -> Result<String, ToolError> {
        let (one, two) = tokio::try_join!(
            ctx.elicit::<Named>("name", "Who?"),
            ctx.elicit::<Named>("name", "Who?"),
        )?;
        Ok(accepted(one)?.name + &accepted(two)?.name)
    }
    let log = Log::capture();
    let client = client([tool("both", both), tool("equal", equal)]);
    let result = call(&client, "both").await.result().await;
    assert_eq!(result["isError"], true);
    assert_eq!(log.lines_with("share the key `same`").len(), 1);

    let round = call(&client, "equal").await.round().await;
    let retry = call(&client, "equal").answering(&round, ada());
    assert_eq!(retry.await.text().await, "AdaAda");
}

#[tokio::test]
async fn a_question_follows_what_was_said_before_it_on_the_same_stream() {
    async fn talk(ctx: Context) -> Result<String, ToolError> {
        ctx.progress(1.0, None, None);
        tokio::task::yield_now().await;
        name(ctx).await
    }
    let client = client([tool("talk", talk)]);
    let reply = call(&client, "talk").progress(json!(1)).await;
    let messages: Vec<Value> = reply.events().rest().await;
    assert_eq!(messages[0]["method"], "notifications/progress");
    assert_eq!(
        messages.last().unwrap()["result"]["resultType"],
        "input_required"
    );
}

#[tokio::test]
async fn a_question_that_nobody_waits_for_any_more_is_not_asked() {
    async fn late(ctx: Context) -> Result<String, ToolError> {
        tokio::select! {
            biased;
            answer = ctx.elicit::<Named>("late", "Late?") => accepted(answer?).map(|named| named.name),
            () = ready(()) => Ok("too late".to_owned()),
        }
    }
    async fn both(ctx: Context) -> Result<String, ToolError> {
        let text = late(ctx.clone()).await?;
        Ok(format!("{text}, {}", name(ctx).await?))
    }
    let client = client([tool("late", late), tool("both", both)]);
    assert_eq!(call(&client, "late").await.text().await, "too late");
    let round = call(&client, "both").await.round().await;
    assert_eq!(asked(&round), ["name"]);
    let retry = call(&client, "both").answering(&round, ada());
    assert_eq!(retry.await.text().await, "too late, hello Ada");
}
