//! Reads an `Origin`: a scheme and a host, and nothing else.

use std::{borrow::Cow, fmt};

use super::host::{Host, HostFault};

/// A web origin, `scheme://host[:port]`, with the default port of its scheme filled in.
#[derive(Clone, Debug)]
pub(crate) struct Origin<'a> {
    scheme: Cow<'a, str>,
    host: Host<'a>,
}

/// Why a text is not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OriginFault {
    /// There is no `scheme://` in front.
    Scheme,
    /// A path, a query or a fragment follows the host.
    Path,
    /// What follows the scheme is not a host.
    Host(HostFault),
}

impl<'a> Origin<'a> {
    /// Parses the serialised form of RFC 6454 §6.2; `null` and lists are not origins.
    pub(crate) fn parse(text: &'a str) -> Result<Self, OriginFault> {
        let (scheme, host) = text.split_once("://").ok_or(OriginFault::Scheme)?;
        if !is_scheme(scheme) {
            return Err(OriginFault::Scheme);
        }
        if host.contains(['/', '?', '#']) {
            return Err(OriginFault::Path);
        }
        let mut host = Host::parse(host).map_err(OriginFault::Host)?;
        host.port = host.port.or_else(|| default_port(scheme));
        Ok(Self {
            scheme: Cow::Borrowed(scheme),
            host,
        })
    }

    /// Copies the text, so that it outlives the request.
    pub(crate) fn into_owned(self) -> Origin<'static> {
        Origin {
            scheme: Cow::Owned(self.scheme.into_owned()),
            host: self.host.into_owned(),
        }
    }

    /// Returns the host when the page was loaded over HTTP, so that host rules can speak of it.
    pub(crate) fn web_host(&self) -> Option<&Host<'a>> {
        default_port(&self.scheme).map(|_| &self.host)
    }

    /// Returns whether `other` is this origin; on the loopback the port does not matter.
    pub(crate) fn matches(&self, other: &Origin<'_>) -> bool {
        self.scheme.eq_ignore_ascii_case(&other.scheme)
            && self.host.name == other.host.name
            && (self.host.port == other.host.port || self.host.name.is_loopback())
    }
}

impl fmt::Display for OriginFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => f.write_str("an origin is `scheme://host` with an optional port"),
            Self::Path => f.write_str("an origin ends with its host or port, without a `/`"),
            Self::Host(fault) => fault.fmt(f),
        }
    }
}

/// Returns the port that `http` and `https` leave out.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    if scheme.eq_ignore_ascii_case("https") {
        Some(443)
    } else if scheme.eq_ignore_ascii_case("http") {
        Some(80)
    } else {
        None
    }
}

/// RFC 3986 §3.1. Extensions and webviews have schemes of their own.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}
