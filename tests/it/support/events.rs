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

/// An event, field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    pub id: Option<String>,
    pub event: Option<String>,
    pub retry: Option<u64>,
    pub has_data: bool,
    pub data: String,
}

impl Event {
    fn parse(block: &str) -> Self {
        let mut event = Self::default();
        for line in block.lines() {
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "id" => event.id = Some(value.to_owned()),
                "event" => event.event = Some(value.to_owned()),
                "retry" => event.retry = Some(value.parse().expect("a number")),
                "data" => {
                    if event.has_data && !event.data.is_empty() {
                        event.data.push('\n');
                    }
                    event.has_data = true;
                    event.data.push_str(value);
                }
                // A comment.
                "" => {}
                _ => panic!("an unknown field: {line}"),
            }
        }
        event
    }

    /// Reads the message.
    pub fn message(&self) -> Value {
        serde_json::from_str(&self.data).expect("an event is JSON")
    }
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
            let event = self.next_event().await?;
            // One without data primes the reader, and is no message.
            if !event.data.is_empty() {
                return Some(event.message());
            }
        }
    }

    /// Reads the next block that has any field; `None` at the end of the stream.
    pub async fn next_event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            self.lines.extend(block.lines().map(str::to_owned));
            let event = Event::parse(&block);
            if event != Event::default() {
                return Some(event);
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
