//! A route that is called in process.

use std::{collections::BTreeMap, time::Duration};

use axum::Router;
use http::Method;
use serde_json::value::RawValue;
use tower_service::Service;

use crate::{
    context::Context,
    extract::Rejection,
    protocol::{CallToolResult, scan::Member},
    tool::ToolError,
};

use super::{
    answer,
    argument::{Body, Target},
    forward::Forward,
    request::Parts,
    template::Template,
};

/// A route that is called in process.
pub(super) struct Route {
    pub(super) app: Router,
    pub(super) method: Method,
    pub(super) path: Template,
    pub(super) targets: BTreeMap<String, Target>,
    pub(super) body: Option<Body>,
    pub(super) forward: Forward,
    pub(super) response_limit: usize,
    pub(super) timeout: Duration,
}

impl Route {
    /// Sends the arguments of a call to the route and reads what it answers.
    ///
    /// All of it is this one future: who drops it cancels the request.
    pub(super) async fn call(&self, ctx: &Context) -> Result<CallToolResult, ToolError> {
        let text = ctx.message().text(Member::Arguments).unwrap_or("{}");
        let arguments: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
        let body = self.body.as_ref();
        let request = Parts::sort(&arguments, &self.targets, body)
            .and_then(|parts| parts.build(&self.method, &self.path, body));
        let mut request = request.map_err(Rejection::invalid)?;
        let mut headers = std::mem::take(request.headers_mut());
        self.forward
            .copy(ctx.parts(), &mut headers, request.extensions_mut());
        *request.headers_mut() = headers;

        let path = request.uri().path().to_owned();
        // A router is always ready, and a clone of it shares everything.
        let response = self.app.clone().call(request);
        let answer = async {
            let Ok(response) = response.await;
            answer::read(response, self.response_limit, &path).await
        };
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(result) => result,
            Err(_) => Ok(CallToolResult::error(format!(
                "the route gave no answer within {:?}",
                self.timeout
            ))),
        }
    }
}
