//! Where a charger is reached, as a URL.

use std::fmt;
use std::str::FromStr;

/// The TCP port of a Duosida wallbox when the address names none.
pub const DUOSIDA_PORT: u16 = 9988;

const DUOSIDA_SCHEME: &str = "duosida://";

/// Where a charger is reached. Parsing and printing are inverse.
///
/// | form | protocol |
/// | --- | --- |
/// | `duosida://HOST[:PORT]` | Duosida over TCP, port 9988 when absent |
///
/// An IPv6 host stands in brackets: `duosida://[fd00::7]:9988`.
///
/// ```
/// use evse::Address;
///
/// let address: Address = "duosida://192.0.2.7".parse()?;
/// assert_eq!(address, Address::duosida("192.0.2.7", 9988));
/// assert_eq!(address.to_string(), "duosida://192.0.2.7");
/// # Ok::<(), evse::AddressError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Address {
    /// A Duosida wallbox.
    Duosida {
        /// Name or IP address, an IPv6 address without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
}

impl Address {
    /// The address of a Duosida wallbox.
    pub fn duosida(host: impl Into<String>, port: u16) -> Self {
        Self::Duosida {
            host: host.into(),
            port,
        }
    }

    /// The host name or IP address.
    pub fn host(&self) -> &str {
        match self {
            Self::Duosida { host, .. } => host,
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Duosida { port, .. } => *port,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duosida { host, port } => {
                f.write_str(DUOSIDA_SCHEME)?;
                if host.contains(':') {
                    write!(f, "[{host}]")?;
                } else {
                    f.write_str(host)?;
                }
                if *port != DUOSIDA_PORT {
                    write!(f, ":{port}")?;
                }
                Ok(())
            }
        }
    }
}

/// Why a text is not an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It does not begin with a protocol that we speak.
    #[error("`{0}` does not begin with a known protocol, expected duosida://HOST[:PORT]")]
    Scheme(String),
    /// The host is missing or holds characters that no host has.
    #[error("`{0}` names no host, expected duosida://HOST[:PORT]")]
    Host(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{0}` has no usable port, expected a number from 1 to 65535")]
    Port(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text
            .strip_prefix(DUOSIDA_SCHEME)
            .ok_or_else(|| AddressError::Scheme(text.to_owned()))?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = split_port(rest).ok_or_else(|| AddressError::Host(text.to_owned()))?;
        if host.is_empty() || !host.chars().all(is_host_character) {
            return Err(AddressError::Host(text.to_owned()));
        }
        let port = match port {
            None => DUOSIDA_PORT,
            Some(digits) => {
                parse_port(digits).ok_or_else(|| AddressError::Port(text.to_owned()))?
            }
        };
        Ok(Self::duosida(host, port))
    }
}

/// Host (without brackets) and port text, or `None` when brackets or colons do not fit.
fn split_port(rest: &str) -> Option<(&str, Option<&str>)> {
    if let Some(inner) = rest.strip_prefix('[') {
        let (host, after) = inner.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        return match after.strip_prefix(':') {
            Some(port) => Some((host, Some(port))),
            None => after.is_empty().then_some((host, None)),
        };
    }
    match rest.split_once(':') {
        Some((_, port)) if port.contains(':') => None,
        Some((host, port)) => Some((host, Some(port))),
        None => Some((rest, None)),
    }
}

fn is_host_character(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':')
}

fn parse_port(digits: &str) -> Option<u16> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok().filter(|port| *port != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, host: &str, port: u16, printed: &str) {
        let address: Address = text.parse().expect(text);
        assert_eq!(address, Address::duosida(host, port), "{text}");
        assert_eq!(address.to_string(), printed, "{text}");
        assert_eq!(printed.parse(), Ok(address), "{text}");
    }

    #[test]
    fn parsing_and_printing_are_inverse() {
        check(
            "duosida://192.0.2.7",
            "192.0.2.7",
            9988,
            "duosida://192.0.2.7",
        );
        check(
            "duosida://192.0.2.7:9988",
            "192.0.2.7",
            9988,
            "duosida://192.0.2.7",
        );
        check(
            "duosida://box.lan:10000",
            "box.lan",
            10_000,
            "duosida://box.lan:10000",
        );
        check("duosida://box.lan/", "box.lan", 9988, "duosida://box.lan");
        check(
            "duosida://[fd00::7]",
            "fd00::7",
            9988,
            "duosida://[fd00::7]",
        );
        check(
            "duosida://[fd00::7]:1",
            "fd00::7",
            1,
            "duosida://[fd00::7]:1",
        );
    }

    #[test]
    fn nonsense_is_named() {
        let kind = |text: &str| match text.parse::<Address>() {
            Err(AddressError::Scheme(_)) => "scheme",
            Err(AddressError::Host(_)) => "host",
            Err(AddressError::Port(_)) => "port",
            Ok(_) => "ok",
        };
        for (text, expected) in [
            ("", "scheme"),
            ("192.0.2.7", "scheme"),
            ("http://192.0.2.7", "scheme"),
            ("duosida://", "host"),
            ("duosida://:9988", "host"),
            ("duosida://fd00::7", "host"),
            ("duosida://[fd00::7", "host"),
            ("duosida://[fd00::7]x", "host"),
            ("duosida://[box]", "host"),
            ("duosida://a b", "host"),
            ("duosida://box:", "port"),
            ("duosida://box:0", "port"),
            ("duosida://box:+1", "port"),
            ("duosida://box:65536", "port"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
