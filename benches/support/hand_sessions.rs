//! What one would write by hand with sessions: a map behind a lock, and random ids.
//!
//! No limits and no expiry; a session is its id and the time of its last use.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
    routing::{MethodRouter, post},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, value::RawValue};

use super::hand_written::{Answer, Block, Implementation, Message};

static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

type Sessions = Arc<Mutex<HashMap<HeaderValue, Instant>>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
struct Hello {
    protocol_version: String,
    capabilities: Map<String, Value>,
    client_info: Implementation,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "read because a request has it, as our own does")]
struct Call<A> {
    name: String,
    arguments: A,
}

#[derive(Serialize)]
struct CallResult {
    content: [Block; 1],
}

/// An endpoint that opens sessions, and whose one result was written before.
pub fn initialize(result: Box<RawValue>) -> MethodRouter {
    async fn open(
        State((sessions, result)): State<(Sessions, Arc<RawValue>)>,
        Json(message): Json<Message<Hello>>,
    ) -> Response {
        let mut random = [0; 16];
        getrandom::fill(&mut random).expect("the system has randomness");
        let id = format!("{:032x}", u128::from_le_bytes(random));
        let id = HeaderValue::from_str(&id).expect("digits");
        let mut sessions = sessions.lock().expect("nobody panics in here");
        sessions.insert(id.clone(), Instant::now());
        drop(sessions);
        let answer = Answer::new(message.id, &*result);
        ([(&SESSION_ID, id)], Json(answer)).into_response()
    }
    let state = (Sessions::default(), Arc::from(result));
    post(open).with_state(state)
}

/// An endpoint that runs one tool in a session, whatever it is asked for.
pub fn text<A>(session: &HeaderValue, run: fn(&A) -> String) -> MethodRouter
where
    A: DeserializeOwned + Send + 'static,
{
    let sessions = HashMap::from([(session.clone(), Instant::now())]);
    let sessions: Sessions = Arc::new(Mutex::new(sessions));
    post(
        async move |headers: HeaderMap, Json(message): Json<Message<Call<A>>>| {
            if !touch(&sessions, &headers) {
                return StatusCode::NOT_FOUND.into_response();
            }
            let text = run(&message.params.arguments);
            let content = [Block::text(text)];
            Json(Answer::new(message.id, CallResult { content })).into_response()
        },
    )
}

fn touch(sessions: &Sessions, headers: &HeaderMap) -> bool {
    let Some(id) = headers.get(&SESSION_ID) else {
        return false;
    };
    let mut sessions = sessions.lock().expect("nobody panics in here");
    let Some(used) = sessions.get_mut(id) else {
        return false;
    };
    *used = Instant::now();
    true
}
