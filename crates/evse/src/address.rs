//! Where a charger is reached, as a URL.

use std::fmt;
#[cfg(feature = "twc")]
use std::fs;
#[cfg(feature = "twc")]
use std::path::PathBuf;
use std::str::FromStr;

#[cfg(feature = "em")]
use em_client::proto::Serial;
#[cfg(feature = "twc")]
use twc_director::proto::Address as Unit;

use crate::model::Protocol;

/// The TCP port of a Duosida wallbox when the address names none.
pub const DUOSIDA_PORT: u16 = 9988;

const DUOSIDA_SCHEME: &str = "duosida://";
const EM_SCHEME: &str = "em://";
#[cfg(feature = "twc")]
const TWC_SCHEME: &str = "twc://";

/// The forms of an address, for errors.
const FORMS: &str = "duosida://HOST[:PORT], em://HOST[:PORT], em://SERIAL, twc:///dev/PORT[#ID] or twc://HOST:PORT[#ID]";

/// Where a charger is reached. Parsing and printing are inverse.
///
/// | form | protocol |
/// | --- | --- |
/// | `duosida://HOST[:PORT]` | Duosida over TCP, port 9988 when absent |
/// | `em://HOST[:PORT]` | EVSEMaster over UDP; the port is the charger's own, which it tells when it is heard |
/// | `em://SERIAL` | the same, wherever the charger is; a serial number has 16 hexadecimal digits |
/// | `twc:///dev/ttyUSB0[#ID]` | Tesla Gen2 on the bus at a serial port; the unit with this id, four hexadecimal digits |
/// | `twc://HOST:PORT[#ID]` | the same over a gateway that passes raw bytes |
///
/// An IPv6 host stands in brackets: `duosida://[fd00::7]:9988`. A host whose name looks like a serial number needs its
/// port.
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
    /// The EVSEMaster charger at a place.
    Em {
        /// Name or IP address.
        host: String,
        /// UDP port that the charger sends from; `None` while it is not known.
        port: Option<u16>,
    },
    /// The EVSEMaster charger with this serial number.
    #[cfg(feature = "em")]
    EmSerial(Serial),
    /// A Tesla Gen2 unit on its bus, or the one unit there.
    #[cfg(feature = "twc")]
    Twc {
        /// The serial port's path, or `HOST:PORT` of a gateway.
        port: String,
        /// The unit's id on the bus; `None` where there is one unit only, or all are meant.
        unit: Option<Unit>,
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

    /// The address of an EVSEMaster charger at a place.
    pub fn em(host: impl Into<String>, port: Option<u16>) -> Self {
        Self::Em {
            host: host.into(),
            port,
        }
    }

    /// The address of a Tesla Gen2 unit on the bus at a serial port's path or a gateway's `HOST:PORT`.
    #[cfg(feature = "twc")]
    pub fn twc(port: impl Into<String>, unit: Option<Unit>) -> Self {
        Self::Twc {
            port: port.into(),
            unit,
        }
    }

    /// The protocol that is spoken there.
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Duosida { .. } => Protocol::Duosida,
            Self::Em { .. } => Protocol::Em,
            #[cfg(feature = "em")]
            Self::EmSerial(_) => Protocol::Em,
            #[cfg(feature = "twc")]
            Self::Twc { .. } => Protocol::Twc,
        }
    }

    /// Whether both are units on one bus, which may have several names, such as `/dev/ttyUSB0` and a link in
    /// `/dev/serial/by-id`.
    pub fn shares_bus_with(&self, other: &Self) -> bool {
        match (self, other) {
            #[cfg(feature = "twc")]
            (Self::Twc { port: one, .. }, Self::Twc { port: other, .. }) => {
                bus_key(one) == bus_key(other)
            }
            _ => false,
        }
    }

    /// The host name or IP address of the charger, where it has one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Duosida { host, .. } | Self::Em { host, .. } => Some(host),
            #[cfg(feature = "em")]
            Self::EmSerial(_) => None,
            #[cfg(feature = "twc")]
            Self::Twc { .. } => None,
        }
    }
}

/// The same for every name of a serial port: the path that links lead to. What is no path here stays as it is.
#[cfg(feature = "twc")]
pub(crate) fn bus_key(port: &str) -> PathBuf {
    fs::canonicalize(port).unwrap_or_else(|_| port.into())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, host, port) = match self {
            Self::Duosida { host, port } => {
                let port = Some(*port).filter(|port| *port != DUOSIDA_PORT);
                (DUOSIDA_SCHEME, host, port)
            }
            Self::Em { host, port } => (EM_SCHEME, host, *port),
            #[cfg(feature = "em")]
            Self::EmSerial(serial) => return write!(f, "{EM_SCHEME}{serial}"),
            #[cfg(feature = "twc")]
            Self::Twc { port, unit } => {
                write!(f, "{TWC_SCHEME}{port}")?;
                return unit.map_or(Ok(()), |unit| write!(f, "#{unit}"));
            }
        };
        f.write_str(scheme)?;
        if host.contains(':') {
            write!(f, "[{host}]")?;
        } else {
            f.write_str(host)?;
        }
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// Why a text is not an [`Address`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// It does not begin with a protocol that we speak.
    #[error("`{0}` does not begin with a known protocol, expected {FORMS}")]
    Scheme(String),
    /// The host is missing or holds characters that no host has.
    #[error("`{0}` names no host, expected {FORMS}")]
    Host(String),
    /// The port is not a number from 1 to 65535.
    #[error("`{0}` has no usable port, expected a number from 1 to 65535")]
    Port(String),
    /// What follows `#` is no id on a bus.
    #[error("`{0}` names no unit, expected four hexadecimal digits after #, such as #3495")]
    Unit(String),
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(rest) = text.strip_prefix(DUOSIDA_SCHEME) {
            let (host, port) = host_and_port(text, rest)?;
            return Ok(Self::duosida(host, port.unwrap_or(DUOSIDA_PORT)));
        }
        #[cfg(feature = "twc")]
        if let Some(rest) = text.strip_prefix(TWC_SCHEME) {
            return bus(text, rest);
        }
        let Some(rest) = text.strip_prefix(EM_SCHEME) else {
            return Err(AddressError::Scheme(text.to_owned()));
        };
        #[cfg(feature = "em")]
        if let Ok(serial) = rest.strip_suffix('/').unwrap_or(rest).parse() {
            return Ok(Self::EmSerial(serial));
        }
        let (host, port) = host_and_port(text, rest)?;
        Ok(Self::em(host, port))
    }
}

