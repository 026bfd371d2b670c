//! The person, the model and the host behind the client, and what they hear.
#![expect(
    deprecated,
    reason = "logging, roots and sampling are on their way out"
)]

use std::sync::{Arc, Mutex};

use rmcp::{
    ClientHandler, ErrorData, RoleClient,
    model::*,
    service::{NotificationContext, RequestContext},
};
use serde_json::{Value, json};

/// What the client heard, a line each.
pub type Heard = Arc<Mutex<Vec<String>>>;

/// Answers all that the server asks, and writes down what it tells.
pub struct Host {
    pub revision: ProtocolVersion,
    /// Whether anybody is there to answer.
    pub answers: bool,
    pub heard: Heard,
}

impl Host {
    fn hear(&self, line: String) {
        self.heard.lock().expect("nobody panics with it").push(line);
    }
}

impl ClientHandler for Host {
    fn get_info(&self) -> ClientConfig {
        let mut capabilities = ClientCapabilities::default();
        if self.answers {
            let elicitation = ElicitationCapability::new()
                .with_form(FormElicitationCapability::new())
                .with_url(UrlElicitationCapability::default());
            capabilities.elicitation = Some(elicitation);
            capabilities.roots = Some(Default::default());
            capabilities.sampling = Some(Default::default());
        }
        ClientConfig::new(capabilities, Implementation::new("interop", "1.0.0"))
            .with_protocol_version(self.revision.clone())
    }

    async fn create_message(
        &self,
        _: CreateMessageRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<CreateMessageResult, ErrorData> {
        let message = SamplingMessage::assistant_text("Paris");
        Ok(CreateMessageResult::new(message, "a-model".to_owned()))
    }

    async fn list_roots(
        &self,
        _: RequestContext<RoleClient>,
    ) -> Result<ListRootsResult, ErrorData> {
        Ok(ListRootsResult::new(vec![Root::new("file:///home")]))
    }

    async fn create_elicitation(
        &self,
        request: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let accepted = ElicitResult::new(ElicitationAction::Accept);
        let ElicitRequestParams::FormElicitationParams {
            requested_schema, ..
        } = request
        else {
            return Ok(accepted);
        };
        let form = json!(requested_schema);
        Ok(accepted.with_content(fill_in(&form)))
    }

    async fn on_progress(
        &self,
        told: ProgressNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.hear(format!("progress {}", told.progress));
    }

    async fn on_logging_message(
        &self,
        told: LoggingMessageNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.hear(format!("log {}", told.data));
    }

    async fn on_resource_updated(
        &self,
        told: ResourceUpdatedNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.hear(format!("updated {}", told.uri));
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.hear("tools changed".to_owned());
    }
}

/// Fills in a form: each field's default, or something that fits it.
fn fill_in(form: &Value) -> Value {
    let fields = form["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, field)| (name.clone(), fill_field(field)))
        .collect()
}

fn fill_field(field: &Value) -> Value {
    let choices = ["enum", "oneOf", "anyOf"]
        .into_iter()
        .filter_map(|key| field.get(key));
    let choice = choices.map(|choices| &choices[0]).next();
    match (field.get("default"), choice, field["type"].as_str()) {
        (Some(value), ..) => value.clone(),
        (None, Some(choice), _) => choice.get("const").unwrap_or(choice).clone(),
        (None, None, Some("array")) => json!([fill_field(&field["items"])]),
        (None, None, Some("boolean")) => json!(true),
        (None, None, Some("integer")) => json!(7),
        (None, None, Some("number")) => json!(1.5),
        (None, None, _) => json!("Ada"),
    }
}
