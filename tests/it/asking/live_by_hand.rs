//! Handlers that return their questions themselves, for the client of a session.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_axum::{
    Context, McpServer, ToolError,
    peer::{InputRequired, InputResponses},
    prompt,
    protocol::{ElicitResult, InputRequest, Sample},
    resource, tool,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Named, accepted, client,
    live::{NEWEST, answer, everything, outcome, question},
};
use crate::support::{SESSIONFUL, TestClient, accept};

fn form() -> InputRequest {
    let schema = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    InputRequest::form("Who?", &schema)
}

fn page() -> InputRequest {
    InputRequest::url("Sign in", "https://a.example/")
}

#[tokio::test(start_paused = true)]
async fn it_runs_again_with_the_answers_and_its_state() {
    async fn count(responses: InputResponses) -> Result<String, InputRequired> {
        let round: u32 = responses.state().unwrap_or(0);
        match responses.read::<ElicitResult>("name") {
            Some(answer) if round == 3 => Ok(format!(
                "{round} {}",
                answer.content.unwrap_or_default()["name"]
            )),
            _ => Err(InputRequired::new()
                .request("name", form())
                .state(&(round + 1))),
        }
    }
    let client = client([tool("count", count)]);
    for revision in ["2025-11-25", "2025-06-18"] {
        let session = client.open_with(revision, everything()).await;
        let (mut events, mut asked) = question(&session, "count").await;
        for round in 1..=3 {
            let name = format!("Ada {round}");
            answer(&session, &asked, accept(json!({"name": name}))).await;
            if round < 3 {
                asked = events.next().await.expect("the next round");
            }
        }
        let expected = (false, "3 \"Ada 3\"".to_owned());
        assert_eq!(outcome(&mut events).await, expected, "{revision}");
    }
}

