//! Malformed requests, as data: each is refused in JSON-RPC and runs nothing.

mod bytes;
mod envelopes;
mod headers;
mod keys;
mod requests;
mod transport;

use std::{
    future::IntoFuture,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::extract::State;
use mcp_axum::{McpServer, prompt, resource, tool};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::{Call, Reply, TestClient};

/// A malformed request and the refusal that it deserves.
pub struct Row {
    what: String,
    make: Box<dyn Fn(Call) -> Call>,
    status: u16,
    code: i64,
    id: ExpectedId,
}

/// The `id` of a refusal.
#[derive(Clone, Debug)]
pub enum ExpectedId {
    /// Not there: it could not be read, or nobody looked.
    Absent,
    /// `null`, as older revisions want it when it is unknown.
    Null,
    /// The request's own.
    Own(Value),
}

pub use ExpectedId::{Absent, Null, Own};

/// What every request claims in its `_meta`.
const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

/// Fills `@META` with a valid claim and `@CALL` with a whole valid call.
fn fill(text: &str) -> String {
    const CALL: &str =
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"count",@META}}"#;
    text.replace("@CALL", CALL).replace("@META", META)
}

impl Row {
    pub fn new(
        what: impl Into<String>,
        (status, code): (u16, i64),
        id: ExpectedId,
        make: impl Fn(Call) -> Call + 'static,
    ) -> Self {
        Self {
            what: what.into(),
            make: Box::new(make),
            status,
            code,
            id,
        }
    }

    /// A call with this body.
    pub fn body(body: impl Into<Vec<u8>>, refusal: (u16, i64), id: ExpectedId) -> Self {
        let body = body.into();
        let what = body
            .escape_ascii()
            .to_string()
            .chars()
            .take(200)
            .collect::<String>();
        Self::new(what, refusal, id, move |call| call.raw_body(body.clone()))
    }

    /// A call with this text as its body, placeholders filled in.
    pub fn text(text: &str, refusal: (u16, i64), id: ExpectedId) -> Self {
        Self::body(fill(text), refusal, id)
    }

    /// Says what is wrong with an answer, if anything is.
    async fn judge(&self, reply: Reply) -> Option<String> {
        let status = reply.status.as_u16();
        if reply.header("content-type") != Some("application/json") {
            return Some(format!(
                "{status}, content type {:?}",
                reply.header("content-type")
            ));
        }
        let message = reply.message().await;
        let right = status == self.status
            && message["jsonrpc"] == "2.0"
            && message["error"]["code"] == self.code
            && message["error"]["message"]
                .as_str()
                .is_some_and(|text| text.len() < 400)
            && message.get("result").is_none()
            && match &self.id {
                Absent => message.get("id").is_none(),
                Null => message.get("id") == Some(&Value::Null),
                Own(id) => message.get("id") == Some(id),
            };
        (!right).then(|| format!("{status} {message}"))
    }
}

type Runs = Arc<AtomicUsize>;

async fn count(State(runs): State<Runs>) -> &'static str {
    runs.fetch_add(1, Ordering::SeqCst);
    "ran"
}

fn server(runs: &Runs) -> McpServer {
    McpServer::new("malformed", "1")
        .tool(tool("count", count))
        .resource(resource("count://it", count))
        .prompt(prompt("count", count))
        .with_state(Arc::clone(runs))
}

fn rows() -> Vec<Row> {
    let mut rows = bytes::rows();
    rows.extend(envelopes::rows());
    rows.extend(keys::rows());
    rows.extend(requests::rows());
    rows.extend(headers::rows());
    rows.extend(transport::rows());
    rows
}

#[tokio::test]
async fn every_malformed_request_is_refused_as_it_deserves_and_runs_nothing() {
    let rows = rows();
    assert!(rows.len() >= 200, "only {} rows", rows.len());
    check(TestClient::stateless_only, &rows).await;
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_alike_when_older_revisions_are_served() {
    let mut rows = bytes::rows();
    rows.extend(keys::rows());
    check(TestClient::new, &rows).await;
}

async fn check(serve: fn(McpServer) -> TestClient, rows: &[Row]) {
    let runs = Runs::default();
    let client = serve(server(&runs));
    let valid = || client.tool("count", json!({}));
    assert_eq!(valid().await.text().await, "ran");
    assert_eq!(runs.swap(0, Ordering::SeqCst), 1);

    let mut wrong = Vec::new();
    for row in rows {
        let call = (row.make)(valid());
        let reply = timeout(Duration::from_secs(10), call.into_future()).await;
        let fault = match reply {
            Ok(reply) => row.judge(reply).await,
            Err(_) => Some("no answer".to_owned()),
        };
        if let Some(fault) = fault {
            let expected = format!("{} {} {:?}", row.status, row.code, row.id);
            wrong.push(format!(
                "{}\n   expected {expected}\n   got {fault}",
                row.what
            ));
        }
        if runs.swap(0, Ordering::SeqCst) > 0 {
            wrong.push(format!("{}\n   it ran", row.what));
        }
        assert!(
            row.status < 500,
            "no fault of a client is ours: {}",
            row.what
        );
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(client.mcp.in_flight(), 0);
    assert_eq!(
        valid().await.text().await,
        "ran",
        "the service is as it was"
    );
}
