//! Refuses requests whose `Host` or `Origin` is not allowed.
//!
//! A page in a browser can reach a server on the loopback: directly, or by pointing its own domain
//! name at 127.0.0.1 (DNS rebinding). The direct request carries the page's `Origin`, the rebound
//! one carries the page's `Host` and an `Origin` equal to it. So an origin is never allowed for
//! equalling the `Host` of its own request, only for equalling one that the app has allowed.

use std::{error, fmt};

use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode, Version,
    header::{HOST, ORIGIN},
    request::Parts,
};

use super::{
    host::{Host, HostFault, HostPattern},
    origin::{Origin, OriginFault, default_port},
};

/// Which hosts and origins may reach an endpoint.
#[derive(Clone, Debug)]
#[must_use]
pub(crate) struct Guard {
    any_host: bool,
    hosts: Vec<HostPattern>,
    origins: Vec<Origin<'static>>,
}

/// An entry of an allow list that is not a host or an origin.
#[derive(Debug)]
pub(crate) enum GuardConfigError {
    /// `*`, which is not spelled as a host.
    EveryHost,
    /// Not a host.
    Host {
        /// The entry, shortened.
        value: String,
        /// What is wrong with it.
        fault: HostFault,
    },
    /// Not an origin.
    Origin {
        /// The entry, shortened.
        value: String,
        /// What is wrong with it.
        fault: OriginFault,
    },
}

/// Why a request may not reach the endpoint.
#[derive(Debug)]
pub(crate) enum GuardRefusal {
    /// Neither `Host` nor, in HTTP/2, `:authority`.
    HostMissing,
    /// More than one `Host`.
    HostRepeated,
    /// A `Host` or `:authority` that is no host.
    HostMalformed {
        /// What was sent, shortened.
        host: String,
        /// What is wrong with it.
        fault: HostFault,
    },
    /// `Host` and the authority of the request target name different hosts.
    HostsDisagree {
        /// The header, shortened.
        host: String,
        /// The target's authority, shortened.
        authority: String,
    },
    /// A host that the app has not allowed.
    HostNotAllowed {
        /// What was sent, shortened.
        host: String,
    },
    /// More than one `Origin`.
    OriginRepeated,
    /// `Origin: null`, which every sandboxed frame can send.
    OriginNull,
    /// An `Origin` that is no origin.
    OriginMalformed {
        /// What was sent, shortened.
        origin: String,
        /// What is wrong with it.
        fault: OriginFault,
    },
    /// An origin that the app has not allowed.
    OriginNotAllowed {
        /// What was sent, shortened.
        origin: String,
    },
    /// A browser says another site caused the request, but not which.
    CrossSite,
}

static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

impl Guard {
    /// Creates a guard that allows the names of the loopback, on any port.
    pub(crate) fn loopback() -> Self {
        Self {
            any_host: false,
            hosts: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// Allows hosts beside the loopback: `name`, `name:port`, `*.name` or an address.
    ///
    /// # Errors
    ///
    /// Returns the first entry that is not a host.
    pub(crate) fn allowed_hosts<I, S>(mut self, hosts: I) -> Result<Self, GuardConfigError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        for host in hosts {
            let host = host.as_ref();
            if host == "*" {
                return Err(GuardConfigError::EveryHost);
            }
            let pattern = HostPattern::parse(host).map_err(|fault| GuardConfigError::Host {
                value: shown(host.as_bytes()),
                fault,
            })?;
            self.hosts.push(pattern);
        }
        Ok(self)
    }

    /// Allows every well-formed host, and with it only those origins that are listed.
    pub(crate) fn any_host(mut self) -> Self {
        self.any_host = true;
        self
    }

    /// Allows origins beside those of the allowed hosts: `scheme://host` with an optional port.
    ///
    /// # Errors
    ///
    /// Returns the first entry that is not an origin.
    pub(crate) fn allowed_origins<I, S>(mut self, origins: I) -> Result<Self, GuardConfigError>
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        for origin in origins {
            let origin = origin.as_ref();
            let parsed = Origin::parse(origin).map_err(|fault| GuardConfigError::Origin {
                value: shown(origin.as_bytes()),
                fault,
            })?;
            self.origins.push(parsed.into_owned());
        }
        Ok(self)
    }

