//! What an operation says of itself.

use std::fmt;

use http::Method;
use oas3::spec::Operation as Model;

/// An operation of the document: a method of a path.
#[derive(Clone, Debug)]
pub struct Operation {
    method: Method,
    path: String,
    model: Model,
}

impl Operation {
    pub(super) fn new(method: Method, path: &str, model: Model) -> Self {
        Self {
            method,
            path: path.to_owned(),
            model,
        }
    }

    /// Returns the operation's id, when it has one.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.model.operation_id.as_deref()
    }

    /// Returns the method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Returns the path as the document spells it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the tags.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.model.tags
    }

    /// Whether the document calls it deprecated.
    #[must_use]
    pub fn is_deprecated(&self) -> bool {
        self.model.deprecated.unwrap_or(false)
    }

    /// Returns the summary and the description, as the tool's description.
    pub(super) fn description(&self) -> Option<String> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let texts = [said(&self.model.summary), said(&self.model.description)];
        let texts: Vec<String> = texts.into_iter().flatten().collect();
        (!texts.is_empty()).then(|| texts.join("\n\n"))
    }

    /// Whether it goes by this name: its id, or its method and path.
    pub(super) fn is(&self, name: &str) -> bool {
        self.id() == Some(name) || self.to_string() == name
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}
