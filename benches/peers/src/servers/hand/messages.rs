//! The messages, typed and owned.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
pub(super) struct Message<P> {
    jsonrpc: String,
    pub(super) id: Value,
    pub(super) method: String,
    pub(super) params: P,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
pub(super) struct Plain {
    #[serde(rename = "_meta")]
    meta: Option<Meta>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
pub(super) struct Call<A> {
    name: String,
    pub(super) arguments: A,
    /// Only the stateless era sends it.
    #[serde(rename = "_meta")]
    pub(super) meta: Option<Meta>,
}

/// No arguments, no parameters.
#[derive(Deserialize, Serialize)]
pub(super) struct Nothing {}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
pub(super) struct Meta {
    #[serde(rename = "progressToken")]
    pub(super) progress_token: Option<Value>,
    #[serde(rename = "io.modelcontextprotocol/protocolVersion")]
    pub(super) version: Option<String>,
    #[serde(rename = "io.modelcontextprotocol/clientInfo")]
    client: Option<Implementation>,
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    capabilities: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
pub(super) struct Hello {
    protocol_version: String,
    capabilities: Map<String, Value>,
    client_info: Implementation,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
struct Implementation {
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
pub(super) struct CallResult {
    content: [Block; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    result_type: Option<&'static str>,
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<ResultMeta>,
}

impl CallResult {
    pub(super) fn new(text: String, stateless: bool) -> Self {
        let server = Server {
            name: "bench",
            version: "1.0.0",
        };
        let block = Block {
            r#type: "text",
            text,
        };
        Self {
            content: [block],
            result_type: stateless.then_some("complete"),
            meta: stateless.then_some(ResultMeta { server }),
        }
    }
}

#[derive(Serialize)]
struct Block {
    r#type: &'static str,
    text: String,
}

#[derive(Serialize)]
struct ResultMeta {
    #[serde(rename = "io.modelcontextprotocol/serverInfo")]
    server: Server,
}

#[derive(Serialize)]
struct Server {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Progress<'a> {
    pub(super) progress_token: &'a Value,
    pub(super) progress: f64,
    pub(super) total: f64,
    pub(super) message: &'static str,
}

#[derive(Serialize)]
pub(super) struct Notification<P> {
    jsonrpc: &'static str,
    method: &'static str,
    params: P,
}

impl<P> Notification<P> {
    pub(super) fn new(method: &'static str, params: P) -> Self {
        Self {
            jsonrpc: "2.0",
            method,
            params,
        }
    }
}
