//! Progress and log messages, on their way ahead of the answer.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::protocol::{Level, jsonrpc::write_json};

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
    let Ok(progress_token) = serde_json::from_str(token) else {
        return;
    };
    let params = ProgressParams {
        progress_token,
        progress: progress.progress,
        total: progress.total.filter(|total| total.is_finite()),
        message: progress.message,
    };
    outbox.say(notification("notifications/progress", &params));
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
    let params = LogParams {
        level,
        logger,
        data: &data,
    };
    outbox.say(notification("notifications/message", &params));
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProgressParams<'a> {
    progress_token: &'a RawValue,
    progress: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
}

#[derive(Serialize)]
struct LogParams<'a> {
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    logger: Option<&'a str>,
    data: &'a RawValue,
}

fn notification<T: Serialize>(method: &str, params: &T) -> Vec<u8> {
    #[derive(Serialize)]
    struct Notification<'a, T> {
        jsonrpc: &'static str,
        method: &'a str,
        params: &'a T,
    }
    let notification = Notification {
        jsonrpc: "2.0",
        method,
        params,
    };
    let mut text = Vec::with_capacity(160);
    write_json(&mut text, &notification);
    text
}
