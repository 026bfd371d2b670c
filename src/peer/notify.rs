//! Progress and log messages, on their way ahead of the answer.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::protocol::{Level, jsonrpc::write_json, text::write_string};

use super::outbox::Outbox;

/// How far a request has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress<'a> {
    pub(crate) progress: f64,
    pub(crate) total: Option<f64>,
    pub(crate) message: Option<&'a str>,
}

/// Reports progress under the token, which is echoed as the client spelled it.
pub(crate) fn progress(outbox: &Outbox, token: &str, progress: &Progress<'_>) {
    let scalar = token.starts_with('"') || token.parse::<i64>().is_ok();
    if !scalar || !progress.progress.is_finite() {
        return;
    }
    let message = progress.message.map_or(0, str::len);
    let mut text = Vec::with_capacity(160 + token.len() + message);
    text.extend_from_slice(
        br#"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"#,
    );
    text.extend_from_slice(token.as_bytes());
    text.extend_from_slice(b",\"progress\":");
    write_json(&mut text, &progress.progress);
    if let Some(total) = progress.total.filter(|total| total.is_finite()) {
        text.extend_from_slice(b",\"total\":");
        write_json(&mut text, &total);
    }
    if let Some(message) = progress.message {
        text.extend_from_slice(b",\"message\":");
        write_string(&mut text, message);
    }
    text.extend_from_slice(b"}}");
    outbox.say(text);
}

/// Sends a log message.
pub(crate) fn log(
    outbox: &Outbox,
    level: Level,
    logger: Option<&str>,
    data: &(impl Serialize + ?Sized),
) {
    // Written first: what cannot be JSON must not leave half a message.
    let Ok(data) = serde_json::value::to_raw_value(data) else {
        tracing::warn!("a log message to the client cannot be written as JSON");
        return;
    };
    let message = Notification {
        jsonrpc: "2.0",
        method: "notifications/message",
        params: LogParams {
            level,
            logger,
            data: &data,
        },
    };
    let mut text = Vec::with_capacity(160);
    write_json(&mut text, &message);
    outbox.say(text);
}

#[derive(Serialize)]
struct Notification<'a> {
    jsonrpc: &'static str,
    method: &'static str,
    params: LogParams<'a>,
}

#[derive(Serialize)]
struct LogParams<'a> {
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    logger: Option<&'a str>,
    data: &'a RawValue,
}
