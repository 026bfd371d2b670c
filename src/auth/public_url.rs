//! The URL of the application as its clients see it.

use std::fmt;

use axum::extract::OriginalUri;
use http::{HeaderMap, Uri, header::HOST, request::Parts, uri::Authority};

/// Where the public URL of the application comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct PublicUrl {
    pub(crate) fixed: Option<PublicBase>,
    pub(crate) trust_forwarded: bool,
}

/// The beginning of every URL of the application: what comes before the paths it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicBase {
    scheme: String,
    authority: String,
    /// What a proxy takes off each path; empty, or with a slash in front and none behind.
    prefix: String,
}

impl PublicBase {
    /// Reads `https://host`, with a path that a proxy takes off.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri
            .scheme_str()
            .filter(|it| matches!(*it, "http" | "https"))?;
        let authority = uri.authority().filter(|it| is_host(it))?;
        let plain = uri.query().is_none() && !text.contains('#');
        let prefix = uri.path().trim_matches('/');
        plain.then(|| Self {
            scheme: scheme.to_owned(),
            authority: authority.as_str().to_ascii_lowercase(),
            prefix: match prefix {
                "" => String::new(),
                prefix => format!("/{prefix}"),
            },
        })
    }

    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }
}

impl fmt::Display for PublicBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scheme,
            authority,
            prefix,
        } = self;
        write!(f, "{scheme}://{authority}{prefix}")
    }
}

impl PublicUrl {
    /// Returns the beginning of the URL that this request came to.
    ///
    /// What nobody has set is taken from the request: its host, and `https` unless
    /// that host is this machine itself.
    pub(crate) fn base(&self, parts: &Parts) -> Option<PublicBase> {
        if let Some(fixed) = &self.fixed {
            return Some(fixed.clone());
        }
        let forwarded = |name| self.forwarded(&parts.headers, name);
        let authority = match forwarded("x-forwarded-host") {
            Some(authority) => authority,
            None => requested_authority(parts)?,
        };
        let authority = authority.parse().ok().filter(is_host)?;
        let scheme = forwarded("x-forwarded-proto");
        let scheme = scheme.filter(|scheme| matches!(*scheme, "http" | "https"));
        // A proxy that ends TLS speaks HTTP/2 to us with `http` in it, like HTTP/1.1 without a word.
        let scheme = scheme.unwrap_or(match is_loopback(authority.host()) {
            true => parts.uri.scheme_str().unwrap_or("http"),
            false => "https",
        });
        Some(PublicBase {
            scheme: scheme.to_owned(),
            authority: authority.as_str().to_ascii_lowercase(),
            prefix: self.prefix(parts).to_owned(),
        })
    }

    /// Returns what a proxy took off the path of this request.
    pub(crate) fn prefix<'a>(&'a self, parts: &'a Parts) -> &'a str {
        if let Some(fixed) = &self.fixed {
            return fixed.prefix();
        }
        let prefix = self.forwarded(&parts.headers, "x-forwarded-prefix");
        prefix
            .filter(|it| is_prefix(it))
            .map_or("", |it| it.trim_end_matches('/'))
    }

    /// Returns the first value of a header that proxies set, when they are trusted.
    fn forwarded<'a>(&self, headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let trusted = self.trust_forwarded.then(|| headers.get(name)).flatten()?;
        let first = trusted.to_str().ok()?.split(',').next()?.trim();
        (!first.is_empty()).then_some(first)
    }
}

/// Whether a text is the path in front of others: it names no other host.
pub(crate) fn is_prefix(text: &str) -> bool {
    let plain = text.starts_with('/') && text.parse::<http::uri::PathAndQuery>().is_ok();
    plain && !text.contains(['?', '#', '\\']) && !text.contains("//")
}

/// Returns the path that the client asked for, whatever was nested since.
pub(crate) fn original_path(parts: &Parts) -> &str {
    let original = parts.extensions.get::<OriginalUri>();
    original.map_or(parts.uri.path(), |uri| uri.0.path())
}

/// Whether an authority is a host and its port, and names no user.
fn is_host(authority: &Authority) -> bool {
    !authority.as_str().contains('@')
}

fn requested_authority(parts: &Parts) -> Option<&str> {
    let target = parts.uri.authority().map(Authority::as_str);
    let header = || parts.headers.get(HOST)?.to_str().ok();
    target.or_else(header)
}

/// Whether a host is this machine itself.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address = address.parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.is_loopback()) || host.eq_ignore_ascii_case("localhost")
}
