//! What a client said of itself when it opened its session.

use serde_json::{Map, Value, json};

use crate::protocol::{ClientCapabilities, Implementation};

/// The longest text that is kept as it came, in bytes; of a longer one only what counts.
const MAX_TEXT: usize = 512;
/// The longest name that is kept of a long name card, in characters.
const MAX_NAME: usize = 128;

/// What a client said of itself when it opened its session, in little memory.
#[derive(Debug)]
pub(crate) struct ClientCard {
    capabilities: Box<str>,
    info: Box<str>,
}

impl ClientCard {
    /// Keeps what two JSON objects say.
    pub(crate) fn new(capabilities: &str, info: &str) -> Self {
        Self {
            capabilities: bounded(capabilities, |map| {
                declared(&ClientCapabilities::from_map(map))
            }),
            info: bounded(info, |map| name_only(&map)),
        }
    }

    /// Returns what the client declared it can do.
    pub(crate) fn capabilities(&self) -> ClientCapabilities {
        ClientCapabilities::from_map(serde_json::from_str(&self.capabilities).unwrap_or_default())
    }

    /// Returns the client's name card.
    pub(crate) fn info(&self) -> Option<Implementation> {
        serde_json::from_str(&self.info).ok()
    }
}

fn bounded(text: &str, shorten: impl FnOnce(Map<String, Value>) -> Value) -> Box<str> {
    if text.len() <= MAX_TEXT {
        return text.into();
    }
    let map = serde_json::from_str(text).unwrap_or_default();
    shorten(map).to_string().into()
}

/// The declarations that decide what may be asked.
fn declared(capabilities: &ClientCapabilities) -> Value {
    let mut kept = json!({});
    if capabilities.elicits_forms() {
        kept["elicitation"]["form"] = json!({});
    }
    if capabilities.elicits_urls() {
        kept["elicitation"]["url"] = json!({});
    }
    if capabilities.samples() {
        kept["sampling"] = json!({});
    }
    if capabilities.lists_roots() {
        kept["roots"] = json!({});
    }
    kept
}

fn name_only(info: &Map<String, Value>) -> Value {
    let short = |key: &str| -> String {
        let text = info.get(key).and_then(Value::as_str).unwrap_or_default();
        text.chars().take(MAX_NAME).collect()
    };
    json!({"name": short("name"), "version": short("version")})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_card_keeps_what_counts() {
        let long = "x".repeat(2000);
        let capabilities = json!({"elicitation": {"url": {}}, "roots": {}, "experimental": long});
        let info = json!({"name": long, "version": "1", "title": "t"});
        let card = ClientCard::new(&capabilities.to_string(), &info.to_string());
        assert!(card.capabilities().elicits_urls() && !card.capabilities().elicits_forms());
        assert!(card.capabilities().lists_roots() && !card.capabilities().samples());
        assert_eq!(card.info().unwrap().name.len(), MAX_NAME);
        assert!(card.capabilities.len() + card.info.len() < MAX_TEXT);
    }
}
