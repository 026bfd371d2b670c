//! The forms that tools ask the person to fill in: flat structs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Who the person is.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Name {
    pub(crate) name: String,
}

/// A yes or a no.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Confirmation {
    pub(crate) ok: bool,
}

/// A color.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Color {
    pub(crate) color: String,
}

/// What to write about.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Topic {
    pub(crate) context: String,
}

/// A user name and an email address.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Login {
    username: String,
    email: String,
}

/// A form that is filled in already; the person may change it.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct Account {
    name: String,
    age: i32,
    score: f64,
    status: Status,
    verified: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            name: "John Doe".to_owned(),
            age: 30,
            score: 95.5,
            status: Status::Active,
            verified: true,
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Status {
    Active,
    Inactive,
    Pending,
}

/// Every way to offer a choice.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Choices {
    untitled_single: Untitled,
    titled_single: Titled,
    // Clients of old know titles only in this form.
    #[schemars(extend(
        "enum" = ["opt1", "opt2", "opt3"],
        "enumNames" = ["Option One", "Option Two", "Option Three"],
    ))]
    legacy_enum: String,
    untitled_multi: Vec<Untitled>,
    titled_multi: Vec<Titled>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Untitled {
    Option1,
    Option2,
    Option3,
}

// What is documented here, the person reads.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Titled {
    /// First Option
    Value1,
    /// Second Option
    Value2,
    /// Third Option
    Value3,
}
