//! Messages of the server, read as other people's types of each revision read them.
//!
//! The types come from the published schema of the revision. A message passes
//! when they can read it, and when nothing is lost on the way: a member that the
//! revision does not know would be.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, to_value};

/// What a message of the server is.
#[derive(Clone, Copy, Debug)]
pub enum Kind<'a> {
    /// The response to a request of this method.
    Result(&'a str),
    /// The response that tells of a failure.
    Error,
    /// A request of the server.
    Request,
    Notification,
}

/// Asserts that a whole JSON-RPC message of the server is one of the revision.
#[track_caller]
pub fn check(revision: &str, kind: Kind<'_>, message: &Value) {
    let faults = faults(revision, kind, message);
    assert!(
        faults.is_empty(),
        "not a message of {revision} ({kind:?}): {faults:#?}\n{message:#}"
    );
}

/// Returns what is wrong with a message of the server.
pub fn faults(revision: &str, kind: Kind<'_>, message: &Value) -> Vec<String> {
    let model = model(revision);
    let mut faults = envelope(kind, message);
    // Revisions up to 2025-06-18 require the member, later ones leave it out.
    let nameless = message.get("id") == Some(&Value::Null);
    if nameless && revision > "2025-06-18" {
        faults.push("an unknown `id` is left out".to_owned());
    }
    let (reader, text) = match kind {
        Kind::Result(method) => (result(&model, method, message), &message["result"]),
        Kind::Request => (model.request, message),
        Kind::Notification => (Some(model.notification), message),
        // The types have no id for a request that could not be read.
        Kind::Error if nameless => (Some(model.rpc_error), &message["error"]),
        Kind::Error => (Some(model.error), message),
    };
    match reader.map(|reader| reader(text)) {
        None => faults.push("the revision has no such message".to_owned()),
        Some(Err(error)) => faults.push(error.to_string()),
        Some(Ok(read)) => lost(text, &read, "", &mut faults),
    }
    faults
}

fn result(model: &Model, method: &str, message: &Value) -> Option<Reader> {
    let asks = message["result"]["resultType"] == "input_required";
    let name = if asks { "input_required" } else { method };
    (model.result)(name)
}

fn envelope(kind: Kind<'_>, message: &Value) -> Vec<String> {
    let members: &[&str] = match kind {
        Kind::Result(_) => &["id", "jsonrpc", "result"],
        Kind::Error => &["error", "id", "jsonrpc"],
        Kind::Request => &["id", "jsonrpc", "method", "params"],
        Kind::Notification => &["jsonrpc", "method", "params"],
    };
    let mut faults = Vec::new();
    if message["jsonrpc"] != "2.0" {
        faults.push("`jsonrpc` is not \"2.0\"".to_owned());
    }
    let id = &message["id"];
    let named = id.is_string() || id.is_i64();
    if matches!(kind, Kind::Result(_) | Kind::Request) && !named {
        faults.push("`id` is neither a string nor an integer".to_owned());
    }
    let given = message
        .as_object()
        .into_iter()
        .flat_map(|object| object.keys());
    let unknown = given.filter(|key| !members.contains(&key.as_str()));
    faults.extend(unknown.map(|key| format!("the message has a `{key}`")));
    faults
}

/// Notes what a message says and its reading does not.
fn lost(said: &Value, read: &Value, path: &str, faults: &mut Vec<String>) {
    match (said, read) {
        (Value::Object(said), Value::Object(read)) => {
            for (key, value) in said {
                let path = format!("{path}.{key}");
                match read.get(key) {
                    Some(read) => lost(value, read, &path, faults),
                    None if may_be_lost(&path, value) => {}
                    None => faults.push(format!("{path} is unknown to the revision")),
                }
            }
        }
        (Value::Array(said), Value::Array(read)) if said.len() == read.len() => {
            for (at, (said, read)) in said.iter().zip(read).enumerate() {
                lost(said, read, &format!("{path}[{at}]"), faults);
            }
        }
        (Value::Number(said), Value::Number(read)) if said.as_f64() == read.as_f64() => {}
        _ if said == read => {}
        _ => faults.push(format!("{path} is read as {read}")),
    }
}