    /// Refuses the request unless its host and its origin are allowed.
    ///
    /// # Errors
    ///
    /// Returns what is wrong, with the status and the sentence to answer.
    pub(crate) fn check(&self, parts: &Parts) -> Result<(), GuardRefusal> {
        self.check_host(parts)?;
        self.check_origin(&parts.headers)
    }

    /// Refuses the request unless its host is allowed.
    pub(crate) fn check_host(&self, parts: &Parts) -> Result<(), GuardRefusal> {
        let (host, sent) = requested_host(parts)?;
        if !self.any_host && !self.names_host(&host) {
            return Err(GuardRefusal::HostNotAllowed { host: shown(sent) });
        }
        Ok(())
    }

    /// Returns whether a page of this origin is let in.
    pub(crate) fn allows_page(&self, origin: &HeaderValue) -> bool {
        read_page(origin).is_some_and(|origin| self.allows_origin(&origin))
    }

    /// Returns whether the app has named this origin, and not only a host that it equals.
    pub(crate) fn names_page(&self, origin: &HeaderValue) -> bool {
        read_page(origin).is_some_and(|origin| self.names_origin(&origin))
    }

    fn check_origin(&self, headers: &HeaderMap) -> Result<(), GuardRefusal> {
        let mut origins = headers.get_all(ORIGIN).iter();
        let Some(origin) = origins.next() else {
            return check_fetch_site(headers);
        };
        if origins.next().is_some() {
            return Err(GuardRefusal::OriginRepeated);
        }
        let sent = origin.as_bytes();
        if sent == b"null" {
            return Err(GuardRefusal::OriginNull);
        }
        let origin = std::str::from_utf8(sent)
            .map_err(|_| OriginFault::Host(HostFault::Character))
            .and_then(Origin::parse)
            .map_err(|fault| GuardRefusal::OriginMalformed {
                origin: shown(sent),
                fault,
            })?;
        if self.allows_origin(&origin) {
            return Ok(());
        }
        Err(GuardRefusal::OriginNotAllowed {
            origin: shown(sent),
        })
    }

    fn names_host(&self, host: &Host<'_>) -> bool {
        host.name.is_loopback() || self.hosts.iter().any(|pattern| pattern.matches(host))
    }

    fn names_origin(&self, origin: &Origin<'_>) -> bool {
        self.origins.iter().any(|allowed| allowed.matches(origin))
    }

    fn allows_origin(&self, origin: &Origin<'_>) -> bool {
        if self.names_origin(origin) {
            return true;
        }
        // Under `any_host` a rebound name is an allowed host, so the hosts say nothing of origins.
        !self.any_host && origin.web_host().is_some_and(|host| self.names_host(host))
    }
}

impl GuardRefusal {
    /// Returns the status to answer: 400 for a host that cannot be read, 403 for all others.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::HostMissing
            | Self::HostRepeated
            | Self::HostMalformed { .. }
            | Self::HostsDisagree { .. } => StatusCode::BAD_REQUEST,
            Self::HostNotAllowed { .. }
            | Self::OriginRepeated
            | Self::OriginNull
            | Self::OriginMalformed { .. }
            | Self::OriginNotAllowed { .. }
            | Self::CrossSite => StatusCode::FORBIDDEN,
        }
    }
}

