//! Reads a host and port: one strict parser for `Host`, `:authority`, origins and allow lists.
//!
//! A guard whose parser is more forgiving than the next one can be talked past. So every name has
//! one reading here, and a spelling that two parsers could read differently is refused.

use std::{
    borrow::Cow,
    fmt,
    net::{Ipv4Addr, Ipv6Addr},
};

/// A host with an optional port, as a request or an allow list spells it.
#[derive(Clone, Debug)]
pub(crate) struct Host<'a> {
    /// The name or address.
    pub(crate) name: Name<'a>,
    /// The port, when it was spelled.
    pub(crate) port: Option<u16>,
}

/// A domain name or an address; two spellings of one name are equal.
#[derive(Clone, Debug)]
pub(crate) enum Name<'a> {
    /// A domain name without its trailing dot, in the case it was sent.
    Domain(Cow<'a, str>),
    /// Four decimal numbers.
    V4(Ipv4Addr),
    /// An address that was spelled in brackets.
    V6(Ipv6Addr),
}

/// An entry of the list of allowed hosts: a [`Host`], or every subdomain of one.
#[derive(Clone, Debug)]
pub(crate) struct HostPattern {
    host: Host<'static>,
    subdomains: bool,
}

/// Why a text is not a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostFault {
    /// There is no name.
    Empty,
    /// A byte that no name contains.
    Character,
    /// An empty label, or a length that DNS does not carry.
    Label,
    /// An address in a form other than the canonical ones.
    Address,
    /// A port that is not a plain number.
    Port,
}

impl<'a> Host<'a> {
    /// Parses `name`, `name:port`, `[v6]` or `[v6]:port`.
    pub(crate) fn parse(text: &'a str) -> Result<Self, HostFault> {
        if let Some(bracketed) = text.strip_prefix('[') {
            let (address, rest) = bracketed.split_once(']').ok_or(HostFault::Address)?;
            let address = address.parse().map_err(|_| HostFault::Address)?;
            let port = match rest.strip_prefix(':') {
                Some(digits) => Some(parse_port(digits)?),
                None if rest.is_empty() => None,
                None => return Err(HostFault::Character),
            };
            return Ok(Self {
                name: Name::V6(address),
                port,
            });
        }
        let Some((name, digits)) = text.split_once(':') else {
            return Ok(Self {
                name: Name::parse(text)?,
                port: None,
            });
        };
        if digits.contains(':') {
            return Err(HostFault::Address);
        }
        Ok(Self {
            name: Name::parse(name)?,
            port: Some(parse_port(digits)?),
        })
    }

    /// Copies the name, so that it outlives the request.
    pub(crate) fn into_owned(self) -> Host<'static> {
        let name = match self.name {
            Name::Domain(domain) => Name::Domain(Cow::Owned(domain.into_owned())),
            Name::V4(address) => Name::V4(address),
            Name::V6(address) => Name::V6(address),
        };
        Host {
            name,
            port: self.port,
        }
    }
}

impl<'a> Name<'a> {
    fn parse(text: &'a str) -> Result<Self, HostFault> {
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(HostFault::Empty);
        }
        if !text.bytes().all(is_name_byte) {
            return Err(HostFault::Character);
        }
        let is_label = |label: &str| (1..=63).contains(&label.len());
        if text.len() > 253 || !text.split('.').all(is_label) {
            return Err(HostFault::Label);
        }
        if ends_in_a_number(text) {
            return text.parse().map(Self::V4).map_err(|_| HostFault::Address);
        }
        Ok(Self::Domain(Cow::Borrowed(text)))
    }

    /// Returns whether this name can only mean the machine itself.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Domain(domain) => domain.eq_ignore_ascii_case("localhost"),
            Self::V4(address) => address.is_loopback(),
            Self::V6(address) => address.is_loopback(),
        }
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Name<'_>) -> bool {
        match (self, other) {
            (Self::Domain(one), Name::Domain(two)) => one.eq_ignore_ascii_case(two),
            (Self::V4(one), Name::V4(two)) => one == two,
            (Self::V6(one), Name::V6(two)) => one == two,
            (Self::Domain(_) | Self::V4(_) | Self::V6(_), _) => false,
        }
    }
}

impl Eq for Name<'_> {}

impl HostPattern {
    /// Parses a host, or `*.` followed by a domain name.
    pub(crate) fn parse(text: &str) -> Result<Self, HostFault> {
        let (text, subdomains) = match text.strip_prefix("*.") {
            Some(parent) => (parent, true),
            None => (text, false),
        };
        let host = Host::parse(text)?.into_owned();
        if subdomains && !matches!(host.name, Name::Domain(_)) {
            return Err(HostFault::Address);
        }
        Ok(Self { host, subdomains })
    }

    /// Returns whether `host` is one this entry allows.
    pub(crate) fn matches(&self, host: &Host<'_>) -> bool {
        let name_matches = if self.subdomains {
            is_subdomain(&host.name, &self.host.name)
        } else {
            host.name == self.host.name
        };
        name_matches && self.port_matches(host.port)
    }

    fn port_matches(&self, port: Option<u16>) -> bool {
        match (self.host.port, port) {
            (None, _) => true,
            (Some(allowed), Some(port)) => allowed == port,
            // Clients leave out the default port, and behind a proxy that ends TLS the scheme they
            // used is not known here.
            (Some(allowed), None) => matches!(allowed, 80 | 443),
        }
    }
}

impl fmt::Display for HostFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it has no name",
            Self::Character => {
                "a host is ASCII letters, digits, `-`, `_` and `.` with an optional port; it has no \
                 scheme, user or path, and an international name is spelled in punycode"
            }
            Self::Label => "labels have 1 to 63 characters and a name at most 253",
            Self::Address => "IPv4 is four decimal numbers and IPv6 stands in brackets",
            Self::Port => "a port is a number from 1 to 65535 without leading zeros",
        })
    }
}

fn parse_port(digits: &str) -> Result<u16, HostFault> {
    // `u16::from_str` would take `+80` and `0080` too.
    if !digits.starts_with(|first: char| matches!(first, '1'..='9')) {
        return Err(HostFault::Port);
    }
    digits.parse().map_err(|_| HostFault::Port)
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Returns whether browsers would read the name as an IPv4 address, in whichever notation.
fn ends_in_a_number(name: &str) -> bool {
    // WHATWG URL §Host parsing, "ends in a number": `127.1`, `0x7f.1` and `2130706433` are addresses.
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

fn is_subdomain(name: &Name<'_>, parent: &Name<'_>) -> bool {
    let (Name::Domain(name), Name::Domain(parent)) = (name, parent) else {
        return false;
    };
    let Some(cut) = name.len().checked_sub(parent.len()) else {
        return false;
    };
    match name.split_at_checked(cut) {
        Some((labels, tail)) => labels.ends_with('.') && tail.eq_ignore_ascii_case(parent),
        None => false,
    }
}
