//! Where the two endpoints are, as the client sees them.

use http::request::Parts;

use crate::auth::original_path;

/// Where the two endpoints are.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    pub(crate) stream: String,
    pub(crate) messages: String,
}

impl Paths {
    /// Returns where the client posts to: a path from the root of the stream's origin.
    ///
    /// Clients insist on the origin of the stream, so it names none. The router
    /// hides the path that it was nested under; the original URI has it.
    pub(crate) fn place(&self, prefix: &str, parts: &Parts, session: &str) -> String {
        let mut place = mount(prefix, parts, &self.stream);
        place.push_str(&self.messages);
        place.push_str("?sessionId=");
        place.push_str(session);
        place
    }

    /// Returns where the MCP endpoint is, to a client that posted a message here.
    pub(super) fn endpoint(&self, prefix: &str, parts: &Parts) -> String {
        let mut endpoint = mount(prefix, parts, &self.messages);
        // These routes and that of the endpoint are of one router.
        endpoint.push_str("/mcp");
        endpoint
    }
}

/// Returns what comes before the path of an endpoint, in a request to it.
///
/// `prefix` is what a proxy takes off the front of each path.
fn mount(prefix: &str, parts: &Parts, own: &str) -> String {
    let path = original_path(parts).trim_end_matches('/');
    let mount = path.strip_suffix(own).unwrap_or_default();
    let mut place = String::new();
    for part in [prefix, mount] {
        // Two slashes would name another host; to a browser a backslash is one, too.
        let part = part.trim_matches(['/', '\\']);
        if !part.is_empty() {
            place.push('/');
            place.push_str(part);
        }
    }
    place
}

/// Returns the session that a URI's query names, if it names exactly one.
pub(super) fn session_of(query: Option<&str>) -> Option<&str> {
    let pairs = query?.split('&');
    let mut ids = pairs.filter_map(|pair| pair.strip_prefix("sessionId="));
    match (ids.next(), ids.next()) {
        (Some(id), None) if !id.is_empty() => Some(id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::OriginalUri;
    use http::{Request, Uri};

    use super::*;

    #[test]
    fn the_place_keeps_every_prefix_and_never_names_a_host() {
        for (base, original, expected) in [
            ("", "/sse", "/messages"),
            ("", "/sse/", "/messages"),
            ("", "/a/b/sse", "/a/b/messages"),
            ("", "/t/one%20two/sse?x=1", "/t/one%20two/messages"),
            ("/prefix", "/a/sse", "/prefix/a/messages"),
            ("prefix/", "/sse", "/prefix/messages"),
            ("", "//evil.example/sse", "/evil.example/messages"),
            ("", "/\\evil.example/sse", "/evil.example/messages"),
            ("/\\evil.example", "/sse", "/evil.example/messages"),
            ("", "/elsewhere", "/messages"),
        ] {
            let paths = Paths {
                stream: "/sse".to_owned(),
                messages: "/messages".to_owned(),
            };
            let (mut parts, ()) = Request::new(()).into_parts();
            let uri = Uri::builder().path_and_query(original).build().unwrap();
            parts.extensions.insert(OriginalUri(uri));
            let place = paths.place(base, &parts, "id");
            assert_eq!(place, format!("{expected}?sessionId=id"), "{original}");
        }
    }

    #[test]
    fn a_query_names_one_session_or_none() {
        for (query, expected) in [
            (None, None),
            (Some(""), None),
            (Some("sessionId="), None),
            (Some("sessionId=a"), Some("a")),
            (Some("x=1&sessionId=a&y"), Some("a")),
            (Some("sessionId=a&sessionId=b"), None),
            (Some("SessionId=a"), None),
        ] {
            assert_eq!(session_of(query), expected, "{query:?}");
        }
    }
}
