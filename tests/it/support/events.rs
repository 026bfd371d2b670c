//! Reads a stream of events as the WHATWG specification says.

use axum::body::Body;
use http_body_util::BodyExt;
use serde_json::Value;

/// A stream of events.
pub struct Events {
    body: Body,
    text: String,
    /// Every line that was read, for tests that look at comments and fields.
    pub lines: Vec<String>,
}

impl Events {
    pub fn new(body: Body) -> Self {
        Self {
            body,
            text: String::new(),
            lines: Vec::new(),
        }
    }

    /// Reads the next message; `None` at the end of the stream.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let mut data: Option<String> = None;
            let block = self.block().await?;
            for line in block.lines() {
                self.lines.push(line.to_owned());
                if let Some(value) = line.strip_prefix("data:") {
                    let value = value.strip_prefix(' ').unwrap_or(value);
                    let text = data.get_or_insert_default();
                    if !text.is_empty() {
                        text.push('\n');
                    }
                    text.push_str(value);
                }
            }
            if let Some(data) = data {
                return Some(serde_json::from_str(&data).expect("an event is JSON"));
            }
        }
    }

    /// Reads everything up to the next empty line.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                return Some(std::mem::replace(&mut self.text, rest));
            }
            let frame = self.body.frame().await?.expect("a frame");
            let data = frame.into_data().expect("data");
            self.text
                .push_str(std::str::from_utf8(&data).expect("UTF-8"));
        }
    }

    /// Reads every message that is left.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut messages = Vec::new();
        while let Some(message) = self.next().await {
            messages.push(message);
        }
        messages
    }
}
