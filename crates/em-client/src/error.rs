//! What can go wrong, with the charger and what to try.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddrV4},
    path::PathBuf,
    time::Duration,
};

use emproto::{
    Serial,
    session::{RequestError, RequestFailure},
};

/// A charger, as errors and logs name it: by the last four digits of its serial, and its address.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer {
    /// Its serial number. Personal: keep it out of logs.
    pub serial: Serial,
    /// Where it was last.
    pub address: Option<SocketAddrV4>,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [.., a, b] = self.serial.0;
        write!(f, "…{a:02x}{b:02x}")?;
        self.address
            .map_or(Ok(()), |address| write!(f, " at {address}"))
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Peer({self})")
    }
}

/// Whom to wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whom {
    /// Any charger.
    Any,
    /// The one with this serial number.
    Serial(Serial),
    /// One at this address.
    Ip(Ipv4Addr),
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Any => f.write_str("any charger"),
            Self::Serial(serial) => {
                let address = None;
                write!(f, "the charger {}", Peer { serial, address })
            }
            Self::Ip(ip) => write!(f, "a charger at {ip}"),
        }
    }
}

/// Why a charger cannot be reached or did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Another program has the port.
    #[error(
        "UDP port {port} is taken, and chargers answer to no other: only one program on this machine can talk to them; \
         end the other one (another evse command, an EVSEMaster or Besen integration of Home Assistant, evcc)"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// The socket cannot be opened for another reason.
    #[error("cannot open UDP {address}: {kind}; check the address and this program's permissions")]
    Bind {
        /// The address.
        address: SocketAddrV4,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The communicator was not started, or was stopped meanwhile. A request that was on its way may have been carried
    /// out.
    #[error("the communicator is not running; start it, then ask the charger for its state")]
    NotRunning,
    /// Nothing was heard in time.
    #[error(
        "{whom} was not heard within {} s; check power, network and firewall (UDP port {port} must be open){}; broadcasts \
         do not cross VLANs and container bridges, there give the address", (waited.as_secs_f32() * 10.0).round() / 10.0, unsent(*not_sent)
    )]
    NotHeard {
        /// Whom it was waited for.
        whom: Whom,
        /// How long.
        waited: Duration,
        /// Where it was listened.
        port: u16,
        /// What the operating system said, if nothing could be sent lately: to the charger's address, or by broadcast to
        /// any network.
        not_sent: Option<io::ErrorKind>,
    },
    /// No known charger fits.
    #[error("no known charger has {filter:?} in its serial, brand, model or name")]
    NoMatch {
        /// What was looked for.
        filter: String,
    },
    /// More than one known charger fits.
    #[error(
        "{count} known chargers have {filter:?} in their serial, brand, model or name; say more"
    )]
    Ambiguous {
        /// What was looked for.
        filter: String,
        /// How many fit.
        count: usize,
    },
    /// The request cannot be sent; nothing was.
    #[error("{source}; nothing was sent to the charger {charger}")]
    NotSent {
        /// The charger.
        charger: Peer,
        /// Why.
        source: RequestError,
    },
    /// The request did not work, or it is not known whether it did.
    #[error("the charger {charger} did not do it: {source}")]
    Failed {
        /// The charger.
        charger: Peer,
        /// Why.
        source: RequestFailure,
    },
    /// The operating system does not send to the charger.
    #[error("cannot send to the charger {charger}: {kind}; check network and firewall")]
    Unreachable {
        /// The charger.
        charger: Peer,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The file of chargers cannot be read or written.
    #[error("cannot use the file {}: {kind}; check path and permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// The chargers to load are no JSON that emproto would take.
    #[error("cannot load chargers: {source}; expected is an array as emproto writes it")]
    Json {
        /// What is wrong.
        #[from]
        source: JsonError,
    },
}

/// Why a text holds no chargers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It is no JSON.
    #[error("no JSON at line {line}, column {column}")]
    Syntax {
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// It is neither an array nor an object.
    #[error("neither an array nor an object")]
    NoChargers,
}

impl From<serde_json::Error> for JsonError {
    /// The text may hold PINs: only the place is kept.
    fn from(error: serde_json::Error) -> Self {
        Self::Syntax {
            line: error.line(),
            column: error.column(),
        }
    }
}

fn unsent(kind: Option<io::ErrorKind>) -> String {
    kind.map_or_else(String::new, |kind| format!(", sending failed with: {kind}"))
}
