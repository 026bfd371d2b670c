//! What one would write by hand, for one case at a time: the limit.
//!
//! Typed and owned serde structs, axum's `Json`, a map of sessions behind a lock. It
//! reads every member that the protocol requires and gives the same bytes as ours. It
//! looks at no header but the session's, checks nothing, limits nothing, and knows
//! without looking which tool is called: an honest server by hand costs more than this.

mod messages;
mod sessions;
mod streams;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use tokio::sync::broadcast;

use self::{
    messages::{Answer, Call, CallResult, Message, Plain},
    sessions::Sessions,
};
use super::{Echo, Order};
use crate::case::{Ask, Case};

/// What the handlers share.
#[derive(Clone)]
struct Bench {
    sessions: Sessions,
    /// The result of `initialize` or of `tools/list`, written before.
    result: Arc<RawValue>,
    changes: broadcast::Sender<Arc<str>>,
}

pub(super) fn router(case: &Case, answer: &[u8]) -> Router {
    let bench = Bench {
        sessions: Sessions::default(),
        result: result_of(answer),
        changes: broadcast::channel(16).0,
    };
    let endpoint = match case.ask {
        Ask::Small | Ask::Soak => post(call::<Order>),
        Ask::Echo(_) => post(call::<Echo>),
        Ask::List => post(list),
        Ask::Handshake => post(sessions::open).merge(delete(sessions::close)),
        Ask::Progress => post(streams::progress),
        Ask::Streams => post(streams::listen_or_announce).merge(get(streams::get)),
        Ask::Idle => post(sessions::open),
    };
    // Where sessions are opened when `/mcp` answers something else.
    let open = post(sessions::open);
    Router::new()
        .route("/mcp", endpoint)
        .route("/open", open)
        .with_state(bench)
}

/// A tool, as a function of its arguments.
trait Tool: DeserializeOwned + Send + 'static {
    fn call(self) -> String;
}

impl Tool for Order {
    fn call(self) -> String {
        self.run()
    }
}

impl Tool for Echo {
    fn call(self) -> String {
        self.text
    }
}

async fn call<T: Tool>(
    State(bench): State<Bench>,
    headers: HeaderMap,
    Json(message): Json<Message<Call<T>>>,
) -> Response {
    if !bench.sessions.touch(&headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Call {
        arguments, meta, ..
    } = message.params;
    let result = CallResult::new(arguments.call(), meta.is_some());
    Json(Answer::new(message.id, result)).into_response()
}

async fn list(
    State(bench): State<Bench>,
    headers: HeaderMap,
    Json(message): Json<Message<Plain>>,
) -> Response {
    if !bench.sessions.touch(&headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    Json(Answer::new(message.id, &*bench.result)).into_response()
}

fn result_of(answer: &[u8]) -> Arc<RawValue> {
    #[derive(Deserialize)]
    struct Answer {
        result: Box<RawValue>,
    }
    let answer: Option<Answer> = serde_json::from_slice(answer).ok();
    answer
        .map_or_else(|| RawValue::NULL.to_owned(), |answer| answer.result)
        .into()
}
