//! Results in older revisions.

use serde_json::{Value, value::RawValue};

use crate::protocol::{
    CallToolResult, ContentBlock, GetPromptResult, PromptMessage, ReadResourceResult,
    dialect::{Dialect, Structured},
};

use super::{Adapt, adapt_all};

impl Adapt for CallToolResult {
    /// Structured content that the revision lacks is told as text (SEP-2106).
    fn adapt(&mut self, dialect: &Dialect) {
        adapt_all(&mut self.content, dialect);
        let lacking = |json: &mut Box<RawValue>| !dialect.structured.carries(json);
        let Some(json) = self.structured_content.take_if(lacking) else {
            return;
        };
        if !self.content.iter().any(|block| tells(block, &json)) {
            self.content.push(ContentBlock::text(json.get()));
        }
    }
}

impl Structured {
    /// Whether a value can be structured content.
    fn carries(self, json: &RawValue) -> bool {
        match self {
            Self::None => false,
            Self::Objects => json.get().starts_with('{'),
            Self::Any => true,
        }
    }
}

/// Whether a block is a text of this very value, however it is laid out.
fn tells(block: &ContentBlock, json: &RawValue) -> bool {
    let Some(text) = block.as_text() else {
        return false;
    };
    let value = |text| serde_json::from_str::<Value>(text).ok();
    text == json.get() || value(text).is_some_and(|told| Some(told) == value(json.get()))
}

impl Adapt for ReadResourceResult {
    fn adapt(&mut self, dialect: &Dialect) {
        adapt_all(&mut self.contents, dialect);
    }
}

impl Adapt for GetPromptResult {
    fn adapt(&mut self, dialect: &Dialect) {
        adapt_all(&mut self.messages, dialect);
    }
}

impl Adapt for PromptMessage {
    fn adapt(&mut self, dialect: &Dialect) {
        self.content.adapt(dialect);
    }
}
