//! Sessions: a map behind a lock, and random ids. No limit, no owner, no expiry.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Instant,
};

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::{
    Bench, InSession,
    messages::{Answer, Hello},
};

static SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// The open sessions, and when each was used.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<HeaderValue, Instant>>);

impl Sessions {
    /// Notes that a session is used; without a header there is nothing to look up.
    pub(super) fn touch(&self, headers: &HeaderMap) -> bool {
        let Some(id) = headers.get(&SESSION_ID) else {
            return true;
        };
        let mut sessions = self.lock();
        let used = sessions.get_mut(id);
        used.map(|used| *used = Instant::now()).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<HeaderValue, Instant>> {
        self.0.lock().expect("nobody panics in here")
    }
}

pub(super) async fn open(
    State(bench): State<Arc<Bench>>,
    InSession(message): InSession<Hello>,
) -> Response {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the system has randomness");
    let id = format!("{:032x}", u128::from_le_bytes(random));
    let id = HeaderValue::from_str(&id).expect("digits");
    bench.sessions.lock().insert(id.clone(), Instant::now());
    let answer = Answer::new(message.id, &*bench.result);
    ([(&SESSION_ID, id)], Json(answer)).into_response()
}

pub(super) async fn close(State(bench): State<Arc<Bench>>, request: Request) -> StatusCode {
    let id = request.headers().get(&SESSION_ID);
    match id.and_then(|id| bench.sessions.lock().remove(id)) {
        Some(_) => StatusCode::OK,
        None => StatusCode::NOT_FOUND,
    }
}
