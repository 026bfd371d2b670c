//! Who is asking, and how a request is turned away.
//!
//! The host's own login decides who a request belongs to; the service only
//! carries the answer to every floor that binds something to a person.

use std::{
    any::Any,
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// The identity behind a request, as the host's login established it.
///
/// Two principals are the same when their keys are equal. Build the key from
/// what stays: issuer, subject, client id; never from a token, which is
/// replaced while the person stays.
///
/// # Examples
///
/// ```
/// use mcp_axum::Principal;
///
/// let ada = Principal::new("https://login.example|ada").display("Ada");
/// assert_eq!(ada, Principal::new("https://login.example|ada"));
/// ```
#[derive(Clone)]
#[must_use]
pub struct Principal {
    // One pointer, since every request carries its own along.
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    key: Arc<str>,
    display: Option<Arc<str>>,
    scopes: Arc<BTreeSet<String>>,
    claims: Option<Arc<dyn Any + Send + Sync>>,
    expires: Option<SystemTime>,
}

impl Principal {
    /// Creates a principal with the given key.
    ///
    /// A request of one whose key is empty is refused with 403: it would share
    /// everything with all others that the login could not tell apart.
    pub fn new(key: impl Into<Arc<str>>) -> Self {
        let inner = Inner {
            key: key.into(),
            display: None,
            scopes: Arc::default(),
            claims: None,
            expires: None,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    fn edit(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }

    /// Creates the principal of a token: who issued it, for whom, through which client.
    ///
    /// No two of these make the same key, and a new token of the same person for the
    /// same client makes the same one.
    ///
    /// # Examples
    ///
    /// ```
    /// use mcp_axum::Principal;
    ///
    /// let ada = Principal::of_token("https://login.example", "ada", Some("chat"));
    /// assert_ne!(ada, Principal::of_token("https://login.example", "ada", None));
    /// ```
    pub fn of_token(issuer: &str, subject: &str, client_id: Option<&str>) -> Self {
        if subject.is_empty() {
            return Self::new("");
        }
        // The lengths in front keep `a|b` by `c` from being `a` by `b|c`.
        let client = client_id.map_or_else(String::new, |id| format!("|{id}"));
        let (issued, named) = (issuer.len(), subject.len());
        Self::new(format!("{issued}.{named}|{issuer}|{subject}{client}"))
    }

    /// Sets the name that people and logs may see.
    pub fn display(mut self, name: impl Into<Arc<str>>) -> Self {
        self.edit().display = Some(name.into());
        self
    }

    /// Sets the scopes that were granted.
    pub fn scopes<I>(mut self, scopes: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.edit().scopes = Arc::new(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// Attaches any value of the host's, for handlers to read.
    pub fn claims<T: Any + Send + Sync>(mut self, claims: T) -> Self {
        self.edit().claims = Some(Arc::new(claims));
        self
    }

    /// Sets when the login runs out: streams that wait for changes end then.
    ///
    /// The client comes back with a new token, or does not. What it is answered to a
    /// request that was let in before is not cut off.
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.edit().expires = Some(time);
        self
    }

    /// Returns how long the login lasts from now on, if it runs out.
    pub(crate) fn lasts(&self) -> Option<Duration> {
        let left = self.inner.expires?.duration_since(SystemTime::now());
        Some(left.unwrap_or_default())
    }

    /// Returns the key that tells this principal from every other.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.inner.key
    }

    /// Returns the scopes, to be kept.
    pub(crate) fn shared_scopes(&self) -> &Arc<BTreeSet<String>> {
        &self.inner.scopes
    }

    /// Returns the key, to be kept.
    pub(crate) fn shared_key(&self) -> Arc<str> {
        Arc::clone(&self.inner.key)
    }

    /// Returns the name that people and logs may see.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.inner.display.as_deref()
    }

    /// Returns whether `scope` was granted.
    #[must_use]
    pub fn has_scope(&self, scope: &str) -> bool {
        self.inner.scopes.contains(scope)
    }

    /// Returns the attached value, when it is a `T`.
    #[must_use]
    pub fn claims_as<T: Any>(&self) -> Option<&T> {
        self.inner.claims.as_ref()?.downcast_ref()
    }
}

/// Whether whoever asks was granted all of the scopes.
pub(crate) fn has_scopes(principal: Option<&Principal>, scopes: &[String]) -> bool {
    let granted = |scope: &String| principal.is_some_and(|it| it.has_scope(scope));
    scopes.iter().all(granted)
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Principal {}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("key", &"<redacted>")
            .field("display", &self.inner.display)
            .field("scopes", &self.inner.scopes)
            .finish_non_exhaustive()
    }
}

/// The refusal of a request: an HTTP status with headers.
///
/// # Examples
///
/// ```
/// use http::{StatusCode, header::WWW_AUTHENTICATE};
/// use mcp_axum::Refusal;
///
/// let refusal = Refusal::new(StatusCode::UNAUTHORIZED)
///     .header(WWW_AUTHENTICATE, http::HeaderValue::from_static("Bearer"));
/// assert_eq!(refusal.status(), 401);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Refusal {
    status: StatusCode,
    headers: Box<HeaderMap>,
    message: Option<Cow<'static, str>>,
}

impl Refusal {
    /// Creates a refusal with the given status.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            headers: Box::default(),
            message: None,
        }
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Sets what the client is told; by default what the status is called.
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// Returns what the client is told.
    pub(crate) fn told(&self) -> Cow<'static, str> {
        let reason = || self.status.canonical_reason().unwrap_or("refused");
        let message = self.message.clone();
        message.unwrap_or_else(|| reason().to_lowercase().into())
    }

    /// Returns the status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the answer.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(crate) fn with_headers(status: StatusCode, headers: HeaderMap) -> Self {
        Self {
            status,
            headers: Box::new(headers),
            message: None,
        }
    }
}

/// A request lacks scopes that an operation needs.
///
/// Made by [`Context::require_scopes`](crate::Context::require_scopes). Carried out of a handler by `?`, alone or as
/// a cause, it turns the HTTP request away with the challenge that names them.
#[derive(Debug)]
pub struct InsufficientScope {
    pub(crate) refusal: Refusal,
}

impl fmt::Display for InsufficientScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.refusal.told())
    }
}

impl std::error::Error for InsufficientScope {}
