//! Where a bus is: a serial device, or a gateway on the network.

use std::{
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

/// The serial ports of this machine; none where the system does not tell. None of them is opened.
pub fn serial_ports() -> Vec<String> {
    // Where Linux would list them; the library below panics when it cannot read it, such as in some containers.
    if cfg!(target_os = "linux") && Path::new("/sys/class/tty").read_dir().is_err() {
        return Vec::new();
    }
    let ports = tokio_serial::available_ports().unwrap_or_default();
    ports.into_iter().map(|port| port.port_name).collect()
}

/// Where the RS-485 line is.
///
/// A text with a port number and no slash is a gateway, anything else a device:
///
/// ```
/// use twc_director::Port;
///
/// assert!(matches!(Port::from("/dev/ttyUSB0"), Port::Serial(_)));
/// assert!(matches!(Port::from("COM3"), Port::Serial(_)));
/// assert!(matches!(Port::from("192.0.2.7:4196"), Port::Gateway { port: 4196, .. }));
/// assert!(matches!(Port::from("./twc:1"), Port::Serial(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// A serial device or pseudo terminal, by path or name.
    Serial(PathBuf),
    /// A gateway that passes raw bytes between TCP and the line. Set it to 9600 baud, 8 data bits, no parity, 1 stop bit.
    Gateway {
        /// Name or address; an IPv6 address without brackets.
        host: String,
        /// TCP port.
        port: u16,
    },
    /// A transport that the application gave to [`Director::attach`](crate::Director::attach).
    Attached,
}

impl Port {
    /// Whether bytes come over a network, late and in lumps.
    pub const fn is_gateway(&self) -> bool {
        matches!(self, Self::Gateway { .. })
    }
}

impl From<&str> for Port {
    fn from(text: &str) -> Self {
        gateway(text).unwrap_or_else(|| Self::Serial(text.into()))
    }
}

impl From<PathBuf> for Port {
    fn from(path: PathBuf) -> Self {
        Self::Serial(path)
    }
}

impl FromStr for Port {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

fn gateway(text: &str) -> Option<Port> {
    let (host, port) = text.rsplit_once(':')?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    // An IPv6 address needs its brackets: its last group would read as a port.
    let is_host = !host.is_empty() && (bare.is_some() || !host.contains([':', '/', '\\']));
    Some(Port::Gateway {
        host: bare.unwrap_or(host).to_owned(),
        port: port.parse().ok().filter(|_| is_host)?,
    })
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Serial(path) => path.display().fmt(f),
            Self::Gateway { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Gateway { host, port } => write!(f, "{host}:{port}"),
            Self::Attached => f.write_str("the attached transport"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    fn check(text: &str, expected: Option<(&str, u16)>) {
        let expected = expected.map_or_else(
            || Port::Serial(text.into()),
            |(host, port)| Port::Gateway {
                host: host.to_owned(),
                port,
            },
        );
        assert_eq!(Port::from(text), expected);
        assert_eq!(expected.to_string(), text);
    }

    #[test]
    fn gateways_and_devices_are_told_apart_and_print_as_they_were_given() {
        check("/dev/ttyUSB0", None);
        check("/dev/serial/by-id/usb-FTDI_1:0-if00", None);
        check("./twc:1", None);
        check("COM3", None);
        check(r"\\.\COM10", None);
        check(":4196", None);
        check("gateway:", None);
        check("gateway:70000", None);
        check("::1", None);
        check("gateway.local:4196", Some(("gateway.local", 4196)));
        check("192.0.2.7:26", Some(("192.0.2.7", 26)));
        check("[2001:db8::7]:26", Some(("2001:db8::7", 26)));
    }
}
