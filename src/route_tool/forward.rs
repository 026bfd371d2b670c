//! What a route gets of the request that carries the call.

use http::{
    Extensions, HeaderMap, HeaderName,
    header::{AUTHORIZATION, COOKIE, HOST},
    request::Parts,
};

/// Headers of one connection, of the one message, or of the place it is sent to.
const NEVER: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "connection",
    "expect",
    "host",
    "keep-alive",
    "last-event-id",
    "max-forwards",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Families of such headers.
const NEVER_PREFIXED: &[&str] = &["access-control-", "content-", "mcp-", "sec-"];

/// The allowlist: what a route gets of the request that carries the call.
#[derive(Clone)]
pub(super) struct Forward {
    headers: Vec<HeaderName>,
    extensions: Vec<Copy>,
}

/// Copies an extension of one type, if it is there.
type Copy = fn(&Extensions, &mut Extensions);

impl Default for Forward {
    fn default() -> Self {
        Self {
            headers: vec![AUTHORIZATION, COOKIE],
            extensions: Vec::new(),
        }
    }
}

impl Forward {
    /// Replaces the headers that are copied.
    pub(super) fn headers<I>(&mut self, names: I) -> Result<(), String>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let names = names.into_iter().map(|name| header(name.as_ref()));
        self.headers = names.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Also copies extensions of this type.
    pub(super) fn extension<T: Clone + Send + Sync + 'static>(&mut self) {
        self.extensions.push(|from, to| {
            if let Some(extension) = from.get::<T>() {
                to.insert(extension.clone());
            }
        });
    }

    /// Whether a header is copied.
    #[cfg(feature = "openapi")]
    pub(super) fn copies(&self, name: &HeaderName) -> bool {
        self.headers.contains(name)
    }

    /// Copies what is on the list, and whom the caller believes to speak to.
    pub(super) fn copy(&self, from: &Parts, headers: &mut HeaderMap, extensions: &mut Extensions) {
        for name in &self.headers {
            for value in from.headers.get_all(name) {
                headers.append(name, value.clone());
            }
        }
        // HTTP/2 has the host in the URI.
        let authority = from.uri.authority().map(|host| host.as_str().parse());
        let host = from.headers.get(HOST).cloned();
        if let Some(host) = host.or_else(|| authority.and_then(Result::ok)) {
            headers.insert(HOST, host);
        }
        for copy in &self.extensions {
            copy(&from.extensions, extensions);
        }
    }
}

fn header(name: &str) -> Result<HeaderName, String> {
    let parsed: HeaderName = name
        .parse()
        .map_err(|_| format!("`{name}` is not the name of a header"))?;
    // A condition speaks of what the caller asked for, which is not the route.
    if is_ours(&parsed) || parsed.as_str().starts_with("if-") {
        return Err(format!(
            "`{name}` cannot be forwarded: it belongs to the request that carries the call; take it off the list"
        ));
    }
    Ok(parsed)
}

/// Whether a header belongs to the one request it came with.
pub(super) fn is_ours(name: &HeaderName) -> bool {
    let name = name.as_str();
    NEVER.contains(&name) || NEVER_PREFIXED.iter().any(|prefix| name.starts_with(prefix))
}
