//! Questions to the client, as older revisions ask them: requests of the server.

use serde_json::{Map, Value, json};

use crate::protocol::{
    ContentBlock, InputRequest, Revision,
    content::Kind,
    dialect::{Dialect, Elicitation},
    input::Need,
};

use super::Adapt;

const NO_FORMS: &str = "the client's protocol revision has no forms";
const NO_URLS: &str = "the client's protocol revision cannot open URLs";
const NO_CHOICES: &str = "the client's protocol revision has no titled choices and no lists of \
                          choices; ask for a plain enum";
const NO_AUDIO: &str = "the client's protocol revision has no audio";
const NO_TOOLS: &str = "the client's protocol revision has no tools in sampling";
const NO_SAMPLE: &str = "a message to the client's model is text, an image or audio";

impl InputRequest {
    /// Returns `method` and `params` of the question, or why it cannot be asked there.
    ///
    /// A question is never changed in what it asks: it fits, or it is refused.
    pub(crate) fn for_revision(
        &self,
        revision: Revision,
        elicitation_id: &str,
    ) -> Result<Value, &'static str> {
        let dialect = revision.dialect();
        let mut params = self.params.clone();
        match self.need() {
            Need::Form => fit_form(&mut params, dialect.elicitation)?,
            Need::Url => fit_url(&mut params, dialect.elicitation, elicitation_id)?,
            Need::Sampling => fit_sample(&mut params, dialect)?,
            Need::Roots => {}
        }
        Ok(json!({"method": self.method, "params": params}))
    }
}

fn fit_form(params: &mut Value, elicitation: Elicitation) -> Result<(), &'static str> {
    match elicitation {
        Elicitation::None => Err(NO_FORMS),
        Elicitation::Forms => make_plain(params),
        Elicitation::WithIds | Elicitation::InRounds => Ok(()),
    }
}

/// Makes a form of what 2025-06-18 knows: no `mode`, plain inputs, defaults of booleans only.
fn make_plain(params: &mut Value) -> Result<(), &'static str> {
    remove(params, "mode");
    let schema = &mut params["requestedSchema"];
    remove(schema, "$schema");
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut) {
        let titled = property.get("oneOf").or_else(|| property.get("anyOf"));
        if titled.is_some() || property["type"] == "array" {
            return Err(NO_CHOICES);
        }
        if property["type"] != "boolean" {
            remove(property, "default");
        }
    }
    Ok(())
}

fn remove(object: &mut Value, key: &str) {
    if let Value::Object(object) = object {
        object.remove(key);
    }
}

fn fit_url(
    params: &mut Value,
    elicitation: Elicitation,
    elicitation_id: &str,
) -> Result<(), &'static str> {
    match elicitation {
        Elicitation::None | Elicitation::Forms => return Err(NO_URLS),
        Elicitation::WithIds => params["elicitationId"] = elicitation_id.into(),
        Elicitation::InRounds => {}
    }
    Ok(())
}

fn fit_sample(params: &mut Value, dialect: &Dialect) -> Result<(), &'static str> {
    let messages = params.get_mut("messages").and_then(Value::as_array_mut);
    for message in messages.into_iter().flatten() {
        let content = message.get_mut("content").ok_or(NO_SAMPLE)?;
        let mut block: ContentBlock =
            serde_json::from_value(content.take()).map_err(|_| NO_SAMPLE)?;
        check_sample(&block.kind, dialect)?;
        block.adapt(dialect);
        *content = serde_json::to_value(block).map_err(|_| NO_SAMPLE)?;
    }
    Ok(())
}

fn check_sample(kind: &Kind, dialect: &Dialect) -> Result<(), &'static str> {
    let (fits, why) = match kind {
        Kind::Text { .. } | Kind::Image { .. } => (true, NO_SAMPLE),
        Kind::Audio { .. } => (dialect.audio, NO_AUDIO),
        Kind::ToolUse { .. } | Kind::ToolResult { .. } => (dialect.sampled_tools, NO_TOOLS),
        Kind::Resource { .. } | Kind::ResourceLink(_) => (false, NO_SAMPLE),
    };
    fits.then_some(()).ok_or(why)
}