/// The serial port or gateway, and the unit, in `rest`, which follows the scheme in `text`.
#[cfg(feature = "twc")]
fn bus(text: &str, rest: &str) -> Result<Address, AddressError> {
    let (place, unit) = match rest.rsplit_once('#') {
        Some((place, unit)) => {
            let unit = unit.parse();
            let unit = unit.map_err(|_| AddressError::Unit(text.to_owned()))?;
            (place, Some(unit))
        }
        None => (rest, None),
    };
    if place.starts_with('/') {
        return match place.len() {
            1 => Err(AddressError::Host(text.to_owned())),
            _ => Ok(Address::twc(place, unit)),
        };
    }
    let (_, port) = host_and_port(text, place)?;
    // No port is usual for gateways, so there is no default.
    port.ok_or_else(|| AddressError::Port(text.to_owned()))?;
    Ok(Address::twc(place.strip_suffix('/').unwrap_or(place), unit))
}

/// The host and port in `rest`, which follows the scheme in `text`.
fn host_and_port<'a>(text: &str, rest: &'a str) -> Result<(&'a str, Option<u16>), AddressError> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, port) = split_port(rest).ok_or_else(|| AddressError::Host(text.to_owned()))?;
    if host.is_empty() || !host.chars().all(is_host_character) {
        return Err(AddressError::Host(text.to_owned()));
    }
    let port = port
        .map(|digits| parse_port(digits).ok_or_else(|| AddressError::Port(text.to_owned())))
        .transpose()?;
    Ok((host, port))
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
        check_address(text, &Address::duosida(host, port), printed);
    }

    #[track_caller]
    fn check_address(text: &str, expected: &Address, printed: &str) {
        let address: Address = text.parse().expect(text);
        assert_eq!(address, *expected, "{text}");
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

    #[cfg(feature = "em")]
    #[test]
    fn em_addresses_name_a_place_or_a_serial() {
        let serial = Address::EmSerial("9181102751219513".parse().expect("a serial"));
        for (text, expected, printed) in [
            (
                "em://192.0.2.8",
                Address::em("192.0.2.8", None),
                "em://192.0.2.8",
            ),
            (
                "em://garage.lan:7248/",
                Address::em("garage.lan", Some(7248)),
                "em://garage.lan:7248",
            ),
            (
                "em://9181102751219513",
                serial.clone(),
                "em://9181102751219513",
            ),
            ("em://9181102751219513/", serial, "em://9181102751219513"),
            (
                "em://9181102751219513:7248",
                Address::em("9181102751219513", Some(7248)),
                "em://9181102751219513:7248",
            ),
            (
                "em://918110275121951",
                Address::em("918110275121951", None),
                "em://918110275121951",
            ),
        ] {
            check_address(text, &expected, printed);
        }
        let upper = "em://918110275121ABCD"
            .parse()
            .map(|address: Address| address.to_string());
        assert_eq!(upper.as_deref(), Ok("em://918110275121abcd"));
        let shown = format!("{:?}", "em://9181102751219513".parse::<Address>());
        assert!(!shown.contains("9181102751219513"), "{shown}");
    }

    #[cfg(feature = "twc")]
    #[test]
    fn twc_addresses_name_a_bus_and_perhaps_a_unit() {
        for (text, port, unit, printed) in [
            (
                "twc:///dev/ttyUSB0",
                "/dev/ttyUSB0",
                None,
                "twc:///dev/ttyUSB0",
            ),
            (
                "twc:///dev/ttyUSB0#f00d",
                "/dev/ttyUSB0",
                Some(Unit(0xF00D)),
                "twc:///dev/ttyUSB0#F00D",
            ),
            (
                "twc://gateway.lan:4001/",
                "gateway.lan:4001",
                None,
                "twc://gateway.lan:4001",
            ),
            (
                "twc://[fd00::7]:4001#3495",
                "[fd00::7]:4001",
                Some(Unit(0x3495)),
                "twc://[fd00::7]:4001#3495",
            ),
        ] {
            check_address(text, &Address::twc(port, unit), printed);
        }
    }

    #[test]
    fn nonsense_is_named() {
        let kind = |text: &str| match text.parse::<Address>() {
            Err(AddressError::Scheme(_)) => "scheme",
            Err(AddressError::Host(_)) => "host",
            Err(AddressError::Port(_)) => "port",
            Err(AddressError::Unit(_)) => "unit",
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
            ("em://", "host"),
            ("em://:7248", "host"),
            ("em://a b", "host"),
            ("em://box:0", "port"),
            ("9181102751219513", "scheme"),
            ("twc://", "host"),
            ("twc:///", "host"),
            ("twc://gateway", "port"),
            ("twc://gateway:0", "port"),
            ("twc:///dev/ttyUSB0#", "unit"),
            ("twc:///dev/ttyUSB0#349", "unit"),
            ("twc:///dev/ttyUSB0#+495", "unit"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }
}
