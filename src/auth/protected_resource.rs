//! The metadata of a protected resource (RFC 9728).

use http::Uri;
use serde_json::{Map, Value, json};

/// What a client has to know to get a token for the endpoint.
///
/// With it, a request without a [`Principal`](crate::Principal) is answered 401
/// with a challenge that leads to these metadata (RFC 9728).
///
/// # Examples
///
/// ```
/// use mcp_axum::{auth::ProtectedResource, McpServer, McpService, Principal};
///
/// let mcp = McpService::builder(McpServer::new("notes", "1.0.0"))
///     .principal_from::<Principal>(Clone::clone)
///     .protected_resource(
///         ProtectedResource::new(["https://login.example.com"]).scopes(["notes:read", "notes:write"]),
///     )
///     .public_url("https://notes.example.com")
///     .build();
/// // Also serves /.well-known/oauth-protected-resource/mcp-server/mcp.
/// let app: axum::Router = mcp.mount("/mcp-server");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ProtectedResource {
    authorization_servers: Vec<String>,
    scopes: Vec<String>,
    pub(super) initial_scopes: Vec<String>,
    others: Map<String, Value>,
    pub(super) anonymous: bool,
    pub(crate) at_root: bool,
}

/// The members that have a setter of their own, or are filled in for each request.
const OWN: [&str; 4] = [
    "resource",
    "authorization_servers",
    "scopes_supported",
    "bearer_methods_supported",
];

impl ProtectedResource {
    /// Creates metadata that name the authorization servers: their issuer URLs.
    ///
    /// # Panics
    ///
    /// When there is none, or when one is no `https` URL without query and fragment;
    /// on this machine itself `http` will do.
    #[track_caller]
    pub fn new<I, U>(authorization_servers: I) -> Self
    where
        I: IntoIterator<Item = U>,
        U: Into<String>,
    {
        let servers: Vec<String> = authorization_servers.into_iter().map(Into::into).collect();
        assert!(
            !servers.is_empty(),
            "a protected resource names at least one authorization server"
        );
        for server in &servers {
            assert!(
                is_issuer(server),
                "`{server}` is no issuer like `https://login.example.com`"
            );
        }
        Self {
            authorization_servers: servers,
            scopes: Vec::new(),
            initial_scopes: Vec::new(),
            others: Map::new(),
            anonymous: false,
            at_root: true,
        }
    }

    /// Sets the scopes there are.
    ///
    /// # Panics
    ///
    /// When one is no scope, or is `offline_access`, which is between the client and
    /// the authorization server.
    #[track_caller]
    pub fn scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.scopes = checked(scopes);
        self
    }

    /// Sets the scopes that a client without a token is told to ask for.
    ///
    /// Without this the challenge names none, and clients ask for all there are.
    ///
    /// # Panics
    ///
    /// As [`scopes`](Self::scopes).
    #[track_caller]
    pub fn initial_scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.initial_scopes = checked(scopes);
        self
    }

    /// Sets the name for people.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.set("resource_name", name.into())
    }

    /// Sets where to read more.
    pub fn documentation(self, url: impl Into<String>) -> Self {
        self.set("resource_documentation", url.into())
    }

    /// Sets another member of the document (RFC 9728 §2).
    ///
    /// # Panics
    ///
    /// When the member is one that is filled in otherwise.
    #[track_caller]
    pub fn member(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        assert!(
            !OWN.contains(&name.as_str()),
            "`{name}` of the metadata is filled in by itself"
        );
        self.set(name, value)
    }

    fn set(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.others.insert(name.into(), value.into());
        self
    }

    /// Serves requests without a principal, too: what needs one asks for scopes.
    pub fn allow_anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// Leaves the path without a resource in it to another service of the application.
    ///
    /// `/.well-known/oauth-protected-resource` by itself can tell of one resource only.
    pub fn not_at_root(mut self) -> Self {
        self.at_root = false;
        self
    }

    /// Returns the document of the resource with this URL.
    pub(crate) fn document(&self, resource: &str) -> Value {
        let mut document = json!({
            "resource": resource,
            "authorization_servers": self.authorization_servers,
            "bearer_methods_supported": ["header"],
        });
        if let Value::Object(members) = &mut document {
            if !self.scopes.is_empty() {
                members.insert("scopes_supported".to_owned(), json!(self.scopes));
            }
            members.extend(self.others.clone());
        }
        document
    }
}

#[track_caller]
fn checked<I>(scopes: I) -> Vec<String>
where
    I: IntoIterator,
    I::Item: Into<String>,
{
    let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
    for scope in &scopes {
        check_scope(scope);
    }
    scopes
}

/// Refuses what is no scope (RFC 6749 §3.3), or none of a resource's own.
#[track_caller]
pub(crate) fn check_scope(scope: &str) {
    let allowed = |byte: u8| matches!(byte, b'!' | b'#'..=b'[' | b']'..=b'~');
    assert!(
        !scope.is_empty() && scope.bytes().all(allowed),
        "`{scope}` is no scope: visible ASCII without spaces, quotes and backslashes"
    );
    assert!(
        scope != "offline_access",
        "`offline_access` is between the client and its authorization server; leave it out"
    );
}

/// RFC 8414 §2: an issuer is an `https` URL without query and fragment.
fn is_issuer(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else {
        return false;
    };
    let plain = !text.contains(['?', '#']);
    let secure = match (uri.scheme_str(), uri.host()) {
        (Some("https"), Some(host)) => !host.is_empty(),
        (Some("http"), Some(host)) => super::public_url::is_loopback(host),
        _ => false,
    };
    plain && secure
}
