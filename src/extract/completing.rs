//! The value that a completion handler completes.

use std::collections::BTreeMap;

use crate::context::{Context, Input};

use super::{Fault, FromContext, Inputs, Rejection};

/// The value typed so far, and the arguments already filled in.
///
/// Only a completion handler can take it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Completing {
    /// What was typed so far.
    pub value: String,
    /// The other arguments, by name.
    pub arguments: BTreeMap<String, String>,
}

impl<S: Sync> FromContext<S> for Completing {
    async fn from_context(ctx: &Context, _state: &S) -> Result<Self, Rejection> {
        match ctx.input() {
            Some(Input::Completing { value, arguments }) => Ok(Self {
                value: value.clone(),
                arguments: arguments.iter().cloned().collect(),
            }),
            Some(Input::Strings(_)) | None => {
                Err(Fault::masked("`Completing` outside a completion handler").into())
            }
        }
    }

    fn describe(inputs: &mut Inputs) {
        inputs.completing = true;
    }
}
