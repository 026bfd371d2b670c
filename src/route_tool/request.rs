//! A call's arguments as the request of a route.

use std::collections::BTreeMap;

use axum::{body::Body, extract::Request};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{ACCEPT, CONTENT_TYPE},
};
use serde_json::value::RawValue;

use super::{
    argument::{Body as BodyShape, Encoding, Place, Target},
    template::Template,
    write,
};

/// What a call says, sorted by where it goes.
#[derive(Default)]
pub(super) struct Parts<'a> {
    path: BTreeMap<&'a str, String>,
    query: String,
    headers: HeaderMap,
    members: BTreeMap<&'a str, &'a RawValue>,
    form: String,
    whole_body: Option<&'a RawValue>,
}

impl<'a> Parts<'a> {
    /// Sorts the arguments of a call.
    pub(super) fn sort(
        arguments: &'a BTreeMap<String, &'a RawValue>,
        targets: &'a BTreeMap<String, Target>,
        body: Option<&BodyShape>,
    ) -> Result<Self, String> {
        let form = body.is_some_and(|body| body.encoding != Encoding::Json);
        let mut parts = Self::default();
        for (name, value) in arguments {
            let Some(target) = targets.get(name) else {
                let known: Vec<_> = targets.keys().map(|name| format!("`{name}`")).collect();
                let shown: String = name.chars().take(64).collect();
                return Err(format!(
                    "`{shown}`: unknown, expected one of {}",
                    known.join(", ")
                ));
            };
            parts
                .add(target, value, form)
                .map_err(|why| format!("`{name}`: {why}"))?;
        }
        Ok(parts)
    }

    fn add(&mut self, target: &'a Target, value: &'a RawValue, form: bool) -> Result<(), String> {
        let name = target.name.as_str();
        match target.place {
            Place::Path => {
                if let Some(text) = write::scalar(value)? {
                    self.path.insert(name, text);
                }
            }
            Place::Query => write::append(&mut self.query, name, target.style, value)?,
            Place::Header => self.add_header(name, value)?,
            Place::Body if form => write::append(&mut self.form, name, target.style, value)?,
            Place::Body => {
                self.members.insert(name, value);
            }
            Place::WholeBody => self.whole_body = Some(value),
        }
        Ok(())
    }

    fn add_header(&mut self, name: &str, value: &RawValue) -> Result<(), String> {
        let Some(text) = write::listed(value)? else {
            return Ok(());
        };
        let refused = "this is no name or value of a header";
        let name: HeaderName = name.parse().map_err(|_| refused)?;
        let value = HeaderValue::try_from(text).map_err(|_| refused)?;
        self.headers.insert(name, value);
        Ok(())
    }

    /// Builds the request. What is forwarded comes on top.
    pub(super) fn build(
        mut self,
        method: &Method,
        path: &Template,
        shape: Option<&BodyShape>,
    ) -> Result<Request, String> {
        let mut uri = path.fill(|name| self.path.get(name).cloned())?;
        if !self.query.is_empty() {
            uri = format!("{uri}?{}", self.query);
        }
        let uri: Uri = uri
            .parse()
            .map_err(|_| "together the arguments are too long for a URL".to_owned())?;
        self.headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, */*;q=0.5"),
        );
        let body = match shape.and_then(|shape| self.body(shape)) {
            Some((kind, text)) => {
                self.headers.insert(CONTENT_TYPE, kind);
                Body::from(text)
            }
            None => Body::empty(),
        };
        let mut request = Request::new(body);
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        *request.headers_mut() = self.headers;
        Ok(request)
    }

    /// Returns the body and its media type; none when it may be left out and was.
    fn body(&self, shape: &BodyShape) -> Option<(HeaderValue, String)> {
        let given = !self.members.is_empty() || !self.form.is_empty() || self.whole_body.is_some();
        if !given && !shape.required {
            return None;
        }
        let text = match shape.encoding {
            Encoding::Json => self.json(),
            Encoding::Form => self.form.clone(),
        };
        Some((shape.media_type.clone(), text))
    }

    /// Members keep their spelling: no number is rounded on the way.
    fn json(&self) -> String {
        match self.whole_body {
            Some(body) => body.get().to_owned(),
            None => serde_json::to_string(&self.members).expect("what came as JSON is JSON"),
        }
    }
}
