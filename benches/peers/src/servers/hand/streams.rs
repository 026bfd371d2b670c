//! Streams: axum's `Sse`, and one broadcast for all that stay open.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    extract::{Request, State},
    response::{
        IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
};
use futures_util::{StreamExt, stream};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;

use super::{
    Bench, InSession,
    messages::{Answer, Call, CallResult, Message, Nothing, Notification, Progress},
};
use crate::servers::STEPS;

/// Ten events and an answer, each serialised as it comes.
pub(super) async fn progress(InSession(message): InSession<Call<Nothing>>) -> Response {
    let Message { id, params, .. } = message;
    let meta = params.meta;
    let stateless = meta.as_ref().is_some_and(|meta| meta.version.is_some());
    let token = meta
        .and_then(|meta| meta.progress_token)
        .unwrap_or_default();
    let steps = stream::iter(1..=STEPS).map(move |step| {
        let progress = Progress {
            progress_token: &token,
            progress: step.into(),
            total: STEPS.into(),
            message: "step",
        };
        Ok::<_, Infallible>(event(Notification::new("notifications/progress", progress)))
    });
    let answer = Answer::new(id, CallResult::new("done".into(), stateless));
    let answer = stream::once(async move { Ok(event(answer)) });
    let events = steps.chain(answer);
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// Opens the stream of a session.
pub(super) async fn get(State(bench): State<Arc<Bench>>, request: Request) -> Response {
    if bench.sessions.touch(request.headers()) {
        listen(bench.changes.subscribe())
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// Opens a stream of the stateless era, or tells all of them of a change.
pub(super) async fn listen_or_announce(
    State(bench): State<Arc<Bench>>,
    InSession(message): InSession<Value>,
) -> Response {
    if message.method == "subscriptions/listen" {
        return listen(bench.changes.subscribe());
    }
    let changed = Notification::new("notifications/tools/list_changed", Nothing {});
    let changed: Arc<str> = text(&changed).into();
    // Nobody may be there.
    let _ = bench.changes.send(changed);
    Json(Answer::new(
        message.id,
        CallResult::new("told".into(), false),
    ))
    .into_response()
}

fn listen(changes: Receiver<Arc<str>>) -> Response {
    let events = stream::unfold(changes, async |mut changes| {
        let text = changes.recv().await.ok()?;
        let event = Event::default().event("message").data(&*text);
        Some((Ok::<_, Infallible>(event), changes))
    });
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn event(message: impl Serialize) -> Event {
    let event = Event::default().event("message").json_data(message);
    event.expect("a message can be written")
}

fn text(message: &impl Serialize) -> String {
    serde_json::to_string(message).expect("a message can be written")
}
