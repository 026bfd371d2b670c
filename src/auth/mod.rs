//! What a resource server tells its clients about authorization.
//!
//! Tokens are the host's business: one of its layers checks them. What is said
//! to a client that brought none, or too weak a one, is said here (RFC 6750,
//! RFC 9728), and so is where the authorization server is.
//!
#![doc = include_str!("../docs/identity.md")]

mod challenge;
mod protected_resource;
mod public_url;
mod well_known;

use std::{
    fmt,
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use axum::extract::MatchedPath;
use http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE, request::Parts};

use crate::principal::{Principal, Refusal, has_scopes};

pub use self::protected_resource::ProtectedResource;
pub(crate) use self::{
    challenge::Challenge,
    protected_resource::check_scope,
    public_url::{PublicBase, PublicUrl, is_prefix, original_path},
    well_known::{WELL_KNOWN, document_path},
};
pub use crate::principal::InsufficientScope;

/// Whether the host of a request is one of the application's.
pub(crate) type KnowsHost = dyn Fn(&Parts) -> bool + Send + Sync;

/// How the requests of one service are authorized.
pub(crate) struct Auth {
    pub(crate) resource: Option<ProtectedResource>,
    pub(crate) public_url: PublicUrl,
    knows_host: Box<KnowsHost>,
    /// The other paths of the router that has the endpoint.
    beside: Vec<String>,
    /// The endpoints whose metadata are served, as the router spells them.
    served: Mutex<Vec<String>>,
    /// That the metadata are not served is said once.
    forgotten: Once,
}

impl Auth {
    pub(crate) fn new(
        resource: Option<ProtectedResource>,
        public_url: PublicUrl,
        knows_host: Box<KnowsHost>,
        beside: Vec<String>,
    ) -> Self {
        Self {
            resource,
            public_url,
            knows_host,
            beside,
            served: Mutex::default(),
            forgotten: Once::new(),
        }
    }

    /// Takes note that the metadata of an endpoint are served.
    pub(crate) fn serves(&self, endpoint: &str) {
        let mut served = self.served();
        if !served.iter().any(|known| known == endpoint) {
            served.push(endpoint.to_owned());
        }
    }

    fn served(&self) -> MutexGuard<'_, Vec<String>> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request without a principal is turned away.
    pub(crate) fn is_required(&self) -> bool {
        let resource = self.resource.as_ref();
        resource.is_some_and(|resource| !resource.anonymous)
    }

    /// 401, with what a client has to know to come back with a token.
    pub(crate) fn unauthenticated(&self, parts: &Parts) -> Refusal {
        let resource = self.resource.as_ref();
        let scopes = resource.map(|it| it.initial_scopes.as_slice());
        self.unknown_caller(parts, scopes.unwrap_or(&[]))
    }

    /// Refuses a request that lacks scopes: 401 without a principal, else 403.
    ///
    /// All scopes of the operation are named at once, so that one step up is enough.
    pub(crate) fn check_scopes(
        &self,
        parts: &Parts,
        principal: Option<&Principal>,
        scopes: &[String],
    ) -> Result<(), Refusal> {
        if has_scopes(principal, scopes) {
            return Ok(());
        }
        if principal.is_none() {
            return Err(self.unknown_caller(parts, scopes));
        }
        let error = Some("insufficient_scope");
        let refusal = self.refuse(parts, StatusCode::FORBIDDEN, error, scopes);
        Err(refusal.message(format!("this needs the scope `{}`", scopes.join(" "))))
    }

    /// Adds a challenge to a 401 that the host's login wants, unless it brought its own.
    pub(crate) fn challenged(&self, parts: &Parts, refusal: Refusal) -> Refusal {
        let bare = !refusal.headers().contains_key(WWW_AUTHENTICATE);
        if refusal.status() != StatusCode::UNAUTHORIZED || !bare || self.resource.is_none() {
            return refusal;
        }
        let challenge = self.unauthenticated(parts);
        challenge
            .headers()
            .iter()
            .fold(refusal, |all, (name, value)| {
                all.header(name.clone(), value.clone())
            })
    }

    /// RFC 6750 §3.1: no error code for a client that brought no token at all.
    fn unknown_caller(&self, parts: &Parts, scopes: &[String]) -> Refusal {
        let error = brought_token(parts).then_some("invalid_token");
        let refusal = self.refuse(parts, StatusCode::UNAUTHORIZED, error, scopes);
        refusal.message("who asks? authenticate first")
    }

    fn refuse(
        &self,
        parts: &Parts,
        status: StatusCode,
        error: Option<&'static str>,
        scopes: &[String],
    ) -> Refusal {
        let challenge = Challenge {
            error,
            scopes,
            resource_metadata: self.metadata_url(parts),
        };
        let value = HeaderValue::try_from(challenge.to_string());
        let value = value.unwrap_or(HeaderValue::from_static("Bearer"));
        Refusal::new(status).header(WWW_AUTHENTICATE, value)
    }

    /// Returns the beginning of the application's URLs, unless only the client says so.
    ///
    /// What nobody has set is taken from the request, if that came to a host of ours.
    pub(crate) fn base(&self, parts: &Parts) -> Option<PublicBase> {
        let known = self.public_url.fixed.is_some() || (self.knows_host)(parts);
        known.then(|| self.public_url.base(parts)).flatten()
    }

    /// Returns where the metadata of the requested endpoint are, if they are served.
    fn metadata_url(&self, parts: &Parts) -> Option<String> {
        self.resource.as_ref()?;
        let matched = parts.extensions.get::<MatchedPath>();
        let matched = matched.map_or(parts.uri.path(), MatchedPath::as_str);
        let path =
            well_known::served_path(&self.served(), &self.beside, matched, original_path(parts));
        if path.is_none() {
            self.forgotten.call_once(|| tracing::warn!("{NOT_SERVED}"));
        }
        let base = self.base(parts)?;
        Some(format!("{base}{}", document_path(&path?)))
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("resource", &self.resource)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// What to do about metadata that no route serves.
const NOT_SERVED: &str = "the metadata of the protected resource are not served at the endpoint's \
    path, so no challenge names them; mount with `app.merge(mcp.mount(\"/path\"))`, or add \
    `app.merge(mcp.well_known_router(\"/path/of/the/endpoint\"))`";

fn brought_token(parts: &Parts) -> bool {
    parts.headers.contains_key(http::header::AUTHORIZATION)
}