/// Whether the types leave out a member that the revision allows.
///
/// They keep the main keywords of a tool's schemas only, take any choice of a
/// form for a string, do not write what is empty, and leave the envelope of
/// older revisions to somebody else.
fn may_be_lost(path: &str, value: &Value) -> bool {
    let choice = ["enum", "enumNames", "oneOf"];
    let key = path.rsplit('.').next().unwrap_or_default();
    [".id", ".jsonrpc"].contains(&path)
        || path.contains(".inputSchema.")
        || path.contains(".outputSchema.")
        || (path.contains(".requestedSchema.") && choice.contains(&key))
        || value.as_array().is_some_and(Vec::is_empty)
        || value.is_null()
}

type Reader = fn(&Value) -> serde_json::Result<Value>;

/// The types of one revision.
struct Model {
    /// By method; `input_required` stands for the result that asks.
    result: fn(&str) -> Option<Reader>,
    error: Reader,
    rpc_error: Reader,
    request: Option<Reader>,
    notification: Reader,
}

/// Reads a value as a `T`, and returns all that it understood.
fn through<T: DeserializeOwned + Serialize>(value: &Value) -> serde_json::Result<Value> {
    to_value(serde_json::from_value::<T>(value.clone())?)
}

/// An empty result: nothing but `_meta`, whatever the types make of the rest.
fn empty(value: &Value) -> serde_json::Result<Value> {
    let mut value = value.clone();
    if let Value::Object(members) = &mut value {
        members.retain(|key, _| key == "_meta");
    }
    Ok(value)
}

fn model(revision: &str) -> Model {
    match revision {
        "2024-11-05" => v2024_11_05::model(),
        "2025-03-26" => v2025_03_26::model(),
        "2025-06-18" => v2025_06_18::model(),
        "2025-11-25" => v2025_11_25::model(),
        "2026-07-28" => v2026_07_28::model(),
        other => panic!("{other} is no revision of the protocol"),
    }
}

/// The types of a revision; those of its own are named one by one.
macro_rules! revision {
    ($module:ident, $types:ident, $error:ident, $request:expr, $($method:literal => $result:expr),*) => {
        mod $module {
            use ::$types::$types::*;

            use super::{Model, Reader, through};

            pub(super) fn model() -> Model {
                Model {
                    result,
                    error: through::<$error>,
                    rpc_error: through::<RpcError>,
                    request: $request,
                    notification: through::<ServerNotification>,
                }
            }

            fn result(method: &str) -> Option<Reader> {
                Some(match method {
                    "tools/list" => through::<ListToolsResult>,
                    "tools/call" => through::<CallToolResult>,
                    "resources/list" => through::<ListResourcesResult>,
                    "resources/templates/list" => through::<ListResourceTemplatesResult>,
                    "resources/read" => through::<ReadResourceResult>,
                    "prompts/list" => through::<ListPromptsResult>,
                    "prompts/get" => through::<GetPromptResult>,
                    "completion/complete" => through::<CompleteResult>,
                    $($method => $result,)*
                    _ => return None,
                })
            }
        }
    };
}

/// A revision with sessions.
macro_rules! sessionful {
    ($module:ident, $types:ident, $error:ident) => {
        revision!(
            $module, $types, $error, Some(through::<ServerRequest>),
            "initialize" => through::<InitializeResult>,
            "ping" => super::empty,
            "logging/setLevel" => super::empty,
            "resources/subscribe" => super::empty,
            "resources/unsubscribe" => super::empty
        );
    };
}

sessionful!(v2024_11_05, mcp_2024_11_05, JsonrpcError);
sessionful!(v2025_03_26, mcp_2025_03_26, JsonrpcError);
sessionful!(v2025_06_18, mcp_2025_06_18, JsonrpcError);
sessionful!(v2025_11_25, mcp_2025_11_25, JsonrpcErrorResponse);
revision!(
    v2026_07_28, mcp_2026_07_28, JsonrpcErrorResponse, None,
    "server/discover" => through::<DiscoverResult>,
    "subscriptions/listen" => through::<SubscriptionsListenResult>,
    "input_required" => through::<InputRequiredResult>
);
