//! Tools on the wire: the entry of the list, the result of a call.

use serde::Serialize;
use serde_json::{Value, value::RawValue};

use super::{ContentBlock, Icon, Meta, jsonrpc::write_json, text::write_string};

/// Hints on what a tool does; a client must not trust them blindly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolAnnotations {
    /// The tool changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// The tool may destroy something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// Calling twice is as calling once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotent_hint: Option<bool>,
    /// The tool talks to the outside world.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

/// A tool as `tools/list` shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ToolEntry {
    /// The name it is called by.
    pub name: String,
    /// The name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Pictures to show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub icons: Vec<Icon>,
    /// JSON Schema of the arguments.
    pub input_schema: Value,
    /// JSON Schema of the structured content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_schema: Option<Value>,
    /// Hints on what it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<ToolAnnotations>,
    /// Open metadata.
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// The result of a tool call.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
pub struct CallToolResult {
    pub(super) content: Vec<ContentBlock>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) structured_content: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_error: bool,
    #[serde(skip)]
    pub(crate) meta: Option<Meta>,
}

impl CallToolResult {
    /// Creates a result of content blocks.
    pub fn new<I>(content: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<ContentBlock>,
    {
        Self {
            content: content.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Creates a result of one block of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            content: vec![ContentBlock::text(text)],
            ..Self::default()
        }
    }

    /// Creates a result that tells the model what went wrong.
    pub fn error(text: impl Into<String>) -> Self {
        Self {
            is_error: true,
            ..Self::text(text)
        }
    }

    /// Creates a result of structured content, repeated as text.
    ///
    /// # Errors
    ///
    /// When `value` cannot be written as JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self, serde_json::Error> {
        let structured = serde_json::value::to_raw_value(value)?;
        let mut result = Self::text(structured.get());
        result.structured_content = Some(structured);
        Ok(result)
    }

    /// Sets the structured content and leaves the blocks as they are.
    pub fn structured_content(mut self, value: &Value) -> Self {
        self.structured_content = serde_json::value::to_raw_value(value).ok();
        self
    }

    /// Marks the result as an error that the model should read.
    pub fn failed(mut self) -> Self {
        self.is_error = true;
        self
    }

    /// Sets `_meta`.
    pub fn meta(mut self, meta: Meta) -> Self {
        self.meta = Some(meta);
        self
    }

    /// Returns about how many bytes it takes as JSON, when most of them are text.
    pub(crate) fn room(&self) -> usize {
        let texts = self.content.iter().filter_map(ContentBlock::as_text);
        let structured = self.structured_content.as_ref();
        let text: usize = texts.map(str::len).sum();
        // With room for escapes, of which every line has one at least.
        text + text / 8 + structured.map_or(0, |json| json.get().len())
    }

    /// Writes the result as JSON.
    ///
    /// Plain text, which is what tools mostly answer, straight to bytes.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if !self
            .content
            .iter()
            .all(|block| block.plain_text().is_some())
        {
            return write_json(out, self);
        }
        out.extend_from_slice(b"{\"content\":[");
        for (at, text) in self
            .content
            .iter()
            .filter_map(ContentBlock::plain_text)
            .enumerate()
        {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(b"{\"type\":\"text\",\"text\":");
            write_string(out, text);
            out.push(b'}');
        }
        out.push(b']');
        if let Some(structured) = &self.structured_content {
            out.extend_from_slice(b",\"structuredContent\":");
            out.extend_from_slice(structured.get().as_bytes());
        }
        if self.is_error {
            out.extend_from_slice(b",\"isError\":true");
        }
        out.push(b'}');
    }

    /// Whether the result tells of a failure.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.is_error
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_result_is_written_as_its_type_says() {
        let blocks = [ContentBlock::text("a\n\"b\""), ContentBlock::text("")];
        let told = ContentBlock::text("c").meta(Meta::from_iter([("a".to_owned(), json!(1))]));
        for result in [
            CallToolResult::default(),
            CallToolResult::text("plain"),
            CallToolResult::error("it \"failed\""),
            CallToolResult::new(blocks),
            CallToolResult::json(&json!({"a": ["\u{1}", 1.5, null]})).unwrap(),
            CallToolResult::text("x")
                .structured_content(&json!([]))
                .failed(),
            CallToolResult::new([told]),
            CallToolResult::new([ContentBlock::image(b"png", "image/png")]),
        ] {
            let mut out = Vec::new();
            result.write(&mut out);
            let expected = serde_json::to_string(&result).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
