//! Datagrams to look at, with what is secret masked.

use std::fmt;
use std::net::SocketAddrV4;
use std::vec::Vec;

use crate::frame::Datagram;
use crate::{Command, Direction, Password, Serial};

/// A datagram that came or is about to leave. `Debug` shows neither bytes nor the whole serial.
#[derive(Clone, PartialEq, Eq)]
pub struct Dump {
    /// The other side.
    pub peer: SocketAddrV4,
    /// Which way it went.
    pub direction: Direction,
    /// The charger; zero in a probe.
    pub serial: Serial,
    /// What it is about.
    pub command: Command,
    /// The bytes, with FF in place of a PIN and 2A (`*`) in place of a payload that may hold a secret; the checksum is
    /// that of these bytes.
    pub bytes: Vec<u8>,
}

impl Dump {
    pub(crate) fn new(peer: SocketAddrV4, datagram: &Datagram<'_>) -> Self {
        let hidden;
        let payload = if datagram.command.holds_secret() {
            hidden = std::vec![b'*'; datagram.payload.len()];
            &hidden
        } else {
            datagram.payload
        };
        let password = if datagram.password.is_none() {
            datagram.password
        } else {
            Password::NONE_FF
        };
        let masked = Datagram {
            password,
            payload,
            ..*datagram
        };
        Self {
            peer,
            direction: datagram.command.direction(),
            serial: datagram.serial,
            command: datagram.command,
            // It was a datagram, so it is not too long for one.
            bytes: masked.to_vec().unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Dump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dump")
            .field("peer", &self.peer)
            .field("direction", &self.direction)
            .field("serial", &self.serial)
            .field("command", &self.command)
            .field("len", &self.bytes.len())
            .finish()
    }
}
