//! What one would write by hand, for one case at a time: the limit.
//!
//! Typed and owned serde structs, and a map of sessions behind a lock. It reads every
//! member that the protocol requires and gives the same bytes as ours. It looks at no
//! header but the session's, checks nothing, limits nothing, and knows without looking
//! which tool is called. Even axum's `Json` would cost more, since it copies each key
//! that it passes, to name it in an error: a server that is of use costs more than this.

mod messages;
mod sessions;
mod streams;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use bytes::Bytes;
use http::StatusCode;
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
struct Bench {
    sessions: Sessions,
    /// The result of `initialize` or of `tools/list`, written before.
    result: Box<RawValue>,
    changes: broadcast::Sender<Arc<str>>,
}

pub(super) fn router(case: &Case, answer: &[u8]) -> Router {
    let bench = Arc::new(Bench {
        sessions: Sessions::default(),
        result: result_of(answer),
        changes: broadcast::channel(16).0,
    });
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

/// A message with typed parameters, in a session that is open or in none.
struct InSession<P>(Message<P>);

impl<P: DeserializeOwned> FromRequest<Arc<Bench>> for InSession<P> {
    type Rejection = StatusCode;

    async fn from_request(request: Request, bench: &Arc<Bench>) -> Result<Self, StatusCode> {
        if !bench.sessions.touch(request.headers()) {
            return Err(StatusCode::NOT_FOUND);
        }
        let body = Bytes::from_request(request, bench).await;
        let body = body.map_err(|_| StatusCode::BAD_REQUEST)?;
        let message = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
        Ok(Self(message))
    }
}

async fn call<T: Tool>(InSession(message): InSession<Call<T>>) -> Json<Answer<CallResult>> {
    let Call {
        arguments, meta, ..
    } = message.params;
    let result = CallResult::new(arguments.call(), meta.is_some());
    Json(Answer::new(message.id, result))
}

async fn list(State(bench): State<Arc<Bench>>, InSession(message): InSession<Plain>) -> Response {
    Json(Answer::new(message.id, &*bench.result)).into_response()
}

fn result_of(answer: &[u8]) -> Box<RawValue> {
    #[derive(Deserialize)]
    struct Answer {
        result: Box<RawValue>,
    }
    let answer: Option<Answer> = serde_json::from_slice(answer).ok();
    answer.map_or_else(|| RawValue::NULL.to_owned(), |answer| answer.result)
}
