//! What one would write by hand: an axum handler with typed serde structs.
//!
//! It reads every member that the protocol requires and gives the same answer.
//! It looks at no header and checks nothing.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
pub(super) struct Message<P> {
    jsonrpc: String,
    pub(super) id: Value,
    method: String,
    pub(super) params: P,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
struct Plain {
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
struct Call<A> {
    name: String,
    arguments: A,
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
struct Meta {
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    version: String,
    #[serde(rename = "io.modelcontextprotocol/clientInfo")]
    client: Implementation,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Map<String, Value>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
pub(super) struct Implementation {
    name: String,
    version: String,
}

#[derive(Serialize)]
pub(super) struct Answer<R> {
    jsonrpc: &'static str,
    id: Value,
    result: R,
}

impl<R> Answer<R> {
    pub(super) fn new(id: Value, result: R) -> Self {
        Self {
            jsonrpc: "2.0",
            id,
            result,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallResult<T> {
    content: [Block; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    structured_content: Option<T>,
    result_type: &'static str,
    #[serde(rename = "_meta")]
    meta: ResultMeta,
}

#[derive(Serialize)]
pub(super) struct Block {
    r#type: &'static str,
    text: String,
}

impl Block {
    pub(super) fn text(text: String) -> Self {
        Self {
            r#type: "text",
            text,
        }
    }
}

#[derive(Serialize)]
struct ResultMeta {
    #[serde(rename = "io.modelcontextprotocol/serverInfo")]
    server: ServerInfo,
}

#[derive(Serialize)]
struct ServerInfo {
    name: &'static str,
    version: &'static str,
}

fn answer<T>(
    id: Value,
    text: String,
    structured_content: Option<T>,
) -> Json<Answer<CallResult<T>>> {
    let server = ServerInfo {
        name: "bench",
        version: "1.0.0",
    };
    let result = CallResult {
        content: [Block::text(text)],
        structured_content,
        result_type: "complete",
        meta: ResultMeta { server },
    };
    Json(Answer::new(id, result))
}

/// An endpoint that runs one tool, whatever it is asked for.
pub fn text<A>(run: fn(&A) -> String) -> MethodRouter
where
    A: DeserializeOwned + Send + 'static,
{
    post(async move |Json(message): Json<Message<Call<A>>>| {
        answer::<()>(message.id, run(&message.params.arguments), None)
    })
}

/// The same, with a structured result that is repeated as text.
pub fn structured<A, R>(run: fn(&A) -> R) -> MethodRouter
where
    A: DeserializeOwned + Send + 'static,
    R: Serialize + 'static,
{
    post(async move |Json(message): Json<Message<Call<A>>>| {
        let result = run(&message.params.arguments);
        let text = serde_json::to_string(&result).expect("a result can be written");
        answer(message.id, text, Some(result))
    })
}

/// An endpoint whose one result was written before.
pub fn prepared(result: Box<RawValue>) -> MethodRouter {
    async fn reply(
        State(result): State<Arc<RawValue>>,
        Json(message): Json<Message<Plain>>,
    ) -> Response {
        Json(Answer::new(message.id, &*result)).into_response()
    }
    post(reply).with_state(Arc::from(result))
}
