//! What a client of a session tells without waiting for an answer.

use crate::{
    peer::questions::Answer,
    protocol::{
        jsonrpc::{Kind, Message},
        scan::Member,
    },
    session::{Hold, Live},
};

/// Takes a notification, or the answer to a question of ours.
///
/// What is late or unknown is not the client's fault: it is taken all the same.
pub(crate) fn take(hold: &Hold, message: &Message) {
    if matches!(message.kind, Kind::Response) {
        answer(hold, message);
        return;
    }
    match message.string(Member::Method).as_deref() {
        Some("notifications/initialized") => hold.get_ready(),
        Some(CANCELLED) => cancel(hold, message),
        Some(method) => tracing::debug!(method, "a notification has nobody who waits for it"),
        None => {}
    }
}

const CANCELLED: &str = "notifications/cancelled";

/// Whether the message takes a request back.
pub(crate) fn is_cancel(message: &Message) -> bool {
    message.string(Member::Method).as_deref() == Some(CANCELLED)
}

fn cancel(hold: &Hold, message: &Message) {
    let id = message.text(Member::RequestId);
    let cancelled = id.is_some_and(|id| hold.cancel(id));
    tracing::debug!(cancelled, "the client took a request back");
}

fn answer(hold: &Hold, message: &Message) {
    let id = message.string(Member::Id);
    let questions = hold.living().and_then(Live::asked);
    let taken = id
        .zip(questions)
        .is_some_and(|(id, questions)| questions.answer(&id, read(message)));
    if !taken {
        tracing::debug!("the client answered a question that nobody asks any more");
    }
}

fn read(message: &Message) -> Answer {
    #[derive(serde::Deserialize)]
    struct Refusal {
        #[serde(default)]
        code: i64,
        #[serde(default)]
        message: String,
    }
    match message.raw(Member::Result) {
        // The answer outlives its POST, whose body it must not keep.
        Some(result) if message.is_object(Member::Result) => Answer::Result(result.detached()),
        _ => {
            let refusal = message.raw(Member::Error);
            let refusal = refusal.and_then(|error| error.parse::<Refusal>().ok());
            let (code, message) = match refusal {
                Some(refusal) => (refusal.code, refusal.message.chars().take(1024).collect()),
                None => (0, "an answer that is no object".to_owned()),
            };
            Answer::Error { code, message }
        }
    }
}