#[tokio::test(start_paused = true)]
async fn several_questions_of_a_round_go_out_together() {
    async fn many(responses: InputResponses) -> Result<String, InputRequired> {
        match (
            responses.get("name"),
            responses.get("dirs"),
            responses.get("why"),
        ) {
            (Some(_), Some(_), Some(why)) => Ok(why.as_str().to_owned()),
            _ => Err(InputRequired::new()
                .request("name", form())
                .request("dirs", InputRequest::roots())
                .request("why", InputRequest::sample(&Sample::new(1).user("?")))),
        }
    }
    let client = client([tool("many", many)]);
    let session = client.open_with(NEWEST, everything()).await;
    let (mut events, first) = question(&session, "many").await;
    let (second, third) = (events.next().await.unwrap(), events.next().await.unwrap());
    for asked in [third, first, second] {
        let result = json!({"method": asked["method"]});
        answer(&session, &asked, result).await;
    }
    let (_, text) = outcome(&mut events).await;
    assert_eq!(text, r#"{"method":"sampling/createMessage"}"#);
}

#[tokio::test(start_paused = true)]
async fn a_state_alone_means_come_back_later() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let later = tool("later", async move |responses: InputResponses| {
        counted.fetch_add(1, Ordering::SeqCst);
        match responses.state::<u32>() {
            Some(3) => Ok("ready".to_owned()),
            state => Err(InputRequired::new().state(&(state.unwrap_or(0) + 1))),
        }
    });
    let client = client([later]);
    for revision in SESSIONFUL {
        runs.store(0, Ordering::SeqCst);
        let session = client.open(revision).await;
        let begun = Instant::now();
        assert_eq!(session.tool("later", json!({})).await.text().await, "ready");
        // A second, two, and three.
        assert_eq!(begun.elapsed(), Duration::from_secs(6), "{revision}");
        assert_eq!(runs.load(Ordering::SeqCst), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_never_has_enough_is_stopped() {
    let client = client([tool("endless", async || {
        InputRequired::new().request("name", form()).state(&1)
    })]);
    let session = client.open_with(NEWEST, everything()).await;
    let (mut events, mut asked) = question(&session, "endless").await;
    let mut rounds = 0;
    while asked["method"] == "elicitation/create" {
        rounds += 1;
        assert!(rounds < 100);
        answer(&session, &asked, json!({"action": "decline"})).await;
        asked = events.next().await.expect("the stream goes on");
    }
    assert_eq!(asked["error"]["code"], -32603, "{asked}");
    assert_eq!(rounds, 16);
}

#[tokio::test(start_paused = true)]
async fn both_forms_of_asking_mix_and_nothing_is_asked_twice() {
    async fn mixed(ctx: Context, responses: InputResponses) -> Result<String, ToolError> {
        let first: Named = accepted(ctx.elicit("first", "First?").await?)?;
        let Some(state) = responses.state::<String>() else {
            let asks = InputRequired::new().request("sure", form());
            return Err(asks.state(&"kept").into());
        };
        let last: Named = accepted(ctx.elicit("last", "Last?").await?)?;
        Ok(format!("{} {state} {}", first.name, last.name))
    }
    let client = client([tool("mixed", mixed)]);
    let session = client.open_with(NEWEST, everything()).await;
    let (mut events, mut asked) = question(&session, "mixed").await;
    for (message, next) in [("First?", true), ("Who?", true), ("Last?", false)] {
        assert_eq!(asked["params"]["message"], message);
        answer(&session, &asked, accept(json!({"name": message}))).await;
        if next {
            asked = events.next().await.expect("another question");
        }
    }
    let expected = (false, "First? kept Last?".to_owned());
    assert_eq!(outcome(&mut events).await, expected);
}

#[tokio::test(start_paused = true)]
async fn pages_to_visit_first_are_an_error_of_2025_11_25_alone() {
    let two = async || {
        InputRequired::new()
            .request("one", page())
            .request("two", InputRequest::url("Pay", "https://b.example/"))
    };
    let client = client([tool("two", two)]);
    let session = client.open_with(NEWEST, everything()).await;
    let reply = session.tool("two", json!({})).await;
    assert_eq!(reply.status, 200);
    assert!(!reply.is_stream(), "nothing waits");
    let error = reply.error().await;
    assert_eq!(error["code"], -32042);
    let elicitations = error["data"]["elicitations"].as_array().expect("pages");
    assert_eq!(elicitations.len(), 2);
    for (page, (message, url)) in elicitations.iter().zip([
        ("Sign in", "https://a.example/"),
        ("Pay", "https://b.example/"),
    ]) {
        assert_eq!(page["mode"], "url");
        assert_eq!(
            (&page["message"], &page["url"]),
            (&json!(message), &json!(url))
        );
        assert!(page["elicitationId"].is_string(), "{page}");
    }
    assert_ne!(
        elicitations[0]["elicitationId"],
        elicitations[1]["elicitationId"]
    );
    // The other revisions have neither the code nor pages.
    for revision in &SESSIONFUL[1..] {
        let session = client.open_with(revision, everything()).await;
        let message = session.tool("two", json!({})).await.message().await;
        assert_ne!(message["error"]["code"], -32042, "{revision} {message}");
        let failed = message["result"]["isError"] == true || message.get("error").is_some();
        assert!(failed, "{revision} {message}");
    }
    let newest = super::call(&client, "two").await.round().await;
    assert_eq!(crate::support::asked(&newest), ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn a_page_beside_a_form_or_a_state_is_asked_for() {
    async fn mixed(responses: InputResponses) -> Result<String, InputRequired> {
        match (responses.get("page"), responses.get("name")) {
            (Some(_), Some(_)) => Ok("both".to_owned()),
            _ => Err(InputRequired::new()
                .request("page", page())
                .request("name", form())),
        }
    }
    async fn stateful(responses: InputResponses) -> Result<String, InputRequired> {
        match responses.state::<u32>() {
            Some(_) => Ok("visited".to_owned()),
            None => Err(InputRequired::new().request("page", page()).state(&1)),
        }
    }
    let client = client([tool("mixed", mixed), tool("stateful", stateful)]);
    let session = client.open_with(NEWEST, everything()).await;
    for (tool, questions, text) in [("mixed", 2, "both"), ("stateful", 1, "visited")] {
        let (mut events, first) = question(&session, tool).await;
        assert_eq!(first["params"]["mode"], "url");
        answer(&session, &first, json!({"action": "accept"})).await;
        for _ in 1..questions {
            let asked = events.next().await.expect("another question");
            answer(&session, &asked, json!({"action": "decline"})).await;
        }
        assert_eq!(outcome(&mut events).await, (false, text.to_owned()));
    }
}

/// A server whose components of every kind ask by hand.
fn all_kinds() -> McpServer {
    let asks = async || InputRequired::new().request("name", form());
    McpServer::new("asking", "1")
        .tool(tool("t", asks))
        .prompt(prompt("p", async || -> Result<String, InputRequired> {
            Err(InputRequired::new().request("name", form()))
        }))
        .resource(resource(
            "note://r",
            async || -> Result<String, InputRequired> {
                Err(InputRequired::new().request("name", form()))
            },
        ))
}

#[tokio::test(start_paused = true)]
async fn without_the_capability_no_code_of_another_revision_is_told() {
    let client = TestClient::new(all_kinds());
    for revision in SESSIONFUL {
        let session = client.open(revision).await;
        for (method, params) in [
            ("tools/call", json!({"name": "t", "arguments": {}})),
            ("prompts/get", json!({"name": "p"})),
            ("resources/read", json!({"uri": "note://r"})),
        ] {
            let reply = session.request(method, params).await;
            assert_eq!(reply.status, 200, "{revision} {method}");
            let message = reply.message().await;
            let code = message["error"]["code"].as_i64();
            let told = message["result"]["isError"] == true || code == Some(-32602);
            assert!(told, "{revision} {method} {message}");
            assert!(message.to_string().contains("elicitation"), "{message}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_without_questions_or_with_two_of_a_key_is_an_error_of_ours() {
    let client = client([
        tool("empty", async || InputRequired::new()),
        tool("twice", async || {
            let required = InputRequired::new().request("name", form());
            required.request("name", InputRequest::roots())
        }),
    ]);
    let session = client.open_with(NEWEST, everything()).await;
    for name in ["empty", "twice"] {
        let message: Value = session.tool(name, json!({})).await.message().await;
        assert_eq!(message["error"]["code"], -32603, "{name} {message}");
    }
}
