//! The Wi-Fi configuration: recognised, so that it can be kept from view.

use alloc::vec::Vec;
use core::fmt;

use nom::number::complete::{be_u8, be_u16};

use super::RawBytes;
use super::parse::{Parsed, Payload, bytes, field};

/// The Wi-Fi configuration with its passphrase: [`Command::WifiReply`](crate::Command::WifiReply). `Debug` shows
/// neither name nor passphrase. There is nothing here to change it.
#[derive(Clone, PartialEq, Eq)]
pub struct WifiConfig {
    /// 2 when read.
    pub operation: u8,
    /// Name of the network; personal.
    pub ssid: [u8; 32],
    /// Passphrase; secret.
    pub passphrase: [u8; 66],
    /// Address of the vendor's server, or zeros.
    pub server: [u8; 4],
    /// Its port.
    pub port: u16,
    /// What follows.
    pub extra: RawBytes,
}

impl fmt::Debug for WifiConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            operation,
            ssid: _,
            passphrase: _,
            server,
            port,
            extra,
        } = self;
        f.debug_struct("WifiConfig")
            .field("operation", operation)
            .field("ssid", &"[redacted]")
            .field("passphrase", &"[redacted]")
            .field("server", server)
            .field("port", port)
            .field("extra", extra)
            .finish()
    }
}

impl Payload for WifiConfig {
    fn parse(input: &[u8]) -> Parsed<'_, Self> {
        let (input, operation) = field("operation", be_u8, input)?;
        let (input, ssid) = bytes("network name", input)?;
        let (input, passphrase) = bytes("passphrase", input)?;
        let (input, server) = bytes("server address", input)?;
        let (extra, port) = field("server port", be_u16, input)?;
        let config = Self {
            operation,
            ssid,
            passphrase,
            server,
            port,
            extra: extra.into(),
        };
        Ok((&[], config))
    }

    fn put(&self, out: &mut Vec<u8>) {
        out.push(self.operation);
        out.extend_from_slice(&self.ssid);
        out.extend_from_slice(&self.passphrase);
        out.extend_from_slice(&self.server);
        out.extend_from_slice(&self.port.to_be_bytes());
        out.extend_from_slice(&self.extra);
    }
}
