//! What can go wrong, with the port or the unit and what to try.

use std::{io, time::Duration};

use twc_proto::{
    Address,
    session::{RequestError, RequestFailure},
};

use crate::{Port, port::serial_ports};

/// Why a bus cannot be used, or a unit did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The system does not let this user open the device.
    #[error(
        "no permission to open {port}: add your user to the group that owns it, mostly dialout (`sudo usermod -aG dialout \
         $USER`), then log in again"
    )]
    Permission {
        /// The port.
        port: Port,
    },
    /// There is no such device.
    #[error("there is no {port}: check the adapter and its cable; {}", ports(seen))]
    NoSuchPort {
        /// The port.
        port: Port,
        /// The serial ports that there are.
        seen: Vec<String>,
    },
    /// Another program has the device.
    #[error(
        "{port} is held by another program: end it (another evse command, TWCManager, twc-director, ModemManager, a \
         console on this port)"
    )]
    Busy {
        /// The port.
        port: Port,
    },
    /// The device cannot be opened or set up for another reason.
    #[error(
        "cannot use {port} as a serial port: {reason}; check that it is one and takes 9600 baud"
    )]
    Open {
        /// The port.
        port: Port,
        /// What the operating system said.
        reason: String,
    },
    /// The kernel's direction control was asked for, and is not there.
    #[error(
        "the kernel does not switch the direction of {port}: {kind}; most adapters do it themselves, set RS-485 to auto"
    )]
    Rs485 {
        /// The port.
        port: Port,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// No connection to the gateway.
    #[error(
        "no connection to the gateway {port}: {kind}; check its address and power, that it is a TCP server in raw mode, \
         and that no other client holds it"
    )]
    Gateway {
        /// The port.
        port: Port,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
    /// No unit was heard in time.
    #[error("{} on {port} within {:.0} s; {}", silence(*unit), waited.as_secs_f32(), advice(*frames, *errors))]
    Silent {
        /// The port.
        port: Port,
        /// Who was waited for; `None` for any.
        unit: Option<Address>,
        /// How long.
        waited: Duration,
        /// How many frames were heard on the bus, ever.
        frames: u64,
        /// How often something was heard that is no frame.
        errors: u64,
    },
    /// The director was shut down, or its transport has ended. A request that was on its way may have been carried out.
    #[error("the director is not running; open the port again")]
    NotRunning,
    /// The request was not taken; nothing was sent.
    #[error("nothing was sent: {source}")]
    NotSent {
        /// Why.
        #[from]
        source: RequestError,
    },
    /// The request did not work, or it is not known whether it did.
    #[error("unit {unit}: {source}")]
    Failed {
        /// The unit.
        unit: Address,
        /// Why.
        source: RequestFailure,
    },
    /// The port was open and is not any more. It is opened again by itself, unless it was attached.
    #[error("{port} is gone: {kind}; check the adapter or gateway and its cable")]
    Lost {
        /// The port.
        port: Port,
        /// What the operating system said.
        kind: io::ErrorKind,
    },
}

impl Error {
    pub(crate) fn opening(port: &Port, error: &tokio_serial::Error) -> Self {
        let port = port.clone();
        match error.kind {
            tokio_serial::ErrorKind::Io(io::ErrorKind::PermissionDenied) => {
                Self::Permission { port }
            }
            tokio_serial::ErrorKind::Io(io::ErrorKind::NotFound) => Self::NoSuchPort {
                port,
                seen: serial_ports(),
            },
            tokio_serial::ErrorKind::NoDevice => Self::Busy { port },
            _ => Self::Open {
                port,
                reason: error.description.clone(),
            },
        }
    }
}

fn ports(seen: &[String]) -> String {
    match seen {
        [] => "this machine has no serial port now".to_owned(),
        _ => format!("this machine has {}", seen.join(", ")),
    }
}

fn silence(unit: Option<Address>) -> String {
    unit.map_or_else(
        || "no unit answered".to_owned(),
        |unit| format!("unit {unit} did not answer"),
    )
}

/// What a silent bus may suffer from.
const fn advice(frames: u64, errors: u64) -> &'static str {
    match (frames, errors) {
        (0, 0) => {
            "nothing was heard: check that the units have power and their rotary switch is at F, the wires D+ and D-, and \
             that this is the right port"
        }
        (0, _) => {
            "only garbage was heard: D+ and D- may be swapped, the line may lack termination or a common ground, or run at \
             another speed than 9600 baud"
        }
        _ => "the line works, others were heard: check its id, its power and its rotary switch",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_of_a_port_becomes_advice() {
        use tokio_serial::ErrorKind;
        let port = Port::from("/dev/ttyUSB0");
        for (kind, advice) in [
            (ErrorKind::Io(io::ErrorKind::PermissionDenied), "dialout"),
            (ErrorKind::Io(io::ErrorKind::NotFound), "this machine has"),
            (ErrorKind::NoDevice, "held by another program"),
            (ErrorKind::Unknown, "Not a typewriter"),
        ] {
            let error = Error::opening(&port, &tokio_serial::Error::new(kind, "Not a typewriter"));
            let text = error.to_string();
            assert!(
                text.contains("/dev/ttyUSB0") && text.contains(advice),
                "{text}"
            );
        }
        assert_eq!(
            ports(&["COM3".to_owned(), "COM4".to_owned()]),
            "this machine has COM3, COM4"
        );
    }
}