impl fmt::Display for GuardRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostMissing => f.write_str("no `Host` header; send exactly one"),
            Self::HostRepeated => f.write_str("more than one `Host` header; send exactly one"),
            Self::HostMalformed { host, fault } => write!(f, "host `{host}` is malformed; {fault}"),
            Self::HostsDisagree { host, authority } => write!(
                f,
                "host `{host}` is not the `{authority}` of the request target; send the same in both"
            ),
            Self::HostNotAllowed { host } => write!(
                f,
                "host `{host}` is not allowed; \
                 add it with `McpService::builder(..).allowed_hosts([\"{host}\"])`"
            ),
            Self::OriginRepeated => f.write_str("more than one `Origin` header; send at most one"),
            Self::OriginNull => f.write_str(
                "origin `null` is never allowed; serve the page from an origin of its own \
                 and add that with `McpService::builder(..).allowed_origins([..])`",
            ),
            Self::OriginMalformed { origin, fault } => {
                write!(f, "origin `{origin}` is malformed; {fault}")
            }
            Self::OriginNotAllowed { origin } => write!(
                f,
                "origin `{origin}` is not allowed; \
                 add it with `McpService::builder(..).allowed_origins([\"{origin}\"])`"
            ),
            Self::CrossSite => f.write_str(
                "a `Sec-Fetch-Site: cross-site` request without `Origin` is not allowed; send `Origin` \
                 and add it with `McpService::builder(..).allowed_origins([..])`",
            ),
        }
    }
}

impl error::Error for GuardRefusal {}

impl fmt::Display for GuardConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EveryHost => {
                f.write_str("`*` is not a host; call `.any_host()` to allow every host")
            }
            Self::Host { value, fault } => write!(f, "`{value}` is not a host; {fault}"),
            Self::Origin { value, fault } => write!(f, "`{value}` is not an origin; {fault}"),
        }
    }
}

impl error::Error for GuardConfigError {}

/// Returns the one host the request names, and the bytes that spelled it.
fn requested_host(parts: &Parts) -> Result<(Host<'_>, &[u8]), GuardRefusal> {
    let mut headers = parts.headers.get_all(HOST).iter();
    let header = headers.next().map(HeaderValue::as_bytes);
    if headers.next().is_some() {
        return Err(GuardRefusal::HostRepeated);
    }
    let authority = parts
        .uri
        .authority()
        .map(|authority| authority.as_str().as_bytes());
    match (header, authority) {
        (Some(header), None) => Ok((read_host(header)?, header)),
        // RFC 9112 §3.2: HTTP/1.1 needs the header, even beside an absolute target.
        (None, Some(authority)) if parts.version >= Version::HTTP_2 => {
            Ok((read_host(authority)?, authority))
        }
        (None, _) => Err(GuardRefusal::HostMissing),
        (Some(header), Some(authority)) => {
            let (host, target) = (read_host(header)?, read_host(authority)?);
            let default = parts.uri.scheme_str().and_then(default_port);
            if host.name == target.name && host.port.or(default) == target.port.or(default) {
                return Ok((host, header));
            }
            Err(GuardRefusal::HostsDisagree {
                host: shown(header),
                authority: shown(authority),
            })
        }
    }
}

fn read_host(sent: &[u8]) -> Result<Host<'_>, GuardRefusal> {
    std::str::from_utf8(sent)
        .map_err(|_| HostFault::Character)
        .and_then(Host::parse)
        .map_err(|fault| GuardRefusal::HostMalformed {
            host: shown(sent),
            fault,
        })
}

fn read_page(origin: &HeaderValue) -> Option<Origin<'_>> {
    let origin = std::str::from_utf8(origin.as_bytes()).ok()?;
    Origin::parse(origin).ok()
}

/// A simple cross-site request may carry no `Origin`; the browser still says where it comes from.
fn check_fetch_site(headers: &HeaderMap) -> Result<(), GuardRefusal> {
    let is_cross_site = |site: &HeaderValue| site.as_bytes().eq_ignore_ascii_case(b"cross-site");
    if headers.get_all(&SEC_FETCH_SITE).iter().any(is_cross_site) {
        return Err(GuardRefusal::CrossSite);
    }
    Ok(())
}

/// Returns what was sent in a form fit for a message: short, and without control characters.
fn shown(sent: &[u8]) -> String {
    const CHARS: usize = 100;
    // A character has at most four bytes, so the rest of a long value need not be decoded.
    let start = sent.get(..CHARS * 4).unwrap_or(sent);
    let visible = |c: char| c.is_alphanumeric() || c.is_ascii_graphic() || c == ' ';
    let replace = |c| {
        if visible(c) {
            c
        } else {
            char::REPLACEMENT_CHARACTER
        }
    };
    String::from_utf8_lossy(start)
        .chars()
        .take(CHARS)
        .map(replace)
        .collect()
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
